"""Run by test_faults in a process of its own: people who do the same thing, or opposite things, at the same moment."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection, connections, transaction  # noqa: E402 - Django must be set up first

from tests.ledger.factories import NOW, TODAY, asked, make_crew, make_item  # noqa: E402
from tests.places.factories import make_staff, make_town, make_village  # noqa: E402
from xiangli.accounts.choices import Role  # noqa: E402
from xiangli.audit.queries import timeline  # noqa: E402
from xiangli.core.errors import UserError  # noqa: E402
from xiangli.ledger import services  # noqa: E402
from xiangli.ledger.models import Dependency, LedgerItem  # noqa: E402
from xiangli.places.services import move  # noqa: E402

ROUNDS = 12


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What became of each: "done", "told" (a UserError) or the name of what went wrong."""
    gate = threading.Barrier(len(acts))
    found = [""] * len(acts)

    def one(number: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait()
            act()
            found[number] = "done"
        except UserError:
            found[number] = "told"
        except Exception as error:
            found[number] = repr(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def close_twice(crew: Any) -> None:
    for _ in range(ROUNDS):
        item = asked(crew)
        mine, yours = (LedgerItem.everywhere.get(pk=item.pk) for _ in range(2))
        outcome = at_once(
            lambda item=mine: services.close(by=crew.judge, item=item, now=NOW),
            lambda item=yours: services.close(by=crew.boss, item=item, now=NOW),
        )
        assert outcome == ["done", "told"], outcome
        assert timeline(item).filter(verb="ledger.close").count() == 1


def half_circles(crew: Any) -> None:
    for _ in range(ROUNDS):
        a, b, c = (make_item(crew, name) for name in "甲乙丙")
        services.add_dependency(by=crew.boss, item=c, needs=b, now=NOW)
        outcome = at_once(
            lambda a=a, c=c: services.add_dependency(by=crew.boss, item=a, needs=c, now=NOW),
            lambda b=b, a=a: services.add_dependency(by=crew.boss, item=b, needs=a, now=NOW),
        )
        assert outcome == ["done", "told"], outcome
    assert Dependency.everywhere.count() == 2 * ROUNDS


def writers(crew: Any, people: int, each: int) -> None:
    """Everybody adds, notes and moves in towns of one county, and the night comes in between."""
    towns = [make_town(crew.town.county, f"t{n}", f"镇{n}") for n in range(3)]
    villages = [make_village(town) for town in towns]
    for place in villages:
        make_item(crew, place=place)

    boss = make_staff(Role.COUNTY, crew.town.county)

    def person(number: int) -> None:
        for n in range(each):
            item = make_item(crew, f"{number}-{n}", place=villages[(number + n) % 3], days=n)
            services.note(by=boss, item=item, now=NOW, text="在干")
            services.start(by=boss, item=item, now=NOW)
            ours = LedgerItem.everywhere.filter(title__startswith=f"{number}-")
            services.assign_many(by=boss, items=list(ours.select_related("place")), now=NOW, tags=f"第{n}次")

    def night() -> None:
        for n in range(each):
            services.bring_up(crew.town.county, TODAY + timedelta(days=n % 3))

    outcome = at_once(*(lambda number=number: person(number) for number in range(people)), night)
    assert outcome == ["done"] * (people + 1), outcome
    county = crew.town.county
    assert LedgerItem.everywhere.filter(tags__startswith="第").count() == people * each
    assert services.drift(county) == [], services.drift(county)


def village_moves_while_an_item_is_written(crew: Any) -> None:
    """The note has looked where its village lies before the move commits, and counts after."""
    other = make_town(crew.town.county, "other", "另一个镇")
    make_item(crew, place=make_village(other))  # the other town has its row already
    village = make_village(crew.town)
    item = make_item(crew, place=village, granted_fen=900)
    moved = threading.Event()

    def slow_move() -> None:
        with transaction.atomic():
            move(by=None, place=village, to=other, on=TODAY)
            moved.set()
            time.sleep(0.5)

    def note() -> None:
        moved.wait()
        services.note(by=crew.boss, item=item, now=NOW, text="花了", spent_fen=100)

    assert at_once(slow_move, note) == ["done", "done"]
    assert services.drift(crew.town.county) == [], services.drift(crew.town.county)


def main() -> None:
    crew = make_crew()
    village_moves_while_an_item_is_written(crew)
    close_twice(crew)
    half_circles(crew)
    writers(crew, 6, 4)
    sys.stdout.write("as it should be")


if __name__ == "__main__":
    sys.exit(main())
