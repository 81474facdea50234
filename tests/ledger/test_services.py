from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.ledger import rules, services
from xiangli.ledger.choices import STEPS, Action, State
from xiangli.ledger.models import Extension, LedgerItem

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def test_item_goes_from_start_to_close_by_two_people_and_its_events_tell_it(crew):
    item = services.close(by=crew.judge, item=asked(crew), now=NOW, note="看过了")
    item.refresh_from_db()
    assert (item.state, item.requested_by, item.closed_by, item.closed_at) == (State.CLOSED, crew.doer, crew.judge, NOW)
    assert [event.verb for event in timeline(item)] == [
        "ledger.added", "ledger.start", "ledger.ask-close", "ledger.close",
    ]  # fmt: skip
    assert timeline(item).last().data["text"] == "看过了"


def test_who_asked_may_not_close_and_the_database_refuses_too(crew):
    item = asked(crew)
    with pytest.raises(UserError, match="谁干的活"):
        services.close(by=crew.doer, item=item, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerItem.everywhere.filter(pk=item.pk).update(state=State.CLOSED, closed_by=crew.doer, closed_at=NOW)


def test_who_answers_for_the_work_may_not_close(crew):
    item = asked(crew, responsible=crew.judge)
    with pytest.raises(UserError, match="谁干的活"):
        services.close(by=crew.judge, item=item, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerItem.everywhere.filter(pk=item.pk).update(state=State.CLOSED, closed_by=crew.judge, closed_at=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.CLOSED},
        {"state": State.CLOSE_REQUESTED},
        {"closed_at": NOW},
        {"spent_fen": 1},
        {"planned_fen": -1},
    ],
)
def test_what_must_never_be_is_refused_by_the_database(crew, wrong):
    item = make_item(crew)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerItem.everywhere.filter(pk=item.pk).update(**wrong)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_step_is_taken_only_from_its_states(crew, state, action):
    item = make_item(crew)
    fields = {}
    if state in (State.CLOSE_REQUESTED, State.CLOSED):
        fields |= {"requested_by": crew.doer, "requested_at": NOW}
    if state == State.CLOSED:
        fields |= {"closed_by": crew.judge, "closed_at": NOW}
    LedgerItem.everywhere.filter(pk=item.pk).update(state=state, **fields)
    item.refresh_from_db()
    extra = {
        Action.RETURN: {"reason": "没干完"}, Action.REOPEN: {"reason": "又坏了"}, Action.NOTE: {"text": "在干"},
        Action.EXTEND: {"deadline": item.deadline + timedelta(days=1), "reason": "下雨"},
    }.get(action, {})  # fmt: skip
    functions = {
        Action.START: services.start, Action.ASK_CLOSE: services.ask_close, Action.CLOSE: services.close,
        Action.RETURN: services.return_item, Action.REOPEN: services.reopen, Action.NOTE: services.note,
        Action.EXTEND: services.extend,
    }  # fmt: skip
    before, after = STEPS[action]
    if state in before:
        assert functions[action](by=crew.boss, item=item, now=NOW, **extra).state == (after or state)
    else:
        with pytest.raises(UserError):
            functions[action](by=crew.boss, item=item, now=NOW, **extra)
        item.refresh_from_db()
        assert item.state == state


def test_second_of_two_who_close_at_once_is_told(crew):
    item = asked(crew)
    stale = LedgerItem.everywhere.get(pk=item.pk)
    services.close(by=crew.judge, item=item, now=NOW)
    with pytest.raises(UserError, match="刚刚有人动过"):
        services.close(by=crew.boss, item=stale, now=NOW)
    assert LedgerItem.everywhere.get(pk=item.pk).closed_by == crew.judge
    assert timeline(item).filter(verb="ledger.close").count() == 1


def test_reopened_item_forgets_its_closer_but_the_event_keeps_it(crew):
    item = services.close(by=crew.judge, item=asked(crew), now=NOW)
    services.reopen(by=crew.doer, item=item, now=NOW, reason="又漏水了")
    item.refresh_from_db()
    assert (item.state, item.closed_by, item.requested_by) == (State.REOPENED, None, None)
    data = timeline(item).last().data
    assert (data["text"], data["closed_by"]) == ("又漏水了", crew.judge.pk)
    assert data["before"]["closed_by"] == crew.judge.pk
    assert data["before"]["state"] == State.CLOSED


def test_extension_keeps_both_days_and_needs_a_reason_and_a_later_day(crew):
    item = make_item(crew)
    later = item.deadline + timedelta(days=5)
    services.extend(by=crew.boss, item=item, now=NOW, deadline=later, reason="连阴雨")
    assert list(Extension.everywhere.values_list("old", "new", "reason")) == [(item.deadline, later, "连阴雨")]
    assert LedgerItem.everywhere.get().deadline == later
    for deadline, reason in ((later, "再缓"), (later + timedelta(days=1), " ")):
        with pytest.raises(UserError):
            services.extend(by=crew.boss, item=item, now=NOW, deadline=deadline, reason=reason)
    assert Extension.everywhere.count() == 1


def test_overspending_needs_a_note(crew):
    item = make_item(crew, granted_fen=1000)
    with pytest.raises(UserError, match="资金说明"):
        services.note(by=crew.doer, item=item, now=NOW, text="买了", spent_fen=1001)
    services.note(by=crew.doer, item=item, now=NOW, text="买了", spent_fen=1001, money_note="涨价，村里垫付")
    item.refresh_from_db()
    assert (item.spent_fen, item.money_note) == (1001, "涨价，村里垫付")


def test_edit_records_which_fields_changed(crew):
    item = make_item(crew, measure="旧")
    services.edit(by=crew.boss, item=item, now=NOW, title=item.title, measure="新", planned_fen=500)
    assert timeline(item).last().data == {
        "fields": ["measure", "planned_fen"],
        "before": {"measure": "旧", "planned_fen": 0},
    }
    with pytest.raises(ValueError, match="state"):
        services.edit(by=crew.boss, item=item, now=NOW, state=State.CLOSED)


def test_allowed_actions_are_those_of_the_role_and_the_state(crew):
    item = make_item(crew)
    assert rules.allowed_actions(crew.doer, item) == [Action.START, Action.NOTE]
    assert rules.allowed_actions(crew.boss, item) == [Action.START, Action.NOTE, Action.EXTEND]
    assert rules.allowed_actions(crew.judge, item) == []
    item = asked(crew)
    assert rules.allowed_actions(crew.doer, item) == [Action.NOTE]
    assert rules.allowed_actions(crew.judge, item) == [Action.CLOSE, Action.RETURN]
    assert rules.allowed_actions(make_crew_elsewhere(crew), item) == []


def make_crew_elsewhere(crew):
    from tests.places.factories import make_county, make_staff, make_town

    return make_staff("town", make_town(make_county("elsewhere"), slug="other"))


def test_origin_is_unique_in_a_village(crew):
    make_item(crew, origin="improvement:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_item(crew, origin="improvement:1")
    make_item(crew, origin="")
    make_item(crew, origin="")
    assert LedgerItem.everywhere.count() == 3


def test_added_on_is_the_given_day(crew):
    assert make_item(crew, today=date(2026, 1, 5)).added_on == date(2026, 1, 5)
    assert make_item(crew).added_on == TODAY
