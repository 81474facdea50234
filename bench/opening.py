"""Opening hours: is-open answers a second, a city's centres for two weeks, the poster; opening-hours-py beside ours."""

import importlib.util
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import ALL_DAY, EXTENDED, Closed, Rule, Timeline, evaluate, instant

Row = tuple[str, float, str]
CENTRES, DAYS, ANSWERS = 2136, 14, 500_000
FIRST = date(2026, 11, 23)
PEER = "Mo-Fr 08:00-12:00,14:30-18:00; Sa-Su,PH 00:00-24:00"


def cpu(work: Callable[[], object], repeat: int = 3) -> float:
    """Best CPU seconds of several runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def kinds() -> dict[date, str]:
    days = (FIRST + timedelta(days=offset) for offset in range(-1, DAYS + 1))
    return {day: DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING_DAY for day in days}


def centre_rules(number: int) -> tuple[list[Rule], list[Closed]]:
    """The programme's rule, some extended hours, and a closure for every seventh centre."""
    rules = [
        Rule(((480, 720), (870, 1080 + number % 4 * 30)), frozenset({DayKind.WORKING_DAY})),
        Rule(ALL_DAY, frozenset({DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY})),
        Rule(((720, 870),), weekdays=frozenset({number % 5}), layer=EXTENDED),
    ]
    start = datetime(2026, 11, 25, 8)  # noqa: DTZ001 - the engine's local times
    return rules, [Closed(start, start + timedelta(hours=6), "检修")] if number % 7 == 0 else []


def run() -> list[Row]:
    known = kinds()
    centres = [centre_rules(number) for number in range(CENTRES)]

    def city() -> None:
        for rules, closures in centres:
            evaluate(rules, closures, known, FIRST, DAYS)

    line = Timeline(evaluate(*centres[1], known, FIRST, DAYS))
    start = instant(datetime(2026, 11, 23))  # noqa: DTZ001 - the engine's local times
    minutes = [start + n * 7919 % (DAYS * 1440) for n in range(ANSWERS)]

    def answers() -> None:
        for minute in minutes:
            line.is_open(minute)

    ours = ANSWERS / cpu(answers)
    rows: list[Row] = [
        ("is it open? answers", ours, "/CPU-s"),
        (f"{CENTRES} centres x {DAYS} days", cpu(city), "CPU-s"),
        *poster(),
    ]
    if importlib.util.find_spec("opening_hours"):
        rows += peer(ours)
    return rows


def poster() -> list[Row]:
    from xiangli.opening.poster import door_poster

    data = {
        "name": "陆村社区乡里中心", "address": "会盟镇", "phone": "0379-0000", "answers": "副书记",
        "extended": [], "named": [], "changes": [], "coming": [], "unknown": "", "url": "http://localhost/",
        "printed": "2026年11月23日",
        "lines": [{"days": "工作日", "hours": "8:00–12:00、14:30–18:00"}, {"days": "双休日", "hours": "全天开放"}],
    }  # fmt: skip
    return [("door poster, A4", cpu(lambda: door_poster(data)) * 1000, "CPU-ms")]


def peer(ours: float) -> list[Row]:
    from opening_hours import OpeningHours

    hours = OpeningHours(PEER)
    start = datetime(2026, 11, 23)  # noqa: DTZ001 - local times, as ours
    moments = [start + timedelta(minutes=n * 7919 % (DAYS * 1440)) for n in range(20_000)]
    theirs = len(moments) / cpu(lambda: [hours.is_open(moment) for moment in moments])
    return [("opening-hours-py answers", theirs, "/CPU-s"), ("ours / opening-hours-py", ours / theirs, "x")]
