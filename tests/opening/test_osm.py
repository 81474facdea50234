"""The published opening_hours string, read by both foreign readers, against us on every half-hour of 2023 to 2026."""

import json
from datetime import date, datetime, timedelta

import pytest

from tests.opening.foreign import node_packages, run_node
from xiangli.core.calendar import day_kinds
from xiangli.opening.hours import ALL_DAY, SOLAR, SPECIAL, Closed, Market, Rule, Timeline, evaluate
from xiangli.opening.osm import opening_hours
from xiangli.opening.sentence import PROGRAMME, read_rules

FIRST, LAST = date(2023, 1, 1), date(2026, 12, 31)
DAYS = (LAST - FIRST).days + 1


def everything():
    """Rules of every sort: seasons, nights, lunar dates, market days, special days; closures short and long."""
    rules = read_rules(
        "工作日 8:00-12:00 14:30-18:00；双休日、法定节假日 全天；5月1日到9月30日工作日 7:30-11:30 15:00-18:30；"
        "周五的工作日 8:00-12:00 18:00-次日2:00；农历正月十五 6:00-23:30；除夕 8:00-12:00；调休上班日 9:00-17:00"
    )
    rules.append(Rule(((360, 1080),), market=Market(SOLAR, frozenset({9}))))
    fair = date(2024, 2, 29)
    rules.append(Rule(ALL_DAY, since=fair, until=fair, layer=SPECIAL, name="“庙会”"))
    closed = [
        Closed(datetime(2024, 5, 6, 9), datetime(2024, 5, 6, 16), "检修"),
        Closed(datetime(2025, 7, 1), datetime(2025, 9, 1, 12), '翻修"二期"'),
    ]
    return rules, closed


@pytest.fixture(scope="module", params=[everything, lambda: (read_rules(PROGRAMME), [])], ids=["everything", "usual"])
def days(request):
    rules, closed = request.param()
    kinds = {day: str(kind) for day, kind in day_kinds(range(2022, 2027)).items()}
    return evaluate(rules, closed, kinds, FIRST, DAYS)


def ours(days):
    """The state at every half-hour: open, closed or unknown."""
    line = Timeline(days)
    words = {True: "open", False: "closed", None: "unknown"}
    return [words[line.is_open(line.first + 30 * n)] for n in range(len(days) * 48)]


def from_intervals(intervals, count):
    """The same from (start, end, state) of a foreign reader, in minutes after the first midnight."""
    found = [""] * count
    for start, end, state in intervals:
        for n in range(-(-max(0, start) // 30), min(count, -(-end // 30))):
            found[n] = state
    return found


def test_opening_hours_py_agrees_on_every_half_hour(days):
    from opening_hours import OpeningHours

    start = datetime(2023, 1, 1)
    told = [
        (
            (a - start).total_seconds() // 60,
            (b - start).total_seconds() // 60,
            str(state).lower().removeprefix("state."),
        )
        for a, b, state, _ in OpeningHours(opening_hours(days)).intervals(start, start + timedelta(days=DAYS))
    ]
    told = [(int(a), int(b), state) for a, b, state in told]
    assert from_intervals(told, DAYS * 48) == ours(days)


SCRIPT = """
import { readFileSync } from "fs";
import OpeningHours from "opening_hours";
const { text, first, last } = JSON.parse(readFileSync(process.argv[2]));
const hours = new OpeningHours(text, null, { mode: 0 });
const from = new Date(first), found = [];
for (const [a, b, unknown] of hours.getOpenIntervals(from, new Date(last)))
  found.push([(a - from) / 60000, (b - from) / 60000, unknown ? "unknown" : "open"]);
console.log(JSON.stringify(found));
"""


def test_opening_hours_js_agrees_on_every_half_hour(days, tmp_path):
    folder = node_packages("opening_hours")
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps({
        "text": opening_hours(days), "first": "2023-01-01T00:00", "last": "2027-01-01T00:00",
    }))  # fmt: skip
    told = json.loads(run_node(folder, SCRIPT, str(asked)))
    assert [state or "closed" for state in from_intervals(told, DAYS * 48)] == ours(days)


def test_days_not_announced_are_unknown_to_foreign_readers_too():
    from opening_hours import OpeningHours

    kinds = {day: str(kind) for day, kind in day_kinds([2026]).items()}
    text = opening_hours(evaluate(read_rules(PROGRAMME), [], kinds, date(2026, 12, 1), 60))
    hours = OpeningHours(text)
    assert hours.is_open(datetime(2026, 12, 1, 9))
    assert hours.is_unknown(datetime(2027, 1, 4, 9))
    assert hours.is_unknown(datetime(2027, 6, 1, 9))
    assert "2027 Jan 01-2027 Jan 29 unknown" in text


def test_reasons_never_break_the_string():
    from opening_hours import OpeningHours

    closed = [Closed(datetime(2026, 11, 24), datetime(2026, 11, 25), '停电"; 24/7 open "')]
    kinds = {day: str(kind) for day, kind in day_kinds([2026]).items()}
    hours = OpeningHours(opening_hours(evaluate([Rule(ALL_DAY)], closed, kinds, date(2026, 11, 23), 3)))
    assert [hours.is_open(datetime(2026, 11, day, 9)) for day in (23, 24, 25)] == [True, False, True]
