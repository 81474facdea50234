"""Every shortfall of a worked-out plan with its reason and the cheapest change, in plain words. Pure."""

from dataclasses import dataclass, field
from typing import Any

from xiangli.planning.timetable.changes import Change
from xiangli.planning.timetable.explaining import why
from xiangli.planning.timetable.model import Plan, Town

LEAST_HOURS = 1.0  # person-hours a week: less is rounding, not a person turned away
NOTHING_HELPS = "none"


@dataclass(frozen=True, slots=True)
class Gap:
    """``need``, ``missing`` and ``serves`` in person-hours a week. ``code``: kind of the dearest change it would take.

    ``change`` says it in words, ``changes`` hold the same as plain data; both are empty where nothing would help.
    """

    village: str
    service: str
    group: str
    band: str
    need: float
    missing: float
    code: str
    reason: str
    change: str = ""
    serves: float = 0.0
    changes: list[dict[str, Any]] = field(default_factory=list)


def gaps(town: Town, plan: Plan, *, village: str | None = None) -> list[Gap]:
    """All needs left unmet by an hour or more, of the whole town or of one village (id)."""
    found = []
    for reason in why(town, plan, village=village):
        if reason.unmet < LEAST_HOURS:
            continue
        asked = [change for change in reason.changes if change.kind != "add"]
        dearest = max(asked, key=lambda change: change.cost, default=None)
        code = dearest.kind if dearest else "add" if reason.changes else NOTHING_HELPS
        found.append(
            Gap(
                reason.village, reason.service, reason.group, reason.band, reason.need, reason.unmet, code,
                reason="；".join(reason.blockers) or "时间和人手已经用在更急的需求上",
                change=_told(reason.changes, reason.serves), serves=reason.serves,
                changes=[_plain(change) for change in asked],
            )
        )  # fmt: skip
    return found


def _told(changes: tuple[Change, ...], serves: float) -> str:
    todo = "，".join(change.text for change in changes)
    return f"{todo}，每周可多服务 {serves:.0f} 人时" if changes else ""


def _plain(change: Change) -> dict[str, Any]:
    """What later rooms need of a change: a thing to buy or build, people to find, hours to open."""
    row: dict[str, Any] = {"kind": change.kind, "text": change.text, "cost": change.cost}
    if change.space:
        row["space"] = change.space
    if change.tags:
        row["tags"] = list(change.tags)
    if change.skill:
        row |= {"skill": change.skill, "count": change.count}
    return row
