"""Edits and earlier versions: what is sealed stays, what changes is a correction, what no longer fits is refused."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.places.factories import make_village
from tests.surveys.collect import filled_in, new_instance
from tests.surveys.factories import make_campaign, make_definition, make_people
from xiangli.audit.services import purge
from xiangli.core.errors import UserError
from xiangli.core.redaction import BLACKED_OUT
from xiangli.surveys import queries, services
from xiangli.surveys.figures import report
from xiangli.surveys.models import Campaign, Correction, FormVersion, PhoneSubmission, Response
from xiangli.surveys.phone_only import kept
from xiangli.surveys.services import Conflict, NotAllowed
from xiangli.surveys.xlsform import import_workbook

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def village(town):
    return make_people(make_village(town))


@pytest.fixture
def phone(town, village):
    campaign = make_campaign(town)
    return services.add_enumerator(by=None, campaign=campaign, place=village, label="一").enumerator


def form_of(phone):
    return services.phone_forms(campaign=phone.campaign, places=[phone.place])[0].xml


def send(phone, instance="uuid:1", *, form=None, deprecated="", **answers):
    xml = filled_in(form or form_of(phone), answers, instance=instance, deprecated=deprecated)
    return services.take_submission(by=phone, xml=xml, at=NOW)


def test_edit_is_a_correction_beside_the_sealed_answer(phone):
    send(phone, needs="canteen chess", age="70+", sex="女")
    taken = send(phone, "uuid:2", deprecated="uuid:1", needs="chess", sex="女", band="evening")
    assert (taken.new, taken.message) == (True, "更正了 3 题，原来的答案仍留着。")
    response = Response.everywhere.get()
    assert response.answers == {"needs": ["canteen", "chess"], "age": "70+", "sex": "女"}
    correction = Correction.everywhere.get()
    assert correction.changes == {"needs": ["chess"], "band": "evening", "age": None}
    assert (correction.reason, correction.by) == ("调查员在手机上更正", None)
    assert queries.effective(response) == {"needs": ["chess"], "sex": "女", "band": "evening"}


def test_edit_of_a_question_with_a_skip_rule_is_judged_with_all_answers(phone):
    definition = make_definition()
    band = next(question for question in definition["questions"] if question["name"] == "band")
    band["relevant"] = {"question": "needs", "is": "chess"}
    services.change_questionnaire(by=None, campaign=phone.campaign, definition=definition)
    phone.campaign.refresh_from_db()
    send(phone, needs="chess", band="morning")
    send(phone, "uuid:2", deprecated="uuid:1", needs="chess", band="evening")
    assert queries.effective(Response.everywhere.get()) == {"needs": ["chess"], "band": "evening"}
    send(phone, "uuid:3", deprecated="uuid:2", needs="canteen", band="evening")
    assert queries.effective(Response.everywhere.get()) == {"needs": ["canteen"]}


def test_edit_of_an_edit_follows_the_chain_and_may_not_fork(phone):
    send(phone, needs="canteen")
    send(phone, "uuid:2", deprecated="uuid:1", needs="chess")
    with pytest.raises(Conflict, match="后来已经更正过"):
        send(phone, "uuid:3", deprecated="uuid:1", needs="none")
    send(phone, "uuid:3", deprecated="uuid:2", needs="none")
    assert queries.effective(Response.everywhere.get()) == {"needs": ["none"]}
    assert Correction.everywhere.count() == 2
    assert send(phone, "uuid:2", deprecated="uuid:1", needs="chess").new is False


def test_edit_under_a_known_number_with_other_content_is_a_conflict(phone):
    send(phone, needs="canteen")
    send(phone, "uuid:2", deprecated="uuid:1", needs="chess")
    with pytest.raises(Conflict, match="同一个编号"):
        send(phone, "uuid:2", deprecated="uuid:1", needs="none")


def test_edit_leaves_written_words_and_says_so(phone):
    send(phone, needs="canteen", say="要热的")
    taken = send(phone, "uuid:2", deprecated="uuid:1", needs="canteen", say="要凉的")
    assert taken.message == "选择题没有变化。写下的文字不能更正，仍是原来的。"
    assert (Response.everywhere.get().texts, Correction.everywhere.count()) == ({"say": "要热的"}, 0)


def test_edit_that_comes_before_its_original_waits_on_the_phone(phone):
    with pytest.raises(Conflict, match="先把原来那一份交上来"):
        send(phone, "uuid:2", deprecated="uuid:1", needs="chess")
    assert PhoneSubmission.everywhere.count() == 0
    send(phone, needs="canteen")
    assert send(phone, "uuid:2", deprecated="uuid:1", needs="chess").new


def test_edit_by_another_phone_or_for_another_village_is_refused(phone, town):
    campaign = phone.campaign
    other = services.add_enumerator(by=None, campaign=campaign, place=town, label="二").enumerator
    send(phone, needs="canteen")
    with pytest.raises(NotAllowed, match="自己这部手机"):
        send(other, "uuid:2", form=form_of(phone), deprecated="uuid:1", needs="chess")
    send(other, "uuid:5", form=form_of(phone), needs="canteen")
    elsewhere = services.phone_forms(campaign=campaign, places=[make_village(town)])[0].xml
    with pytest.raises(Conflict, match="不能换村"):
        send(other, "uuid:6", form=elsewhere, deprecated="uuid:5", needs="chess")


def test_edit_that_cannot_be_used_leaves_nothing_behind(phone):
    send(phone, needs="canteen")
    with pytest.raises(UserError, match="没有“swimming”这个选项"):
        send(phone, "uuid:2", deprecated="uuid:1", needs="swimming")
    assert PhoneSubmission.everywhere.count() == 1
    assert send(phone, "uuid:2", deprecated="uuid:1", needs="chess").new


def change(campaign, *keys, **more):
    definition = {**make_definition(*keys), **more}
    for question in definition["questions"]:
        for option in question.get("options", ()):
            option.pop("service", None)
    services.change_questionnaire(by=None, campaign=campaign, definition=definition)
    campaign.refresh_from_db()


def test_answer_to_an_earlier_version_is_sealed_under_that_version(phone):
    old = form_of(phone)
    change(phone.campaign, "canteen", "chess", "bath")
    assert (phone.campaign.version, FormVersion.everywhere.count()) == (2, 1)
    send(phone, form=old, needs="chess")
    send(phone, "uuid:2", needs="bath")
    assert list(Response.everywhere.order_by("pk").values_list("version", "answers")) == [
        (1, {"needs": ["chess"]}),
        (2, {"needs": ["bath"]}),
    ]
    lines = report(phone.campaign, phone.place).questions[0].lines
    assert [(line.label, line.respondents) for line in lines] == [
        ("服务canteen", 0), ("服务chess", 1), ("服务bath", 1), ("都不需要", 0),
    ]  # fmt: skip


def test_answer_to_an_earlier_version_that_no_longer_means_anything_is_refused(phone):
    old = form_of(phone)
    change(phone.campaign, "canteen", "bath")
    with pytest.raises(Conflict, match=r"问卷后来改过.*没有“chess”这个选项"):
        send(phone, form=old, needs="chess")
    assert send(phone, form=old, needs="canteen").new
    assert Response.everywhere.get().version == 1


def test_version_that_was_never_given_out_is_not_known(phone):
    form = form_of(phone)
    change(phone.campaign, "canteen", "chess")
    change(phone.campaign, "canteen", "chess")
    with pytest.raises(services.UnknownForm, match="版本"):
        send(phone, form=form.replace(b'version="1"', b'version="2"'), needs="chess")


def test_present_version_is_known_though_no_phone_fetched_it(phone):
    form = form_of(phone)
    change(phone.campaign, "canteen", "chess")
    assert send(phone, form=form.replace(b'version="1"', b'version="2"'), needs="chess").new
    assert Response.everywhere.get().version == 2


def test_times_that_the_phone_noted_are_kept_and_odd_ones_are_not(phone):
    cases = [
        ({"xiangli_start": "2026-11-24T11:40:01.123+08:00", "xiangli_end": "2026-11-24T11:48:15.456+08"}, (True, True)),
        ({"start": "2026-11-24T11:40:01.123+08:00", "end": "2026-11-24T11:48:15.456Z"}, (True, True)),
        ({"start": "2026-11-24T11:40:01", "end": "昨天"}, (False, False)),
        ({"start": "2026-13-45T99:99:99Z", "end": ""}, (False, False)),
        ({}, (False, False)),
    ]
    for times, timed in cases:
        instance = new_instance()
        send(phone, instance, needs="canteen", **times)
        row = PhoneSubmission.everywhere.get(instance_id=instance)
        assert (row.started_at is not None, row.ended_at is not None) == timed
    first = PhoneSubmission.everywhere.first()
    assert first.ended_at - first.started_at == timedelta(minutes=8, seconds=14, milliseconds=333)


def test_who_sent_it_and_when_is_forgotten_after_its_retention(phone):
    send(phone, needs="canteen", start="2026-11-24T11:40:01+08:00")
    purge(now=NOW + timedelta(days=179))
    assert PhoneSubmission.everywhere.get().enumerator == phone
    touched = purge(now=NOW + timedelta(days=181))
    assert touched["surveys.phonesubmission.enumerator"] == 1
    row = PhoneSubmission.everywhere.get()
    assert (row.enumerator, row.started_at, row.response.answers) == (None, None, {"needs": ["canteen"]})


@pytest.mark.parametrize(
    "change",
    [{"digest": "0"}, {"instance_id": "uuid:9"}, {"received_at": NOW - timedelta(1)}, {"started_at": NOW}, None],
    ids=["digest", "instance_id", "received_at", "started_at", "delete"],
)
def test_database_refuses_to_change_or_delete_what_a_phone_sent(phone, change):
    send(phone, needs="canteen")
    rows = PhoneSubmission.everywhere.all()
    with pytest.raises(DatabaseError, match=r"sealed|deleted"), transaction.atomic():
        rows.update(**change) if change else rows._raw_delete(rows.db)
    assert PhoneSubmission.everywhere.get().instance_id == "uuid:1"


def test_database_refuses_to_change_a_form_that_went_out(phone):
    form_of(phone)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        FormVersion.everywhere.update(definition={})


def test_phone_is_let_in_for_places_of_the_campaign_only(phone, town):
    with pytest.raises(UserError, match="不在"):
        services.add_enumerator(by=None, campaign=phone.campaign, place=town.parent, label="二")
    with pytest.raises(UserError, match="已经有一部手机叫“一”"):
        services.add_enumerator(by=None, campaign=phone.campaign, place=town, label=" 一 ")
    with pytest.raises(UserError, match="称呼"):
        services.add_enumerator(by=None, campaign=phone.campaign, place=town, label="  ")
    assert Campaign.everywhere.get().enumerators.count() == 1


def imported(village, path):
    definition = import_workbook(path.read_bytes(), notice="镇党政办，0379-0000").definition
    campaign = Campaign.everywhere.create(
        county=village.county, place=village, title="试一试", definition=definition, notice="", opens=date(2020, 1, 1)
    )
    return services.add_enumerator(by=None, campaign=campaign, place=village, label="一").enumerator


def test_answers_that_only_the_phone_asks_are_kept_apart(village, shared_data):
    phone = imported(village, shared_data / "xlsforms" / "tutorial.xls")
    root = f'<data id="{phone.campaign.public_id}-{village.pk}" version="1">'
    members = (
        "<member><name>身份证 41032219700101001X</name><sex>male</sex></member>"
        "<member><name>=1+1</name><sex>female</sex><deviceid>x</deviceid></member>"
    )
    xml = f"{root}{members}<meta><instanceID>uuid:1</instanceID></meta></data>"
    assert services.take_submission(by=phone, xml=xml.encode(), at=NOW).new
    row = PhoneSubmission.everywhere.get()
    assert row.response.answers == {}
    first = {"member/name": f"身份证 {BLACKED_OUT}", "member/sex": "male"}
    assert row.more == {**first, "member/name[2]": "=1+1", "member/sex[2]": "female"}
    with pytest.raises(UserError, match="一道题也没有答"):
        services.take_submission(by=phone, xml=xml.replace(members, "").replace("uuid:1", "uuid:2").encode(), at=NOW)
    assert purge(now=NOW + timedelta(days=366))["surveys.phonesubmission.more"] == 1
    assert PhoneSubmission.everywhere.get().more == {}


@pytest.mark.parametrize(
    ("kind", "keeps"),
    [
        ("text", True), ("select_one a", True), ("select one from a", True), ("select_multiple a or_other", True),
        ("rank a", True), ("integer", True), ("int", True), ("decimal", True), ("date", True), ("datetime", True),
        ("dateTime", True), ("time", True), ("range", True), ("calculate", True), ("barcode", True),
        ("select_one_from_file a.csv", True), ("add select one prompt using a", True), ("acknowledge", True),
        ("geopoint", False), ("gps", False), ("location", False), ("geotrace", False), ("start-geopoint", False),
        ("image", False), ("photo", False), ("add image prompt", False), ("add location prompt", False),
        ("audio", False), ("video", False), ("file", False), ("deviceid", False), ("phonenumber", False),
        ("phone number", False), ("add phone number prompt", False), ("username", False), ("email", False),
        ("simserial", False), ("start", False), ("end", False), ("today", False), ("audit", False), ("", False),
    ],
)  # fmt: skip
def test_kinds_of_answers_that_are_kept_apart(kind, keeps):
    definition = {"source": {"survey": [{" Type ": kind, "NAME": "q"}]}}
    assert kept(definition, {"group/q": "1", "q[2]": "2", "p": "3"}) == ({"group/q": "1", "q[2]": "2"} if keeps else {})
