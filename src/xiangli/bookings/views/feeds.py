"""What other programs read of activities and bookings: calendars to subscribe to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from xiangli.audit.queries import newest_moment
from xiangli.bookings.exports import calendar_feed
from xiangli.bookings.models import Activity
from xiangli.bookings.week import week_data, week_pdf
from xiangli.core.errors import UserError
from xiangli.opening.feeds import feed
from xiangli.opening.views.published import pdf_answer
from xiangli.places.models import Centre, Space
from xiangli.places.queries import centre_at

ICALENDAR = "text/calendar; charset=utf-8"


def _answer(
    request: HttpRequest, centre: Centre, name: str, space: Space | None = None, only: Activity | None = None
) -> HttpResponse:
    url = request.build_absolute_uri(reverse("centre", args=[centre.county.slug, centre.slug]))

    def make() -> bytes:
        stamp = newest_moment(centre.county_id)
        return calendar_feed(centre, url=url, stamp=stamp, today=timezone.localdate(), space=space, only=only)

    return feed(request, centre.county_id, make, ICALENDAR, filename=f"{name}.ics")


def calendar_ics(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The activities of a centre."""
    return _answer(request, centre_at(county, centre), centre)


def space_ics(request: HttpRequest, county: str, centre: str, pk: int) -> HttpResponse:
    """The activities of one room or court, and when it is taken."""
    where = centre_at(county, centre)
    space = get_object_or_404(Space.everywhere, centre=where, pk=pk, office_use=False)
    return _answer(request, where, f"{centre}-space-{pk}", space=space)


def activity_ics(request: HttpRequest, county: str, centre: str, pk: int) -> HttpResponse:
    """One activity with all its dates."""
    where = centre_at(county, centre)
    return _answer(
        request, where, f"{centre}-activity-{pk}", only=get_object_or_404(Activity.everywhere, centre=where, pk=pk)
    )


def week_poster(request: HttpRequest, county: str, centre: str) -> HttpResponse:
    """The activities of the next seven days as a poster, A4 or with ``?paper=a3`` A3."""
    where = centre_at(county, centre)
    url = request.build_absolute_uri(reverse("centre", args=[county, centre]))
    try:
        pdf = week_pdf(week_data(where, timezone.localdate(), url), request.GET.get("paper", "a4").lower())
    except UserError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return pdf_answer(pdf, f"week-{centre}.pdf")
