"""Every shortfall of a worked-out plan with its reason and the cheapest change, in plain words. Pure."""

from dataclasses import dataclass

from xiangli.planning.timetable import Plan, Town
from xiangli.planning.timetable.refusal import unservable

LEAST_HOURS = 1.0  # person-hours a week: less is rounding, not a person turned away


@dataclass(frozen=True, slots=True)
class Gap:
    """``need`` and ``missing`` in person-hours a week; ``code`` is stable, ``reason`` and ``change`` are sentences."""

    village: str
    service: str
    group: str
    band: str
    need: float
    missing: float
    code: str
    reason: str
    change: str = ""


def gaps(town: Town, plan: Plan) -> list[Gap]:
    """All needs left unmet by an hour or more."""
    found = []
    for met in plan.met:
        if met.need - met.met < LEAST_HOURS:
            continue
        village, service = town.village(met.village), town.service(met.service)
        never = unservable(town, village, service)
        code, reason = (never.code, never.text) if never else ("full", "合适的空间、时间和人手已经用在更急的需求上")
        found.append(Gap(met.village, met.service, met.group, met.band, met.need, met.need - met.met, code, reason))
    return found
