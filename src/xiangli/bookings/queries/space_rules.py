"""By which rule a space is booked, and how much of a day or a week is used up by it."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from xiangli.bookings.choices import FREE, Channel
from xiangli.bookings.models import Booking, SpaceRule
from xiangli.bookings.queries.week import at_minute
from xiangli.places.models import Centre, Space


def rule_of(space: Space) -> SpaceRule:
    """The space's own rule, else its centre's, else the defaults (a row that is not saved)."""
    rows = {row.space_id: row for row in SpaceRule.rows_where(space.county, "centre_id = {}", space.centre_id)}
    found = rows.get(space.pk) or rows.get(None)
    return found or SpaceRule(county_id=space.county_id, centre_id=space.centre_id)


def rules_of(centre: Centre) -> dict[int | None, SpaceRule]:
    """The rules of a centre by space; the centre's own under None."""
    rows = SpaceRule.objects.within(centre.county).filter(centre=centre)
    return {row.space_id: row for row in rows.select_related("space")}


def digits(text: str) -> str:
    """A telephone or card number as it is compared: its digits and letters."""
    return "".join(mark for mark in text if mark.isalnum()).upper()


def same_person(phone: str, card: str) -> Q:
    """Rows of whoever left this telephone or card number. Neither: of nobody."""
    found = Q(pk__in=[])
    if card:
        found |= Q(card_number=card)
    if phone:
        found |= Q(contact_phone=phone)
    return found


def held_in_week(centre: Centre, starts: datetime, phone: str, card: str) -> QuerySet[Booking]:
    """What a person holds at a centre in the week (Monday to Sunday) of ``starts``. Series are staff's, not a quota."""
    day = timezone.localdate(starts)
    monday = day - timedelta(days=day.weekday())
    rows = Booking.objects.within(centre.county).filter(same_person(phone, card), space__centre=centre, series=None)
    rows = rows.filter(starts__gte=at_minute(monday, 0), starts__lt=at_minute(monday + timedelta(days=7), 0))
    return rows.exclude(state__in=FREE)


def web_minutes(space: Space, day: date) -> tuple[int, int]:
    """(minutes of a day booked on the web, minutes taken by activities) in one space."""
    rows = Booking.objects.within(space.county).filter(
        space=space, starts__gte=at_minute(day, 0), starts__lt=at_minute(day + timedelta(days=1), 0)
    )
    web = activities = 0
    for row in rows.exclude(state__in=FREE):
        minutes = int((row.ends - row.starts).total_seconds() // 60)
        web += minutes if row.channel == Channel.WEB else 0
        activities += minutes if row.activity_id else 0
    return web, activities


def web_share_left(space: Space, rule: SpaceRule, day: date, open_minutes: int) -> int:
    """Minutes of a day that may still be booked on the web; the rest waits for the counter and the telephone."""
    web, activities = web_minutes(space, day)
    return (open_minutes - activities) * (100 - rule.kept_percent) // 100 - web


def missed_lately(booking: Booking, now: datetime) -> bool:
    """Whether the same person did not come some time ago: staff then say a word, and nothing else follows from it."""
    person = same_person(booking.contact_phone, booking.card_number)
    rows = Booking.objects.within(booking.county).filter(person, space__centre=booking.space.centre_id, came=False)
    return rows.filter(ends__lte=now).exclude(pk=booking.pk).exists()
