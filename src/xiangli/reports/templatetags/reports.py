"""Where each bar of a small chart stands; the template only draws."""

from typing import Any

from django import template

from xiangli.core.money import yuan_short
from xiangli.ledger.choices import State

register = template.Library()

WHOLE = 360  # width of a drawing: the narrowest phone shows it one to one
# How far an item has come, from done to not begun, and its tone
PARTS = (
    (State.CLOSED, "good"), (State.CLOSE_REQUESTED, "asked"), (State.IN_PROGRESS, "at-work"), (State.RETURNED, "warn"),
    (State.REOPENED, "bad"), (State.NOT_STARTED, "grey"),
)  # fmt: skip


@register.simple_tag
def states_layout(sums: dict[str, int]) -> dict[str, Any]:
    """One bar in parts, for the states that have items; each at least wide enough to be seen."""
    rows = []
    left = 0.0
    for state, tone in PARTS:
        if not sums[state]:
            continue
        width = max(WHOLE * sums[state] / sums["total"], 3)
        rows.append(
            {
                "label": state.label,
                "state": state.value,
                "value": sums[state],
                "tone": tone,
                "left": round(left, 1),
                "width": round(width, 1),
            }
        )
        left += width
    return {"rows": rows, "width": max(round(left, 1), 1)}


@register.simple_tag
def money_layout(sums: dict[str, int]) -> list[dict[str, Any]]:
    """Planned, granted, spent as three bars on one scale."""
    amounts = [("计划", "planned_fen", "grey"), ("到位", "granted_fen", "good"), ("已用", "spent_fen", "warn")]
    most = max(sums[name] for _, name, _ in amounts) or 1
    return [
        {
            "label": label, "text": yuan_short(sums[name]), "tone": tone, "top": 34 * number,
            "width": round(200 * sums[name] / most), "middle": 34 * number + 21, "bar": 34 * number + 6,
        }
        for number, (label, name, tone) in enumerate(amounts)
    ]  # fmt: skip


@register.simple_tag
def months_layout(months: list[tuple[Any, int]]) -> list[dict[str, Any]]:
    """One column a month, the tallest taking all the height; the first is late or nearly so."""
    most = max((count for _, count in months), default=0) or 1
    return [
        {
            "label": f"{month.month}月", "value": count, "left": 60 * number + 12, "middle": 60 * number + 30,
            "height": round(80 * count / most), "top": 100 - round(80 * count / most),
            "tone": "" if number else "bad",
        }
        for number, (month, count) in enumerate(months)
    ]  # fmt: skip


TILE, GAP, ACROSS = 68, 4, 5


@register.simple_tag
def tiles_layout(rows: list[Any]) -> dict[str, Any]:
    """A schematic map: one tile a place, where the town put it (column and row), else in the order of the tree."""
    placed = [row for row in rows if row.place.map_column and row.place.map_row]
    taken = {(row.place.map_column - 1, row.place.map_row - 1) for row in placed}
    below = max((y for _, y in taken), default=-1) + 1
    rest = iter((n % ACROSS, below + n // ACROSS) for n in range(len(rows)))
    tiles = []
    for row in rows:
        is_placed = row.place.map_column and row.place.map_row
        x, y = (row.place.map_column - 1, row.place.map_row - 1) if is_placed else next(rest)
        name = row.place.label
        tiles.append({
            "row": row, "x": x * (TILE + GAP), "y": y * (TILE + GAP), "name": name if len(name) <= 4 else name[:4],
            "middle": x * (TILE + GAP) + TILE // 2,
        })  # fmt: skip
    return {
        "tiles": tiles, "tile": TILE,
        "width": max([ACROSS * (TILE + GAP) - GAP, *(t["x"] + TILE for t in tiles)]),  # one tile does not fill a page
        "height": max((t["y"] for t in tiles), default=0) + TILE,
    }  # fmt: skip
