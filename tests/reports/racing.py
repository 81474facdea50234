"""Run by test_documents in a process of its own: people who issue bulletins of one town at the same moment."""

import sys
from datetime import date
from uuid import uuid4

import django

django.setup()

from tests.ledger.factories import NOW, make_crew, make_item  # noqa: E402 - Django must be set up first
from tests.ledger.racing import at_once  # noqa: E402
from xiangli.audit.models import Event  # noqa: E402
from xiangli.reports import services  # noqa: E402
from xiangli.reports.documents.making import draft_key  # noqa: E402
from xiangli.reports.models import Bulletin  # noqa: E402

PEOPLE, ROUNDS = 3, 8  # twice as many at once: fewer than the pool has connections, or the gate never opens
MONTH = date(2026, 6, 1)


def main() -> None:
    crew = make_crew()
    make_item(crew)
    for _ in range(ROUNDS):
        one = draft_key(crew.town, MONTH)
        keys = [one] * PEOPLE + [uuid4() for _ in range(PEOPLE)]  # half of them look at the same draft
        outcome = at_once(
            *(
                lambda key=key: services.issue_bulletin(
                    by=crew.boss, place=crew.town, month=MONTH, now=NOW, client_uuid=key
                )
                for key in keys
            )
        )
        assert outcome == ["done"] * len(keys), outcome
    numbers = sorted(Bulletin.everywhere.values_list("number", flat=True))
    assert numbers == list(range(1, ROUNDS * (PEOPLE + 1) + 1)), numbers
    assert Event.objects.filter(verb="reports.bulletin_issued").count() == len(numbers)
    sys.stdout.write("as it should be")


if __name__ == "__main__":
    sys.exit(main())
