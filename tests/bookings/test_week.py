"""The poster of the week says what the page says."""

import re
from datetime import timedelta

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.factories import make_booking, make_court
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import add_activity, cancel, move_date
from xiangli.bookings.week import week_data, week_pdf
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


def test_week_poster_has_what_takes_place_and_nobodys_booking(client):
    court = make_court()
    tomorrow = timezone.localdate() + timedelta(days=1)
    for title, start in (("书画班", 540), ("看戏", 840)):
        made = add_activity(
            by=None, space=court, title=title, weekday=tomorrow.weekday(), start=start, end=start + 60,
            since=tomorrow, now=timezone.now(),
        )  # fmt: skip
    cancel(by=None, booking=made.occurrences.order_by("starts").first(), now=timezone.now(), reason="下雨")
    make_booking(court, at_minute(tomorrow, 1080), now=timezone.now(), on_behalf_of="王大妈")
    data = week_data(court.centre, timezone.localdate(), "http://x/")
    assert [day["entries"] for day in data["days"]] == [
        [], [{"time": "9:00–10:00", "title": "书画班", "room": court.name}], *[[]] * 5,
    ]  # fmt: skip
    for paper in ("a4", "a3"):
        answer = client.get(reverse("week_poster", args=[court.county.slug, court.centre.slug]), {"paper": paper})
        pages = pypdfium2.PdfDocument(answer.content)
        text = re.sub(r"\s", "", pages[0].get_textpage().get_text_range())
        assert len(pages) == 1
        assert all(re.sub(r"\s", "", day["day"] + day["hours"]) in text for day in data["days"])
        assert "书画班" in text
        assert "看戏" not in text
        assert "王大妈" not in text


def test_full_week_goes_on_to_a_second_page_rather_than_not_to_be_printed():
    entry = {"time": "9:00–10:00", "title": "书画棋牌", "room": "书画棋牌室"}
    days = [{"day": f"11月{n}日 周一", "hours": "全天", "reason": "", "entries": [entry] * 13} for n in range(1, 8)]
    data = {"name": "陆村", "span": "11月1日到11月7日", "phone": "", "days": days, "url": "http://x/"}
    pages = pypdfium2.PdfDocument(week_pdf(data))
    text = "".join(re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pages)
    assert (len(pages), text.count("书画棋牌室"), "共2张" in text) == (2, 91, True)
    with pytest.raises(UserError, match="放不下"):
        week_pdf({**data, "days": days * 4})


def test_unknown_paper_is_refused_in_words(client):
    court = make_court()
    answer = client.get(reverse("week_poster", args=[court.county.slug, court.centre.slug]), {"paper": "b5"})
    assert (answer.status_code, "纸张" in answer.content.decode()) == (422, True)


def test_week_poster_has_a_moved_date_where_it_went():
    court = make_court()
    tomorrow = timezone.localdate() + timedelta(days=1)
    made = add_activity(
        by=None, space=court, title="书画班", weekday=tomorrow.weekday(), start=540, end=600, since=tomorrow,
        now=timezone.now(),
    )  # fmt: skip
    hall = make_court(court.centre, name="大厅")
    move_date(
        by=None, activity=made, starts=at_minute(tomorrow, 540), space=hall, to=at_minute(tomorrow, 840), reason="",
        now=timezone.now(),
    )  # fmt: skip
    data = week_data(court.centre, tomorrow, "http://x/")
    assert data["days"][0]["entries"] == [{"time": "14:00–15:00", "title": "书画班", "room": "大厅"}]
