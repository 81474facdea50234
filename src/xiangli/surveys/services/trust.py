"""Integrity: answers drawn to be asked for again, what came of it, and second looks judged by a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import Verdict
from xiangli.surveys.models import Campaign, Recheck, RecheckDraw, Response, Ruling, SecondLook
from xiangli.surveys.patterns import Found
from xiangli.surveys.questionnaire import check_answers
from xiangli.surveys.statistics import draw
from xiangli.surveys.trust_queries import recheck_frame

SHARE = 0.1
"""One answer in ten is asked for again."""


def _person(by: Any) -> Any:
    return by if getattr(by, "is_authenticated", False) else None


@transaction.atomic
def draw_rechecks(
    *, by: Any, campaign: Campaign, villages: Iterable[Place], seed: str, at: datetime, share: float = SHARE
) -> list[RecheckDraw]:
    """Draw ``share`` of the answers of each village that no earlier draw covered. Nothing new anywhere: UserError.

    ``seed``: any text; keep the default of the view (random) unless the seed is drawn in public.
    """
    if not 0 < share <= 1:
        raise UserError("抽查比例要在 1% 到 100% 之间。")
    if not 0 < len(seed) <= 32:
        raise UserError("随机种子要有 1 到 32 个字。")
    made = []
    Campaign.everywhere.select_for_update().get(pk=campaign.pk)  # one draw at a time
    for village in villages:
        last = RecheckDraw.objects.within(village).filter(campaign=campaign, place=village).order_by("-upto").first()
        after = last.upto if last else 0
        rows = recheck_frame(campaign, village, after=after).values_list("client_uuid", "pk", "recorded_by")
        frame = {key.hex: (pk, first_by) for key, pk, first_by in rows}  # not the answers: there may be thousands
        if not frame:
            continue
        one = RecheckDraw.everywhere.create(
            county_id=campaign.county_id, campaign=campaign, place=village, seed=seed, share=share, after=after,
            upto=max(pk for pk, _ in frame.values()), frame=len(frame), by=_person(by), at=at,
        )  # fmt: skip
        drawn = [frame[key] for key in draw(frame, seed=seed, share=share)]
        Recheck.everywhere.bulk_create(
            Recheck(county_id=campaign.county_id, draw=one, response_id=pk, first_by_id=first_by)
            for pk, first_by in drawn
        )
        record("surveys.recheck_drawn", one, by=by, seed=seed, share=share, frame=len(frame), drawn=len(drawn))
        made.append(one)
    if not made:
        raise UserError("没有新的答卷可抽：网上自己填的找不到人，其余的都抽过了。")
    return made


@transaction.atomic
def record_recheck(*, by: Any, recheck: Recheck, raw: Mapping[str, Any], at: datetime) -> None:
    """What the person said the second time. Raises UserError where the same member of staff asks, or it was asked."""
    _refuse_same_person(by, recheck)
    checked = check_answers(recheck.draw.campaign.definition, {**raw})
    problems = [(label, reason) for label, reason in checked.problems if reason != "没有回答"]
    if problems:
        raise UserError("；".join(f"{label}：{reason}" for label, reason in problems))
    if not checked.answers:
        raise UserError("一道题也没有答。问不到人，请写明原因。")
    _give(by, recheck, at, answers=checked.answers)


@transaction.atomic
def fail_recheck(*, by: Any, recheck: Recheck, reason: str, at: datetime) -> None:
    """Nobody could ask again, and why (moved away, does not want to)."""
    if not reason.strip():
        raise UserError("请写明为什么没能再问。")
    _refuse_same_person(by, recheck)
    _give(by, recheck, at, failed=reason.strip()[:60])


def _refuse_same_person(by: Any, recheck: Recheck) -> None:
    person = _person(by)
    if person is not None and recheck.first_by_id == person.pk:
        raise UserError("这份是您录的，要请别人再问。")


def _give(by: Any, recheck: Recheck, at: datetime, **given: Any) -> None:
    open_one = Recheck.everywhere.filter(pk=recheck.pk, at__isnull=True)
    try:
        with transaction.atomic():
            if not open_one.update(by=_person(by), at=at, **given):
                raise UserError("这份已经再问过了，不能改。")
    except IntegrityError:
        raise UserError("这份是您录的，要请别人再问。") from None
    record("surveys.rechecked", recheck.response, by=by, failed=given.get("failed", ""))


@transaction.atomic
def judge(
    *,
    by: Any,
    campaign: Campaign,
    place: Place,
    found: Found,
    verdict: str,
    reason: str,
    at: datetime,
    leave_out: Iterable[int] = (),
) -> SecondLook:
    """A person has looked at a pattern. ``leave_out``: which of its answers do not count; all others count (again).

    Raises UserError for a verdict that is none, leaving out without a reason, or nothing chosen to be left out.
    """
    chosen = set(leave_out) & set(found.keys)
    if verdict not in Verdict.values:
        raise UserError("请选“看过，没问题”或“不计入”。")
    if verdict == Verdict.LEFT_OUT and not reason.strip():
        raise UserError("不计入要写明理由。")
    if verdict == Verdict.LEFT_OUT and not chosen:
        raise UserError("请勾选哪几份不计入。")
    if verdict == Verdict.FINE:
        chosen = set()
    look = SecondLook.everywhere.create(
        county_id=campaign.county_id, campaign=campaign, place=place, pattern=found.kind, digest=found.digest,
        text=found.text, responses=list(found.keys), verdict=verdict, reason=reason.strip()[:200], by=_person(by),
        at=at,
    )  # fmt: skip
    there = Response.objects.within(place).filter(campaign=campaign, pk__in=found.keys)
    Ruling.everywhere.bulk_create(
        Ruling(county_id=campaign.county_id, look=look, response=row, counts=row.pk not in chosen) for row in there
    )
    record("surveys.second_look", look, by=by, verdict=verdict, answers=len(found.keys), left_out=len(chosen))
    return look
