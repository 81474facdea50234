"""Our centres in the Human Services Data Specification 3.0.

An organization is the village that runs a centre, a location is the centre, a service is one of the catalogue as that
centre offers it, and its service_at_location is the place of it. Hours are schedule rows whose dates never overlap:
weekly rows from one exception to the next, and dated rows for holidays, make-up workdays, special days and closures,
so that a reader who only adds up the rows has exactly the hours. A day not announced has no row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from xiangli.api.identifiers import identifier
from xiangli.bookings.models import Activity
from xiangli.opening.hours import DayHours, Intervals
from xiangli.opening.patterns import Week, exceptions, usual_week, weekday_groups
from xiangli.places.models import Centre, Place, Service

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
UTC_OFFSET = 8
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A service of the catalogue as one centre offers it."""

    centre: Centre
    service: Service


@dataclass(frozen=True, slots=True)
class Facts:
    """What a whole service tells beside itself."""

    hours: Sequence[DayHours]
    activities: Sequence[Activity]
    above: dict[str, Place]  # level -> the county, city and province of the centre


@dataclass(frozen=True, slots=True)
class Alert:
    """An announced closure in words, and whether the centre is closed all of today."""

    words: str
    closed_today: bool


def uid(kind: str, first: int, second: int = 0) -> str:
    return str(identifier(kind, first, second))


def organization(centre: Centre, url: str) -> Json:
    place = centre.place
    return {
        "id": uid("organization", place.pk),
        "name": place.name,
        "description": f"{place.name}，管理{centre.name}",
        "website": url,
        "uri": url,
    }


def location(centre: Centre, url: str) -> Json:
    return {
        "id": uid("location", centre.pk),
        "location_type": "physical",
        "url": url,
        "name": centre.name,
        "description": centre.introduction or centre.name,
        "external_identifier": f"{centre.county.slug}/{centre.slug}",
        "external_identifier_type": "Xiangli",
    }


def service(offer: Offer, url: str, modified: datetime, alert: Alert) -> Json:
    """A service without what hangs on it."""
    centre, offered = offer.centre, offer.service
    told = {
        "id": uid("service", centre.pk, offered.pk),
        "name": offered.name,
        "description": offered.description or offered.name,
        "url": url,
        "status": "temporarily closed" if alert.closed_today else "active",
        "application_process": "不用预约，进来到柜台办；也可以打电话，或请人代办。",
        "last_modified": modified.isoformat(),
    }
    return {**told, "alert": alert.words} if alert.words else told


def whole_service(offer: Offer, url: str, modified: datetime, facts: Facts, alert: Alert) -> Json:
    """A service with its organization, place, schedules and term."""
    centre, offered = offer.centre, offer.service
    own = [one for one in facts.activities if one.service_id == offered.pk and one.centre_id == centre.pk]
    at_location = {
        "id": uid("service_at_location", centre.pk, offered.pk),
        "service_id": uid("service", centre.pk, offered.pk),
        "location_id": uid("location", centre.pk),
        "schedules": [activity_schedule(one, url) for one in own],
        "location": whole_location(centre, url, facts),
    }
    return {
        **service(offer, url, modified, alert),
        "organization": organization(centre, url),
        "phones": phones(centre),
        "languages": [],
        "attributes": [attribute(offer)],
        "service_at_locations": [at_location],
    }


def whole_location(centre: Centre, url: str, facts: Facts) -> Json:
    return {
        **location(centre, url),
        "addresses": [address(centre, facts.above)],
        "phones": phones(centre),
        "schedules": list(schedules(centre, facts.hours)),
    }


def address(centre: Centre, above: dict[str, Place]) -> Json:
    def name(level: str) -> str:
        return above[level].name if level in above else ""

    return {
        "id": uid("address", centre.pk),
        "location_id": uid("location", centre.pk),
        "address_1": centre.address or centre.name,
        "city": name("city") or name("county"),
        "region": name("county"),
        "state_province": name("province"),
        "postal_code": "",
        "country": "CN",
        "address_type": "physical",
    }


def phones(centre: Centre) -> list[Json]:
    if not centre.phone:
        return []
    return [{"id": uid("phone", centre.pk), "number": centre.phone, "description": "值班电话"}]


def schedules(centre: Centre, days: Sequence[DayHours]) -> Iterator[Json]:
    """The rows of consecutive days, in order of date."""
    week = usual_week(days)
    runs = list(exceptions(days, week))
    number = 0
    start = days[0].day if days else date.min
    for run in [*runs, None]:
        end = run.first - timedelta(days=1) if run else days[-1].day if days else start
        rows = list(_weekly(week, start, end)) if start <= end else []
        if run:
            rows += _dated(run.first, run.last, run.intervals, run.reason)
            start = run.last + timedelta(days=1)
        for row in rows:
            number += 1
            yield {
                "id": uid("schedule", centre.pk, number),
                "location_id": uid("location", centre.pk),
                "timezone": UTC_OFFSET,
                "wkst": "MO",
                **row,
            }


def _weekly(week: Week, first: date, last: date) -> Iterator[Json]:
    """Rows of the usual week between two dates, for the weekdays that lie there."""
    there = {(first + timedelta(days=n)).weekday() for n in range(min(7, (last - first).days + 1))}
    for weekdays, hours in weekday_groups({day: hours for day, hours in week.items() if day in there}):
        for opens, closes in hours:
            yield {
                "valid_from": first.isoformat(),
                "valid_to": last.isoformat(),
                "dtstart": first.isoformat(),
                "freq": "WEEKLY",
                "interval": 1,
                "byday": ",".join(DAYS[day] for day in weekdays),
                "opens_at": clock(opens),
                "closes_at": clock(closes),
            }


def _dated(first: date, last: date, intervals: Intervals | None, reason: str) -> list[Json]:
    """Rows of days that are otherwise; a closed day has a row without times, so that it says why."""
    if intervals is None:
        return []
    dates = {"valid_from": first.isoformat(), "valid_to": last.isoformat(), "dtstart": first.isoformat()}
    notes = {"notes": reason} if reason else {}
    if not intervals:
        return [{**dates, **notes, "description": "不开放"}]
    every = {"freq": "WEEKLY", "interval": 1, "byday": ",".join(DAYS)}
    return [{**dates, **every, **notes, "opens_at": clock(a), "closes_at": clock(b)} for a, b in intervals]


def activity_schedule(activity: Activity, url: str) -> Json:
    row = {
        "id": uid("schedule", activity.centre_id, 2**40 + activity.pk),
        "service_at_location_id": uid("service_at_location", activity.centre_id, activity.service_id or 0),
        "timezone": UTC_OFFSET,
        "wkst": "MO",
        "dtstart": activity.since.isoformat(),
        "valid_from": activity.since.isoformat(),
        "freq": "WEEKLY",
        "interval": activity.every_weeks,
        "byday": DAYS[activity.weekday],
        "opens_at": clock(activity.start),
        "closes_at": clock(activity.end),
        "description": activity.title,
        "schedule_link": f"{url}activities/{activity.pk}.ics",
    }
    return {**row, "valid_to": activity.until.isoformat()} if activity.until else row


def clock(minute: int) -> str:
    """480 -> 08:00:00; the end of a day is 24:00:00 (ISO 8601)."""
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def taxonomy(county: Place) -> Json:
    return {
        "id": uid("taxonomy", county.pk),
        "name": f"{county.name}服务目录（7+N）",
        "description": "每个中心必备的七项服务，和因地制宜的若干项",
        "version": "1",
    }


def term(offered: Service, county: Place) -> Json:
    return {
        "id": uid("taxonomy_term", offered.pk),
        "code": offered.key,
        "name": offered.name,
        "description": offered.description or offered.name,
        "taxonomy": f"{county.name}服务目录（7+N）",
        "language": "zho",
        "taxonomy_detail": taxonomy(county),
    }


def attribute(offer: Offer) -> Json:
    return {
        "id": uid("attribute", offer.centre.pk, offer.service.pk),
        "link_id": uid("service", offer.centre.pk, offer.service.pk),
        "link_entity": "service",
        "taxonomy_term_id": uid("taxonomy_term", offer.service.pk),
        "taxonomy_term": term(offer.service, offer.centre.county),
    }


def page(contents: Iterable[Json], total: int, number: int, size: int) -> Json:
    """A page of a list, numbered from 1, as every list of the standard has it."""
    rows = list(contents)
    pages = -(-total // size)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": len(rows),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not rows,
        "contents": rows,
    }
