"""Booking a court on a phone without JavaScript: a resident, the counter, the queue, and a request decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from xiangli.bookings.models import Booking, Waiting
from xiangli.bookings.services import set_rule
from xiangli.places.queries import centres, villages

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_booking_queueing_and_moving_up(huimeng, visitor):
    centre = centres(villages(huimeng)[0])[0]
    court = centre.spaces.filter(bookable=True, outdoors=True).order_by("pk")[0]
    day = timezone.localdate() + timedelta(days=1)
    while day.weekday() < 5:  # weekends are open round the clock
        day += timedelta(days=1)
    book = f"/c/{centre.county.slug}/{centre.slug}/book/"
    page_of_day = f"{book}?space={court.pk}&day={day}"

    first = visitor().opens(page_of_day)
    first.page.check(f"input[value='{day}T10:00']")
    first.presses("约好").sees("约好了")
    code = Booking.everywhere.get().code

    second = visitor().opens(page_of_day)
    second.page.check(f"input[value='{day}T10:00']")
    second.page.fill("input[name=on_behalf_of]", "李大娘（演示）")
    second.presses("约好").sees("这段时间刚被约走了")
    second.presses("排队等原来那个时间").sees("排在第 1 位")
    waiting = Waiting.everywhere.get()
    assert waiting.code in second.page.url

    counter = visitor().logs_in("counter").opens(f"/office/bookings/new/{centre.pk}/?space={court.pk}&day={day}")
    counter.page.check(f"input[value='{day}T11:00']")
    counter.page.fill("input[name=on_behalf_of]", "张奶奶（演示）")
    counter.presses("约好").sees("约好了，预约号")
    counter.opens(f"/office/bookings/?day={day}").sees("张奶奶（演示）")

    first.opens(f"{book}{code}/").presses("来不了，取消").sees("已取消")
    second.opens(f"{book}{waiting.code}/").sees("约好了")
    village = visitor().logs_in("village").opens("/office/bookings/calls/").sees("李大娘（演示）")
    village.sees("排队排到了").presses("已经告诉了").sees("没有要打的电话")

    set_rule(by=None, centre=centre, space=court, needs_approval=True)
    third = visitor().opens(page_of_day)
    third.page.check(f"input[value='{day}T15:00']")
    third.presses("约好").sees("等答复")
    asked = Booking.everywhere.order_by("-pk")[0]
    village.opens("/office/bookings/calls/").page.get_by_role("link", name="15:00").click()
    village.presses("同意").sees("同意了")
    third.opens(f"{book}{asked.code}/").sees("到时直接来就行")
    village.opens(f"/office/bookings/{asked.pk}/").unfolds("改时间、换房间")
    village.page.fill("input[name=at]", "16:00")
    village.presses("改过去").sees("改好了")
    third.opens(f"{book}{asked.code}/").sees("16:00–17:00")
