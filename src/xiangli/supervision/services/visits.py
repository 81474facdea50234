"""Visits, their findings, and going back. Whatever is sent twice is written once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.ledger.choices import Source, State
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services import add_evidence, add_item, reopen
from xiangli.places.models import Place
from xiangli.supervision.choices import VisitKind
from xiangli.supervision.models import Finding, LiaisonVisit, LookBack
from xiangli.supervision.queries.visits import known_visits


@transaction.atomic
def record_visit(
    *,
    by: Any,
    place: Place,
    visited_on: date,
    client_uuid: UUID,
    now: datetime,
    seen: str = "",
    problem: str = "",
    measure: str = "",
    unit: str = "",
    deadline: date | None = None,
    photo: bytes = b"",
    visitor: Any = None,
) -> LiaisonVisit:
    """Write down a visit; a problem found becomes a ledger item at once. The same form sent twice is one visit.

    ``visitor``: who went, where somebody else types it in. Raises UserError for a visit in the future or a problem
    without a deadline.
    """
    _check(visited_on, now, problem, deadline)
    visit, created = _visit(by, place, visited_on, client_uuid, now, seen=seen.strip(), visitor=visitor or by)
    if created and problem.strip():
        _find(by, visit, None, now, problem, measure, unit, deadline, photo)
    return visit


@transaction.atomic
def record_visits(*, by: Any, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """A printed list typed in: all of its rows or none. ``rows``: the arguments of ``record_visit`` but by and now.

    Returns how many were not there before. A UserError names the village.
    """
    known = known_visits([row["client_uuid"] for row in rows])
    for row in rows:
        try:
            record_visit(by=by, now=now, **row)
        except UserError as error:
            raise UserError(f"{row['place'].name}：{error}") from error
    return len({row["client_uuid"] for row in rows} - known)


@transaction.atomic
def add_finding(
    *, by: Any, visit: LiaisonVisit, client_uuid: UUID, now: datetime, problem: str, deadline: date, measure: str = "",
    unit: str = "", photo: bytes = b"",
) -> Finding:  # fmt: skip
    """One more problem of a visit. The same form sent twice is one problem. Raises UserError as ``record_visit``."""
    if not problem.strip():
        raise UserError("请写发现了什么问题。")
    _check(visit.visited_on, now, problem, deadline)
    LiaisonVisit.everywhere.select_for_update().get(pk=visit.pk)
    there = Finding.everywhere.filter(county=visit.county_id, client_uuid=client_uuid).first()
    return there or _find(by, visit, client_uuid, now, problem, measure, unit, deadline, photo)


@transaction.atomic
def look_back(
    *, by: Any, item: LedgerItem, visited_on: date, client_uuid: UUID, now: datetime, holds: bool, seen: str = ""
) -> LookBack:
    """Somebody went back to a closed item. Where it does not hold, the item is reopened with what was seen.

    Raises UserError for an item that is not closed, or one that does not hold without a word why.
    """
    _check(visited_on, now, "", None)
    visit, created = _visit(
        by, item.place, visited_on, client_uuid, now, seen=seen.strip(), kind=VisitKind.LOOK_BACK, visitor=by
    )
    if not created:
        return visit.look_back
    item.refresh_from_db(fields=["state"])
    if item.state != State.CLOSED:
        raise UserError("这个事项还没有销号，不用回头看。")
    if not holds:
        reopen(by=by, item=item, now=now, reason=seen)
    found = LookBack.everywhere.create(county_id=visit.county_id, visit=visit, item=item, holds=holds)
    record("supervision.looked_back", found, by=by, at=now, place=item.place, holds=holds, item=item.pk)
    return found


def _check(visited_on: date, now: datetime, problem: str, deadline: date | None) -> None:
    if visited_on > localdate(now):
        raise UserError("走访日期不能在今天以后。")
    if problem.strip() and deadline is None:
        raise UserError("发现了问题，就要写完成时限。")


def _visit(
    by: Any, place: Place, visited_on: date, client_uuid: UUID, now: datetime, **fields: Any
) -> tuple[LiaisonVisit, bool]:
    fields |= {"place": place, "visited_on": visited_on}
    visit, created = LiaisonVisit.everywhere.get_or_create(
        county_id=place.county_id or place.pk, client_uuid=client_uuid, defaults=fields
    )
    if created:
        record("supervision.visited", visit, by=by, at=now)
    return visit, created


def _find(
    by: Any, visit: LiaisonVisit, client_uuid: UUID | None, now: datetime, problem: str, measure: str, unit: str,
    deadline: date | None, photo: bytes,
) -> Finding:  # fmt: skip
    assert deadline  # checked by the caller
    item = add_item(
        by=by, place=visit.place, title=problem.strip(), measure=measure.strip(), responsible_unit=unit.strip(),
        deadline=deadline, source=Source.FINDING, now=now, today=visit.visited_on,
    )  # fmt: skip
    found = Finding.everywhere.create(county_id=visit.county_id, visit=visit, item=item, client_uuid=client_uuid)
    if photo:
        add_evidence(by=by, item=item, now=now, kind="before", content=photo)
    return found
