"""Answers come in: one by one from a form, many at once from a spreadsheet; once in, they are sealed."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.answers import Answers, Row
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import Campaign, Correction, FormVersion, Response
from xiangli.surveys.questionnaire import check_answers
from xiangli.surveys.villages import written_names

SPREADSHEETS = UUID("6f1c5f5e-2f0b-5a63-9d3f-7c0f7f1d2a10")  # namespace of the ids of spreadsheet rows

ALIKE_LEAST = 3  # answers that a row must have for its likeness to another to say anything


@transaction.atomic
def record_response(
    *,
    by: Any,
    campaign: Campaign,
    place: Place,
    channel: str,
    raw: Mapping[str, Any],
    client_uuid: UUID,
    asked: FormVersion | None = None,
    beside: bool = False,
) -> tuple[Response, bool]:
    """Seal one person's answers. Returns (response, was it new): the same ``client_uuid`` sent twice counts once.

    ``asked``: the questionnaire that was put to the person, where that may be an earlier one than the present.
    ``beside``: something was answered that is kept beside these answers, so that they may be empty.
    Raises UserError for a place outside the campaign or an answer that cannot be used.
    """
    if not campaign.place.contains(place):
        raise UserError(f"{place.name}不在“{campaign.title}”的范围里。")
    checked = check_answers(asked.definition if asked else campaign.definition, raw)
    version = asked.version if asked else campaign.version
    if checked.problems:
        raise UserError("；".join(f"{label}：{reason}" for label, reason in checked.problems))
    if not checked.answers and not checked.texts and not beside:
        raise UserError("一道题也没有答。")
    try:
        with transaction.atomic():
            response = Response.everywhere.create(
                county_id=campaign.county_id, campaign=campaign, place=place, channel=channel, version=version,
                client_uuid=client_uuid, answers=checked.answers, texts=checked.texts, recorded_by=_person(by),
            )  # fmt: skip
    except IntegrityError:
        before = campaign.responses.filter(client_uuid=client_uuid).first()
        if before is None:
            raise
        return before, False
    record("surveys.answered", response, by=by, channel=channel)
    return response, True


def says_the_same(response: Response, raw: Mapping[str, Any]) -> bool:
    """Whether a form that came back says what was sealed of it, written words included."""
    checked = check_answers(response.campaign.definition, raw)
    return (response.answers, response.texts) == (checked.answers, checked.texts)


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to. ``refused``: (line, reason) of every row that was not taken in."""

    taken: int
    refused: list[tuple[int, str]]


@transaction.atomic
def import_answers(*, by: Any, campaign: Campaign, place: Place, answers: Answers) -> Imported:
    """Seal the rows of a spreadsheet, all in one transaction, each with its line's own id.

    A row that names a village (``Row.place``) goes there if ``place`` is wider than a village, else to ``place``. The
    same file taken in again is refused row by row, not counted twice.
    """
    Campaign.everywhere.select_for_update().get(pk=campaign.pk)  # the same table twice at once: one after the other
    villages = _villages(place)
    refused = list(answers.refused)
    known = set(_by_spreadsheet(campaign).values_list("client_uuid", flat=True))
    fresh = []
    for row in answers.rows:
        key, village = _row_id(campaign, answers, row), _village_of(row, place, villages)
        if key in known:
            refused.append((row.line, "这一行以前已经导入过"))
        elif village is None:
            refused.append((row.line, f"“{row.place}”不是{place.name}的村" if row.place else "没有写是哪个村"))
        else:
            fresh.append(_response(campaign, village, key, row, by))
    Response.everywhere.bulk_create(fresh, batch_size=500)
    record(
        "surveys.imported", campaign, by=by, place=place, taken=len(fresh), refused=len(refused), file=answers.digest
    )
    return Imported(len(fresh), sorted(refused))


def known_rows(*, campaign: Campaign, place: Place, answers: Answers) -> tuple[int, int]:
    """(rows of this very file taken before, other rows that say exactly what an answer from a spreadsheet says).

    The second is only a hint: people do answer alike, but a table saved again with a few more lines looks like that.
    """
    villages = _villages(place)
    before = list(_by_spreadsheet(campaign).values_list("client_uuid", "place", "answers", "texts"))
    ids = {key for key, *_ in before}
    said = {_said(village, given, texts) for _, village, given, texts in before}
    known = [row for row in answers.rows if _row_id(campaign, answers, row) in ids]
    lines = {row.line for row in known}
    alike = 0
    for row in answers.rows:
        village = _village_of(row, place, villages)
        if row.line not in lines and village and _said(village.pk, row.answers, row.texts) in said:
            alike += 1
    return len(known), alike


def rows_twice(answers: Answers) -> int:
    """Rows that say what a row above them says, where that is more than a few ticks. Only a hint, too: a row pasted
    twice looks like that, and so does a family."""
    said = Counter(
        json.dumps([row.place, row.answers, row.texts], sort_keys=True)
        for row in answers.rows
        if len(row.answers) + len(row.texts) >= ALIKE_LEAST
    )
    return sum(n - 1 for n in said.values())


def _said(village: int, answers: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    return json.dumps([village, answers, texts], sort_keys=True)


def _by_spreadsheet(campaign: Campaign) -> QuerySet[Response]:
    return Response.objects.within(campaign.place).filter(campaign=campaign, channel=Channel.SPREADSHEET)


def _row_id(campaign: Campaign, answers: Answers, row: Row) -> UUID:
    return uuid5(SPREADSHEETS, f"{campaign.public_id}/{answers.digest}/{row.line}")


def _villages(place: Place) -> dict[str, Place]:
    from xiangli.places.queries import villages

    names = written_names(villages(place).select_related("parent"))
    return {name: meant[0] for name, meant in names.items() if len(meant) == 1}


def _village_of(row: Row, place: Place, villages: Mapping[str, Place]) -> Place | None:
    if place.level in ("village", "group"):
        return place
    return villages.get(row.place)


def _response(campaign: Campaign, village: Place, key: UUID, row: Row, by: Any) -> Response:
    return Response(
        county_id=campaign.county_id, campaign=campaign, place=village, channel=Channel.SPREADSHEET,
        version=campaign.version, client_uuid=key, answers=row.answers, texts=row.texts, recorded_by=_person(by),
    )  # fmt: skip


@transaction.atomic
def remember_mapping(*, by: Any, campaign: Campaign, columns: Mapping[str, str]) -> None:
    """Keep which column belongs to which question for the next spreadsheet."""
    campaign.mapping = dict(columns)
    campaign.save(update_fields=["mapping"])
    record("surveys.mapping_kept", campaign, by=by)


@transaction.atomic
def correct_response(
    *, by: Any, response: Response, changes: Mapping[str, Any], reason: str, at: datetime
) -> Correction:
    """Set an answer right without touching what was sealed: a new row beside it, with its reason."""
    if not reason.strip():
        raise UserError("请写明为什么更正。")
    given = {name: value for name, value in changes.items() if value not in (None, "", [])}
    checked = check_answers({"questions": _asked(response, given)}, given)
    if checked.problems:
        raise UserError("；".join(f"{label}：{why}" for label, why in checked.problems))
    cleared = {name: None for name in changes if name not in given}
    correction = Correction.everywhere.create(
        county_id=response.county_id, response=response, changes={**checked.answers, **cleared}, reason=reason.strip(),
        by=_person(by), at=at,
    )  # fmt: skip
    record("surveys.corrected", response, by=by, questions=sorted(changes))
    return correction


def _asked(response: Response, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    asked = [question for question in response.campaign.definition["questions"] if question["name"] in given]
    if len(asked) < len(given):
        raise UserError("更正里有问卷没有的题目。")
    if any(question["kind"] == "text" for question in asked):
        raise UserError("写下的文字不能更正，只能到期清除。")
    return [{**question, "relevant": None} for question in asked]  # what the rules look at need not be corrected too
