"""Steps of a case. Each takes ``by=`` and ``now=``, checks the rules under lock, writes the step and its event."""

import secrets
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from xiangli.audit.services import record
from xiangli.cases import queries
from xiangli.cases.choices import Channel, Rating, State, Step
from xiangli.cases.models import Case, CaseEvent, CaseLimits
from xiangli.cases.rules import MOVES
from xiangli.core.redaction import mask_mobile_numbers, redact
from xiangli.places.calendar import add_working_days
from xiangli.places.models import Centre, Place

RECEIPT_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"  # none that look alike when read from paper: 26 ** 10 receipts


SENT_ALREADY = "这一页刚才已经交上过一封（回执号 {}）。您现在写的是另一封，还没有交；还要交，请再点一次。"


class CaseError(ValueError):
    """A step that cannot be taken; the message is for the user."""


def new_receipt() -> str:
    return "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(10))


@transaction.atomic
def file_case(
    *,
    by: Any,
    centre: Centre,
    kind: str,
    text: str,
    client_uuid: UUID,
    now: datetime,
    channel: str = Channel.WEB,
    contact_name: str = "",
    contact_phone: str = "",
    may_publish: bool = False,
) -> Case:
    """Take a resident's message in. The same ``client_uuid`` again returns the message already there; with other words
    (somebody went back in the browser to write another one) it is refused, so that no message is lost unseen.

    Id-card numbers never reach the database. ``by`` is the member of staff who writes for the resident, or None.
    """
    limits = queries.limits(centre.county)
    case = Case(
        county=centre.county,
        place=centre.place,
        centre=centre,
        receipt=new_receipt(),
        client_uuid=client_uuid,
        channel=Channel(channel),
        kind=kind,
        text=_clean(text),
        contact_name=_clean(contact_name),
        contact_phone=_clean(contact_phone),
        may_publish=may_publish,
        filed_at=now,
        filed_by=by,
        due=add_working_days(centre.county, localdate(now), limits.accept_days),
    )
    if not case.text:
        raise CaseError("请写下要说的事。")
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:
        before = Case.everywhere.get(county=centre.county, client_uuid=client_uuid)
        if (before.centre_id, before.text) != (centre.pk, case.text):
            raise CaseError(SENT_ALREADY.format(before.receipt)) from None
        return before
    _note(case, Step.FILED, by=by, now=now, shown=True)
    return case


def _note(case: Case, step: Step, *, by: Any, now: datetime, text: str = "", shown: bool = False) -> CaseEvent:
    """Write one step and its event. The event carries no words: it outlives their retention."""
    record(f"cases.{step.value}", case, by=by, at=now, state=case.state)
    return CaseEvent.everywhere.create(
        county=case.county, case=case, step=step, at=now, by=by, text=text, shown=shown, due=case.due
    )


def _locked(case: Case, step: Step) -> Case:
    """The case as it is now, locked, when ``step`` may follow; two people at once: the second is told."""
    current = (
        Case.everywhere.select_for_update(of=("self",)).select_related("place", "county", "centre").get(pk=case.pk)
    )
    if current.state not in MOVES[step][0]:
        raise CaseError(f"这封来信现在是“{current.get_state_display()}”，不能再做“{step.label}”。请看最新进展。")
    return current


def _clean(text: str) -> str:
    """Without id-card numbers: these are never stored."""
    return redact(text.strip())[0]


def _words(text: str, what: str) -> str:
    clean = _clean(text)
    if not clean:
        raise CaseError(f"请写明{what}。")
    return clean


def _after(case: Case, days: int, now: datetime) -> date:
    return add_working_days(case.county, localdate(now), days)


@transaction.atomic
def accept(*, by: Any, case: Case, now: datetime) -> Case:
    """受理: from now on the county's limit for a reply runs."""
    case = _locked(case, Step.ACCEPTED)
    case.state = State.ACCEPTED
    case.due = _after(case, queries.limits(case.county).reply_days, now)
    case.save()
    _note(case, Step.ACCEPTED, by=by, now=now, shown=True)
    return case


@transaction.atomic
def decline(*, by: Any, case: Case, reason: str, now: datetime) -> Case:
    """不予受理: always with a reason that the resident reads."""
    case = _locked(case, Step.DECLINED)
    reason = _words(reason, "不予受理的理由")
    case.state, case.closed_at, case.due = State.DECLINED, now, None
    case.save()
    _note(case, Step.DECLINED, by=by, now=now, text=reason, shown=True)
    return case


@transaction.atomic
def dispatch(*, by: Any, case: Case, handler: Any, now: datetime, note: str = "") -> Case:
    """派单: give the case to one person who works for the place."""
    case = _locked(case, Step.DISPATCHED)
    if not queries.handlers_for(case.place).filter(pk=handler.pk).exists():
        raise CaseError(f"{handler} 不负责{case.place}，不能派单。")
    case.state, case.handler = State.DISPATCHED, handler
    case.save()
    _note(case, Step.DISPATCHED, by=by, now=now, text=_clean(note))
    return case


@transaction.atomic
def take_on(*, by: Any, case: Case, now: datetime) -> Case:
    """受理、派给自己、开始办理 in one: what village staff do with most messages."""
    case = accept(by=by, case=case, now=now)
    case = dispatch(by=by, case=case, handler=by, now=now)
    return start(by=by, case=case, now=now)


@transaction.atomic
def send_back(*, by: Any, case: Case, reason: str, now: datetime) -> Case:
    """退单: not ours, with the reason; the limit keeps running."""
    case = _locked(case, Step.RETURNED)
    reason = _words(reason, "退单的理由")
    case.state, case.handler = State.RETURNED, None
    case.save()
    _note(case, Step.RETURNED, by=by, now=now, text=reason)
    return case


@transaction.atomic
def start(*, by: Any, case: Case, now: datetime) -> Case:
    case = _locked(case, Step.STARTED)
    case.state = State.WORKING
    case.save()
    _note(case, Step.STARTED, by=by, now=now, shown=True)
    return case


@transaction.atomic
def extend(*, by: Any, case: Case, days: int, reason: str, now: datetime) -> Case:
    """延期 by ``days`` working days from the present limit, with a reason that the resident reads too."""
    case = _locked(case, Step.EXTENDED)
    reason = _words(reason, "延期的理由")
    if not 1 <= days <= 30:
        raise CaseError("延期要在 1 到 30 个工作日之间。")
    assert case.due  # the database keeps a limit on every open case
    case.due = add_working_days(case.county, max(case.due, localdate(now)), days)
    case.save()
    _note(case, Step.EXTENDED, by=by, now=now, text=reason, shown=True)
    return case


@transaction.atomic
def reply(*, by: Any, case: Case, text: str, now: datetime) -> Case:
    """回复. Afterwards the resident may ask further until it is closed."""
    case = _locked(case, Step.REPLIED)
    text = _words(text, "答复")
    case.state, case.replied_at = State.REPLIED, now
    case.handler = case.handler or by
    case.due = _after(case, queries.limits(case.county).close_days, now)
    case.save()
    _note(case, Step.REPLIED, by=by, now=now, text=text, shown=True)
    return case


@transaction.atomic
def follow_up(*, by: Any, case: Case, text: str, now: datetime) -> Case:
    """追问 by the resident (``by`` None) or written down for the resident."""
    case = _locked(case, Step.FOLLOWED_UP)
    text = _words(text, "要追问的事")
    case.state = State.FOLLOW_UP
    case.due = _after(case, queries.limits(case.county).follow_up_days, now)
    case.save()
    _note(case, Step.FOLLOWED_UP, by=by, now=now, text=text, shown=True)
    return case


@transaction.atomic
def close(*, by: Any, case: Case, now: datetime) -> Case:
    """办结: only after a reply."""
    case = _locked(case, Step.CLOSED)
    case.state, case.closed_at, case.due = State.CLOSED, now, None
    case.save()
    _note(case, Step.CLOSED, by=by, now=now, shown=True)
    return case


@transaction.atomic
def call_back(*, by: Any, case: Case, solved: bool, text: str, now: datetime) -> Case:
    """回访 by someone other than the handler. Not solved: the case is open again, with a new limit."""
    case = _locked(case, Step.CALLED_BACK)
    if case.handler_id == by.pk:
        raise CaseError("谁办理的，不能由谁来回访。请换一位同事。")
    if not solved:
        case.state, case.closed_at = State.FOLLOW_UP, None
        case.due = _after(case, queries.limits(case.county).follow_up_days, now)
        text = _words(text, "还没解决的是什么")
    else:
        case.called_back_at, case.called_back_by = now, by
    case.save()
    _note(case, Step.CALLED_BACK, by=by, now=now, text=_clean(text), shown=not solved)
    return case


@transaction.atomic
def rate(*, by: Any, case: Case, rating: str, now: datetime) -> Case:
    """评价 by the resident, once."""
    case = _locked(case, Step.RATED)
    if case.rating:
        raise CaseError("已经评价过了，谢谢。")
    case.rating = Rating(rating)
    case.save()
    _note(case, Step.RATED, by=by, now=now, text=case.get_rating_display(), shown=True)
    return case


def draft_for_public(case: Case) -> tuple[str, str]:
    """Question and reply as they could be published: contact taken out, numbers masked. A person reads them over."""
    last = case.events.filter(step=Step.REPLIED).last()
    return _anonymous(case, case.text), _anonymous(case, last.text if last else "")


def _anonymous(case: Case, text: str) -> str:
    for private in (case.contact_name, case.contact_phone):
        if len(private) > 1:
            text = text.replace(private, "（略）")
    return mask_mobile_numbers(_clean(text))


@transaction.atomic
def publish(*, by: Any, case: Case, question: str, answer: str, now: datetime) -> Case:
    """公开 question and answer on the centre's page: only where the resident agreed, and without a name."""
    case = _locked(case, Step.PUBLISHED)
    if not case.may_publish:
        raise CaseError("来信人没有同意公开。")
    case.public_question = _anonymous(case, _words(question, "公开的来信"))
    case.public_reply = _anonymous(case, _words(answer, "公开的答复"))
    case.published_at = now
    case.save()
    _note(case, Step.PUBLISHED, by=by, now=now)
    return case


@transaction.atomic
def set_limits(*, by: Any, county: Place, **days: int) -> CaseLimits:
    """The county's limits in working days: accept_days, reply_days, follow_up_days, close_days."""
    row, _ = CaseLimits.everywhere.update_or_create(county=county, defaults=days)
    record("cases.limits_set", row, by=by, place=county, days=days)
    return row
