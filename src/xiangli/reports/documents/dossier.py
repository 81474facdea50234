"""One village, one file: what the rooms recorded about it, on a few pages. No resident is named in it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.timezone import localdate

from xiangli.bookings.queries import activities_of
from xiangli.cases import queries as cases
from xiangli.core.errors import UserError
from xiangli.ledger import queries as ledger
from xiangli.ledger.choices import State
from xiangli.opening.queries import hours
from xiangli.opening.wording import clock, spoken
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place
from xiangli.places.queries import centres, office_share
from xiangli.reports.documents.facts import MOST, WEEKDAYS, Facts, county_of, day_text, figures_of, listed
from xiangli.supervision.models import LiaisonVisit
from xiangli.surveys.queries import published_needs

YEAR = timedelta(days=365)
CLOSED_SHOWN = 20


def dossier(place: Place, now: datetime) -> Facts:
    """The village's people, centre, week, needs, ledger, visits and messages. About fifteen queries.

    Raises UserError for a place that is no village.
    """
    if place.level != Level.VILLAGE:
        raise UserError("一村一档要选一个村。")
    today = localdate(now)
    limits = ledger.thresholds(county_of(place), today)
    items = ledger.items_of(place).select_related("place")
    voices = cases.counts(place, today)
    return {
        "place": place.name, "date": day_text(today), "above": place.parent.name if place.parent else "",
        "people": "未填" if place.population is None else f"{place.population} 人",
        "households": "户数未填" if place.households is None else f"{place.households} 户",
        "centres": [_centre(centre, now) for centre in centres(place).select_related("county")],
        "needs": _needs(place), "figures": figures_of(ledger.with_lights(ledger.figures_of(place, limits))),
        "open": listed(items.exclude(state=State.CLOSED).order_by("deadline", "pk")[:MOST], limits),
        "done": listed(items.filter(state=State.CLOSED).order_by("-closed_at", "pk")[:CLOSED_SHOWN], limits),
        "visits": _visits(place, today - YEAR),
        "voices": [
            {"label": "全部来信", "value": voices["total"]}, {"label": "在办", "value": voices["open"]},
            {"label": "超时", "value": voices["overdue"]},
        ],
    }  # fmt: skip


def _centre(centre: Centre, now: datetime) -> Facts:
    today = localdate(now)
    spaces = list(centre.spaces.prefetch_related("supports"))
    share = office_share(spaces)
    week = hours(centre, today, 7)
    weekly = activities_of(centre, today, today + timedelta(days=6)).order_by("weekday", "start")
    return {
        "name": centre.name, "address": centre.address or "未填", "phone": centre.phone or "未填",
        "post": centre.answers_for_it or "未填",
        "office_share": "未填面积" if share is None else f"{share:.0%}",
        "spaces": [
            {
                "name": space.name, "floor": "室外" if space.outdoors else f"{space.floor} 楼",
                "area": f"{space.area_m2:g}" if space.area_m2 else "—", "room": space.capacity,
                "uses": "办公" if space.office_use else "、".join(one.name for one in space.supports.all()) or "—",
            }
            for space in spaces
        ],
        "hours": [
            {"day": f"{item.day.month} 月 {item.day.day} 日 周{WEEKDAYS[item.day.weekday()]}",
             "text": spoken(item.intervals)}
            for item in week
        ],
        "activities": [
            {"day": f"周{WEEKDAYS[one.weekday]}", "time": f"{clock(one.start)}–{clock(one.end)}", "activity": one.title,
             "space": one.space.name}
            for one in weekly
        ],
    }  # fmt: skip


def _needs(place: Place) -> list[Facts]:
    """The published needs: nothing here that may not stand on the public page."""
    found = published_needs(place)
    lines = [line for line in found.published if not line["group"]] if found else []
    return [
        {"name": line["label"], "share": f"{line['percent']}%", "range": f"{line['low']}%–{line['high']}%"}
        for line in lines
    ]


def _visits(place: Place, since: Any) -> list[Facts]:
    rows = LiaisonVisit.objects.within(place).filter(Q(visited_on__gte=since)).prefetch_related("findings__item")
    return [
        {
            "day": f"{visit.visited_on:%Y-%m-%d}", "seen": visit.seen or "—",
            "found": "；".join(f"{one.item.title}（{one.item.get_state_display()}）" for one in visit.findings.all())
            or "没有发现问题",
        }
        for visit in rows.order_by("-visited_on", "-pk")
    ]  # fmt: skip
