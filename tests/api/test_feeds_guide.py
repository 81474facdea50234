"""Every address of docs/feeds.md answers."""

import re
from pathlib import Path

import pytest
from django.utils import timezone

from tests.bookings.factories import make_court
from xiangli.bookings.services import add_activity

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"


def test_every_address_of_the_guide_answers(client):
    court, today = make_court(), timezone.localdate()
    made = add_activity(
        by=None, space=court, title="球", weekday=0, start=540, end=600, since=today, now=timezone.now()
    )
    found = re.findall(r"`(/(?:c|api)/[^`]+)`", GUIDE.read_text(encoding="utf-8"))
    names = {"COUNTY": court.county.slug, "CENTRE": court.centre.slug}
    for address in found:
        key = made.pk if "activities" in address else court.pk
        url = address.replace("ID", str(key))
        for name, value in names.items():
            url = url.replace(name, value)
        if not url.endswith(f"/c/{court.county.slug}/{court.centre.slug}/"):
            assert client.get(url).status_code == 200, url
    assert len(found) == 11
