"""A week changed by hand: checked at once, kept as a revision, taken back exactly, never lost to somebody else's."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.places.factories import make_staff
from tests.planning.factories import NOW, SOON, make_planned_town
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.core.errors import UserError
from xiangli.planning import queries, services
from xiangli.planning.choices import EditKind
from xiangli.planning.edits import Change, by_button, find, key_of, places_for
from xiangli.planning.models import PlanRevision
from xiangli.planning.timetable import check, read_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_planned_town()


@pytest.fixture
def plan(town):
    return services.propose(by=town.boss, place=town.place, **SOON)


def sessions(plan, village, service="chess"):
    plan.refresh_from_db()
    return [s for s in read_plan(plan.whole())[1].sessions if (s.village, s.service) == (str(village.pk), service)]


def moved(session, start, day=None):
    length = session.time.end - session.time.start
    return replace(session, time=replace(session.time, day=day or session.time.day, start=start, end=start + length))


def edit(town, plan, change, revision=0, village=0):
    return services.edit_week(
        by=town.boss, plan=plan, place=town.villages[village], change=change, revision=revision, now=NOW
    )


def elsewhere(town, plan, session):
    read, made = services.read_week(plan)
    return places_for(read, made, session)[0]


def test_move_is_kept_checked_and_recorded(town, plan):
    session = sessions(plan, town.villages[0])[0]
    there = elsewhere(town, plan, session)
    kept = edit(town, plan, Change(EditKind.MOVE, session, there))
    plan.refresh_from_db()
    read, made = read_plan(plan.whole())
    assert check(read, made) == []
    keys = {s.key() for s in made.sessions}
    assert (there.key() in keys, session.key() in keys) == (True, False)
    rows = {(a.space_id, a.weekday + 1, a.start_minute) for a in queries.activities_of(plan, town.villages[0])}
    assert (int(there.space), there.time.day, there.time.start) in rows
    assert (plan.revision, kept.number, kept.kind, kept.made_by) == (1, 1, EditKind.MOVE, town.boss)
    assert "挪到" in kept.text
    assert Event.objects.filter(verb="planning.edited", target_id=plan.pk).count() == 1
    assert plan.bound >= plan.value


def test_figures_before_and_after_are_those_of_the_plans(town, plan):
    session = sessions(plan, town.villages[0])[0]
    before = plan.report["villages"][str(town.villages[0].pk)]
    kept = edit(town, plan, by_button(EditKind.REMOVE, session))
    plan.refresh_from_db()
    after = plan.report["villages"][str(town.villages[0].pk)]
    assert kept.figures["met"] == [before["met"], after["met"]]
    assert kept.figures["worst"] == [before["worst"], after["worst"]]
    assert before["met"] > after["met"]
    assert sum(kept.figures["groups"].values()) < 0


def test_change_against_a_rule_is_refused_with_the_reason_and_changes_nothing(town, plan):
    session = sessions(plan, town.villages[0])[0]
    result = plan.result
    with pytest.raises(services.EditRefused) as refused:
        edit(town, plan, Change(EditKind.MOVE, session, moved(session, 3 * 60)))
    assert any("不在该空间的开放时间内" in reason for reason in refused.value.reasons)
    plan.refresh_from_db()
    assert (plan.result, plan.revision, PlanRevision.everywhere.count()) == (result, 0, 0)


@pytest.mark.parametrize("start", [6 * 60, 12 * 60, 21 * 60])
def test_visit_outside_the_half_days_of_its_specialist_is_refused(town, plan, start):
    visit = sessions(plan, town.villages[0], "health")[0]
    with pytest.raises(services.EditRefused, match="不能出诊"):
        edit(town, plan, Change(EditKind.MOVE, visit, moved(visit, start)))


def test_visit_at_the_same_time_as_in_another_village_is_refused(town, plan):
    here = sessions(plan, town.villages[0], "health")[0]
    there = sessions(plan, town.villages[1], "health")[0]
    wish = replace(here, time=there.time, week=there.week, specialist=there.specialist)
    with pytest.raises(services.EditRefused, match="同时在两处"):
        edit(town, plan, Change(EditKind.MOVE, here, wish))


def test_two_sessions_in_one_room_at_one_time_are_refused(town, plan):
    one, two = sessions(plan, town.villages[0])[:2]
    with pytest.raises(services.EditRefused, match="相撞"):
        edit(town, plan, Change(EditKind.MOVE, one, replace(two, pinned=True)))


def test_every_session_may_go_but_the_visit_that_is_due(town, plan):
    visit, *more = sessions(plan, town.villages[0], "health")
    for number, session in enumerate([*sessions(plan, town.villages[0]), *more]):
        edit(town, plan, by_button(EditKind.REMOVE, session), revision=number)
    plan.refresh_from_db()
    with pytest.raises(services.EditRefused, match="到访"):
        edit(town, plan, by_button(EditKind.REMOVE, visit), revision=plan.revision)
    assert list(queries.activities_of(plan, town.villages[0]).values_list("service__key", flat=True)) == ["health"]


def test_undo_gives_back_exactly_what_was_and_goes_on_backwards(town, plan):
    first = plan.result
    one, two = sessions(plan, town.villages[0])[:2]
    edit(town, plan, by_button(EditKind.REMOVE, one))
    plan.refresh_from_db()
    second = plan.result
    edit(town, plan, by_button(EditKind.REMOVE, two), revision=1)
    for revision, expected in ((2, second), (3, first)):
        services.undo(by=town.boss, plan=plan, revision=revision, now=NOW)
        plan.refresh_from_db()
        assert {k: plan.result[k] for k in ("sessions", "met")} == {k: expected[k] for k in ("sessions", "met")}
    with pytest.raises(UserError, match="没有可以撤回的"):
        services.undo(by=town.boss, plan=plan, revision=4)
    assert list(queries.revisions_of(plan).values_list("number", "undoes")) == [(4, 1), (3, 2), (2, None), (1, None)]


def test_second_of_two_people_is_told_of_the_first_and_nothing_is_lost(town, plan):
    one, two = sessions(plan, town.villages[0])[:2]
    edit(town, plan, by_button(EditKind.REMOVE, one))
    with pytest.raises(services.EditConflict) as conflict:
        edit(town, plan, by_button(EditKind.REMOVE, two))
    assert [row.number for row in conflict.value.others] == [1]
    assert two.key() in {s.key() for s in sessions(plan, town.villages[0])}
    edit(town, plan, by_button(EditKind.REMOVE, two), revision=1)
    assert {one.key(), two.key()} & {s.key() for s in sessions(plan, town.villages[0])} == set()


def test_pin_changes_no_figure_and_is_a_pin_of_the_input(town, plan):
    session = sessions(plan, town.villages[0])[0]
    value = plan.value
    edit(town, plan, by_button(EditKind.PIN, session))
    plan.refresh_from_db()
    assert plan.value == value
    assert [(pin["day"], pin["from"]) for pin in plan.input["pins"]] == [
        (session.time.day, f"{session.time.start // 60:02d}:00")
    ]
    assert queries.activities_of(plan, town.villages[0]).filter(pinned=True).count() == 1
    read, made = read_plan(plan.whole())
    assert check(read, made) == []


def test_replan_keeps_what_is_pinned_and_lists_every_change(town, plan):
    session = sessions(plan, town.villages[0])[0]
    there = elsewhere(town, plan, session)
    edit(town, plan, Change(EditKind.MOVE, session, replace(there, pinned=True)))
    plan.refresh_from_db()
    before = {s.key() for s in read_plan(plan.whole())[1].sessions}
    kept = services.replan_village(
        by=town.boss, plan=plan, place=town.villages[0], keep=0.0, revision=1, seconds=1.0, now=NOW
    )
    plan.refresh_from_db()
    read, made = read_plan(plan.whole())
    assert check(read, made) == []
    assert there.key() in {s.key() for s in made.sessions}
    changed = before ^ {s.key() for s in made.sessions}
    assert bool(kept.differences) == bool(changed)
    assert all(key[0] == str(town.villages[0].pk) for key in changed)


def test_pins_that_contradict_one_another_are_told(town, plan):
    one = sessions(plan, town.villages[0])[0]
    for row in plan.result["sessions"]:
        if row["service"] == "chess" and row["village"] == str(town.villages[0].pk):
            row |= {"day": one.time.day, "from": "08:00", "to": "10:00", "pinned": True}
    plan.save()
    with pytest.raises(UserError, match=r"没有重排：指定的安排不成立：.*相撞"):
        services.replan_village(by=town.boss, plan=plan, place=town.villages[0], keep=0.5, revision=0, seconds=1.0)
    assert PlanRevision.everywhere.count() == 0


def test_adopted_plan_is_not_changed_by_hand(town, plan):
    session = sessions(plan, town.villages[0])[0]
    services.mark_adopted(by=town.boss, plan=plan, today=NOW.date())
    with pytest.raises(UserError, match="另存一份"):
        edit(town, plan, by_button(EditKind.REMOVE, session))


# the pages


def url(plan, town, what="", village=0):
    return f"/office/plans/{plan.pk}/village/{town.villages[village].pk}/{what}"


def fields(session, **more):
    data = {
        "session": key_of(session), "space": session.space, "day": session.time.day, "start": session.time.start,
        "revision": 0, "pinned": "on",
    }  # fmt: skip
    return data | more


def test_form_without_a_script_refuses_then_tries_then_moves(client, town, plan):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    there = elsewhere(town, plan, session)
    page = client.get(url(plan, town, "edit/"), {"session": key_of(session)}).content.decode()
    assert "还可以挪到这些时间" in page
    refused = client.post(url(plan, town, "edit/"), fields(session, start=6 * 60))
    assert "不在该空间的开放时间内" in refused.content.decode()
    wish = fields(session, space=there.space, day=there.time.day, start=there.time.start)
    tried = client.post(url(plan, town, "edit/"), wish | {"try": "1"}).content.decode()
    assert "可以。需求满足" in tried
    assert PlanRevision.everywhere.count() == 0
    moved = client.post(url(plan, town, "edit/"), wish, follow=True).content.decode()
    assert "挪到" in moved
    assert "需求满足" in moved
    assert find(services.read_week(plan.__class__.everywhere.get())[1], str(town.villages[0].pk), key_of(there)).pinned


@pytest.mark.parametrize("revision", ["²", "x", "", "9" * 5000])
def test_revision_that_is_no_number_is_not_the_one_of_the_plan(client, town, plan, revision):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    there = elsewhere(town, plan, session)
    wish = fields(session, space=there.space, day=there.time.day, start=there.time.start, revision=revision)
    assert client.post(url(plan, town, "edit/"), wish).status_code == 409
    assert PlanRevision.everywhere.count() == 0


def test_script_is_told_the_verdict_and_nothing_is_written(client, town, plan):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    headers = {"Accept": "application/json"}
    told = client.post(url(plan, town, "edit/"), fields(session, start=6 * 60) | {"try": "1"}, headers=headers).json()
    assert (told["ok"], bool(told["reasons"])) == (False, True)
    there = elsewhere(town, plan, session)
    wish = fields(session, space=there.space, day=there.time.day, start=there.time.start)
    told = client.post(url(plan, town, "edit/"), wish | {"try": "1"}, headers=headers).json()
    assert (told["ok"], told["reasons"]) == (True, [])
    assert PlanRevision.everywhere.count() == 0


def test_page_of_a_conflict_shows_both_changes_and_goes_through_the_second_time(client, town, plan):
    client.force_login(town.boss)
    one, two = sessions(plan, town.villages[0])[:2]
    client.post(url(plan, town, "edit/"), fields(one, kind="remove"))
    there = elsewhere(town, plan, two)
    wish = fields(two, space=there.space, day=there.time.day, start=there.time.start)
    refused = client.post(url(plan, town, "edit/"), wish)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "去掉" in page
    assert "您要改的" in page
    assert refused.context["revision"] == 1
    assert client.post(url(plan, town, "edit/"), wish | {"revision": 1}).status_code == 302


def test_session_that_somebody_else_moved_is_offered_as_an_addition(client, town, plan):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    there = elsewhere(town, plan, session)
    client.post(url(plan, town, "edit/"), fields(session, kind="remove"))
    refused = client.post(
        url(plan, town, "edit/"), fields(session, space=there.space, day=there.time.day, start=there.time.start)
    )
    assert refused.status_code == 409
    form = refused.context["form"]
    assert (form["service"].value(), form["day"].value()) == ("chess", str(there.time.day))
    added = form.data.dict() | {"revision": 1}
    assert client.post(url(plan, town, "edit/"), added).status_code == 302
    assert there.key() in {s.key() for s in sessions(plan, town.villages[0])}


@pytest.mark.parametrize(
    "nonsense",
    [
        {"day": "9"}, {"start": "x"}, {"space": "0"}, {"revision": "x"}, {"session": "a~b"}, {"session": "~" * 40},
        {"kind": "fly"}, {"day": ""}, {"revision": "9" * 40},
    ],
)  # fmt: skip
def test_nonsense_in_the_form_is_answered_and_writes_nothing(client, town, plan, nonsense):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    answered = client.post(url(plan, town, "edit/"), fields(session, start=6 * 60) | nonsense)
    assert answered.status_code in (200, 409)
    assert PlanRevision.everywhere.count() == 0


def test_undo_and_replan_by_button(client, town, plan):
    client.force_login(town.boss)
    session = sessions(plan, town.villages[0])[0]
    client.post(url(plan, town, "edit/"), fields(session, kind="remove"))
    stale = client.post(url(plan, town, "undo/"), {"revision": 0}, follow=True).content.decode()
    assert "刚刚被别人改过" in stale
    undone = client.post(url(plan, town, "undo/"), {"revision": 1}, follow=True).content.decode()
    assert "撤回" in undone
    again = client.post(url(plan, town, "replan/"), {"revision": 2, "keep": "0.9"}, follow=True).content.decode()
    assert "重排" in again
    assert "请选保留多少" in client.post(url(plan, town, "replan/"), {"keep": "7"}, follow=True).content.decode()


def test_only_the_town_changes_a_week(client, town, plan):
    session = sessions(plan, town.villages[0])[0]
    village = town.villages[0]
    for role, place in ((Role.VILLAGE_STAFF, village), (Role.LIAISON, village), (Role.SUPERVISOR, town.place)):
        client.force_login(make_staff(role, place))
        assert client.get(url(plan, town)).status_code == 200
        assert "edit/" not in client.get(url(plan, town)).content.decode()
        assert client.get(url(plan, town, "edit/"), {"session": key_of(session)}).status_code == 404
        for what in ("edit/", "undo/", "replan/"):
            assert client.post(url(plan, town, what), fields(session, kind="remove")).status_code == 404
    assert PlanRevision.everywhere.count() == 0


def test_week_and_one_rooms_week_cost_few_queries_whatever_is_in_them(client, town, plan):
    client.force_login(town.boss)
    space = town.halls[0]
    counts = {}
    for path in ("", f"?space={space.pk}"):
        client.get(url(plan, town) + path)
        with CaptureQueriesContext(connection) as all_of_it:
            page = client.get(url(plan, town) + path)
        counts[path] = len(all_of_it)
        assert page.status_code == 200
    for session in sessions(plan, town.villages[0])[1:]:
        plan.refresh_from_db()
        edit(town, plan, by_button(EditKind.REMOVE, session), revision=plan.revision)
    for path, count in counts.items():
        with CaptureQueriesContext(connection) as fewer:
            client.get(url(plan, town) + path)
        assert len(fewer) == count <= 18, path
