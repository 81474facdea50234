from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.cases.factories import MONDAY, make_case, make_replied
from tests.places.factories import make_centre, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.audit.queries import timeline
from xiangli.audit.services import purge
from xiangli.cases import queries, services
from xiangli.cases.choices import State, Step
from xiangli.cases.models import Case
from xiangli.places.calendar import seed_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return make_centre()


@pytest.fixture
def staff(centre):
    return make_staff(Role.VILLAGE_STAFF, centre.place)


@pytest.fixture
def town(centre):
    return make_staff(Role.TOWN, centre.place.parent)


def test_case_goes_through_every_step_of_the_practice(centre, staff, town):
    case = services.accept(by=town, case=make_case(centre), now=MONDAY)
    case = services.dispatch(by=town, case=case, handler=staff, now=MONDAY)
    case = services.send_back(by=staff, case=case, reason="是供电所的事", now=MONDAY)
    assert (case.state, case.handler) == (State.RETURNED, None)
    case = services.dispatch(by=town, case=case, handler=staff, now=MONDAY)
    case = services.start(by=staff, case=case, now=MONDAY)
    case = services.reply(by=staff, case=case, text="修好了", now=MONDAY)
    case = services.follow_up(by=None, case=case, text="又灭了", now=MONDAY)
    case = services.reply(by=staff, case=case, text="换了线", now=MONDAY)
    case = services.close(by=staff, case=case, now=MONDAY)
    case = services.call_back(by=town, case=case, solved=True, text="", now=MONDAY)
    case = services.rate(by=None, case=case, rating="good", now=MONDAY)
    steps = [
        Step.FILED, Step.ACCEPTED, Step.DISPATCHED, Step.RETURNED, Step.DISPATCHED, Step.STARTED, Step.REPLIED,
        Step.FOLLOWED_UP, Step.REPLIED, Step.CLOSED, Step.CALLED_BACK, Step.RATED,
    ]  # fmt: skip
    assert list(case.events.values_list("step", flat=True)) == steps
    assert [event.verb for event in timeline(case)] == [f"cases.{step}" for step in steps]


def test_limits_run_in_working_days_of_the_calendar(centre, staff):
    seed_calendar(by=None, county=centre.county, years=[2025])
    eve = MONDAY.replace(year=2025, month=9, day=30)  # then eight days of holiday
    case = make_case(centre, now=eve)
    assert case.due == date(2025, 10, 9)
    services.set_limits(by=None, county=centre.county, accept_days=1, reply_days=3, follow_up_days=1, close_days=5)
    case = services.accept(by=staff, case=case, now=eve)
    assert case.due == date(2025, 10, 11)  # the make-up workday, a Saturday, counts


def test_extension_moves_the_limit_and_needs_a_reason(centre, staff):
    case = services.accept(by=staff, case=make_case(centre), now=MONDAY)
    before = case.due
    with pytest.raises(services.CaseError, match="理由"):
        services.extend(by=staff, case=case, days=3, reason="  ", now=MONDAY)
    assert services.extend(by=staff, case=case, days=3, reason="等配件", now=MONDAY).due > before


def test_step_from_a_wrong_state_is_refused_in_words(centre, staff):
    case = make_case(centre)
    with pytest.raises(services.CaseError, match=r"待受理.*回复"):
        services.reply(by=staff, case=case, text="好", now=MONDAY)
    assert case.events.count() == 1


def test_second_of_two_people_is_told(centre, staff, town):
    case = make_case(centre)
    services.accept(by=staff, case=case, now=MONDAY)
    with pytest.raises(services.CaseError, match="已受理"):
        services.accept(by=town, case=case, now=MONDAY)


def test_dispatch_goes_only_to_who_works_there(centre, town):
    stranger = make_staff(Role.VILLAGE_STAFF, make_village(centre.place.parent))
    case = services.accept(by=town, case=make_case(centre), now=MONDAY)
    with pytest.raises(services.CaseError, match="不能派单"):
        services.dispatch(by=town, case=case, handler=stranger, now=MONDAY)


def test_call_back_by_the_handler_is_refused(centre, staff):
    case = services.close(by=staff, case=make_replied(staff, centre), now=MONDAY)
    with pytest.raises(services.CaseError, match="换一位同事"):
        services.call_back(by=staff, case=case, solved=True, text="", now=MONDAY)


def test_call_back_unsolved_opens_the_case_again(centre, staff, town):
    case = services.close(by=staff, case=make_replied(staff, centre), now=MONDAY)
    case = services.call_back(by=town, case=case, solved=False, text="灯还是不亮", now=MONDAY)
    assert (case.state, case.closed_at) == (State.FOLLOW_UP, None)
    assert case.due > MONDAY.date()


def test_rating_twice_is_refused(centre, staff):
    case = services.close(by=staff, case=make_replied(staff, centre), now=MONDAY)
    services.rate(by=None, case=case, rating="poor", now=MONDAY)
    with pytest.raises(services.CaseError, match="已经评价"):
        services.rate(by=None, case=case, rating="good", now=MONDAY)


def test_form_sent_twice_is_one_case(centre):
    key = uuid4()
    first = make_case(centre, client_uuid=key)
    assert make_case(centre, client_uuid=key) == first
    assert queries.counts(centre.place, MONDAY.date())["total"] == 1


def test_id_card_number_never_reaches_the_database(centre):
    case = make_case(
        centre, text="我的身份证是１１０１０１１９９００３０７７３１５，请帮我办", contact_name="110101199003077315"
    )
    case.refresh_from_db()
    assert "１１０１０１" not in case.text
    assert "110101" not in case.contact_name


def test_publishing_needs_consent_and_takes_names_and_numbers_out(centre, staff):
    fields = {"text": "我是王大妈，电话13800138000，路灯坏了", "contact_name": "王大妈", "contact_phone": "13800138000"}
    silent = make_replied(staff, centre, **fields)
    with pytest.raises(services.CaseError, match="没有同意"):
        services.publish(by=staff, case=silent, question="路灯坏了", answer="修好了", now=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.everywhere.filter(pk=silent.pk).update(published_at=MONDAY)
    case = make_replied(staff, centre, may_publish=True, **fields)
    question, answer = services.draft_for_public(case)
    case = services.publish(by=staff, case=case, question=question, answer=answer, now=MONDAY)
    assert "王大妈" not in case.public_question
    assert "13800138000" not in case.public_question
    assert list(queries.answered(centre.place.parent, 5)) == [case]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.CLOSED, "closed_at": MONDAY, "due": None},  # never replied to
        {"due": None},  # open without a limit
        {"closed_at": MONDAY},  # ended without having ended
    ],
)
def test_database_refuses_what_must_never_be(centre, wrong):
    case = make_case(centre)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.everywhere.filter(pk=case.pk).update(**wrong)


def test_purge_blanks_contact_first_and_text_later(centre, staff):
    case = make_replied(staff, centre, contact_name="王大妈", contact_phone="13800138000")
    services.close(by=staff, case=case, now=MONDAY)
    purge(now=MONDAY + timedelta(days=181))
    case.refresh_from_db()
    assert (case.contact_name, case.contact_phone, bool(case.text)) == ("", "", True)
    purge(now=MONDAY + timedelta(days=1096))
    case.refresh_from_db()
    assert (case.text, list(case.events.exclude(text="").values_list("step", flat=True))) == ("", [])


def test_open_case_keeps_its_contact(centre):
    case = make_case(centre, contact_name="王大妈")
    purge(now=MONDAY + timedelta(days=400))
    case.refresh_from_db()
    assert case.contact_name == "王大妈"
