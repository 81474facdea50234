"""Moving waiting lists up as time goes by, with nobody writing anything."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xiangli.bookings.choices import SignUpState, Waits
from xiangli.bookings.models import Activity, Waiting
from xiangli.bookings.services.holding import lock_spaces
from xiangli.bookings.services.sign_ups import move_up as activity_moves_up
from xiangli.bookings.services.waiting import move_up as queue_moves_up
from xiangli.bookings.services.writing import lock_activity


def move_all_up(*, now: datetime) -> int:
    """Give to those who wait what has come free without a write: a full date has passed, an activity has ended, a
    booking went by hand. As often as one likes. Returns how many moved up.

    Each activity and each space is a transaction of its own, under the locks that everybody takes.
    """
    today = timezone.localdate(now)
    running = Activity.everywhere.filter(Q(until__isnull=True) | Q(until__gte=today))
    lists = running.filter(sign_ups__state=SignUpState.WAITING).distinct().order_by("pk")
    moved = sum(_list_moves_up(one, now) for one in lists)
    wishes = Waiting.everywhere.filter(state=Waits.WAITING, starts__gt=now).select_related("space__centre__place")
    for wish in wishes.select_related("space__centre__county", "space__county").order_by("made_at", "pk"):
        with transaction.atomic():
            lock_spaces([wish.space_id])
            moved += len(queue_moves_up(space=wish.space, starts=wish.starts, ends=wish.ends, now=now))
    return moved


@transaction.atomic
def _list_moves_up(activity: Activity, now: datetime) -> int:
    waiting = activity.sign_ups.filter(state=SignUpState.WAITING)
    row = lock_activity(activity)
    before = waiting.count()
    activity_moves_up(activity=row, now=now)
    return before - waiting.count()
