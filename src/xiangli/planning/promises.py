"""What the town has promised already, as the rooms that make the promises tell it.

Bookings, activities and closures belong to later rooms, and a plan must leave their time alone. Planning says here what
it wants to know; the settings name the function that answers (``PROMISES``), as they do for names that the script
converter must not touch. Nothing of the later rooms is imported.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Promise:
    """A stretch of a weekday (0 is Monday; minutes from midnight) in a space (primary key) that is promised.

    ``service``: key of the service that takes place then, if one does: it meets needs.
    """

    space: int
    weekday: int
    start: int
    end: int
    title: str
    kind: Literal["activity", "booking"] = "booking"
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Shut:
    """A stretch of a weekday in which a space is closed for a time that was announced."""

    space: int
    weekday: int
    start: int
    end: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """All promises of a town. Those of one space do not overlap one another, nor what is shut."""

    promises: tuple[Promise, ...] = ()
    shut: tuple[Shut, ...] = ()


def promised(town: Any, today: date, *, lasting: bool = False) -> Promised:
    """What is promised in the weeks from ``today`` on. ``lasting``: only what holds in every one of them."""
    return import_string(settings.PROMISES)(town, today, lasting=lasting)
