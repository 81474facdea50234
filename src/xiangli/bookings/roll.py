"""The list of those expected at one date, to be ticked on paper and typed up afterwards in one go."""

import json
import tempfile
from pathlib import Path
from typing import Any

from xiangli.bookings.models import Activity
from xiangli.bookings.queries import Happening, expected_at
from xiangli.core.errors import UserError
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
    import typst

    from xiangli.fonts import FONT_DIR, FONT_FAMILY, missing_characters

    data = roll_data(activity, item)
    if missing := missing_characters(json.dumps(data, ensure_ascii=False)):
        raise UserError(f"字体里没有这些字，点名单印不出来：{missing}")
    with tempfile.TemporaryDirectory(prefix="xiangli-roll-") as folder:
        root = Path(folder)
        (root / "roll.typ").write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        text = json.dumps({**data, "font": FONT_FAMILY}, ensure_ascii=False)
        (root / "data.json").write_text(text, encoding="utf-8")
        pdf, warnings = typst.compile_with_warnings(
            str(root / "roll.typ"), root=folder, font_paths=[str(FONT_DIR)], ignore_system_fonts=True, format="pdf"
        )
    if warnings:
        raise UserError(f"点名单没有排好：{warnings[0]}")
    return bytes(pdf)
