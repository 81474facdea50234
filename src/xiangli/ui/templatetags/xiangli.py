"""Template tags that every page may use without loading them."""

from datetime import date, datetime
from typing import Any

from django import template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BoundField, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

register = template.Library()

WEEKDAYS = "一二三四五六日"
DASHES = BLANK_CHOICE_DASH[0][1]


@register.filter
def weekday(value: date) -> str:
    """周一 … 周日; of a moment the day that it is in the county, not in Greenwich."""
    if isinstance(value, datetime):
        value = localtime(value)
    return f"周{WEEKDAYS[value.weekday()]}"


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan: 1234500 -> 12,345 元; nothing where there is no amount."""
    if fen is None:
        return "—"
    whole, cents = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{whole:,}{f'.{cents:02d}' if cents else ''} 元"


@register.filter
def percent(share: float | str | None, places: int = 0) -> str:
    """A share as per cent: 0.537 -> 54%; nothing where there is none (a template says "" for what it does not find)."""
    return f"{share * 100:.{places}f}%" if isinstance(share, int | float) else "—"


@register.filter
def points(share: float | None) -> str:
    """A difference of shares in percentage points with its sign: 0.052 -> +5.2; nothing where there is none."""
    if share is None:
        return "—"
    tenths = round(1000 * share)
    return f"{tenths / 10:+.1f}" if tenths else "0"


@register.filter
def clock(value: datetime) -> str:
    """Time of day in the county's time zone, 24-hour clock: 8:30."""
    return localtime(value).strftime("%-H:%M")


@register.simple_tag
def keep(text: object) -> SafeString:
    """A place's name: no browser translates it; in Traditional it is written by the rule for names."""
    return format_html('<span translate="no" data-name>{}</span>', text)


@register.inclusion_tag("ui/_field.html")
def field(bound_field: BoundField) -> dict[str, object]:
    """A form field with label above, help below and errors in words; works without JavaScript."""
    _say_nothing_chosen(bound_field.field)
    if bound_field.errors:  # the page opens at the first field that is wrong, however far down it stands
        bound_field.field.widget.attrs["autofocus"] = True
    return {"field": bound_field}


def _say_nothing_chosen(asked: Any) -> None:
    """A list's empty choice in words, where it would be Django's row of dashes."""
    words = "请选择" if asked.required else "不填"
    if getattr(asked, "empty_label", None) == DASHES:
        asked.empty_label = words
    elif isinstance(asked.widget, Select) and not hasattr(asked, "empty_label"):
        asked.widget.choices = [(value, words if label == DASHES else label) for value, label in asked.widget.choices]
