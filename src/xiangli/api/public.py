"""Public data about centres as JSON, and booking a space, described by OpenAPI at ``/api/openapi.json``.

Nothing about any person is answered.
"""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Field, NinjaAPI, Path, Query, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from xiangli.bookings.api import router as bookings
from xiangli.opening.choices import HORIZON_DAYS
from xiangli.opening.exports import hours_data
from xiangli.opening.queries import openings, status, statuses
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at

ABOUT = "村级服务中心的公开信息，和预约场地。不回答任何个人信息。"
# No built-in documentation page: it would fetch its scripts from a foreign network.
api = NinjaAPI(
    title="乡里", version="1", description="村级服务中心的公开信息，和预约场地。不回答任何个人信息。", docs_url=None
)
router = Router(tags=["centres"])
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$")]


class Refusal(Schema):
    """Why there is no answer: nothing of that name (404), or a query that cannot be read (422)."""

    detail: Any


REFUSED = {frozenset({404, 422}): Refusal}


class CentreLine(Schema):
    """A centre in a list."""

    county: str
    slug: str
    name: str
    kind: str
    place: str
    url: str

    @staticmethod
    def resolve_county(centre: Centre) -> str:
        return centre.county.slug

    @staticmethod
    def resolve_place(centre: Centre) -> str:
        return centre.place.name

    @staticmethod
    def resolve_url(centre: Centre, context: dict[str, Any]) -> str:
        path = reverse("centre", args=[centre.county.slug, centre.slug])
        return str(context["request"].build_absolute_uri(path))


class SpaceLine(Schema):
    """A room or a court. ``supports``: the services that may take place in it."""

    name: str
    floor: int
    capacity: int
    accessible: bool
    outdoors: bool
    bookable: bool
    supports: list[str]

    @staticmethod
    def resolve_supports(space: Any) -> list[str]:
        return [service.name for service in space.supports.all()]


class Now(Schema):
    """Whether it is open at this moment; ``open`` is null where that is not known."""

    open: bool | None
    until: datetime | None
    next_opening: datetime | None
    text: str


class CentreDetail(CentreLine):
    address: str
    phone: str
    answers_for_it: str
    introduction: str
    spaces: list[SpaceLine]
    now: Now

    @staticmethod
    def resolve_spaces(centre: Centre) -> Any:
        return centre.spaces.filter(office_use=False).prefetch_related("supports")

    @staticmethod
    def resolve_now(centre: Centre) -> Any:
        return status(centre, timezone.now())


class Where(Schema):
    """Narrows the list: slugs of county and town."""

    county: Slug | None = None
    town: Slug | None = None


class Pages(LimitOffsetPagination):
    """Pages of a list, within what a database can count."""

    class Input(LimitOffsetPagination.Input):
        limit: int = Field(100, ge=1, le=1000)
        offset: int = Field(0, ge=0, le=10_000_000)


@router.get("/centres", response={200: list[CentreLine], **REFUSED}, url_name="centres", summary="中心名录")
@paginate(Pages)
def list_centres(request: HttpRequest, where: Query[Where]) -> Any:
    """All centres, in the order of the divisions."""
    found = Centre.everywhere.select_related("county", "place").order_by("county", "place__path", "pk")
    if where.county:
        found = found.filter(county__slug=where.county)
    if where.town:
        found = found.filter(place__parent__slug=where.town)
    return found


@router.get(
    "/centres/{county}/{slug}",
    response={200: CentreDetail, **REFUSED},
    url_name="centre",
    summary="一个中心",
)
def one_centre(request: HttpRequest, county: Path[Slug], slug: Path[Slug]) -> Any:
    """A centre with its rooms and whether it is open now."""
    return centre_at(county, slug)


class DayLine(Schema):
    """The hours of a day. ``open`` is null where they are not announced; times are local, 24:00 ends a day."""

    date: date
    kind: str
    kind_text: str
    known: bool
    open: list[list[str]] | None
    reason: str
    notice: str


class Hours(Schema):
    """What hours.json holds."""

    centre: str
    timezone: str
    generated_at: datetime
    now: dict[str, Any]
    opening_hours: str
    days: list[DayLine]


class Days(Schema):
    """How many days from today on."""

    days: int = Field(14, ge=1, le=400)


@router.get(
    "/centres/{county}/{slug}/hours",
    response={200: Hours, **REFUSED},
    url_name="centre_hours",
    summary="一个中心的开放时间",
)
def centre_hours(request: HttpRequest, county: Path[Slug], slug: Path[Slug], asked: Query[Days]) -> Any:
    """Day by day: kind, intervals, reason, notice; the same as an OpenStreetMap opening_hours string."""
    centre, now = centre_at(county, slug), timezone.now()
    read = openings(centre.county, [centre.pk], timezone.localdate(now), max(asked.days, HORIZON_DAYS))
    days = read.hours(centre.pk)[: asked.days]
    return hours_data(centre, days, read.status(centre.pk, now), timezone.localtime(now))


class OpenLine(Now):
    """A centre and whether it is open now."""

    slug: str
    name: str
    place: str
    town: str


class OpenNow(Schema):
    """All centres of a county or a town at this moment. ``open`` counts those that are open for certain."""

    county: str
    at: datetime
    total: int
    open: int
    unknown: int
    centres: list[OpenLine]


class Town(Schema):
    """Narrows the answer to one town."""

    town: Slug | None = None


@router.get(
    "/open-now/{county}",
    response={200: OpenNow, **REFUSED},
    url_name="open_now",
    summary="现在哪些中心开着门",
)
def open_now(request: HttpRequest, county: Path[Slug], where: Query[Town]) -> Any:
    """Open now, until when or when next, for a whole county or with ``town`` one town."""
    rows = Centre.everywhere.filter(county__slug=county).select_related("county", "place__parent")
    if where.town is not None:
        rows = rows.filter(place__parent__slug=where.town)
    centres = list(rows.order_by("place__path", "pk"))
    if not centres:
        raise Http404
    now = timezone.now()
    found = statuses(centres, now)
    lines = [
        {
            "slug": centre.slug, "name": centre.name, "place": centre.place.name,
            "town": centre.place.parent.slug if centre.place.parent else "",
            "open": found[centre.pk].open, "until": found[centre.pk].until,
            "next_opening": found[centre.pk].next_opening, "text": found[centre.pk].text,
        }
        for centre in centres
    ]  # fmt: skip
    counts = [line["open"] for line in lines]
    return {
        "county": county, "at": now, "total": len(lines), "open": counts.count(True), "unknown": counts.count(None),
        "centres": lines,
    }  # fmt: skip


api.add_router("", router)
api.add_router("", bookings)
