from datetime import date, datetime, timedelta
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_space, make_town, make_village
from xiangli.bookings.services import add_activity, cancel
from xiangli.canteen.choices import Meal
from xiangli.canteen.services import save_canteen, set_menu
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
NUMBER = 13  # queries of a centre's page, whatever stands on it


@pytest.fixture(autouse=True)
def _monday_morning():
    """The pages ask for the time themselves; here it is half past nine on Monday 23 November 2026."""
    with mock.patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def centre():
    return make_open_centre(phone="0379-1", address="会盟镇", answers_for_it="村党支部副书记")


def url(centre):
    return reverse("centre", args=[centre.county.slug, centre.slug])


def page(client, centre):
    answer = client.get(url(centre))
    assert answer.status_code == 200
    return answer.content.decode()


def test_open_door_is_the_first_thing_said(client, centre):
    text = page(client, centre)
    assert "正在开放" in text
    assert "开到今天 12:00" in text
    assert 'class="sign open"' in text


def test_closed_door_says_when_next(client, centre):
    announce_closure(
        by=None, centre=centre, starts=at(23, 9), ends=at(24, 0), reason="停电", alternative="急事去镇上", now=NOW,
        short_notice="突然",
    )  # fmt: skip
    text = page(client, centre)
    assert "现在关门" in text
    assert "明天 8:00开门" in text
    assert "停电" in text
    assert "急事去镇上" in text


def test_unknown_hours_are_said_to_be_unknown(client):
    text = page(client, make_centre(phone="0379-1"))
    assert "今天的开放时间尚未公布" in text
    assert 'class="sign unknown"' in text


def test_today_lists_activities_and_bookings_without_names(client, centre):
    room = make_space(centre, name="书画室")
    add_activity(by=None, space=room, title="书法", weekday=0, start=540, end=660, since=TODAY, now=at(23, 7))
    make_booking(room, at(23, 15), on_behalf_of="王大爷", contact_phone="13800001234")
    text = page(client, centre)
    assert "书法" in text
    assert "正在进行" in text
    assert "已有预约" in text
    assert "王大爷" not in text
    assert "13800001234" not in text


def test_cancelled_date_is_shown_as_such(client, centre):
    room = make_space(centre)
    activity = add_activity(by=None, space=room, title="书法", weekday=1, start=540, end=660, since=TODAY, now=NOW)
    cancel(by=None, booking=activity.occurrences.get(starts=at(24, 9)), now=NOW)
    assert "这次停" in page(client, centre)


def test_activity_in_a_closure_is_shown_as_stopped(client, centre):
    room = make_space(centre)
    add_activity(by=None, space=room, title="书法", weekday=1, start=540, end=660, since=TODAY, now=NOW)
    assert "这次停" not in page(client, centre)
    announce_closure(by=None, centre=centre, starts=at(24, 0), ends=at(25, 0), reason="x", now=NOW, short_notice="突然")
    assert "这次停" in page(client, centre)


def test_rooms_say_whether_one_may_go_in_and_offices_are_left_out(client, centre):
    make_space(centre, name="书画室")
    make_space(centre, name="村干部办公室", office_use=True)
    text = page(client, centre)
    assert "现在空着，可以进" in text
    assert "村干部办公室" not in text


def test_menu_of_the_week_is_shown_while_the_canteen_runs(client, centre):
    canteen = save_canteen(by=None, centre=centre, name="百姓食堂", price_note="70 岁以上 3 元")
    set_menu(by=None, canteen=canteen, dishes={(TODAY, Meal.LUNCH.value): "大烩菜"})
    assert "大烩菜" in page(client, centre)
    save_canteen(by=None, centre=centre, is_open=False)
    assert "大烩菜" not in page(client, centre)


def test_year_not_announced_is_named_and_not_guessed(client, centre):
    with mock.patch("django.utils.timezone.now", return_value=timezone.make_aware(datetime(2026, 12, 29, 9))):
        text = page(client, centre)
    assert "1月1日起的节假日安排国家尚未公布" in text
    assert "尚未公布" in text


def test_centre_page_takes_the_same_queries_full_or_empty(client, centre, django_assert_num_queries):
    with django_assert_num_queries(NUMBER):
        page(client, centre)
    for number in range(4):
        room = make_space(centre)
        add_activity(by=None, space=room, title="书法", weekday=number, start=540, end=660, since=TODAY, now=NOW)
        make_booking(room, at(24, 15))
    with django_assert_num_queries(NUMBER):
        page(client, centre)


def test_centre_page_is_made_once_a_minute_and_anew_after_a_write(client, centre, django_assert_num_queries):
    first = page(client, centre)
    with django_assert_num_queries(2):
        assert page(client, centre) == first
    later = mock.patch("django.utils.timezone.now", return_value=NOW + timedelta(minutes=1))
    with later, django_assert_num_queries(NUMBER):
        page(client, centre)
    add_activity(by=None, space=make_space(centre), title="打算盘", weekday=0, start=540, end=660, since=TODAY, now=NOW)
    assert "打算盘" in page(client, centre)


def test_page_of_a_villages_plan_is_made_once_a_minute(client, centre, django_assert_num_queries):
    address = reverse("village_plan", args=[centre.county.slug, centre.slug])
    first = client.get(address).content
    with django_assert_num_queries(2):
        assert client.get(address).content == first


def test_remembered_page_is_not_shown_in_another_look_or_to_a_visitor_with_a_session(client, centre):
    plain = page(client, centre)
    client.cookies["mode"] = "large"
    large = page(client, centre)
    assert ('class="large' in large, 'class="large' in plain) == (True, False)
    client.cookies["sessionid"] = "of-a-person"
    with mock.patch("xiangli.portal.remembered.caches", {}):  # would fail if it were looked at
        page(client, centre)


def test_centre_page_is_light(client, centre):
    for number in range(12):
        room = make_space(centre)
        add_activity(by=None, space=room, title="书法", weekday=number % 7, start=540, end=660, since=TODAY, now=NOW)
    answer = client.get(url(centre), headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 15_000


def test_unknown_centre_or_town_is_not_found(client, centre):
    assert client.get("/c/mengjin/nowhere/").status_code == 404
    assert client.get(f"/c/nowhere/{centre.slug}/").status_code == 404
    assert client.get("/t/mengjin/nowhere/").status_code == 404


def test_town_counts_the_open_doors(client, centre):
    town = centre.place.parent
    make_centre(make_village(town, name="没公布村"))
    answer = client.get(reverse("town", args=[town.county.slug, town.slug]))
    assert (answer.context["open"], len(answer.context["rows"])) == (1, 2)


def test_county_counts_the_open_doors_of_its_towns_in_queries_that_do_not_grow(
    client, centre, django_assert_num_queries
):
    county = centre.county
    make_centre(make_village(centre.place.parent))
    address = reverse("county", args=[county.slug])
    with django_assert_num_queries(7):
        answer = client.get(address, {"fresh": 1})
    assert [(row["town"].name, row["total"], row["open"], row["unknown"]) for row in answer.context["towns"]] == [
        ("会盟镇", 2, 1, 1)
    ]
    for slug in ("baihe", "pingle", "songzhuang"):
        make_centre(make_village(make_town(county, slug, slug)))
    with django_assert_num_queries(7):
        answer = client.get(address, {"fresh": 1})
    assert (len(answer.context["towns"]), answer.context["total"], answer.context["open"]) == (4, 5, 1)
    assert client.get(reverse("county", args=["nowhere"])).status_code == 404


def test_front_page_finds_a_centre_by_part_of_its_name(client, centre):
    town = centre.place.parent
    make_centre(make_village(town, name="扣马村"))
    make_centre(make_village(town, name="扣西村"))
    assert len(client.get("/", {"q": "扣"}).context["groups"][0]["rows"]) == 2
    assert client.get("/", {"q": "扣马"}).status_code == 302
    assert "没有找到叫“洛阳”" in client.get("/", {"q": "洛阳"}).content.decode()
    assert len(client.get("/").context["groups"][0]["rows"]) == 3


def test_front_page_of_a_large_deployment_lists_towns(client, centre, monkeypatch):
    monkeypatch.setattr("xiangli.portal.views.SHOWN", 1)
    other = make_town(centre.county, "baihe", "白鹤镇")
    make_centre(make_village(other))
    answer = client.get("/")
    assert [town.name for town in answer.context["towns"]] == ["会盟镇", "白鹤镇"]
    assert answer.context["groups"] == []


@pytest.mark.parametrize("number", [1, 3])
def test_front_page_takes_the_same_queries_for_any_number_of_centres(client, number, django_assert_num_queries):
    first = make_open_centre()
    for _ in range(number - 1):
        make_centre(make_village(first.place.parent))
    with django_assert_num_queries(6):
        assert len(client.get("/").context["groups"][0]["rows"]) == number


def test_empty_deployment_has_a_front_page(client):
    assert "还没有登记中心" in client.get("/").content.decode()


def test_qr_code_leads_to_the_centres_page(client, centre):
    import cv2
    import numpy as np
    import pypdfium2

    answer = client.get(reverse("centre_qr", args=[centre.county.slug, centre.slug]))
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    poster = client.get(reverse("door_poster", args=[centre.county.slug, centre.slug])).content
    picture = np.array(pypdfium2.PdfDocument(poster)[0].render(scale=3).to_pil().convert("L"))
    read = cv2.QRCodeDetector().detectAndDecode(picture)[0]
    assert read == f"http://testserver{url(centre)}"


def test_privacy_page_names_every_purpose_and_its_days(client):
    text = client.get(reverse("privacy")).content.decode()
    assert "预约：有变动时打电话告诉您" in text
    assert "30 天" in text


def test_pages_work_in_traditional_and_large_print(client, centre):
    client.cookies["script"] = "hant"
    client.cookies["mode"] = "large"
    text = page(client, centre)
    assert "正在開放" in text
    assert 'class="large portal"' in text


def test_booking_from_the_page_leads_to_its_room(client):
    court = make_court(name="篮球场")
    assert f"/book/?space={court.pk}" in page(client, court.centre)
    day = TODAY + timedelta(days=1)
    answer = client.get(
        reverse("book", args=[court.county.slug, court.centre.slug]), {"space": court.pk, "day": str(day)}
    )
    assert (answer.context["space"], answer.context["day"]) == (court, day)


def test_page_kept_under_one_host_is_not_shown_under_another(client, centre, settings):
    settings.ALLOWED_HOSTS = ["a.example", "b.example"]
    told = [client.get(url(centre), headers={"host": host}).content.decode() for host in ("a.example", "b.example")]
    assert ["http://a.example" in told[0], "http://a.example" in told[1]] == [True, False]
