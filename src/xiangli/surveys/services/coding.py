"""Open answers: a code book that grows, and written answers put under its codes by people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Service
from xiangli.surveys.models import Campaign, Code, Coding, Response
from xiangli.surveys.trust_queries import last_coding, text_questions, words_of


@transaction.atomic
def add_code(*, by: Any, campaign: Campaign, label: str, service: Service | None = None) -> Code:
    """A new entry of the code book. Raises UserError for an empty label or one that is there already."""
    label = " ".join(label.split())
    if not 0 < len(label) <= 40:
        raise UserError("请写归成什么，40 个字以内。")
    if Code.everywhere.filter(campaign=campaign, label=label).exists():
        raise UserError(f"归类表里已经有“{label}”。")
    code = Code.everywhere.create(county_id=campaign.county_id, campaign=campaign, label=label, service=service)
    record("surveys.code_added", campaign, by=by, code=code.pk, label=label, service=service.key if service else "")
    return code


@transaction.atomic
def map_code(*, by: Any, code: Code, service: Service | None) -> None:
    """Say which service of the catalogue a code asks for (None: the catalogue has none)."""
    code.service = service
    code.save(update_fields=["service"])
    record("surveys.code_mapped", code.campaign, by=by, code=code.pk, service=service.key if service else "")


@transaction.atomic
def code_answer(*, by: Any, response: Response, question: str, codes: Iterable[Code], at: datetime) -> list[Coding]:
    """Put one written answer under codes (none: read, asks for nothing). Coding it again replaces what was said before.

    Raises UserError where somebody else has coded it, nothing is written there or a code belongs to another campaign.
    """
    asked = {one["name"] for one in text_questions(response.campaign)}
    if question not in asked or not words_of({response.pk: response.texts}, question):
        raise UserError("这份答卷的这一题没有写字，或者字迹已到期清除。")
    chosen = list(dict.fromkeys(codes))
    if any(code.campaign_id != response.campaign_id for code in chosen):
        raise UserError("归类不属于这份问卷。")
    person = by if getattr(by, "is_authenticated", False) else None
    Response.everywhere.select_for_update().get(pk=response.pk)  # two who code at once: one after the other
    before = Coding.everywhere.filter(response=response, question=question)
    other = before.exclude(by=person).select_related("by").first() if person else None
    if other:
        raise UserError(f"这一份{other.by or '别人'}刚才已经归好了，以先归的为准。")
    before.delete()
    made = Coding.everywhere.bulk_create(
        Coding(county_id=response.county_id, response=response, question=question, code=code, by=person, at=at)
        for code in (chosen or (None,))
    )
    record("surveys.coded", response, by=by, question=question, codes=[code.pk for code in chosen])
    return made


@transaction.atomic
def undo_coding(*, by: Any, campaign: Campaign) -> Response | None:
    """Take back the last coding of this person in a campaign; the answer waits again."""
    last = last_coding(campaign, by)
    if last is None:
        return None
    Coding.everywhere.filter(response=last.response, question=last.question).delete()
    record("surveys.coding_undone", last.response, by=by, question=last.question)
    return last.response
