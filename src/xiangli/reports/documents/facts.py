"""What the bulletin, the weekly list and the monthly figures say: plain data (texts, numbers, lists), ready for JSON.

Sentences are made here, so that page, PDF and Word say the same. Laggards are items; no person is named and no village
is ranked: rows stand in the order of the tree, then by deadline.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate

from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import Light, State
from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import Extension, LedgerItem
from xiangli.places.calendar import add_working_days
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import below
from xiangli.places.scope import subtree
from xiangli.reports.models import Bulletin
from xiangli.supervision.models import Finding, LiaisonVisit
from xiangli.supervision.queries import rule_of, working_time

SHOWN = 30  # laggards in the text of a bulletin; all of them stand in the annex
MOST = 500  # rows of an annex; a longer one is read in the ledger
ANSWER_DAYS = 5  # working days from the bulletin until the overdue must be settled or extended
WEEKDAYS = "一二三四五六日"
ROW = (
    "county_id", "title", "state", "deadline", "added_on", "moved_at", "responsible_unit", "place__name",
    "place__short_name", "place__path",
)  # fmt: skip

Facts = dict[str, Any]


def day_text(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def month_text(day: date) -> str:
    return f"{day.year} 年 {day.month} 月"


def month_after(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def county_of(place: Place) -> Place:
    """The county of a place; a document speaks for a county, a town or a village, never for more than a county."""
    if place.county is None:
        raise UserError("请先选一个县区、乡镇或村，再出材料。")
    return place.county


def bulletin(place: Place, month: date, now: datetime) -> Facts:
    """All that one issue says but its number. ``month``: any day of it. Counts by state hold for the moment ``now``.

    Raises UserError for a month that has not begun.
    """
    first, today = month.replace(day=1), localdate(now)
    if first > today:
        raise UserError(f"{month_text(first)}还没有到，不能出通报。")
    county = county_of(place)
    limits = ledger.thresholds(county, today)
    rows = ledger.items_of(place)
    totals = ledger.with_lights(ledger.figures_of(place, limits))
    flow = flow_of(place, first)
    late = laggards(rows, limits, stalled_since(county, today))
    before = previous(place)
    return {
        "place": place.name, "month": month_text(first), "date": day_text(today),
        "empty": empty_month(place, first) if not any(one["value"] for one in flow) else "",
        "overall": overall(place, totals, today), "figures": figures_of(totals), "flow": flow,
        "late": late[:SHOWN], "late_total": len(late), "late_left": max(len(late) - SHOWN, 0),
        "late_all": late[:MOST] if len(late) > SHOWN else [],
        "late_note": f"只列前 {MOST} 项，其余的在台账里看。" if len(late) > MOST else "",
        "demands": demands(late, totals, add_working_days(county, today, ANSWER_DAYS)),
        "look_back": look_back(place, before), "parts": parts(place, limits),
        "items": [one["item"] for one in late],
    }  # fmt: skip


def figures_of(totals: dict[str, Any]) -> list[Facts]:
    """The ledger's figures under the dashboard's names."""
    rows = [("全部事项", totals["total"]), ("超期", totals["overdue"])]
    rows += [(state.label, totals[state.value]) for state in State]
    rows += [(lamp.label, totals[lamp.value]) for lamp in Light]
    return [{"label": label, "value": value} for label, value in rows]


def overall(place: Place, totals: dict[str, Any], today: date) -> list[str]:
    if not totals["total"]:
        return [f"截至 {day_text(today)}，{place.name}的台账里还没有事项。"]
    still = totals["total"] - totals[State.CLOSED]
    money = [f"{word} {totals[f'{key}_fen'] / 1_000_000:,.2f} 万元" for word, key in
             (("计划", "planned"), ("到位", "granted"), ("已用", "spent"))]  # fmt: skip
    return [
        f"截至 {day_text(today)}，{place.name}台账共有事项 {totals['total']} 项，已销号 {totals[State.CLOSED]} 项，"
        f"未销号 {still} 项。",
        f"未销号的事项里：未启动 {totals[State.NOT_STARTED]} 项，进行中 {totals[State.IN_PROGRESS]} 项，"
        f"已申请销号 {totals[State.CLOSE_REQUESTED]} 项，退回 {totals[State.RETURNED]} 项，"
        f"复发 {totals[State.REOPENED]} 项；其中超期 {totals['overdue']} 项。",
        f"资金：{'，'.join(money)}。",
    ]


def flow_of(place: Place, first: date) -> list[Facts]:
    """What happened in the month that begins on ``first``. Six queries.

    Returned and reopened are counted from the events, which may be deleted after six months; the others from rows.
    """
    month = Q(at__date__gte=first, at__date__lt=month_after(first))
    rows = ledger.items_of(place).order_by()
    span = {"{}__gte": first, "{}__lt": month_after(first)}

    def within(field: str) -> Q:
        return Q(**{key.format(field): value for key, value in span.items()})

    steps = dict(
        Event.objects.filter(month, subtree(place), verb__in=["ledger.return", "ledger.reopen"])
        .order_by()
        .values_list("verb")
        .annotate(Count("pk"))
    )
    counts = rows.aggregate(
        added=Count("pk", filter=within("added_on")), closed=Count("pk", filter=within("closed_at__date"))
    )
    visits = LiaisonVisit.objects.within(place).filter(within("visited_on")).count()
    found = Finding.objects.within(place).filter(within("visit__visited_on")).count()
    extended = Extension.objects.within(place).filter(month).count()
    named = [
        ("新增事项", counts["added"]), ("销号", counts["closed"]), ("延期", extended),
        ("退回", steps.get("ledger.return", 0)), ("复发", steps.get("ledger.reopen", 0)), ("走访", visits),
        ("走访发现问题", found),
    ]  # fmt: skip
    return [{"label": label, "value": value} for label, value in named]


def empty_month(place: Place, first: date) -> str:
    return (
        f"{month_text(first)}{place.name}没有任何记录：没有新增、销号、延期的事项，也没有走访。下面只有到今天为止的数。"
    )


def stalled_since(county: Place, today: date) -> date:
    """An item whose last move lies before this day counts as stalled, by the county's rule in working days."""
    return working_time(county, today).before(today, rule_of(county).stalled_days)


def laggards(rows: QuerySet[LedgerItem], limits: Thresholds, stalled: date) -> list[Facts]:
    """Open items that are overdue, returned, reopened or have not moved for long, each with the reason. One query."""
    slow = Q(deadline__lt=limits.today) | Q(state__in=[State.RETURNED, State.REOPENED]) | Q(moved_at__date__lt=stalled)
    open_rows = rows.exclude(state=State.CLOSED).filter(slow).select_related("place").only(*ROW)
    found: list[Facts] = []
    for item in open_rows.order_by("place__path", "deadline", "pk"):
        over = (limits.today - item.deadline).days
        why = [f"超期 {over} 天"] if over > 0 else []
        why += [item.get_state_display()] if item.state in (State.RETURNED, State.REOPENED) else []
        moved = localdate(item.moved_at)
        why += [f"{(limits.today - moved).days} 天没有进展"] if moved < stalled else []
        found.append(row_of(item, len(found) + 1, limits) | {"days": max(over, 0), "why": "，".join(why)})
    return found


def row_of(item: LedgerItem, number: int, limits: Thresholds) -> Facts:
    """One item on one line. ``item`` is its id, for the look-back of the next issue."""
    return {
        "number": number, "item": item.pk, "village": item.place.label, "title": item.title,
        "unit": item.responsible_unit or "未定", "deadline": f"{item.deadline:%Y-%m-%d}",
        "state": item.get_state_display(), "light": light(item.state, item.deadline, item.added_on, limits).label,
    }  # fmt: skip


def demands(late: list[Facts], totals: dict[str, Any], until: date) -> list[str]:
    """What the laggards' units have to do, in set words with counted numbers and one counted day."""
    overdue = sum(1 for row in late if row["days"])
    back = totals[State.RETURNED] + totals[State.REOPENED]
    waiting = totals[State.CLOSE_REQUESTED]
    said = []
    if overdue:
        said.append(
            f"超期的 {overdue} 项，责任单位在 {day_text(until)}前（{ANSWER_DAYS} 个工作日内）办结并申请销号；"
            "确实办不完的，按程序申请延期，写明原因。"
        )
    if back:
        said.append(f"退回和复发的 {back} 项，先查清原因再整改，整改后请另一个人到现场看过再销号。")
    if stuck := sum(1 for row in late if "没有进展" in row["why"]):
        said.append(f"长时间没有进展的 {stuck} 项，包村干部到现场看一次，卡在哪里、谁来解决，记进台账。")
    if waiting:
        said.append(f"已申请销号的 {waiting} 项，复核人抓紧到现场看，能销就销，不行就退回并写明原因。")
    return said or ["没有滞后事项，按台账时限继续办理。没有新情况的不用报。"]


def previous(place: Place) -> Bulletin | None:
    return Bulletin.objects.within(place).filter(place=place).order_by("-year", "-number").first()


def look_back(place: Place, before: Bulletin | None) -> Facts:
    """What became of the items that the issue before named. One query."""
    if before is None:
        return {"said": ["这是第一期，没有上期可以回头看。"], "rows": []}
    named = {row["item"]: row for row in [*before.content["late"], *before.content["late_all"]]}
    then = {pk: named[pk]["deadline"] for pk in named}
    items = list(ledger.items_of(place).filter(pk__in=before.content["items"]).select_related("place").only(*ROW))
    closed = sum(item.state == State.CLOSED for item in items)
    extended = sum(
        item.state != State.CLOSED and f"{item.deadline:%Y-%m-%d}" > then.get(item.pk, "9") for item in items
    )
    total = len(before.content["items"])
    said = f"{before}点名的 {total} 项：已销号 {closed} 项，延期 {extended} 项，还在办 {total - closed - extended} 项。"
    if not total:
        said = f"{before}没有滞后事项。"
    rows = [
        {
            "village": item.place.label, "title": item.title, "was": named.get(item.pk, {}).get("why", "滞后"),
            "now": item.get_state_display(), "deadline": f"{item.deadline:%Y-%m-%d}",
        }
        for item in sorted(items, key=lambda item: (item.place.path, item.deadline))
    ]  # fmt: skip
    return {"said": [said], "rows": rows[:MOST]}


def parts(place: Place, limits: Thresholds) -> list[Facts]:
    """The place's towns (of a county) or villages, each with its counts, in the order of the tree. Two queries."""
    level = Level.TOWN if place.level == Level.COUNTY else Level.VILLAGE
    counted = {
        "total": Count("pk"),
        "open": Count("pk", filter=~Q(state=State.CLOSED)),
        "overdue": Count("pk", filter=~Q(state=State.CLOSED) & Q(deadline__lt=limits.today)),
        "back": Count("pk", filter=Q(state__in=[State.RETURNED, State.REOPENED])),
        "closed": Count("pk", filter=Q(state=State.CLOSED)),
    }
    by_path = list(ledger.items_of(place).order_by().values_list("place__path").annotate(**counted))
    found = []
    for part in below(place, level):
        mine = [row[1:] for row in by_path if row[0].startswith(part.path)]
        sums = [sum(column) for column in zip(*mine, strict=True)] if mine else [0] * len(counted)
        found.append({"name": part.label, **dict(zip(counted, sums, strict=True))})
    return found


def weekly(place: Place, day: date, now: datetime) -> Facts:
    """What is due in the week of ``day``, what is overdue, and what waits for a second person. Four queries."""
    county, today = county_of(place), localdate(now)
    monday = day - timedelta(days=day.weekday())
    sunday = monday + timedelta(days=6)
    limits = ledger.thresholds(county, today)
    rows = ledger.items_of(place).exclude(state=State.CLOSED).select_related("place").only(*ROW)
    rows = rows.order_by("place__path", "deadline", "pk")
    due = list(rows.filter(deadline__gte=max(monday, today), deadline__lte=sunday))
    overdue = list(rows.filter(deadline__lt=today))
    waiting = list(rows.filter(state=State.CLOSE_REQUESTED))
    said = [f"本周到期 {len(due)} 项，已经超期 {len(overdue)} 项，等复核销号 {len(waiting)} 项。"]
    if not (due or overdue or waiting):
        said = ["这一周没有到期的事项，没有超期的，也没有等着销号的。没有事就不用报。"]
    if max(len(due), len(overdue), len(waiting)) > MOST:
        said.append(f"每张表只列前 {MOST} 项，其余的在台账里看；要短一些，可以一个乡镇出一张。")
    return {
        "place": place.name, "week": f"{day_text(monday)}至 {sunday.month} 月 {sunday.day} 日", "date": day_text(today),
        "overall": said, "due": listed(due[:MOST], limits), "overdue": listed(overdue[:MOST], limits),
        "waiting": listed(waiting[:MOST], limits),
    }  # fmt: skip


def listed(rows: Iterable[LedgerItem], limits: Thresholds) -> list[Facts]:
    found: list[Facts] = []
    for item in rows:
        over = (limits.today - item.deadline).days
        weekday = f"周{WEEKDAYS[item.deadline.weekday()]}"
        found.append(row_of(item, len(found) + 1, limits) | {"days": max(over, 0), "weekday": weekday})
    return found


def _money(figure: Any) -> Any:
    """Sums in yuan as an accountant writes them, with both decimals and in groups of three; else the number."""
    return f"{figure.value:,.2f}" if figure.label.endswith("（元）") else figure.value


def monthly(place: Place, month: date, now: datetime, groups: list[Any], villages: list[Any]) -> Facts:
    """The dashboard's own groups and village rows as they are now, and what happened in the month."""
    first = month.replace(day=1)
    if first > localdate(now):
        raise UserError(f"{month_text(first)}还没有到，没有数。")
    flow = flow_of(place, first)
    told = []
    for group in groups:
        values = {figure.label: _money(figure) for figure in [*group.figures, *group.bars]}
        told.append({"group": group.title, "rows": [{"label": k, "value": v} for k, v in values.items()]})
    return {
        "place": place.name, "month": month_text(first), "date": day_text(localdate(now)),
        "empty": empty_month(place, first) if not any(one["value"] for one in flow) else "",
        "flow": flow, "groups": told,
        "villages": [
            {
                "name": row.place.label, "open": row.items, "overdue": row.items_overdue, "cases": row.cases,
                "cases_overdue": row.cases_overdue, "answers": row.answers,
            }
            for row in villages
        ],
    }  # fmt: skip
