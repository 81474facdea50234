"""What one member of staff is told today: their own work and, step by step, what has been overdue for too long.

Everything is read from records; whoever has nothing to do is told nothing (RULES B5).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from xiangli.accounts.choices import WORKERS, Role
from xiangli.accounts.models import Assignment
from xiangli.accounts.queries import places_of
from xiangli.accounts.rules import has_any_role
from xiangli.cases import queries as cases
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import State
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.rules import READERS
from xiangli.places.models import Place
from xiangli.supervision.models import SupervisionRule
from xiangli.supervision.queries import calls, own_villages, rule_of, working_time
from xiangli.supervision.queries.calls import AT_WORK
from xiangli.supervision.rules import VISITORS

SHOWN = 8  # lines of each part; the rest is a number and a link

Part = dict[str, Any]
COLUMNS = (
    "title", "deadline", "added_on", "state", "responsible_id", "liaison_id", "place__name", "place__short_name",
    "place__path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Late:
    """An open item with the working days it is over, or the share of its time that is left (None when over)."""

    item: LedgerItem
    over: int
    left: float | None


@dataclass(frozen=True, slots=True)
class County:
    """What is late in one county today, worked out once for all of its staff."""

    rule: SupervisionRule
    late: list[Late]


def county_today(county: Place, today: date) -> County:
    """Items that are overdue or have little of their working time left. Five queries."""
    rule, time = rule_of(county), working_time(county, today)
    rows = LedgerItem.objects.within(county).exclude(state=State.CLOSED).select_related("place").only(*COLUMNS)
    found = []
    for item in rows.order_by("deadline", "pk"):
        if item.deadline < today:
            found.append(Late(item, time.between(item.deadline, today), None))
        elif item.state in AT_WORK:
            left = time.share_left(item.added_on, item.deadline, today)
            if left * 100 < rule.share_left:
                found.append(Late(item, 0, left))
    return County(rule, found)


def digest(user: Any, county: Place, today: date, known: County | None = None) -> list[Part]:
    """The parts of today's digest of one person; empty where there is nothing to say."""
    known = known or county_today(county, today)
    parts = [
        _part("我负责的", (one for one in known.late if one.item.responsible_id == user.pk), "mine=1"),
        _part("我包的村里超期的", _of_liaison(user, known), "overdue=1"),
        _part("镇里该管的：超期较久", _above(user, known, Role.TOWN, known.rule.to_town), "overdue=1"),
        _part("县里该管的：超期很久", _above(user, known, Role.COUNTY, known.rule.to_county), "overdue=1"),
        _to_decide(user),
        _cases(user, today),
        _calls(user, today),
    ]
    return [part for part in parts if part["lines"]]


def _line(one: Late) -> dict[str, str]:
    item = one.item
    when = f"超期 {one.over} 个工作日" if one.left is None else f"{item.deadline:%m-%d} 到期，还没申请销号"
    return {"text": f"{item.place.label}：{item.title}（{when}）", "url": reverse("ledger_item", args=[item.pk])}


def _part(title: str, late: Any, query: str) -> Part:
    rows = list(late)
    lines = [_line(one) for one in rows[:SHOWN]]
    return {"title": title, "lines": lines, "more": len(rows) - len(lines), "url": f"{reverse('ledger_list')}?{query}"}


def _of_liaison(user: Any, known: County) -> list[Late]:
    """Overdue items of the villages this person is liaison officer of, once the first step up is due."""
    held = [place.path for place in places_of(user, Role.LIAISON)]
    return [
        one
        for one in known.late
        if one.left is None and one.over >= known.rule.to_liaison and one.item.responsible_id != user.pk
        and (one.item.liaison_id == user.pk or any(one.item.place.path.startswith(path) for path in held))
    ]  # fmt: skip


def _above(user: Any, known: County, role: Role, least: int) -> list[Late]:
    held = [place.path for place in places_of(user, role)]
    return [
        one
        for one in known.late
        if one.left is None and one.over >= least and any(one.item.place.path.startswith(path) for path in held)
    ]


def _to_decide(user: Any) -> Part:
    if not has_any_role(user, *READERS):
        return {"lines": []}
    rows = ledger.to_decide(user).select_related("place").order_by("deadline", "pk")
    rows = rows.only("title", "county_id", "place__name", "place__short_name")
    found = list(rows[: SHOWN + 1])
    lines = [
        {"text": f"{item.place.label}：{item.title}", "url": reverse("ledger_item", args=[item.pk])}
        for item in found[:SHOWN]
    ]
    more = rows.count() - SHOWN if len(found) > SHOWN else 0
    return {"title": "等您去看、去销号的", "lines": lines, "more": more, "url": reverse("office_home")}


def _cases(user: Any, today: date) -> Part:
    """Messages that wait: how many, never what they say."""
    if not has_any_role(user, *WORKERS):
        return {"lines": []}
    waiting = cases.waiting_for(user)
    number, late = waiting.count(), cases.overdue(waiting, today).count()
    url = reverse("cases_list")
    lines = [{"text": f"等办的来信 {number} 封，其中超时 {late} 封", "url": url}] if number else []
    return {"title": "百姓来信", "lines": lines, "more": 0, "url": url}


def _calls(user: Any, today: date) -> Part:
    """One's own villages that need a look; who has none of their own looks at the page when they wish."""
    own = own_villages(user) if has_any_role(user, *VISITORS) else set()
    found = [call for call in calls(user, today) if call.place.pk in own] if own else []
    url = reverse("supervision_list")
    lines = [{"text": f"{call.place.label}：{'，'.join(call.reasons)}", "url": url} for call in found[:SHOWN]]
    return {"title": "该去看看的村", "lines": lines, "more": len(found) - len(lines), "url": url}


def as_text(parts: list[Part], base: str) -> str:
    """The digest as plain text. ``base``: where the office is, without the last stroke."""
    lines: list[str] = []
    for part in parts:
        lines += ["", f"【{part['title']}】"]
        lines += [f"· {line['text']}" for line in part["lines"]]
        if part["more"] > 0:
            lines.append(f"· 还有 {part['more']} 件")
    return "\n".join([*lines, "", f"在这里看：{base}{reverse('digest')}", "每天最多一份；没有事的日子不发。"]).strip()


def staff_today(today: date) -> list[Assignment]:
    """One assignment for each person who works today, the widest, with user and county."""
    rows = Assignment.everywhere.filter(valid_from__lte=today, user__is_active=True).exclude(valid_to__lt=today)
    rows = rows.exclude(role=Role.COUNTER).select_related("user", "place__county").order_by("place__path", "pk")
    first: dict[int, Assignment] = {}
    for row in rows:
        first.setdefault(row.user_id, row)
    return list(first.values())
