"""Teams. They say who goes where; what a person may see still follows from the assignments alone."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from xiangli.accounts.choices import Role
from xiangli.accounts.models import Assignment, User
from xiangli.accounts.services import assign
from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.supervision.models import Team
from xiangli.supervision.rules import may_visit


@transaction.atomic
def save_team(
    *, by: Any, team: Team, name: str, members: Iterable[User], villages: Iterable[Place], is_active: bool = True
) -> Team:
    """Add or change a team. Raises UserError for a member who may not see one of the villages, and names both."""
    members, villages = list(members), list(villages)
    for user in members:
        closed = [place.name for place in villages if not may_visit(user, place)]
        if closed:
            where = "、".join(closed[:3])
            raise UserError(f"{user} 看不到{where}，不能派去。请先在“人员”里给他那里的督查或包村分工。")
    added = team.pk is None
    team.name, team.is_active = name.strip(), is_active
    team.county_id = team.place.county_id or team.place.pk
    if Team.everywhere.filter(county=team.county_id, place=team.place, name=team.name).exclude(pk=team.pk).exists():
        raise UserError(f"已经有一个组叫“{team.name}”。")
    team.save()
    team.members.set(members)
    team.villages.set(villages)
    data: dict[str, Any] = {"members": sorted(user.pk for user in members)}
    data["villages"] = sorted(place.pk for place in villages)
    record("supervision.team_added" if added else "supervision.team_changed", team, by=by, **data)
    return team


@transaction.atomic
def give_village(*, by: Any, user: User, village: Place, since: date) -> Assignment:
    """Make somebody who has an account the liaison officer (包村干部) of one more village. Twice is a UserError."""
    held = Assignment.everywhere.filter(user=user, role=Role.LIAISON, place=village, valid_to__isnull=True)
    if held.exists():
        raise UserError(f"{user} 已经包{village.name}了。")
    return assign(by=by, user=user, role=Role.LIAISON, place=village, since=since)
