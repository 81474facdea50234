"""Public data about centres as JSON, described by OpenAPI at ``/api/openapi.json``; nothing about any person."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Query, Router, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from xiangli.opening.queries import status
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at

# No built-in documentation page: it would fetch its scripts from a foreign network.
api = NinjaAPI(title="乡里", version="1", description="村级服务中心的公开信息。只读，不含任何个人信息。", docs_url=None)
router = Router(tags=["centres"])


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

    county: str | None = None
    town: str | None = None


@router.get("/centres", response=list[CentreLine], url_name="centres", summary="中心名录")
@paginate(LimitOffsetPagination)
def list_centres(request: HttpRequest, where: Query[Where]) -> Any:
    """All centres, in the order of the divisions."""
    found = Centre.everywhere.select_related("county", "place").order_by("county", "place__path", "pk")
    if where.county:
        found = found.filter(county__slug=where.county)
    if where.town:
        found = found.filter(place__parent__slug=where.town)
    return found


@router.get("/centres/{county}/{slug}", response=CentreDetail, url_name="centre", summary="一个中心")
def one_centre(request: HttpRequest, county: str, slug: str) -> Any:
    """A centre with its rooms and whether it is open now."""
    return centre_at(county, slug)


api.add_router("", router)
