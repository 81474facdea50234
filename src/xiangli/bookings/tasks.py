"""Background work: waiting lists that move up by themselves."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from xiangli.bookings import services

AN_HOUR = timedelta(hours=1)


@task()
def move_lists_up() -> None:
    """What came free in the last hour with nobody writing anything goes to whoever waits for it; again in an hour."""
    try:
        services.move_all_up(now=timezone.now())
    finally:
        move_up_in(AN_HOUR)


def move_up_in(time: timedelta) -> None:
    """Let the next time be then and no other; what has been done is not kept."""
    over = (TaskResultStatus.READY, TaskResultStatus.SUCCESSFUL)
    with transaction.atomic():
        DBTaskResult.objects.filter(task_path=move_lists_up.module_path, status__in=over).delete()
        move_lists_up.using(run_after=timezone.now() + time).enqueue()
