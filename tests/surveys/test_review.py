from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.places.factories import make_county, make_staff, make_town, make_village
from tests.surveys.factories import make_campaign
from xiangli.accounts.choices import Role
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys import queries, services
from xiangli.surveys.models import DoubtfulMark, WrittenText

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def campaign():
    town = make_town()
    make_village(town, name="甲村", slug="jia")
    return make_campaign(town)


@pytest.fixture
def village(campaign):
    return campaign.place.children.get()


@pytest.fixture
def clerks(village):
    return [make_staff(Role.VILLAGE_STAFF, village), make_staff(Role.VILLAGE_STAFF, village)]


def doubt(campaign, village, *sheets, **more):
    rows = [
        {
            "file": "a.jpg",
            "sheet": sheet,
            "page": 1,
            "question": "needs",
            "option": "chess",
            "state": "review",
            "score": 0,
        }
        for sheet in sheets
    ]
    services.record_readings(by=None, campaign=campaign, place=village, readings=rows, **more)
    return list(queries.open_doubts(campaign, village).filter(reading__sheet__in=sheets))


def test_first_decision_stands_and_the_second_person_is_told(campaign, village, clerks):
    (mark,) = doubt(campaign, village, 1)
    assert services.decide_mark(by=clerks[0], mark=mark, marked=True, at=NOW) is True
    with pytest.raises(UserError, match=f"编号 1 的这一处，{clerks[0]}先判了“算选中”，以先判的为准"):
        services.decide_mark(by=clerks[1], mark=DoubtfulMark.everywhere.get(), marked=False, at=NOW)
    decided = DoubtfulMark.everywhere.get()
    assert (decided.marked, decided.decided_by) == (True, clerks[0])


def test_same_decision_sent_twice_counts_once(campaign, village, clerks):
    (mark,) = doubt(campaign, village, 1)
    sent = [services.decide_mark(by=clerks[0], mark=mark, marked=True, at=NOW) for _ in range(2)]
    assert sent == [True, False]
    services.seal_reviewed(by=clerks[0], campaign=campaign, place=village)
    assert services.decide_mark(by=clerks[0], mark=mark, marked=True, at=NOW) is False


def test_two_people_are_handed_different_crops(campaign, village, clerks):
    doubt(campaign, village, 1, 2, 3, 4, 5)
    places = Place.objects.filter(pk=village.pk)

    def hand(clerk, at=NOW, without=()):
        marks = services.hold_marks(by=clerk, campaign=campaign, places=places, at=at, most=2, without=without)
        return [mark.reading.sheet for mark in marks]

    assert hand(clerks[0]) == [1, 2]
    assert hand(clerks[1]) == [3, 4]
    assert hand(clerks[0]) == [1, 2]
    held = queries.open_doubts(campaign, village).filter(held_by=clerks[0])
    assert hand(clerks[0], without=[mark.pk for mark in held]) == [5]
    assert hand(clerks[1], at=NOW + timedelta(minutes=4)) == [1, 2]


def test_undo_takes_back_ones_own_decision_only_and_none_of_a_sealed_sheet(campaign, village, clerks):
    first, second = doubt(campaign, village, 1, 2)
    services.decide_mark(by=clerks[0], mark=first, marked=True, at=NOW)
    services.decide_mark(by=clerks[0], mark=second, marked=True, at=NOW + timedelta(seconds=1))
    assert services.undo_mark(by=clerks[1], campaign=campaign, mark=first.pk) is None
    assert services.undo_mark(by=clerks[0], campaign=campaign, mark=first.pk) == first
    services.seal_reviewed(by=clerks[0], campaign=campaign, place=village)
    assert services.undo_mark(by=clerks[0], campaign=campaign) is None
    assert [mark.reading.sheet for mark in queries.open_doubts(campaign, village)] == [1]


def test_crops_are_handed_out_and_decided_by_fetch(client, campaign, village, clerks):
    first, second = doubt(campaign, village, 1, 2, crops={(1, "needs", "chess"): b"\x89PNG"})
    client.force_login(clerks[0])
    page = client.post(reverse("review_take", args=[campaign.pk]), {"without": str(second.pk)}).content.decode()
    assert page.count('class="survey-crop"') == 1
    assert "data:image/png;base64,iVBORw==" in page
    url = reverse("review_decide", args=[campaign.pk, first.pk])
    answers = [client.post(url, {"marked": "yes", "fetch": "1"}) for _ in range(2)]
    assert [(answer.status_code, answer.content.decode().strip()) for answer in answers] == [
        (200, '<p data-left="1"></p>')
    ] * 2
    client.force_login(clerks[1])
    answer = client.post(url, {"marked": "no", "fetch": "1"})
    assert (answer.status_code, "先判了“算选中”" in answer.content.decode()) == (409, True)
    undone = client.post(reverse("review_undo", args=[campaign.pk]), {"mark": first.pk, "fetch": "1"})
    assert undone.status_code == 409


def test_many_crops_are_decided_on_one_page(client, campaign, village, clerks, django_assert_num_queries):
    marks = doubt(campaign, village, 1)
    client.force_login(clerks[0])
    url = reverse("review_page", args=[campaign.pk])
    client.get(url)
    with django_assert_num_queries(11):  # one of them asks whether this look is noted
        client.get(url)
    marks += doubt(campaign, village, 2, 3)
    with django_assert_num_queries(11):
        page = client.get(url)
    assert len(page.context["crops"]) == 3
    said = {f"mark-{marks[0].pk}": "yes", f"mark-{marks[1].pk}": "no", f"mark-{marks[2].pk}": "", "mark-x": "yes"}
    page = client.post(url, said, follow=True)
    assert "记下了 2 处" in page.content.decode()
    assert [mark.marked for mark in DoubtfulMark.everywhere.order_by("pk")] == [True, False, None]


def words_of(campaign, village, *sheets):
    rows = [
        {
            "file": "a.jpg",
            "sheet": sheet,
            "page": 1,
            "question": "needs",
            "option": "chess",
            "state": "marked",
            "score": 1,
        }
        for sheet in sheets
    ]
    crops = {(sheet, "wish"): b"\x89PNG" for sheet in sheets}
    services.record_readings(by=None, campaign=campaign, place=village, readings=rows, words=crops)
    return list(WrittenText.everywhere.order_by("pk"))


def test_handwriting_is_typed_in_without_identity_numbers(client, campaign, village, clerks):
    first, second, third = words_of(campaign, village, 1, 2, 3)
    assert campaign.responses.count() == 3  # the sheets count at once, whoever types the words whenever
    client.force_login(clerks[0])
    url = reverse("review_words", args=[campaign.pk])
    page = client.get(url)
    assert (page.context["words"], page.context["left"]) == (first, 3)
    assert "iVBORw==" in page.content.decode()
    assert client.get(url, {"after": first.pk}).context["words"] == second
    typed = {"text": "多放电影，410322194910010018 李"}
    page = client.post(reverse("words_type", args=[campaign.pk, first.pk]), typed, follow=True)
    assert "像身份证号的数字没有存" in page.content.decode()
    client.post(reverse("words_type", args=[campaign.pk, second.pk]), {"unreadable": "1"})
    page = client.post(reverse("words_type", args=[campaign.pk, third.pk]), {"text": " "}, follow=True)
    assert "还没有写字" in page.content.decode()
    kept = [(words.unreadable, "410322" in words.text) for words in WrittenText.everywhere.order_by("pk")]
    assert kept == [(False, False), (True, False), (False, False)]
    assert [words.pk for words in WrittenText.everywhere.exclude(text="")] == [first.pk]
    assert client.get(url).context["words"] == third


def test_words_typed_by_somebody_else_before_are_told(campaign, village, clerks):
    (words,) = words_of(campaign, village, 7)
    services.type_words(by=clerks[0], words=words, text="放电影", at=NOW)
    assert services.type_words(by=clerks[0], words=words, text="放电影", at=NOW) == "放电影"
    with pytest.raises(UserError, match="编号 7 的这一格，别人先录过了"):
        services.type_words(by=clerks[1], words=words, text="唱戏", at=NOW)
    assert WrittenText.everywhere.get().text == "放电影"


@pytest.mark.parametrize("name", ["review_page", "review_words"])
def test_review_pages_are_for_those_who_work_there(client, campaign, name):
    url = reverse(name, args=[campaign.pk])
    assert client.get(url).status_code == 302
    client.force_login(
        make_staff(Role.VILLAGE_STAFF, make_village(make_town(make_county("other", "别县"), "elsewhere")))
    )
    assert client.get(url).status_code == 404


def test_words_and_marks_of_another_village_are_404(client, campaign, village):
    (mark,) = doubt(campaign, village, 1)
    (words,) = words_of(campaign, village, 2)
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(campaign.place, name="乙村", slug="yi")))
    assert client.post(reverse("words_type", args=[campaign.pk, words.pk]), {"text": "x"}).status_code == 404
    assert client.post(reverse("review_page", args=[campaign.pk]), {f"mark-{mark.pk}": "yes"}).status_code == 302
    assert DoubtfulMark.everywhere.get().marked is None
    assert client.post(reverse("review_take", args=[campaign.pk])).content.strip() == b""
