from datetime import date
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import (
    PEOPLE,
    answer,
    make_answers,
    make_campaign,
    make_definition,
    make_people,
    some_answers,
)
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.audit.services import purge
from xiangli.core.errors import UserError
from xiangli.places.models import Service
from xiangli.surveys import queries, services
from xiangli.surveys.answers import Answers, Row
from xiangli.surveys.choices import Channel, SampleKind
from xiangli.surveys.figures import report
from xiangli.surveys.models import Correction, Need, NeedsList, Response

pytestmark = pytest.mark.django_db


def one(campaign, place=None, **raw):
    return answer(campaign, place or campaign.place, **(raw or {"needs": ["canteen"], "age": "70+"}))


def test_campaign_without_a_question_on_needs_is_asked_but_gives_no_needs_list():
    definition = make_definition()
    definition["questions"] = definition["questions"][1:]
    village = make_people(make_village())
    campaign = make_campaign(village, definition=definition)
    answer(campaign, village, age="70+")
    with pytest.raises(UserError, match="没有问需求的题"):
        services.derive_needs(by=None, campaign=campaign, place=village)


def test_campaign_refuses_a_service_that_is_not_in_the_catalogue():
    with pytest.raises(UserError, match="opera"):
        make_campaign(definition=make_definition("canteen", "opera"))


def test_campaign_adds_services_made_for_the_occasion():
    campaign = make_campaign(definition=make_definition("well"), services=[{"key": "well", "name": "打井"}])
    assert Service.everywhere.get(county=campaign.county, key="well").name == "打井"


def test_questionnaire_can_change_until_the_first_answer():
    campaign = make_campaign()
    services.change_questionnaire(by=None, campaign=campaign, definition=make_definition("chess"))
    campaign.refresh_from_db()
    assert campaign.version == 2
    one(campaign, needs=["chess"])
    with pytest.raises(UserError, match="已经有人答了"):
        services.change_questionnaire(by=None, campaign=campaign, definition=make_definition())


def test_answer_sent_twice_counts_once():
    campaign = make_campaign()
    key = uuid4()
    sent = [
        services.record_response(
            by=None,
            campaign=campaign,
            place=campaign.place,
            channel=Channel.WEB,
            raw={"needs": ["chess"]},
            client_uuid=key,
        )
        for _ in range(2)
    ]
    assert [new for _, new in sent] == [True, False]
    assert sent[0][0] == sent[1][0]
    assert Event.objects.filter(verb="surveys.answered").count() == 1


def test_answer_for_a_place_outside_the_campaign_is_refused():
    campaign = make_campaign()
    elsewhere = make_village(make_town(make_county("other", "别县"), "elsewhere"))
    with pytest.raises(UserError, match="不在"):
        one(campaign, elsewhere)


def test_answer_with_nothing_in_it_is_refused():
    with pytest.raises(UserError, match="一道题也没有答"):
        one(make_campaign(), needs=[])


@pytest.mark.parametrize(
    "change",
    [
        {"answers": {"needs": ["chess"]}},
        {"channel": "paper"},
        {"sheet": 7},
        {"client_uuid": uuid4()},
        {"texts": {"say": "改"}},
    ],
)
def test_sealed_answer_cannot_be_changed(change):
    response = one(make_campaign())
    with pytest.raises(DatabaseError), transaction.atomic():
        Response.everywhere.filter(pk=response.pk).update(**change)
    response.refresh_from_db()
    assert response.answers == {"needs": ["canteen"], "age": "70+"}


def test_who_took_an_answer_down_is_only_ever_forgotten():
    campaign = make_campaign()
    clerk, other = make_staff(Role.VILLAGE_STAFF, campaign.place), make_staff(Role.VILLAGE_STAFF, campaign.place)
    response = answer(campaign, campaign.place, Channel.COUNTER, clerk, needs=["chess"])
    mine = Response.everywhere.filter(pk=response.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        mine.update(recorded_by=other)
    mine.update(recorded_by=None)
    assert mine.get().recorded_by is None


@pytest.mark.one_engine
def test_sealed_answer_cannot_be_replaced():
    """SQLite's INSERT OR REPLACE takes away what is in its way; PostgreSQL has nothing like it."""
    response = one(make_campaign())
    columns = ", ".join(field.column for field in Response._meta.concrete_fields)
    other = columns.replace("answers", "'{}'")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO surveys_response ({columns}) SELECT {other} FROM surveys_response")
    response.refresh_from_db()
    assert response.answers == {"needs": ["canteen"], "age": "70+"}


def test_sealed_answer_cannot_be_deleted():
    response = one(make_campaign())
    with pytest.raises(DatabaseError), transaction.atomic():
        Response.everywhere.filter(pk=response.pk).delete()
    assert Response.everywhere.filter(pk=response.pk).exists()


def test_written_words_are_blanked_after_their_retention_and_only_blanked():
    campaign = make_campaign()
    response = one(campaign, needs=["chess"], say="想要茶水")
    now = timezone.now()
    assert purge(now=now + timezone.timedelta(days=364))["surveys.response.texts"] == 0
    assert purge(now=now + timezone.timedelta(days=366))["surveys.response.texts"] == 1
    response.refresh_from_db()
    assert (response.texts, response.answers) == ({}, {"needs": ["chess"]})


def test_correction_stands_beside_the_sealed_answer():
    response = one(make_campaign(), needs=["canteen"], age="70+", sex="女")
    services.correct_response(
        by=None, response=response, changes={"age": "60-69", "sex": None}, reason="登记时听错", at=timezone.now()
    )
    (found,) = queries.responses_of(response.campaign, response.place)
    assert found.answers == {"needs": ["canteen"], "age": "70+", "sex": "女"}
    assert queries.effective(found) == {"needs": ["canteen"], "age": "60-69"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Correction.everywhere.update(reason="别的")


def test_correction_needs_a_reason_and_a_known_question():
    response = one(make_campaign())
    with pytest.raises(UserError, match="为什么"):
        services.correct_response(by=None, response=response, changes={"age": "70+"}, reason=" ", at=timezone.now())
    with pytest.raises(UserError, match="没有的题目"):
        services.correct_response(by=None, response=response, changes={"x": "70+"}, reason="错", at=timezone.now())


def test_weights_are_stored_and_add_up_to_the_population():
    campaign = make_campaign()
    make_answers(campaign, campaign.place, some_answers(30))
    weighed = services.weigh(by=None, campaign=campaign, place=campaign.place)
    stored = list(campaign.responses.order_by("pk").values_list("weight", flat=True))
    assert stored == weighed.design.weights.tolist()
    assert sum(stored) == pytest.approx(800)


def test_weighing_without_answers_says_so():
    campaign = make_campaign()
    with pytest.raises(UserError, match="还没有答卷"):
        services.weigh(by=None, campaign=campaign, place=campaign.place)


def test_needs_are_derived_per_village_and_the_newest_list_is_current():
    town = make_town()
    villages = [make_people(make_village(town)) for _ in range(2)]
    campaign = make_campaign(town)
    for village in villages:
        make_answers(campaign, village, some_answers(24))
    services.derive_needs(by=None, campaign=campaign, place=town)
    needs = services.derive_needs(by=None, campaign=campaign, place=town)
    assert NeedsList.everywhere.count() == 4
    assert {needs_list.place for needs_list in queries.needs_lists(town)} == set(villages)
    assert set(queries.needs_of(town)) == set(needs)
    assert {need.service.key for need in needs} == {"canteen", "chess"}
    assert {need.group for need in needs} == {"18–44 岁", "45–59 岁", "60–69 岁", "70 岁以上"}
    assert {need.band for need in needs} == {"morning", "evening"}
    whole = Need.everywhere.filter(list__current=True, list__place=villages[0], group="")
    parts = queries.needs_of(villages[0])
    assert sum(need.person_hours for need in whole) == pytest.approx(sum(need.person_hours for need in parts))


def test_needs_are_public_only_when_published_and_only_from_five_people():
    campaign = make_campaign()
    make_answers(campaign, campaign.place, some_answers(24))
    services.derive_needs(by=None, campaign=campaign, place=campaign.place)
    assert queries.published_needs(campaign.place) is None
    lists = queries.needs_lists(campaign.place)
    assert services.publish_needs(by=None, lists=lists, at=timezone.now()) == 1
    assert services.publish_needs(by=None, lists=queries.needs_lists(campaign.place), at=timezone.now()) == 0
    published = queries.published_needs(campaign.place)
    assert published.published
    assert min(line["people"] for line in published.published) >= 5


def test_rows_of_a_spreadsheet_go_to_their_villages_once():
    town = make_town()
    villages = [make_village(town, name="甲村", short_name="甲"), make_village(town, name="乙村")]
    campaign = make_campaign(town)
    rows = [Row(2, {"needs": ["chess"]}, {}, "甲"), Row(3, {"needs": []}, {}, "乙村"), Row(4, {"age": "70+"}, {}, "丙")]
    answers = Answers(rows, [(5, "坏")], "abc")
    done = services.import_answers(by=None, campaign=campaign, place=town, answers=answers)
    assert (done.taken, done.refused) == (2, [(4, "“丙”不是会盟镇的村"), (5, "坏")])
    assert list(campaign.responses.order_by("pk").values_list("place", flat=True)) == [v.pk for v in villages]
    again = services.import_answers(by=None, campaign=campaign, place=town, answers=answers)
    assert (again.taken, again.refused[0]) == (0, (2, "这一行以前已经导入过"))
    assert campaign.responses.count() == 2


def test_rows_go_to_the_given_village_whatever_they_say():
    campaign = make_campaign()
    answers = Answers([Row(2, {"needs": ["chess"]}, {}, "Kagaso")], [], "abc")
    assert services.import_answers(by=None, campaign=campaign, place=campaign.place, answers=answers).taken == 1


def test_report_gives_rate_mode_and_intervals():
    campaign = make_campaign()
    village = campaign.place
    services.set_sample(by=None, campaign=campaign, place=village, kind=SampleKind.SIMPLE_RANDOM, invited=48)
    make_answers(campaign, village, some_answers(24))
    found = report(campaign, village)
    assert (found.answers, found.invited, found.rate, found.channels) == (24, 48, 0.5, {"web": 24})
    needs = found.questions[0]
    assert [line.label for line in needs.lines] == ["服务canteen", "服务chess", "都不需要"]
    assert [line.respondents for line in needs.lines] == [12, 8, 8]
    assert all(line.low <= line.value <= line.high for line in needs.lines)
    assert (
        needs.lines[1].low < needs.lines[1].value < needs.lines[1].high
    )  # the canteen goes by age here: no error left


def test_report_of_a_town_weighs_villages_by_their_people():
    town = make_town()
    small = make_people(make_village(town), {"sex": {"女": 50, "男": 50}})
    large = make_people(make_village(town), {"sex": {"女": 450, "男": 450}})
    campaign = make_campaign(town)
    for village, needs in ((small, ["canteen"]), (large, ["chess"])):
        make_answers(campaign, village, [{"needs": needs, "sex": sex} for sex in ("女", "男")] * 5)
    shares = {line.label: line.value for line in report(campaign, town).questions[0].lines}
    assert shares["服务canteen"] == pytest.approx(0.1)
    assert shares["服务chess"] == pytest.approx(0.9)


def test_population_of_the_factories_agrees_with_itself():
    assert {sum(counts.values()) for counts in PEOPLE.values()} == {800}


def test_campaign_closes_on_the_day_but_never_before_it_opened():
    campaign = make_campaign(opens=date(2030, 1, 1))
    services.close_campaign(by=None, campaign=campaign, on=date(2026, 1, 1))
    assert campaign.closes == date(2030, 1, 1)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"kind": "odd"}, "没有“odd”"),
        ({"kind": SampleKind.STRATIFIED}, "按哪一题分"),
        ({"kind": SampleKind.CLUSTER, "question": "needs"}, "按哪一题分"),
        ({"kind": SampleKind.STRATIFIED, "question": "group"}, "每一层有多少人"),
        ({"kind": SampleKind.STRATIFIED, "question": "group", "sizes": {"经商": 5}}, "“经商”不是这道题的选项"),
    ],
)
def test_sample_designs_that_cannot_be_are_refused(said, message):
    campaign = make_campaign()
    with pytest.raises(UserError, match=message):
        services.set_sample(by=None, campaign=campaign, place=campaign.place, invited=10, **said)


def test_recorded_strata_reach_the_errors_of_the_figures():
    campaign = make_campaign()
    village = campaign.place
    make_answers(campaign, village, some_answers(24))
    plain = report(campaign, village)
    services.set_sample(
        by=None, campaign=campaign, place=village, kind=SampleKind.STRATIFIED, invited=30, question="group",
        sizes=PEOPLE["group"],
    )  # fmt: skip
    found = report(campaign, village)
    assert found.sample == "分组分别抽人（分层）"
    chess, before = found.questions[0].lines[1], plain.questions[0].lines[1]
    assert chess.found.df == 24 - 3
    assert before.found.df == 24 - 1
