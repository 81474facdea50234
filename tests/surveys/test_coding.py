import pytest
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_staff, make_village
from tests.surveys.factories import make_answers, make_campaign, some_answers
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.places.models import Service
from xiangli.surveys import queries, services, trust_queries
from xiangli.surveys.models import Code, Coding, Need, SheetReading, WrittenText

pytestmark = pytest.mark.django_db
WORDS = ["路灯坏了，晚上不敢出门", "想修路灯", "村口没有路灯", "多装几个路灯", "路灯", "办个老年食堂", "没意见"]


@pytest.fixture
def village():
    return make_village()


@pytest.fixture
def campaign(village):
    return make_campaign(village)


@pytest.fixture
def rows(campaign, village):
    plain = some_answers(28)
    return make_answers(campaign, village, [{**row, "say": say} for row, say in zip(plain, WORDS, strict=False)])


def code(rows, *codes):
    for row in rows:
        services.code_answer(by=None, response=row, question="say", codes=codes, at=timezone.now())


def test_a_code_is_new_and_has_a_label(campaign):
    made = services.add_code(by=None, campaign=campaign, label="  修  路灯 ")
    assert made.label == "修 路灯"
    for label in ("修 路灯", " ", "字" * 41):
        with pytest.raises(UserError):
            services.add_code(by=None, campaign=campaign, label=label)


def test_an_answer_is_coded_again_not_twice(campaign, rows):
    lamp, food = (services.add_code(by=None, campaign=campaign, label=label) for label in ("路灯", "食堂"))
    code(rows[:1], lamp, food, lamp)
    assert Coding.everywhere.count() == 2
    code(rows[:1])
    (only,) = Coding.everywhere.all()
    assert (only.code, str(only).endswith("不算需求")) == (None, True)
    assert rows[0].texts == {"say": WORDS[0]}


def test_only_what_was_written_can_be_coded_and_only_by_the_same_campaign(campaign, rows, village):
    with pytest.raises(UserError, match="没有写字"):
        services.code_answer(by=None, response=rows[0], question="age", codes=[], at=timezone.now())
    other = make_campaign(village)
    strange = services.add_code(by=None, campaign=other, label="路灯")
    with pytest.raises(UserError, match="不属于"):
        code(rows[:1], strange)


def test_words_typed_in_from_paper_are_coded_like_the_others(campaign, village, rows):
    """They stand beside the sealed answer, which knows nothing of them."""
    sheet = make_answers(campaign, village, [some_answers(1)[0]])[0]
    reading = SheetReading.everywhere.create(
        county=village.county, campaign=campaign, place=village, version=1, sheet=9, file="9.jpg", response=sheet
    )
    words = WrittenText.everywhere.create(county=village.county, reading=reading, question="say", crop=b"png")
    assert sheet not in trust_queries.uncoded(campaign, village, "say")
    services.type_words(by=None, words=words, text="路灯不亮", at=timezone.now())
    assert sheet in trust_queries.uncoded(campaign, village, "say")
    lamp = services.add_code(by=None, campaign=campaign, label="照明")
    code([sheet], lamp)
    assert sheet not in trust_queries.uncoded(campaign, village, "say")
    (found,) = trust_queries.suggestions(campaign, village, "say", ["我家门口路灯不亮"])
    assert found[0][0] == lamp.pk


def test_suggestions_learn_from_what_people_coded(campaign, village, rows):
    lamp = services.add_code(by=None, campaign=campaign, label="照明")
    food = services.add_code(by=None, campaign=campaign, label="吃饭")
    (before,) = trust_queries.suggestions(campaign, village, "say", [WORDS[2]])
    assert before == []
    code(rows[:1], lamp)
    code(rows[5:6], food)
    (after,) = trust_queries.suggestions(campaign, village, "say", [WORDS[2]])
    assert [key for key, _ in after] == [lamp.pk]


def test_coded_answers_enter_the_needs_list_with_their_own_count(campaign, village, rows):
    """Five wrote of street lamps: a wish without a service, planned for, published with five people."""
    lamp = services.add_code(by=None, campaign=campaign, label="路灯")
    food = services.add_code(
        by=None,
        campaign=campaign,
        label="老年食堂",
        service=Service.everywhere.get(county=village.county, key="canteen"),
    )
    code(rows[:5], lamp)
    code(rows[5:6], food)
    code(rows[6:7])
    services.derive_needs(by=None, campaign=campaign, place=village)
    lines = {need.label: need for need in Need.everywhere.filter(group="", list__current=True)}
    assert (lines["路灯（写下的）"].service, lines["老年食堂（写下的）"].service.key) == (None, "canteen")
    assert sum(n.people for n in Need.everywhere.filter(group="", label="路灯（写下的）")) == 5
    shown = {line["label"]: line["people"] for line in queries.needs_lists(village)[0].published if not line["group"]}
    assert shown["路灯（写下的）"] == 5
    assert "老年食堂（写下的）" not in shown


def test_a_code_can_be_given_its_service_later(campaign, village, rows):
    lamp = services.add_code(by=None, campaign=campaign, label="路灯")
    code(rows[:5], lamp)
    services.map_code(by=None, code=lamp, service=Service.everywhere.get(county=village.county, key="chess"))
    services.derive_needs(by=None, campaign=campaign, place=village)
    assert {n.service.key for n in Need.everywhere.filter(label="路灯（写下的）")} == {"chess"}


def test_coding_through_the_page_with_a_new_code_and_undo(client, campaign, village, rows):
    client.force_login(make_staff(Role.VILLAGE_STAFF, village))
    address = reverse("coding", args=[campaign.pk])
    assert "还有7份没有归类" in "".join(client.get(address).content.decode().split())
    client.post(reverse("code_add", args=[campaign.pk]), {"label": "路灯", "service": "", "question": "say"})
    lamp = Code.everywhere.get()
    page = "".join(client.get(address).content.decode().split())
    assert page.count(">像<") == 5
    post = reverse("code_answer", args=[campaign.pk, rows[0].pk])
    missing = client.post(post, {"question": "say"}, follow=True).content.decode()
    assert "请先勾选" in missing
    client.post(post, {"question": "say", "codes": [lamp.pk]})
    client.post(reverse("code_answer", args=[campaign.pk, rows[6].pk]), {"question": "say", "nothing": "1"})
    assert "还有5份没有归类" in "".join(client.get(address).content.decode().split())
    client.post(reverse("code_undo", args=[campaign.pk]), {"question": "say"})
    assert list(Coding.everywhere.values_list("response", "code")) == [(rows[0].pk, lamp.pk)]
    service = Service.everywhere.get(county=village.county, key="chess")
    client.post(
        reverse("code_add", args=[campaign.pk]), {"code": lamp.pk, "service": service.pk, "question": "say"}
    )  # fmt: skip
    lamp.refresh_from_db()
    assert (lamp.label, lamp.service) == ("路灯", service)


def test_an_answer_of_another_place_cannot_be_coded(client, campaign, village, rows):
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(village.parent)))
    post = reverse("code_answer", args=[campaign.pk, rows[0].pk])
    assert client.post(post, {"question": "say", "nothing": "1"}).status_code == 404
