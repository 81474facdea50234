from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from tests.places.factories import make_village
from xiangli.audit.models import Event
from xiangli.audit.queries import timeline
from xiangli.audit.services import record

pytestmark = pytest.mark.django_db


def test_timeline_is_the_events_of_one_object_oldest_first():
    village, other = make_village(), make_village()
    record("places.visited", village, by=None, place=village)
    record("places.visited", other, by=None, place=other)
    assert [event.verb for event in timeline(village)] == ["places.added", "places.visited"]


def test_event_knows_its_county_through_the_place():
    village = make_village()
    assert Event.objects.get(target_id=village.pk, target_type="places.place").county == village.county


@pytest.mark.parametrize("change", [lambda rows: rows.update(verb="x"), lambda rows: rows.delete()])
def test_database_refuses_to_change_an_event(change):
    village = make_village()
    with pytest.raises(DatabaseError, match="rows are never"), transaction.atomic():
        change(Event.objects.filter(target_id=village.pk))


def test_event_older_than_six_months_may_be_deleted():
    village = make_village()
    old = record("places.visited", village, by=None, place=village, at=timezone.now() - timedelta(days=200))
    assert Event.objects.filter(pk=old.pk).delete()[0] == 1


def test_event_outside_a_transaction_is_refused(transactional_db):
    village = make_village()
    with pytest.raises(RuntimeError):
        record("places.visited", village, by=None, place=village)
