"""Who may take which step of a case, and from which state. The page offers exactly these steps."""

from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.rules import has_role, runs, works_in
from xiangli.cases.choices import State, Step
from xiangli.cases.models import Case
from xiangli.places.models import Place

# step: (from which states, to which state; None: the state stays)
MOVES: dict[Step, tuple[tuple[State, ...], State | None]] = {
    # the way ahead first, in the order of the work: pages show the first as open
    Step.ACCEPTED: ((State.FILED,), State.ACCEPTED),
    Step.DISPATCHED: ((State.ACCEPTED, State.RETURNED), State.DISPATCHED),
    Step.STARTED: ((State.DISPATCHED,), State.WORKING),
    Step.REPLIED: ((State.WORKING, State.FOLLOW_UP), State.REPLIED),
    Step.CLOSED: ((State.REPLIED,), State.CLOSED),
    Step.PUBLISHED: ((State.REPLIED, State.CLOSED), None),
    Step.CALLED_BACK: ((State.CLOSED,), None),
    Step.FOLLOWED_UP: ((State.REPLIED,), State.FOLLOW_UP),
    Step.RATED: ((State.CLOSED,), None),
    # and the ways aside
    Step.RETURNED: ((State.DISPATCHED,), State.RETURNED),
    Step.EXTENDED: ((State.ACCEPTED, State.DISPATCHED, State.RETURNED, State.WORKING, State.FOLLOW_UP), None),
    Step.DECLINED: ((State.FILED, State.ACCEPTED), State.DECLINED),
}
RESIDENTS_STEPS = (Step.FOLLOWED_UP, Step.RATED)


def may_see(user: Any, case: Case) -> bool:
    return works_in(user, case.place)


def may_file_for(user: Any, place: Place) -> bool:
    """May write a message down at the counter or on the telephone for someone else."""
    return works_in(user, place) or has_role(user, place, Role.COUNTER)


def may_set_limits(user: Any, county: Place) -> bool:
    return has_role(user, county, Role.COUNTY)


def may_step(user: Any, case: Case, step: Step) -> bool:
    """May ``user`` take this step now? The handler handles; whoever runs the place may always step in."""
    if case.state not in MOVES[step][0] or not may_see(user, case):
        return False
    if step in RESIDENTS_STEPS:
        return step == Step.FOLLOWED_UP or not case.rating
    if step in (Step.STARTED, Step.RETURNED, Step.REPLIED):
        return case.handler_id == user.pk or runs(user, case.place)
    if step == Step.CALLED_BACK:
        return case.called_back_at is None and case.handler_id != user.pk
    if step == Step.PUBLISHED:
        return case.may_publish and case.published_at is None
    return True


def steps(user: Any, case: Case) -> list[Step]:
    """The steps that ``user`` may take now, in the order of the work."""
    return [step for step in MOVES if may_step(user, case, step)]
