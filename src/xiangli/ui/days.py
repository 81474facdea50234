"""A day asked for in an address."""

from datetime import date

from django.utils.dateparse import parse_date


def day_asked(text: str, today: date, *, reach: int) -> date:
    """The day that ``text`` is (2026-06-10) where it lies at most ``reach`` days from today; else today."""
    try:
        day = parse_date(text)
    except ValueError:  # looks like a date and is none
        day = None
    return day if day and abs((day - today).days) <= reach else today
