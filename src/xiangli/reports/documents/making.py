"""One document from facts to file: which facts, which words and which template belong to which kind."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.timezone import localdate

from xiangli.accounts.queries import places_of, within_places
from xiangli.core.paper import set_pdf
from xiangli.ledger.services import fresh
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.reports import queries
from xiangli.reports.choices import DocumentKind
from xiangli.reports.documents import facts, sections, word
from xiangli.reports.documents.dossier import dossier
from xiangli.reports.models import Bulletin, DocumentTemplate
from xiangli.reports.rules import DOCUMENT_READERS

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"pdf": "application/pdf", "docx": DOCX}


def gather(kind: str, *, user: Any, place: Place, day: date, now: datetime) -> facts.Facts:
    """The facts of a document about ``place``, for the week or month of ``day``. UserError where there can be none."""

    def monthly() -> facts.Facts:
        rows = queries.village_rows(place, localdate(now)) if place.level != Level.VILLAGE else []
        return facts.monthly(place, day, now, queries.groups(user, place, now), rows)

    fresh(facts.county_of(place), localdate(now))
    makers: dict[str, Callable[[], facts.Facts]] = {
        DocumentKind.BULLETIN: lambda: facts.bulletin(place, day, now),
        DocumentKind.WEEKLY: lambda: facts.weekly(place, day, now),
        DocumentKind.MONTHLY: monthly,
        DocumentKind.DOSSIER: lambda: dossier(place, now),
    }
    return makers[kind]()


def shown(kind: str, said: facts.Facts) -> dict[str, Any]:
    """What a page needs: ``heading`` and ``sections``."""
    return {"heading": sections.heading(kind, said), "sections": sections.SECTIONS[kind](said)}


def made(kind: str, said: facts.Facts, *, county: Place, suffix: str) -> bytes:
    """The document as PDF or, on the county's template, as Word. 404 for another suffix."""
    if suffix == "pdf":
        return set_pdf(Path(__file__).with_name("documents.typ"), shown(kind, said))
    if suffix != "docx":
        raise Http404
    draft = {"issue": "（草稿）", "year": localdate().year, "late_note": ""}
    return word.render(template_of(county, kind), draft | said)


def template_of(county: Place, kind: str) -> bytes:
    """The county's own template, or the one that comes with the product."""
    kept = DocumentTemplate.objects.within(county).filter(kind=kind).first()
    return bytes(kept.content) if kept else word.shipped(kind)


def own_templates(county: Place) -> QuerySet[DocumentTemplate]:
    """The county's own templates, without their content."""
    return DocumentTemplate.objects.within(county).defer("content")


def bulletins_for(user: Any) -> QuerySet[Bulletin]:
    """The issues of this person's places and of those above, whom they address; newest first, without what they say."""
    mine = places_of(user, *DOCUMENT_READERS)
    above = {int(part) for place in mine for part in place.path.strip("/").split("/")}
    rows = Bulletin.everywhere.filter(Q(place__in=above) | within_places(user, "place__", *DOCUMENT_READERS))
    return rows.select_related("place", "county").defer("content").order_by("-issued_at", "-pk")


def bulletins_about(user: Any, place: Place) -> QuerySet[Bulletin]:
    """Those of them that a place issued, or one below or above it."""
    above = [int(part) for part in place.path.strip("/").split("/")]
    return bulletins_for(user).filter(Q(place__in=above) | Q(place__path__startswith=place.path))


def draft_key(place: Place, month: date) -> UUID:
    """The key of the next issue's form. Whoever looks at the same draft holds the same one: two people who issue it are
    one issue, and there is a next one only after the first has been issued."""
    before = facts.previous(place)
    return uuid5(NAMESPACE_URL, f"xiangli:bulletin:{place.pk}:{before.pk if before else 0}:{month:%Y-%m}")


def bulletin_for(user: Any, pk: int) -> Bulletin:
    found = bulletins_for(user).defer(None).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
