"""Where each bar of a small chart stands; the template only draws."""

from typing import Any

from django import template

register = template.Library()

STEP, THICK, LEFT, ROOM = 48, 22, 108, 205  # a row is as high as a finger is wide


@register.simple_tag
def bars_layout(bars: list[Any]) -> dict[str, Any]:
    """Geometry of horizontal bars for figures with label, value, url and tone; the longest takes all the room."""
    most = max((bar.value for bar in bars), default=0) or 1
    rows = []
    for number, bar in enumerate(bars):
        width = round(ROOM * bar.value / most) if bar.value else 0
        top = number * STEP
        rows.append(
            {
                "label": bar.label, "value": bar.value, "url": bar.url, "tone": bar.tone, "top": top,
                "bar": top + (STEP - THICK) // 2, "text": top + STEP // 2 + 6, "width": width and max(width, 2),
                "end": LEFT + width + 8,
            }
        )  # fmt: skip
    return {"rows": rows, "height": len(bars) * STEP, "step": STEP, "thick": THICK, "left": LEFT, "edge": LEFT - 10}
