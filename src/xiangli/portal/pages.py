"""What the public pages show, gathered from the rooms: reads only, each once for a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiangli.bookings.queries import Happening, activities_of, exceptions_on, programme
from xiangli.canteen.queries import canteen_of, menu
from xiangli.cases.queries import answered
from xiangli.ledger.queries import items_from_improvements
from xiangli.news.queries import latest
from xiangli.opening import jsonld
from xiangli.opening.choices import HORIZON_DAYS
from xiangli.opening.exports import span_words, week_rows
from xiangli.opening.hours import Timeline, instant
from xiangli.opening.queries import Openings, local, openings, statuses
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place, Space
from xiangli.planning.public import village_facts
from xiangli.planning.queries import adopted_plan, why_here
from xiangli.planning.telling import sentences, spoken
from xiangli.surveys.queries import published_needs

WEEK = 7
VOICES, STORIES, WISHES = 3, 3, 5
CLOSURE_AHEAD = 14  # days in which a coming closure stands at the top of the page


@dataclass(slots=True)
class Entry:
    """One line of a timetable: what, where, when, and what to know about it now."""

    item: Happening
    day: date
    clock: str
    now: bool
    over: bool
    off: bool


class CentrePage:
    """A centre at a moment. Attributes are what the template shows."""

    def __init__(self, centre: Centre, now: datetime, url: str = "") -> None:
        self.centre, self.now = centre, now
        self.today = timezone.localdate(now)
        self.read: Openings = openings(centre.county, [centre.pk], self.today, HORIZON_DAYS)
        self.status = self.read.status(centre.pk, now)
        self._timelines: dict[int | None, Timeline] = {}
        days = self.read.hours(centre.pk)
        self.unknown_from = next((item.day for item in days if not item.known), None)
        self.hours = week_rows(days[:WEEK])
        self.data = jsonld.script(jsonld.centre_data(centre, days, url))
        self._rooms = {space.pk: space for space in Space.objects.within(centre.county).filter(centre=centre)}
        self.entries = self._entries()
        self.today_entries = self._on(self.today)
        self.coming = [{**row, "entries": self._on(row["day"], held=False)} for row in self.hours[1:]]
        self.closures = self._closures()
        self.spaces = self._spaces()
        self.canteen = canteen_of(centre)
        self.menu = self._menu()
        self.voices = list(answered(centre.place, VOICES))
        self.stories = list(latest(centre.place.parent or centre.place, STORIES))
        self.wishes, self.asked = self._wishes()

    def _timeline(self, space: Space) -> Timeline:
        """The hours of a space; those without rules or closures of their own share the centre's."""
        own = (self.centre.pk, space.pk) in self.read.rules
        closed = any(pk == space.pk for pk, _ in self.read.closures.get(self.centre.pk, ()))
        key = space.pk if own or closed else None
        if key not in self._timelines:
            self._timelines[key] = self.read.timeline(self.centre.pk, key)
        return self._timelines[key]

    def _entries(self) -> list[Entry]:
        """Everything of the week. The spaces were read already: each row gets its own, not a copy with every row."""
        until = self.today + timedelta(days=WEEK)
        activities = list(activities_of(self.centre, self.today, until).select_related(None))
        held = list(
            exceptions_on(self.centre, self.today, WEEK).select_related(None).select_related("change", "activity")
        )
        for activity in activities:
            activity.space = self._rooms[activity.space_id]
        for booking in held:
            booking.space = self._rooms[booking.space_id]
        found = []
        for item in programme(self.centre, self.today, WEEK, activities=activities, bookings=held):
            starts, ends = item.starts.replace(tzinfo=None), item.ends.replace(tzinfo=None)
            open_then = self._timeline(item.space).open_throughout(instant(starts), instant(ends))
            off = item.cancelled or open_then is False
            running = item.starts <= self.now < item.ends and not off
            clock = f"{starts:%-H:%M}–{ends:%-H:%M}"
            found.append(Entry(item, starts.date(), clock, running, item.ends <= self.now, off))
        return found

    def _on(self, day: date, *, held: bool = True) -> list[Entry]:
        """The entries of a day, residents' bookings (``held``) among them or not."""
        return [entry for entry in self.entries if entry.day == day and (held or entry.item.activity)]

    def _closures(self) -> list[dict[str, Any]]:
        """Closures of now and of the next days, from what was read for the hours."""
        now = local(self.now)
        return [
            {"span": span_words(gone.starts, gone.ends), "row": gone, "space": self._rooms.get(space_id)}
            for space_id, gone in self.read.closures.get(self.centre.pk, ())
            if (gone.ends is None or gone.ends > now) and gone.starts < now + timedelta(days=CLOSURE_AHEAD)
        ]

    def _spaces(self) -> list[dict[str, Any]]:
        """Rooms and courts for residents, with what goes on in them now."""
        running = {entry.item.space.pk: entry.item for entry in self.entries if entry.now}
        at = instant(local(self.now))
        rows = (space for space in self._rooms.values() if not space.office_use)
        return [
            {"space": space, "now": running.get(space.pk), "open": self._timeline(space).is_open(at)} for space in rows
        ]

    def _menu(self) -> list[dict[str, Any]]:
        if self.canteen is None:
            return []
        by_day: dict[date, list[Any]] = {}
        for row in menu(self.canteen, self.today):
            by_day.setdefault(row.day, []).append(row)
        return [{"day": day, "meals": meals} for day, meals in by_day.items()]

    def _wishes(self) -> tuple[list[dict[str, Any]], Any]:
        """The strongest published wishes of the whole village, and the list they stand in."""
        listed = published_needs(self.centre.place)
        if listed is None:
            return [], None
        seen: dict[str, dict[str, Any]] = {}
        for line in listed.published:
            best = seen.get(line["label"])
            if best is None or line["percent"] > best["percent"]:
                seen[line["label"]] = line
        return sorted(seen.values(), key=lambda line: -line["percent"])[:WISHES], listed


def centres_with_status(centres: Iterable[Centre], now: datetime) -> list[dict[str, Any]]:
    """Centres with their status, in the order given."""
    rows = list(centres)
    found = statuses(rows, now)
    return [{"centre": centre, "status": found[centre.pk]} for centre in rows]


def by_town(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of ``centres_with_status`` under their towns, in order."""
    towns: dict[int, dict[str, Any]] = {}
    for row in rows:
        town = row["centre"].place.parent
        towns.setdefault(town.pk, {"town": town, "rows": []})["rows"].append(row)
    return list(towns.values())


def doors_by_town(county: Place, now: datetime) -> list[dict[str, Any]]:
    """The towns of a county that have centres, each with how many there are, are open, and have unknown hours."""
    every = Centre.objects.within(county).select_related("place__parent", "county").order_by("place__path", "pk")
    rows = []
    for group in by_town(centres_with_status(every, now)):
        doors = [row["status"].open for row in group["rows"]]
        rows.append({**group, "total": len(doors), "open": doors.count(True), "unknown": doors.count(None)})
    return rows


def towns_with_centres() -> list[Place]:
    """All towns that have a centre, with their counties."""
    rows = Place.objects.filter(level=Level.TOWN, children__centres__isnull=False).select_related("county")
    return list(rows.distinct().order_by("county_id", "pk"))


def search(text: str, limit: int) -> list[Centre]:
    """Centres whose name, village or town holds the words."""
    found = Centre.everywhere.select_related("place__parent", "county")
    for word in text.split():
        named = Q(name__icontains=word) | Q(place__name__icontains=word) | Q(place__parent__name__icontains=word)
        found = found.filter(named)
    return list(found.order_by("place_id")[:limit])


def plan_told(centre: Centre) -> dict[str, Any]:
    """The sentences about the plan of a centre's village, the same to be read out, and each service with its needs."""
    place = centre.place
    plan, behind = adopted_plan(place), why_here(place)
    due = {
        int(origin.removeprefix("improvement:")): deadline
        for origin, deadline in items_from_improvements(place).values_list("origin", "deadline")
    }
    facts, services = village_facts(place, plan, behind, due)
    told = sentences(facts)
    return {"told": told, "spoken": [spoken(one) for one in told], "services": services, "listed": behind}
