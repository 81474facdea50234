"""Campaigns: create, change before the first answer, close, say who was asked, print."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.chinese import converter
from xiangli.core.errors import UserError
from xiangli.places.models import Place, Service
from xiangli.places.queries import protected_names
from xiangli.surveys.choices import SampleKind
from xiangli.surveys.models import Campaign, PrintRun, Sample
from xiangli.surveys.paper_languages import for_paper_in, in_own_words, paper_language, paper_languages
from xiangli.surveys.questionnaire import by_role, clean_questionnaire, find


@transaction.atomic
def create_campaign(
    *,
    by: Any,
    place: Place,
    title: str,
    definition: Mapping[str, Any],
    opens: date,
    closes: date | None = None,
    services: Iterable[Mapping[str, Any]] = (),
) -> Campaign:
    """A new campaign for a place and all below it. The definition carries the notice (P1) and the voluntary line (P7).

    ``services``: rows (key, name, and further Service fields) that the questionnaire asks about and the county's
    catalogue does not have yet; they are added to it. Raises UserError for a definition that cannot be used.
    """
    clean = clean_questionnaire({**definition, "title": title})
    if closes is not None and closes < opens:
        raise UserError("截止日期不能早于开始日期。")
    _add_services(place, services)
    _check_services(place, clean)
    campaign = Campaign.everywhere.create(
        county_id=place.county_id or place.pk, place=place, title=clean["title"], definition=clean,
        notice=clean["notice"], opens=opens, closes=closes,
    )  # fmt: skip
    record("surveys.campaign_created", campaign, by=by, version=1)
    return campaign


def _add_services(place: Place, services: Iterable[Mapping[str, Any]]) -> None:
    for row in services:
        extra = {key: value for key, value in row.items() if key != "key"}
        Service.everywhere.get_or_create(county_id=place.county_id, key=row["key"], defaults={"position": 90, **extra})


def _check_services(place: Place, definition: Mapping[str, Any]) -> None:
    known = set(Service.everywhere.filter(county_id=place.county_id).values_list("key", flat=True))
    for question in by_role(definition, "need"):
        for option in question["options"]:
            if option.get("service") and option["service"] not in known:
                raise UserError(f"选项“{option['label']}”对应的服务“{option['service']}”不在服务目录里。")


@transaction.atomic
def change_questionnaire(*, by: Any, campaign: Campaign, definition: Mapping[str, Any]) -> None:
    """Change a questionnaire nobody has answered yet; the version goes up, so that printed sheets are told apart."""
    campaign = Campaign.everywhere.select_for_update().get(pk=campaign.pk)
    if campaign.responses.exists():
        raise UserError("已经有人答了这份问卷，不能再改题目；请另建一份。")
    clean = clean_questionnaire({**definition, "title": campaign.title})
    _check_services(campaign.place, clean)
    campaign.definition, campaign.notice, campaign.version = clean, clean["notice"], campaign.version + 1
    campaign.save(update_fields=["definition", "notice", "version"])
    record("surveys.questionnaire_changed", campaign, by=by, version=campaign.version)


@transaction.atomic
def close_campaign(*, by: Any, campaign: Campaign, on: date) -> None:
    """No web answers after this day; paper that is on its way can still be read in."""
    campaign.closes = max(on, campaign.opens)
    campaign.save(update_fields=["closes"])
    record("surveys.campaign_closed", campaign, by=by)


@transaction.atomic
def move_last_day(*, by: Any, campaign: Campaign, day: date | None) -> None:
    """Answers are taken until this day (None: for the time being), also where it had passed: phones that come back late
    bring what was filled in. Raises UserError for a day before the first."""
    if day is not None and day < campaign.opens:
        raise UserError("截止日期不能早于开始日期。")
    campaign.closes = day
    campaign.save(update_fields=["closes"])
    record("surveys.last_day_moved", campaign, by=by, day=day.isoformat() if day else "")


@transaction.atomic
def set_sample(
    *,
    by: Any,
    campaign: Campaign,
    place: Place,
    kind: str,
    invited: int | None,
    question: str = "",
    sizes: Mapping[str, int] | None = None,
    units: int | None = None,
) -> Sample:
    """Say how many were asked in a village and how they were chosen (see ``models.Sample``).

    Raises UserError for strata or clusters without the question that tells them, or strata without their sizes.
    """
    if kind not in SampleKind.values:
        raise UserError(f"没有“{kind}”这种选人办法。")
    given: dict[str, Any] = {"question": "", "sizes": {}, "units": None}
    if kind in (SampleKind.STRATIFIED, SampleKind.CLUSTER):
        asked = find(campaign.definition, question)
        if asked is None or asked["kind"] not in ("single", "scale", "number"):
            raise UserError("分层、整群抽样要写明按哪一题分（单选题或数字题）。")
        given["question"] = question
    if kind == SampleKind.STRATIFIED:
        strata = {option["label"] for option in asked["options"]} if asked else set()
        strange = [name for name in sizes or {} if strata and name not in strata]
        if not sizes or strange:
            raise UserError(
                f"“{'”“'.join(strange)}”不是这道题的选项。" if strange else "分层抽样要写每一层有多少人，一行一层。"
            )
        given["sizes"] = dict(sizes)
    if kind == SampleKind.CLUSTER:
        given["units"] = units
    sample, _ = Sample.everywhere.update_or_create(
        county_id=campaign.county_id,
        campaign=campaign,
        place=place,
        defaults={"kind": kind, "invited": invited, **given},
    )
    record("surveys.sample_set", campaign, by=by, place=place, kind=kind, invited=invited, **given)
    return sample


@transaction.atomic
def print_run(
    *, by: Any, campaign: Campaign, place: Place, copies: int, pdf_path: str | Path, language: str = ""
) -> PrintRun:
    """Print numbered sheets for a village into ``pdf_path`` and remember which numbers went there.

    ``language``: name or tag, where it is not to be the questionnaire's own. Raises UserError where the village lies
    outside the campaign, the language is none of its, or the sheets engine refuses; then nothing is kept.
    """
    if not campaign.place.contains(place):
        raise UserError(f"{place.name}不在“{campaign.title}”的范围里。")
    campaign = Campaign.everywhere.select_for_update().get(pk=campaign.pk)
    first = campaign.next_sheet
    layout, name = _printed(campaign, language, range(first, first + copies), pdf_path)
    campaign.next_sheet = first + copies
    campaign.save(update_fields=["next_sheet"])
    run = PrintRun.everywhere.create(
        county_id=campaign.county_id, campaign=campaign, place=place, version=campaign.version, first=first,
        copies=copies, layout=in_own_words(layout, campaign.definition), language=name,
    )  # fmt: skip
    record("surveys.printed", run, by=by, copies=copies, first=first, language=run.language)
    return run


def print_again(*, run: PrintRun, pdf_path: str | Path) -> None:
    """The sheets of a print run once more into ``pdf_path``; its version must be the campaign's present one."""
    _printed(run.campaign, run.language, range(run.first, run.last + 1), pdf_path)


def _printed(campaign: Campaign, language: str, numbers: range, pdf_path: str | Path) -> tuple[dict[str, Any], str]:
    """Print a campaign's sheets in a language. The layout, and the language's name: "" for the questionnaire's own."""
    from xiangli.surveys.sheets import SheetError, print_sheets

    name = paper_language(campaign.definition, language)
    tag = paper_languages(campaign.definition)[name]
    try:
        layout = print_sheets(
            for_paper_in(campaign.definition, name, converter(protected_names()).text), campaign=campaign.public_id,
            version=campaign.version, sheet_numbers=numbers, pdf_path=pdf_path, language=tag,
        )  # fmt: skip
    except SheetError as error:
        raise UserError(str(error)) from None
    return layout, name if tag else ""
