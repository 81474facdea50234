from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.planning.factories import NOW, SOON, TODAY, make_planned_town
from xiangli.core.errors import UserError
from xiangli.planning import queries, services
from xiangli.planning.choices import PlanState, Progress
from xiangli.planning.hours import DEFAULT_HOURS
from xiangli.planning.models import Plan, PlanGap, PlannedActivity
from xiangli.planning.tasks import work_out_plan
from xiangli.planning.timetable import check, read_plan
from xiangli.planning.timetable.explaining import verify, why

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_planned_town()


def propose(town, **more):
    return services.propose(by=town.boss, place=town.place, **(SOON | more))


def test_stored_plan_passes_the_independent_checker_and_its_rows_are_its_sessions(town):
    plan = propose(town)
    read, made = read_plan(plan.whole())
    assert check(read, made) == []
    assert (plan.progress, plan.state, plan.value) == (Progress.READY, PlanState.DRAFT, made.value)
    assert plan.bound >= plan.value
    rows = {
        (str(a.place_id), a.service.key, str(a.space_id), a.weekday + 1, a.start_minute, a.week)
        for a in queries.activities_of(plan)
    }
    sessions = {(s.village, s.service, s.space, s.time.day, s.time.start, s.week) for s in made.sessions}
    assert rows == sessions
    assert rows


def test_every_shortfall_of_an_hour_is_a_gap_with_a_reason_whose_change_is_true(town):
    plan = propose(town)
    read, made = read_plan(plan.whole())
    short = {(m.village, m.service, m.group, m.band) for m in made.met if m.need - m.met >= 1}
    gaps = {(str(g.place_id), g.service.key, g.group, g.band): g for g in queries.gaps_of(plan, plan.place)}
    assert set(gaps) == short
    kitchen = [gap for (_, service, _, _), gap in gaps.items() if service == "canteen"]
    assert {gap.code for gap in kitchen} == {"support"}
    assert all("厨房" in gap.reason and gap.change for gap in kitchen)
    assert all(verify(read, made, reason) == [] for reason in why(read, made) if reason.changes)


def test_same_seed_gives_the_same_plan(town):
    first, second = propose(town), propose(town)
    assert first.result["sessions"] == second.result["sessions"]


def test_town_without_needs_is_told_what_to_do_first(town):
    for listed in town.lists:
        listed.needs.all().delete()
    with pytest.raises(UserError, match="先做民意调查"):
        propose(town)
    assert Plan.everywhere.count() == 0


def test_plan_that_cannot_be_made_says_why_and_stores_nothing(town):
    plan = services.draft(by=town.boss, place=town.place, title="", hours=DEFAULT_HOURS, **SOON)
    plan.input["slot_minutes"] = 7
    plan.save()
    services.work_out(by=town.boss, plan=plan)
    plan.refresh_from_db()
    assert (plan.progress, plan.result, PlannedActivity.everywhere.count()) == (Progress.FAILED, {}, 0)
    assert "slot_minutes" in plan.problem


def test_plan_under_way_is_left_alone_until_it_is_stale(town):
    plan = services.draft(by=town.boss, place=town.place, title="", hours=DEFAULT_HOURS, **SOON)
    Plan.everywhere.filter(pk=plan.pk).update(progress=Progress.RUNNING, started_at=NOW + timedelta(days=36500))
    with pytest.raises(UserError, match="正在计算"):
        services.work_out(by=town.boss, plan=plan)
    Plan.everywhere.filter(pk=plan.pk).update(started_at=NOW - timedelta(days=3650))
    assert services.work_out(by=town.boss, plan=plan).progress == Progress.READY


def test_task_works_out_a_draft_and_forgives_one_thrown_away(town):
    plan = services.draft(by=town.boss, place=town.place, title="", hours=DEFAULT_HOURS, **SOON)
    assert work_out_plan.func(plan.pk) == Progress.READY
    services.discard(by=town.boss, plan=plan)
    assert work_out_plan.func(plan.pk or 0) == "discarded"


def test_adopting_supersedes_the_plan_before_and_only_once(town):
    first, second = propose(town), propose(town)
    services.mark_adopted(by=town.boss, plan=first, today=TODAY)
    assert queries.adopted_plan(town.villages[0]) == first
    services.mark_adopted(by=town.boss, plan=second, today=TODAY)
    first.refresh_from_db()
    assert (first.state, second.state, queries.adopted_plan(town.place)) == (
        PlanState.SUPERSEDED, PlanState.ADOPTED, second,
    )  # fmt: skip
    with pytest.raises(UserError, match="草案"):
        services.mark_adopted(by=town.boss, plan=first, today=TODAY)
    assert queries.adopted_plan(town.place) == second
    with pytest.raises(UserError, match="不能删除"):
        services.discard(by=town.boss, plan=second)


def test_database_refuses_two_adopted_plans_and_one_not_worked_out(town):
    first, second = propose(town), propose(town)
    services.mark_adopted(by=town.boss, plan=first, today=TODAY)
    for wrong in ({"state": PlanState.ADOPTED, "adopted_on": TODAY}, {"state": PlanState.ADOPTED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.everywhere.filter(pk=second.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.everywhere.filter(pk=first.pk).update(progress=Progress.FAILED)


def test_gap_names_the_village_place(town):
    plan = propose(town)
    assert set(PlanGap.everywhere.filter(plan=plan).values_list("place_id", flat=True)) <= {v.pk for v in town.villages}
