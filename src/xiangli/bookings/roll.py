"""The list of those expected at one date, to be ticked on paper and typed up afterwards in one go."""

from pathlib import Path
from typing import Any

from xiangli.bookings.models import Activity
from xiangli.bookings.queries import Happening, expected_at
from xiangli.core.paper import check_printable, set_pdf
from xiangli.opening.wording import WEEKDAYS

TEMPLATE = Path(__file__).with_name("roll.typ")
SPARE = 8  # empty lines for those who come without having signed up


def roll_data(activity: Activity, item: Happening) -> dict[str, Any]:
    """What the list says. The telephone stays off the paper, which lies about: the page has it."""
    people = expected_at(activity, item.booking)
    lines = [{"number": str(n), "name": one.called or one.code, "code": one.code} for n, one in enumerate(people, 1)]
    day = f"{item.starts:%-m月%-d日} 周{WEEKDAYS[item.starts.weekday()]} {item.starts:%-H:%M}–{item.ends:%-H:%M}"
    return {
        "title": activity.title, "centre": activity.centre.name, "day": day, "room": item.space.name,
        "by": activity.specialist, "materials": activity.materials, "helpers": activity.helpers, "lines": lines,
        "spare": SPARE,
    }  # fmt: skip


def roll_pdf(activity: Activity, item: Happening) -> bytes:
    """The list as PDF, A4, as many pages as it takes. Raises UserError for signs that the font cannot print."""
    data = roll_data(activity, item)
    check_printable(data, "点名单")
    return set_pdf(TEMPLATE, data)
