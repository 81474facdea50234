"""Hours as they are published: the page, the data, the calendar and the poster."""

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from xiangli.audit.queries import newest_moment
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.opening import door, exports, ical, jsonld, queries
from xiangli.opening.feeds import feed
from xiangli.opening.poster import door_poster as set_poster
from xiangli.opening.wording import UNKNOWN_HOURS
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at

JSON_DAYS, JSON_DAYS_MAX = 14, 400
PAGE_DAYS = 28
POSTER_SECONDS = 300


def _url(request: HttpRequest, centre: Centre) -> str:
    return request.build_absolute_uri(reverse("centre", args=[centre.county.slug, centre.slug]))


def hours_page(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The hours of four weeks, day by day, and where other programs find them."""
    where = centre_at(county, centre)
    now = timezone.now()
    read = queries.openings(where.county, [where.pk], timezone.localdate(now), PAGE_DAYS)
    days = read.hours(where.pk)
    context = {
        "centre": where,
        "status": read.status(where.pk, now),
        "days": exports.week_rows(days),
        "lines": exports.rule_lines(read.rules_of(where.pk), timezone.localdate(now)),
        "names": queries.named_days(where.county, read.first, PAGE_DAYS),
        "closures": [(row, exports.closure_span(row.starts, row.ends)) for row in queries.coming_closures(where, now)],
        "unknown_from": next((item.day for item in days if not item.known), None),
        "unknown_words": UNKNOWN_HOURS,
        "data": jsonld.script(jsonld.centre_data(where, days, _url(request, where))),
    }
    return render(request, "opening/hours.html", context)


def hours_json(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The hours of the next days (``?days=``, at most 400) as plain JSON."""
    where = centre_at(county, centre)
    asked = whole_number(request.GET.get("days", str(JSON_DAYS)))
    if asked is None or not 1 <= asked <= JSON_DAYS_MAX:
        return JsonResponse({"error": f"days 应在 1 到 {JSON_DAYS_MAX} 之间"}, status=400)
    now = timezone.now()
    read = queries.openings(where.county, [where.pk], timezone.localdate(now), max(asked, queries.HORIZON_DAYS))
    days = read.hours(where.pk)[:asked]
    data = exports.hours_data(where, days, read.status(where.pk, now), timezone.localtime(now))
    answer = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Cache-Control"] = "public, max-age=60"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def hours_ics(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The stretches in which the door is open, as a calendar to subscribe to."""
    where = centre_at(county, centre)

    def make() -> bytes:
        days = queries.hours(where, timezone.localdate(), door.HORIZON)
        return ical.hours_calendar(where, days, _url(request, where), newest_moment(where.county_id))

    return feed(request, where.county_id, make, "text/calendar; charset=utf-8", filename=f"{centre}-hours.ics")


def door_poster(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The poster for the door, A4 or with ``?paper=a3`` A3. Set once and kept for a few minutes."""
    where = centre_at(county, centre)
    paper = request.GET.get("paper", "a4").lower()
    try:
        data = door.poster_data(where, timezone.now(), _url(request, where))
        key = f"poster-{paper}-{sha256(repr(data).encode()).hexdigest()}"
        pdf = cache.get(key) or set_poster(data, paper)
    except UserError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    cache.set(key, pdf, POSTER_SECONDS)
    return pdf_answer(pdf, f"poster-{centre}-{paper}.pdf")


def pdf_answer(pdf: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer
