"""Who may see an item and do what with it."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_role, runs, works_in
from xiangli.ledger.choices import STEPS, Action, State
from xiangli.ledger.models import LedgerItem, Meeting, Programme

READERS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR, Role.VILLAGE_STAFF)
MANAGERS = (Role.COUNTY, Role.TOWN)
DECIDERS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR)


def may_see(user: Any, item: LedgerItem) -> bool:
    return has_role(user, item.place, *READERS)


def may_decide(user: Any, item: LedgerItem) -> bool:
    """Close-out is by a second person: neither who asked for it nor who answers for the work (谁验收谁负责)."""
    return has_role(user, item.place, *DECIDERS) and user.pk not in (item.requested_by_id, item.responsible_id)


def may_edit(user: Any, item: LedgerItem) -> bool:
    return runs(user, item.place) and not item.is_closed


def may_manage(user: Any, programme: Programme) -> bool:
    """The programme, its standard and its meetings are kept by the town or the county that made them."""
    return runs(user, programme.place)


def may_meet(user: Any, meeting: Meeting) -> bool:
    return runs(user, meeting.place)


def _may(user: Any, item: LedgerItem, action: Action) -> bool:
    if action in (Action.CLOSE, Action.RETURN):
        return may_decide(user, item)
    if action == Action.REOPEN:
        return has_role(user, item.place, *READERS)
    return runs(user, item.place) if action == Action.EXTEND else works_in(user, item.place)


def allowed_actions(user: Any, item: LedgerItem) -> list[Action]:
    """The buttons this person sees on this item, in the order of the work."""
    return [action for action in Action if item.state in STEPS[action][0] and _may(user, item, action)]


def waits_for_another(user: Any, item: LedgerItem) -> bool:
    """True when this person could decide but for having asked or done the work: the page says so."""
    return (
        item.state == State.CLOSE_REQUESTED
        and has_role(user, item.place, *DECIDERS)
        and user.pk in (item.requested_by_id, item.responsible_id)
    )
