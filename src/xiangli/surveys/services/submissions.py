"""What phones send: sealed once, known again when it comes twice, corrected beside and never over.

The XML of a submission is whole in every part of a split upload, and no question asks for a picture: an answer counts
as soon as its XML is here, and the rest of its parts, should it ever come, adds nothing (docs/phones.md).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import Campaign, Enumerator, FormVersion, PhoneSubmission, Response
from xiangli.surveys.phone_only import kept
from xiangli.surveys.phone_queries import form_version, sent_before, village_of_form
from xiangli.surveys.queries import effective
from xiangli.surveys.questionnaire import check_answers
from xiangli.surveys.services.phones import keep_version
from xiangli.surveys.services.responses import correct_response, record_response

PHONES = UUID("b7f0a1de-6c1f-5c0e-9b5f-2a4f5f6f3c52")  # namespace of the ids that phones give
GRACE = timedelta(days=7)
"""So long after the last day a phone may still hand in what was asked before: there is no network in every house."""
ID_MAX = 200


class UnknownForm(UserError):
    """A form, or a version of it, that this phone did not get from us."""


class NotAllowed(UserError):
    """Not now, or not by this phone."""


class Conflict(UserError):
    """It contradicts what is already sealed, or needs something that is not here yet."""


@dataclass(frozen=True, slots=True)
class Taken:
    """``new``: sealed just now (False: it was here already)."""

    new: bool
    message: str


@dataclass(frozen=True, slots=True)
class _Sent:
    """One submission with all that had to be found out about it."""

    by: Enumerator
    village: Place
    asked: FormVersion
    form: Any  # xlsform.Submission
    digest: str
    at: datetime

    @property
    def campaign(self) -> Campaign:
        return self.by.campaign

    @property
    def more(self) -> dict[str, str]:
        return kept(self.asked.definition, self.form.other)


def take_submission(*, by: Enumerator, xml: bytes, at: datetime) -> Taken:
    """Seal what a phone sent. The same bytes again change nothing.

    Raises UserError where it cannot be read or used, UnknownForm, NotAllowed or Conflict. Nothing is kept then: the
    phone still has it.
    """
    from xiangli.surveys.xlsform.submission import parse

    root = parse(xml)
    village = village_of_form(by, root.get("id", "").strip())
    if village is None:
        raise UnknownForm("这部手机没有这份表单。请在手机里重新获取空白表单，或者向镇里要新的二维码。")
    sent = _read(by, village, root.get("version", "").strip(), xml, at)
    before = sent_before(sent.campaign, sent.form.instance_id)
    if before is not None:
        return _again(before, sent)
    _check_day(sent.campaign, at)
    return _correct(sent) if sent.form.deprecated_id else _seal(sent)


def _read(by: Enumerator, village: Place, version: str, xml: bytes, at: datetime) -> _Sent:
    from xiangli.surveys.xlsform import read_submission

    asked = form_version(by.campaign, version)
    if asked is None and version == str(by.campaign.version):
        asked = keep_version(campaign=by.campaign)
    if asked is None:
        raise UnknownForm("这份表单的版本不是从这里发出的。请在手机里重新获取空白表单。")
    form = read_submission(asked.definition, xml)
    if max(len(form.instance_id), len(form.deprecated_id)) > ID_MAX:
        raise UserError(f"答卷的编号太长（超过 {ID_MAX} 个字符）。")
    return _Sent(by, village, asked, form, hashlib.sha256(xml).hexdigest(), at)


def _again(before: PhoneSubmission, sent: _Sent) -> Taken:
    if before.digest != sent.digest:
        raise Conflict(
            "同一个编号的答卷已经收到过，内容和这次的不一样。先收到的为准；要改，请在手机里用“编辑”另存一份再交。"
        )
    return Taken(False, "这一份已经收到了。")


def _check_day(campaign: Campaign, at: datetime) -> None:
    today = timezone.localdate(at)
    if today < campaign.opens:
        raise NotAllowed(f"“{campaign.title}”{campaign.opens:%Y-%m-%d}才开始。")
    if campaign.closes and today > campaign.closes + GRACE:
        raise NotAllowed(f"“{campaign.title}”{campaign.closes:%Y-%m-%d}已经截止，没有收。答卷还在手机里，请找镇里。")


@transaction.atomic
def _seal(sent: _Sent) -> Taken:
    _check_fits(sent)
    response, new = record_response(
        by=sent.by, campaign=sent.campaign, place=sent.village, channel=Channel.PHONE, raw=sent.form.raw,
        client_uuid=uuid5(PHONES, f"{sent.campaign.public_id}/{sent.form.instance_id}"), asked=sent.asked,
        beside=bool(sent.more),
    )  # fmt: skip
    if not new:  # another request with it was faster
        return _again(response.phone_submissions.get(instance_id=sent.form.instance_id), sent)
    _keep(sent, response, None)
    return Taken(True, "收到了，谢谢。")


def _check_fits(sent: _Sent) -> None:
    """An answer to an earlier version must still mean something in the present one, or the figures could not use it."""
    if sent.asked.version == sent.campaign.version:
        return
    now = sent.campaign.definition
    optional = [{**question, "required": False} for question in now["questions"]]
    problems = check_answers({**now, "questions": optional}, sent.form.raw).problems
    if problems:
        label, reason = problems[0]
        raise Conflict(f"问卷后来改过，“{label}”这一题对不上了（{reason}）。请在手机里获取新的空白表单重问。")


def _keep(sent: _Sent, response: Response, replaces: PhoneSubmission | None) -> PhoneSubmission:
    return PhoneSubmission.everywhere.create(
        county_id=sent.campaign.county_id, campaign=sent.campaign, response=response, enumerator=sent.by,
        instance_id=sent.form.instance_id, digest=sent.digest, replaces=replaces, received_at=sent.at,
        more=sent.more,
        started_at=_moment(sent.form.times["start"]), ended_at=_moment(sent.form.times["end"]),
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    """A time that the phone noted by itself; what is no time is no time."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


@transaction.atomic
def _correct(sent: _Sent) -> Taken:
    """An edit on the phone becomes a correction beside the sealed answer. Written words stay as they were sealed."""
    before = sent_before(sent.campaign, sent.form.deprecated_id)
    if before is None:
        raise Conflict("要更正的那一份还没有收到。请先把原来那一份交上来，再交更正。")
    if before.enumerator_id != sent.by.pk:
        raise NotAllowed("只能更正自己这部手机交来的答卷。")
    response = Response.everywhere.select_for_update().get(pk=before.response_id)
    if response.place_id != sent.village.pk:
        raise Conflict("更正不能换村。")
    try:
        with transaction.atomic():
            _keep(sent, response, before)
    except IntegrityError:
        known = sent_before(sent.campaign, sent.form.instance_id)
        if known is None:
            raise Conflict("这一份后来已经更正过，请在最新的那一份上再改。") from None
        return _again(known, sent)
    return _set_right(sent, response)


def _set_right(sent: _Sent, response: Response) -> Taken:
    checked = check_answers(sent.asked.definition, sent.form.raw)
    if checked.problems:
        raise UserError("；".join(f"{label}：{reason}" for label, reason in checked.problems))
    before = effective(response)
    names = [question["name"] for question in sent.asked.definition["questions"] if question["kind"] != "text"]
    changes = {name: checked.answers.get(name) for name in names if before.get(name) != checked.answers.get(name)}
    if changes:
        correct_response(by=sent.by, response=response, changes=changes, reason="调查员在手机上更正", at=sent.at)
    words = "" if checked.texts == response.texts else "写下的文字不能更正，仍是原来的。"
    return Taken(True, (f"更正了 {len(changes)} 题，原来的答案仍留着。" if changes else "选择题没有变化。") + words)
