"""A room for the same hours every week, made by staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from xiangli.accounts.looks import shows_personal
from xiangli.accounts.rules import require
from xiangli.bookings import rules, services
from xiangli.bookings.choices import Channel
from xiangli.bookings.forms import SeriesForm
from xiangli.bookings.models import Booking, BookingSeries
from xiangli.core.errors import UserError
from xiangli.places.models import Centre


@login_required
def series_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the same hours every week until a date."""
    centre = get_object_or_404(Centre.everywhere.select_related("place", "county"), pk=pk)
    require(rules.may_decide(request.user, centre))
    form = SeriesForm(request.POST or None, centre=centre)
    if request.method == "POST" and form.is_valid():
        wish = form.wish()
        wish["space"].centre = centre
        try:
            made = services.book_series(by=request.user, channel=Channel.COUNTER, now=timezone.now(), **wish)
            return redirect("series", made.pk)
        except UserError as error:
            form.add_error(None, str(error))
    context = {"centre": centre, "form": form}
    return render(request, "bookings/series_new.html", context, status=422 if form.errors else 200)


@shows_personal("长期预约人的称呼和电话")
@login_required
def series(request: HttpRequest, pk: int) -> HttpResponse:
    """The dates of a series, held and not to be had, and giving back the rest."""
    rows = BookingSeries.everywhere.select_related("space__centre__place", "space__centre__county")
    row = get_object_or_404(rows, pk=pk)
    require(rules.may_decide(request.user, row.space.centre))
    now = timezone.now()
    if request.method == "POST":
        count = services.end_series(by=request.user, series=row, now=now, reason=request.POST.get("reason", "")[:80])
        messages.success(request, f"后面的 {count} 次都取消了。" if count else "后面没有了，没什么要取消。")
        return redirect("series", pk)
    dates = list(Booking.objects.within(row.county).filter(series=row).order_by("starts"))
    impossible = [(parse_date(day), reason) for day, reason in row.impossible]
    context = {
        "series": row, "centre": row.space.centre, "dates": dates, "impossible": impossible,
        "coming": sum(one.is_held and one.starts > now for one in dates), "first": dates[0] if dates else None,
        "left_out": [parse_date(day) for day in row.left_out],
    }  # fmt: skip
    return render(request, "bookings/series.html", context)
