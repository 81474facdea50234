"""Working out plans in the background: a town takes longer than a page may."""

from django_tasks import task

from xiangli.planning.models import Plan
from xiangli.planning.services import work_out


@task()
def work_out_plan(plan_id: int) -> str:
    """Work out one drafted plan. Returns how it ended; a plan thrown away meanwhile is no fault."""
    plan = Plan.everywhere.select_related("place__county", "made_by").filter(pk=plan_id).first()
    return work_out(by=plan.made_by, plan=plan).progress if plan else "discarded"
