"""Waiting lists move up every hour, with one task that waits for its turn."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.bookings.classes import dates, join, make_tomorrows_class, states
from xiangli.bookings.models import SignUp
from xiangli.bookings.tasks import move_lists_up, move_up_in

pytestmark = pytest.mark.django_db


def test_task_moves_the_list_up_and_waits_for_the_next_hour_once():
    lesson, now = make_tomorrows_class(seats=1), timezone.now()
    first = join(lesson, dates(lesson, 0), now=now)
    join(lesson, dates(lesson, 0), now=now)
    SignUp.everywhere.filter(pk=first.pk).update(state="left")  # by hand, so that nobody moved up
    for _ in range(2):
        move_up_in(timedelta())
        move_lists_up.call()
    assert states(lesson) == ["left", "seated"]
    waits = DBTaskResult.objects.get(task_path=move_lists_up.module_path)
    assert timedelta(minutes=59) < waits.run_after - now < timedelta(minutes=61)
