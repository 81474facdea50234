"""Loads the whole demonstration: each room's part in the order of the work. All of it is invented and says so."""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from importlib.util import find_spec

from django.db import transaction

from xiangli.accounts.models import User
from xiangli.demo.people import load_people
from xiangli.demo.places import load_places
from xiangli.places.models import Place

# Each module has load(*, town, users, today): one room's share of the demonstration.
ROOMS = ["surveys", "planning", "ledger", "supervision", "opening", "bookings", "canteen", "cases", "news", "reports"]


def load(*, today: date, password: str, say: Callable[[str], None] = lambda text: None) -> Place:
    """Fill an empty database. Returns the town. All or nothing."""
    with transaction.atomic():
        say("地点、服务目录与人口")
        town = load_places(by=None)
        users = load_people(town=town, today=today, password=password)
        for room in ROOMS:
            name = f"xiangli.demo.{room}"
            if find_spec(name):
                module = import_module(name)
                say(module.WHAT)
                module.load(town=town, users=users, today=today)
    return town


def is_loaded() -> bool:
    return User.objects.exists()
