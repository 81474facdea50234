"""Items that come again: the next one is added when one is closed."""

import calendar
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from xiangli.ledger.choices import Repeat
from xiangli.ledger.models import LedgerItem
from xiangli.ledger.services.figures import keeps_figures
from xiangli.ledger.services.items import add_item

MONTHS = {Repeat.MONTH: 1, Repeat.QUARTER: 3, Repeat.HALF: 6, Repeat.YEAR: 12}
COPIED = (
    "measure", "source", "programme", "service", "kind", "tags", "repeats", "responsible_unit", "responsible",
    "responsible_name", "liaison", "liaison_name", "planned_fen", "people", "volunteers",
)  # fmt: skip


def next_deadline(deadline: date, repeats: str, today: date) -> date:
    """The first deadline of the series after today: 31 January, monthly, is followed by the last day of February."""
    times = 0
    while True:
        times += 1
        if repeats == Repeat.WEEK:
            found = deadline + timedelta(days=7 * times)
        else:
            year, month = divmod(deadline.year * 12 + deadline.month - 1 + MONTHS[Repeat(repeats)] * times, 12)
            found = date(year, month + 1, min(deadline.day, calendar.monthrange(year, month + 1)[1]))
        if found > today:
            return found


@keeps_figures
def add_next(*, by: Any, item: LedgerItem, now: datetime) -> LedgerItem | None:
    """The next item of a series; None where it is there already (closed, taken back and closed again)."""
    origin = f"repeat:{item.pk}"
    if LedgerItem.everywhere.filter(county_id=item.county_id, place_id=item.place_id, origin=origin).exists():
        return None
    today = localdate(now)
    return add_item(
        by=by, place=item.place, title=item.title, deadline=next_deadline(item.deadline, item.repeats, today), now=now,
        today=today, origin=origin, **{name: getattr(item, name) for name in COPIED},
    )  # fmt: skip
