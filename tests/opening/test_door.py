"""The poster on the door is true: what is printed is what hours.json says, and a change asks for a new one."""

import json
import re
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.opening.factories import make_open_centre
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.opening import door, jsonld
from xiangli.opening.hours import ALL_DAY, SPECIAL, Rule
from xiangli.opening.models import PrintedPoster
from xiangli.opening.poster import PAPERS, door_poster
from xiangli.opening.queries import hours, printed_poster
from xiangli.opening.sentence import read_rules
from xiangli.opening.services import (
    add_rule,
    announce_closure,
    poster_printed,
    set_market_days,
    set_rules,
    withdraw_closure,
)
from xiangli.opening.wording import spoken
from xiangli.places.calendar import seed_calendar, set_day

pytestmark = pytest.mark.django_db

NOW = timezone.make_aware(datetime(2026, 9, 10, 9))
TODAY = NOW.date()
TOLD = r"((?:\d+:\d\d–\d+:\d\d、?)+|全天开放|不开放)"


def at(month, day, hour=0):
    return timezone.make_aware(datetime(2026, month, day, hour))


def words(pdf):
    """The text of a PDF of one page, without the breaks."""
    import pypdfium2

    pages = pypdfium2.PdfDocument(pdf)
    assert len(pages) == 1
    return re.sub(r"\s", "", pages[0].get_textpage().get_text_range())


def printed_hours(text, centre):
    """What a poster promises for each day of its sixty: its dated lines first, else its line for that kind of day."""
    lines = {"工作日（含调休上班日）": None, "双休日、法定节假日": None}
    for label in lines:
        lines[label] = re.search(re.escape(label) + TOLD, text)[1]
    dated = {}
    for first_month, first, month, last, _, told in re.findall(
        r"(\d+)月(\d+)日(?:到(?:(\d+)月)?(\d+)日)?（([^）]*)）：" + TOLD, text
    ):
        day = date(2026, int(first_month), int(first))
        end = date(2026, int(month or first_month), int(last or first))
        while day <= end:
            dated[day] = told
            day += timedelta(days=1)
    for item in hours(centre, TODAY, door.HORIZON):
        kind = "双休日、法定节假日" if item.day.weekday() >= 5 else "工作日（含调休上班日）"
        yield item, dated.get(item.day, lines[kind])


@pytest.mark.parametrize("paper", PAPERS)
def test_every_day_on_the_poster_is_what_hours_json_says(client, paper):
    centre = make_open_centre()
    add_rule(by=None, centre=centre, since=TODAY, rule=Rule(
        ((480, 1320),), since=date(2026, 9, 19), until=date(2026, 9, 20), layer=SPECIAL, name="庙会",
    ))  # fmt: skip
    text = words(door_poster(door.poster_data(centre, NOW, "http://x/"), paper))
    assert "9月25日到27日（中秋放假）：全天开放" in text
    assert "10月10日（周六，调休上班）：8:00–12:00、14:30–18:00" in text
    told = list(printed_hours(text, centre))
    assert [(str(item.day), said) for item, said in told] == [
        (str(item.day), spoken(item.intervals)) for item, _ in told
    ]
    assert len(told) == door.HORIZON


def test_poster_asks_to_be_replaced_when_hours_change(client):
    centre = make_open_centre()
    staff = make_staff(Role.VILLAGE_STAFF, centre.place)
    client.force_login(staff)
    page = reverse("opening_centre", args=[centre.pk])
    assert "过时" not in client.get(page).content.decode()
    answer = client.post(reverse("opening_poster", args=[centre.pk]), {"paper": "a3"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "上面写的现在都对" in client.get(page).content.decode()
    set_rules(by=None, centre=centre, rules=[Rule(ALL_DAY)], since=timezone.localdate())
    assert "门上的海报过时了" in client.get(page).content.decode()
    client.post(reverse("opening_poster", args=[centre.pk]))
    assert "过时" not in client.get(page).content.decode()
    assert PrintedPoster.objects.within(centre.county).count() == 1


def test_poster_that_cannot_be_set_is_not_taken_for_printed(client):
    centre = make_open_centre()
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    answer = client.post(reverse("opening_poster", args=[centre.pk]), {"paper": "b5"}, follow=True)
    assert "纸张只有" in answer.content.decode()
    assert printed_poster(centre) is None


@pytest.fixture
def printed():
    centre = make_open_centre()
    digest = door.poster_digest(door.poster_data(centre, NOW, "http://x/"))
    poster_printed(by=None, centre=centre, digest=digest, now=NOW)
    return centre


def outdated(centre, later=NOW):
    return door.poster_outdated(centre, printed_poster(centre), later)


def test_poster_stays_true_while_days_pass(printed):
    assert outdated(printed, NOW + timedelta(days=30)) == ""
    assert "两个月" in outdated(printed, NOW + timedelta(days=61))


def close(centre, **more):
    return announce_closure(
        by=None, centre=centre, starts=at(9, 20), ends=at(9, 21), reason="停电", now=at(9, 11), **more
    )


@pytest.mark.parametrize("change", [
    close,
    lambda centre: set_day(by=None, county=centre.county, day=date(2026, 9, 21), kind="public_holiday", name="庙会"),
    lambda centre: add_rule(by=None, centre=centre, since=at(9, 12).date(), rule=Rule(
        ALL_DAY, since=date(2026, 9, 12), until=date(2026, 9, 12), layer=SPECIAL, name="x",
    )),
    lambda centre: set_rules(by=None, centre=centre, rules=read_rules("每天 8:00-12:00"), since=date(2026, 9, 20)),
])  # fmt: skip
def test_every_change_of_what_it_says_makes_a_poster_outdated(printed, change):
    change(printed)
    assert "过时" in outdated(printed, at(9, 12))


def test_closure_taken_back_makes_the_poster_true_again(printed):
    closure = close(printed)
    withdraw_closure(by=None, closure=closure, now=at(9, 12))
    assert outdated(printed, at(9, 12)) == ""


def test_announcing_the_year_makes_a_poster_that_did_not_know_outdated():
    centre = make_open_centre()
    seed_calendar(by=None, county=centre.county, years=[2026])
    now = at(12, 1, 9)
    assert "尚未公布" in door.poster_data(centre, now, "")["unknown"]
    poster_printed(by=None, centre=centre, digest=door.poster_digest(door.poster_data(centre, now, "")), now=now)
    from xiangli.places.calendar import announce_year

    announce_year(by=None, county=centre.county, year=2027, days=[(date(2027, 1, 1), "public_holiday", "元旦")])
    assert "过时" in outdated(centre, now)


def test_market_days_stand_on_the_poster_with_their_dates():
    centre = make_open_centre(rules=read_rules("每天 8:00-12:00；赶集日 6:00-18:00"))
    set_market_days(by=None, place=centre.place.parent, calendar="lunar", numbers=[3, 8])
    lines = door.poster_data(centre, NOW, "")["lines"]
    assert {"days": "赶集日（农历逢三、八）", "hours": "6:00–18:00"} in lines


def test_scripts_speak_of_closures_make_up_days_and_the_usual_hours(client):
    centre = make_open_centre()
    announce_closure(by=None, centre=centre, starts=at(9, 24, 8), ends=at(9, 24, 18), reason="停电", now=NOW)
    told = door.scripts(centre, at(9, 16, 9))
    assert [script.title for script in told] == [
        f"{centre.name}关门", "9月20日 调休上班", "9月25日 中秋", "平常的开放时间",
    ]  # fmt: skip
    assert all(script.seconds <= 60 and script.text.count(centre.name) >= 2 for script in told)
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    assert "乡亲们请注意" in client.get(reverse("opening_script", args=[centre.pk])).content.decode()


def test_json_ld_has_the_week_and_dated_exceptions():
    centre = make_open_centre(address="会盟镇 <1> 号", phone="0379")
    days = hours(centre, date(2026, 9, 17), 30)
    data = jsonld.centre_data(centre, days, "https://x/")
    week = {(tuple(s["dayOfWeek"]), s["opens"], s["closes"]) for s in data["openingHoursSpecification"]}
    day = "https://schema.org/"
    assert week == {
        (tuple(day + n for n in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")), "08:00", "12:00"),
        (tuple(day + n for n in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")), "14:30", "18:00"),
        ((day + "Saturday", day + "Sunday"), "00:00", "23:59"),
    }
    special = [(s["validFrom"], s["validThrough"], s["opens"]) for s in data["specialOpeningHoursSpecification"]]
    assert special == [
        ("2026-09-20", "2026-09-20", "08:00"), ("2026-09-20", "2026-09-20", "14:30"),
        ("2026-09-25", "2026-09-25", "00:00"), ("2026-10-01", "2026-10-02", "00:00"),
        ("2026-10-05", "2026-10-07", "00:00"), ("2026-10-10", "2026-10-10", "08:00"),
        ("2026-10-10", "2026-10-10", "14:30"),
    ]  # fmt: skip
    block = jsonld.script(data)
    assert "<1>" not in block
    assert json.loads(re.sub("</?script[^>]*>", "", block)) == data


def test_json_ld_says_nothing_usual_from_the_first_unknown_day_on():
    centre = make_open_centre()
    data = jsonld.centre_data(centre, hours(centre, date(2026, 12, 20), 30), "https://x/")
    assert {s["validThrough"] for s in data["openingHoursSpecification"]} == {"2026-12-31"}
    assert data["specialOpeningHoursSpecification"] == []


def test_public_hours_page_says_not_yet_announced_and_carries_the_data(client):
    centre = make_open_centre()
    url = reverse("hours", args=[centre.county.slug, centre.slug])
    page = client.get(url).content.decode()
    assert "application/ld+json" in page
    days = hours(centre, timezone.localdate(), 28)
    assert ("尚未公布" in page) == any(not item.known for item in days)
    assert (
        "application/ld+json" in client.get(reverse("centre", args=[centre.county.slug, centre.slug])).content.decode()
    )
