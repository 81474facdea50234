"""Feeds of a county of 20 towns x 20 villages: the first answer after a change, and "no change" (304)."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench._demonstration import demonstration

Row = tuple[str, float, str]
TOWNS, VILLAGES = 20, 20
ROOMS, CLASSES = 5, 6
COUNTY = "bench"


def run() -> list[Row]:
    demonstration()
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    county, centre = build()
    client = Client()
    base = f"/api/openactive/{COUNTY}"
    slots = {"afterTimestamp": "0", "afterId": ""}
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("open now, the whole county", f"/api/open-now/{COUNTY}", {}),
        ("hours.json of a centre, 60 days", f"/c/{COUNTY}/{centre}/hours.json", {"days": "60"}),
        ("hours.ics of a centre", f"/c/{COUNTY}/{centre}/hours.ics", {}),
        ("calendar.ics of a centre", f"/c/{COUNTY}/{centre}/calendar.ics", {}),
        ("HSDS services, 1,000 to the page", f"/api/hsds/{COUNTY}/services", {"per_page": "1000"}),
        ("HSDS services, whole, 50 to the page", f"/api/hsds/{COUNTY}/services", {"per_page": "50", "full": "true"}),
        ("OpenActive slots, first page", f"{base}/slots", slots),
        ("OpenActive sessions, first page", f"{base}/scheduled-sessions", slots),
        ("OpenActive series, first page", f"{base}/session-series", slots),
    ]
    rows: list[Row] = []
    for label, path, query in asked:
        _fresh(county)
        seconds, answer = _timed(lambda path=path, query=query: client.get(path, query))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        rows.append((label, seconds * 1000, "CPU-ms"))
        if "ETag" in answer:
            tag = {"if-none-match": answer["ETag"]}
            seconds, again = _timed(lambda path=path, query=query, tag=tag: client.get(path, query, headers=tag))
            rows.append((f"  the same, nothing changed ({again.status_code})", seconds * 1000, "CPU-ms"))
    return [*rows, *_harvest(client, f"{base}/slots")]


def _harvest(client: Any, url: str) -> list[Row]:
    """A new reader goes through the first twenty pages."""
    items, start = 0, time.process_time()
    for _ in range(20):
        page = client.get(url).json()
        items += len(page["items"])
        url = page["next"]
    spent = time.process_time() - start
    return [("OpenActive slots, items read by a new reader", items / spent, "/CPU-s")]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def _fresh(county: Any) -> None:
    """Something happens, a while ago: every feed must be made anew."""
    from django.utils import timezone

    from xiangli.audit.models import Event

    Event.objects.create(
        county=county, place=county, at=timezone.now() - timedelta(minutes=1), verb="opening.rules_set",
        target_type="places.place", target_id=county.pk,
    )  # fmt: skip


def build() -> tuple[Any, str]:
    """The county with its centres, rooms, classes and hours. Returns it and the address name of one centre."""
    from django.utils import timezone

    from xiangli.bookings.models import Activity
    from xiangli.opening.models import OpeningRule
    from xiangli.places.calendar import seed_calendar
    from xiangli.places.models import Centre, Place, Service, Space
    from xiangli.places.services import add_place

    today = timezone.localdate()
    county = add_place(
        by=None, level="county", name="测速县", slug=COUNTY, parent=Place.objects.filter(level="city")[0]
    )
    seed_calendar(by=None, county=county)
    services = Service.everywhere.bulk_create(
        Service(county=county, key=f"s{n}", name=f"服务{n}", position=n) for n in range(7)
    )
    villages = []
    for t in range(TOWNS):
        town = add_place(by=None, level="town", name=f"镇{t}", slug=f"t{t}", parent=county)
        villages += [
            add_place(by=None, level="village", name=f"村{t}-{v}", slug=f"v{t}-{v}", parent=town)
            for v in range(VILLAGES)
        ]
    centres = Centre.everywhere.bulk_create(
        Centre(county=county, place=place, name=f"{place.name}乡里中心", slug=place.slug) for place in villages
    )
    rooms = Space.everywhere.bulk_create(
        Space(county=county, centre=centre, name=f"房间{n}", bookable=n < 2) for centre in centres for n in range(ROOMS)
    )
    Space.supports.through.objects.bulk_create(
        Space.supports.through(space=room, service=services[(n + k) % 7])
        for n, room in enumerate(rooms)
        for k in (0, 1)
    )
    Activity.everywhere.bulk_create(
        Activity(
            county=county, centre=centre, space=rooms[n * ROOMS + k % ROOMS], service=services[k], title=f"活动{k}",
            weekday=k, start=600 + 30 * k, end=690 + 30 * k, since=today,
        )
        for n, centre in enumerate(centres)
        for k in range(CLASSES)
    )  # fmt: skip
    working, off = ["working_day"], ["public_holiday", "weekend"]
    OpeningRule.everywhere.bulk_create(
        OpeningRule(county=county, centre=centre, days=days, intervals=intervals, since=today - timedelta(days=30))
        for centre in centres
        for days, intervals in ((working, [[480, 720], [870, 1080]]), (off, [[0, 1440]]))
    )
    return county, centres[0].slug
