"""The same step for many items at once: those for which it cannot be are named with the reason, the rest is done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from xiangli.core.errors import UserError
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.rules import may_edit
from xiangli.ledger.services.figures import keeps_figures
from xiangli.ledger.services.items import edit, extend


@dataclass(slots=True)
class Done:
    """How many items were changed, and what was said about the others: (item, reason)."""

    count: int = 0
    refused: list[tuple[LedgerItem, str]] = field(default_factory=list)


def _each(by: Any, items: Iterable[LedgerItem], step: Callable[[LedgerItem], Any]) -> Done:
    """In the order of their numbers, so that two people with many items each cannot wait for each other."""
    done = Done()
    for item in sorted(items, key=lambda item: item.pk):
        if not may_edit(by, item):
            done.refused.append((item, "已经销号" if item.is_closed else "要由乡镇来改"))
            continue
        try:
            with transaction.atomic():
                step(item)
            done.count += 1
        except UserError as error:
            done.refused.append((item, str(error)))
    return done


@keeps_figures
def assign_many(*, by: Any, items: Iterable[LedgerItem], now: datetime, **fields: Any) -> Done:
    """Give many items a person, a unit, a liaison officer, a programme or tags; ``fields`` as for ``edit``."""
    return _each(by, items, lambda item: edit(by=by, item=item, now=now, **fields))


@keeps_figures
def extend_many(*, by: Any, items: Iterable[LedgerItem], now: datetime, deadline: date, reason: str) -> Done:
    """Agree one later deadline for many items, with one reason."""
    return _each(by, items, lambda item: extend(by=by, item=item, now=now, deadline=deadline, reason=reason))
