"""OpenActive feeds of a county: rooms and their slots, series and their sessions. Nothing about any person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from xiangli.api.changes import changed_at, milliseconds
from xiangli.api.rpde import Batch, Item, Json
from xiangli.audit.models import Event
from xiangli.bookings.choices import BOOK_AHEAD_DAYS, DAYTIME, OCCURRENCE_DAYS, SLOT_MINUTES
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute, held_stretches, takes_place
from xiangli.opening.exports import clock24
from xiangli.opening.hours import DAY, inside, instant
from xiangli.opening.jsonld import WEEKDAYS
from xiangli.opening.queries import Openings, local, openings
from xiangli.places.models import Centre, Place, Space

CONTEXT = ["https://openactive.io/", "https://openactive.io/ns-beta"]
TOMB_DAYS = 7  # a thing that is gone is told as deleted for so long, as the standard asks
Spans = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class World:
    """The county at a moment, and how to write addresses."""

    county: Place
    now: datetime
    today: date
    absolute: Callable[[str], str]

    def url(self, centre: Centre) -> str:
        return self.absolute(reverse("centre", args=[self.county.slug, centre.slug]))

    def id(self, feed: str, key: str) -> str:
        return self.absolute(f"/api/openactive/{self.county.slug}/{feed}#{key}")


def centres(world: World, **having: Any) -> list[Centre]:
    rows = Centre.objects.within(world.county).filter(**having).select_related("place", "county")
    return list(rows.order_by("pk").distinct())


def group(centre: Centre) -> str:
    """What the ids of a centre's items begin with: as wide for all, so that order of ids is order of centres."""
    return f"{centre.pk:08d}"


def batches(world: World, reach: int, **having: Any) -> list[Batch]:
    """For things of single days, from a week ago to ``reach`` days ahead: which days changed when.

    A day comes into the feed at the midnight ``reach`` days before it, and is deleted at the midnight after it.
    """
    first = at_minute(world.today - timedelta(days=reach + TOMB_DAYS), 0)
    rows = centres(world, **having)
    changed = changed_at(world.county, rows, first)
    found = []
    for centre in rows:
        days: dict[int, list[date]] = {}
        for offset in range(-TOMB_DAYS, reach + 1):
            day = world.today + timedelta(days=offset)
            turn = at_minute(day + timedelta(days=1), 0) if offset < 0 else at_minute(day - timedelta(days=reach), 0)
            modified = turn if offset < 0 else max(turn, changed[centre.pk])
            days.setdefault(milliseconds(modified), []).append(day)
        found += [Batch(modified, group(centre), (centre.pk, *some)) for modified, some in days.items()]
    return found


def standing(world: World, **having: Any) -> list[Batch]:
    """For things that are there until somebody takes them away: one batch for each centre."""
    rows = centres(world, **having)
    changed = changed_at(world.county, rows, at_minute(world.today - timedelta(days=365), 0))
    return [Batch(milliseconds(changed[centre.pk]), group(centre), (centre.pk,)) for centre in rows]


# ---- rooms and courts, and their slots


def _rooms(world: World, ids: Iterable[int]) -> list[Space]:
    rows = Space.objects.within(world.county).filter(centre__in=list(ids), office_use=False)
    return list(rows.select_related("centre__place", "centre__county").order_by("pk"))


def facility_uses(world: World) -> Callable[[list[Batch]], dict[Batch, list[Item]]]:
    """A room that cannot be booked is deleted: it may have been bookable before."""

    def make(some: list[Batch]) -> dict[Batch, list[Item]]:
        rooms = _rooms(world, {batch.parts[0] for batch in some})
        return {
            batch: [
                Item(room_id(space), batch.modified, facility(world, space) if space.bookable else None)
                for space in rooms
                if space.centre_id == batch.parts[0]
            ]
            for batch in some
        }

    return make


def room_id(space: Space) -> str:
    return f"{space.centre_id:08d}-{space.pk:08d}"


def facility(world: World, space: Space) -> Json:
    return {
        "@context": CONTEXT,
        "@type": "FacilityUse",
        "@id": world.id("facility-uses", room_id(space)),
        "identifier": room_id(space),
        "name": f"{space.centre.name} {space.name}",
        "description": f"{space.name}，容纳 {space.capacity} 人",
        "url": f"{world.absolute(reverse('book', args=[world.county.slug, space.centre.slug]))}?space={space.pk}",
        "facilityType": [concept(world, "rooms", room_id(space), space.name)],
        "provider": provider(world, space.centre),
        "location": place(world, space.centre),
    }


def concept(world: World, scheme: str, key: str, label: str) -> Json:
    """A word of our own: OpenActive's lists of facilities and activities know no chess room and no opera."""
    return {
        "@type": "Concept",
        "@id": world.id(scheme, key),
        "inScheme": world.absolute(f"/api/openactive/{world.county.slug}/{scheme}"),
        "prefLabel": label,
    }


def provider(world: World, centre: Centre) -> Json:
    told = {"@type": "Organization", "@id": world.url(centre), "name": centre.name, "url": world.url(centre)}
    return {**told, "telephone": centre.phone} if centre.phone else told


def place(world: World, centre: Centre) -> Json:
    return {
        "@type": "Place",
        "@id": f"{world.url(centre)}#place",
        "identifier": f"{world.county.slug}/{centre.slug}",
        "name": centre.name,
        "url": world.url(centre),
        "address": f"{world.county.name}{centre.place.name} {centre.address or centre.name}",
    }


def slots(world: World) -> Callable[[list[Batch]], dict[Batch, list[Item]]]:
    """The hours of the day that can be booked, each taken or free; those with a closed door are deleted."""

    def make(some: list[Batch]) -> dict[Batch, list[Item]]:
        ids = {batch.parts[0] for batch in some}
        rooms = [space for space in _rooms(world, ids) if space.bookable]
        read = openings(world.county, ids, world.today, BOOK_AHEAD_DAYS + 1)
        last = world.today + timedelta(days=BOOK_AHEAD_DAYS)
        held = held_stretches(world.county, rooms, world.today, last)
        taken = {pk: [(local(a), local(b)) for a, b in spans] for pk, spans in held.items()}
        return {
            batch: [
                item
                for space in rooms
                if space.centre_id == batch.parts[0]
                for item in _slots_of(world, space, batch, read, taken.get(space.pk, []))
            ]
            for batch in some
        }

    return make


def _slots_of(world: World, space: Space, batch: Batch, read: Openings, taken: Spans) -> Iterable[Item]:
    known = {item.day: item.intervals or () for item in read.hours(space.centre_id, space.pk)}
    own = world.id("facility-uses", room_id(space))
    for day in batch.parts[1:]:
        busy = [(a, b) for a, b in taken if a.date() <= day <= b.date()]
        midnight = at_minute(day, 0)
        for minute in range(DAYTIME[0], DAYTIME[1], SLOT_MINUTES):
            key = f"{room_id(space)}-{day:%Y%m%d}-{minute // 60:02d}{minute % 60:02d}"
            if day < world.today or not inside(known.get(day, ()), minute, minute + SLOT_MINUTES):
                yield Item(key, batch.modified, None)
                continue
            starts = midnight + timedelta(minutes=minute)
            ends = starts + timedelta(minutes=SLOT_MINUTES)
            busy_then = any(a < local(ends) and local(starts) < b for a, b in busy)
            yield Item(key, batch.modified, {
                "@context": CONTEXT, "@type": "Slot", "@id": world.id("slots", key), "identifier": key,
                "facilityUse": own, "startDate": starts.isoformat(), "endDate": ends.isoformat(), "duration": "PT1H",
                "remainingUses": int(not busy_then), "maximumUses": 1, "offers": [free(world)],
            })  # fmt: skip


# ---- activities as series, and their sessions


def _activities(world: World, ids: Iterable[int]) -> list[Activity]:
    """Activities that hold, or ended no longer ago than a reader may have seen their sessions."""
    since = world.today - timedelta(days=OCCURRENCE_DAYS + TOMB_DAYS)
    rows = Activity.objects.within(world.county).filter(Q(until__isnull=True) | Q(until__gte=since))
    rows = rows.filter(centre__in=list(ids)).select_related("space", "service", "centre__place", "centre__county")
    return list(rows.order_by("pk"))


def activity_id(activity: Activity) -> str:
    return f"{activity.centre_id:08d}-{activity.pk:08d}"


def session_series(world: World) -> Callable[[list[Batch]], dict[Batch, list[Item]]]:
    def make(some: list[Batch]) -> dict[Batch, list[Item]]:
        rows = _activities(world, {batch.parts[0] for batch in some})
        return {
            batch: [
                Item(activity_id(one), batch.modified, series(world, one) if _goes_on(world, one) else None)
                for one in rows
                if one.centre_id == batch.parts[0]
            ]
            + [Item(f"{batch.group}-{pk:08d}", batch.modified, None) for pk in _gone(batch)]
            for batch in some
        }

    return make


def _goes_on(world: World, activity: Activity) -> bool:
    return activity.until is None or activity.until >= world.today


def series(world: World, activity: Activity) -> Json:
    words = [activity.title, activity.service.description if activity.service else "", activity.specialist]
    centre = activity.centre
    return {
        "@context": CONTEXT,
        "@type": "SessionSeries",
        "@id": world.id("session-series", activity_id(activity)),
        "identifier": activity_id(activity),
        "name": activity.title,
        "description": "。".join(filter(None, words)),
        "url": world.url(centre),
        "activity": [concept(world, "activities", activity_id(activity), activity.title)],
        "category": [activity.service.name if activity.service else activity.title],
        "organizer": provider(world, centre),
        "location": place(world, centre),
        "isAccessibleForFree": True,
        "eventSchedule": [schedule(activity)],
        "offers": [free(world)],
        "maximumAttendeeCapacity": activity.seats or activity.people or activity.space.capacity,
    }


def free(world: World) -> Json:
    """Nothing at a centre costs anything; the canteen takes no payment here (RULES B6)."""
    offer = world.id("offers", "free")
    return {"@type": "Offer", "@id": offer, "identifier": "free", "name": "免费", "price": 0, "priceCurrency": "CNY"}


def schedule(activity: Activity) -> Json:
    told = {
        "@type": "PartialSchedule",
        "byDay": [f"https://schema.org/{WEEKDAYS[activity.weekday]}"],
        "startTime": clock24(activity.start),
        "endTime": "23:59" if activity.end == DAY else clock24(activity.end),
        "startDate": activity.since.isoformat(),
        "repeatFrequency": f"P{activity.every_weeks}W",
        "scheduleTimezone": "Asia/Shanghai",
    }
    return {**told, "endDate": activity.until.isoformat()} if activity.until else told


def scheduled_sessions(world: World) -> Callable[[list[Batch]], dict[Batch, list[Item]]]:
    """Every day within reach is an item of every activity: those on which it does not take place are deleted."""

    def make(some: list[Batch]) -> dict[Batch, list[Item]]:
        ids = {batch.parts[0] for batch in some}
        rows = _activities(world, ids)
        read = openings(world.county, ids, world.today, OCCURRENCE_DAYS + 1)
        end = at_minute(world.today, 1440 * (OCCURRENCE_DAYS + 1))
        held = Booking.objects.within(world.county).filter(
            activity__in=rows, starts__lt=end, starts__gte=at_minute(world.today, 0)
        )
        dates = list(held.select_related("space", "change"))
        off = {(row.activity_id, row.starts) for row in dates if not row.is_held}
        changed = {  # dates that were moved or added, by the day on which they are now
            (row.activity_id, local(row.starts).date()): row for row in dates if row.is_held and hasattr(row, "change")
        }
        lines = {one.space_id: read.timeline(one.centre_id, one.space_id) for one in rows}
        lines |= {row.space_id: read.timeline(row.space.centre_id, row.space_id) for row in changed.values()}
        found: dict[Batch, list[Item]] = {}
        for batch in some:
            own = [one for one in rows if one.centre_id == batch.parts[0]]  # none of a batch of the withdrawn
            found[batch] = [
                _session(world, one, day, batch, off, lines, changed.get((one.pk, day)))
                for one in own
                for day in batch.parts[1:]
            ]
            found[batch] += [
                Item(f"{batch.group}-{pk:08d}-{world.today + timedelta(days=offset):%Y%m%d}", batch.modified, None)
                for pk in _gone(batch)
                for offset in range(-TOMB_DAYS, OCCURRENCE_DAYS + 1)
            ]
        return found

    return make


def _session(
    world: World, activity: Activity, day: date, batch: Batch, off: Any, lines: Any, changed: Booking | None
) -> Item:
    key = f"{activity_id(activity)}-{day:%Y%m%d}"
    if day < world.today or not (changed or takes_place(activity, day)):
        return Item(key, batch.modified, None)
    starts, ends, room = at_minute(day, activity.start), at_minute(day, activity.end), activity.space_id
    if changed:
        starts, ends, room = timezone.localtime(changed.starts), timezone.localtime(changed.ends), changed.space_id
    there = lines[room].open_throughout(instant(local(starts)), instant(local(ends)))
    cancelled = (activity.pk, starts) in off or there is False
    return Item(key, batch.modified, {
        "@context": CONTEXT, "@type": "ScheduledSession", "@id": world.id("scheduled-sessions", key),
        "identifier": key, "superEvent": world.id("session-series", activity_id(activity)),
        "startDate": starts.isoformat(), "endDate": ends.isoformat(),
        "duration": duration(int((ends - starts).total_seconds()) // 60), "url": world.url(activity.centre),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
    })  # fmt: skip


def duration(minutes: int) -> str:
    """90 -> PT1H30M."""
    hours, rest = divmod(minutes, 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{rest}M' if rest else ''}"


WITHDRAWN = -1


def withdrawn(world: World) -> list[Batch]:
    """Activities that were taken out before they ever took place, by the events that say so."""
    since = at_minute(world.today - timedelta(days=OCCURRENCE_DAYS + TOMB_DAYS), 0)
    rows = Event.objects.filter(county=world.county, verb="bookings.plan_adopted", at__gte=since)
    found: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        for centre, activity in row.data.get("withdrawn", []):
            found.setdefault((milliseconds(row.at), centre), []).append(activity)
    return [Batch(modified, f"{centre:08d}", (WITHDRAWN, *gone)) for (modified, centre), gone in found.items()]


def _gone(batch: Batch) -> tuple[int, ...]:
    return batch.parts[1:] if batch.parts[0] == WITHDRAWN else ()
