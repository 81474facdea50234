"""Taking back one's own last step within the day, by a counter-event: nothing is ever removed from the timeline."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from xiangli.audit.models import Event
from xiangli.audit.queries import timeline
from xiangli.core.errors import UserError
from xiangli.ledger.choices import Action
from xiangli.ledger.models import Extension, LedgerItem
from xiangli.ledger.services.figures import keeps_figures
from xiangli.ledger.services.items import change, locked, restored

UNDOABLE = {"ledger.edited", *(f"ledger.{action.value}" for action in Action)}


def last_step(user: Any, item: LedgerItem, now: datetime) -> Event | None:
    """The newest event of the item, if this person did it today and it can be taken back."""
    event = timeline(item).last()
    if event is None or event.verb not in UNDOABLE or event.by_id != user.pk or "before" not in event.data:
        return None
    return event if localdate(event.at) == localdate(now) else None


@keeps_figures
def undo(*, by: Any, item: LedgerItem, now: datetime) -> LedgerItem:
    """Put back what the last step changed. UserError unless it was this person's own, today, and nothing came after."""
    row = locked(item)
    event = last_step(by, row, now)
    if event is None:
        raise UserError("只能撤回您自己今天刚做的最后一步；后面又有人动过，就不能撤了。")
    before = restored(event.data["before"])
    Extension.everywhere.filter(pk=event.data.get("extension", 0), item=row).delete()
    change(row, by=by, now=now, verb="ledger.undone", event={"undoes": event.pk, "step": event.verb}, **before)
    return row
