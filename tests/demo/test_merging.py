"""A county with everything in it goes into another one: every row follows, whatever guards it, and says the same."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.places.factories import make_county
from xiangli.canteen.models import Canteen, PointsAccount, PointsPosting
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.points import balances
from xiangli.core.errors import UserError
from xiangli.demo.loader import load
from xiangli.ledger.services import drift
from xiangli.places.models import Place
from xiangli.places.scope import ScopedModel
from xiangli.places.services import merge
from xiangli.surveys.models import Response

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def triggers() -> list[str]:
    """The guards of all tables, as the database has them now."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        else:
            cursor.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname")
        return [str(row) for row in cursor.fetchall()]


def sealed() -> list[tuple]:
    return list(Response.everywhere.order_by("pk").values_list("pk", "place", "answers", "created_at"))


def points() -> dict[int, dict]:
    return {canteen.pk: balances(canteen, timezone.localdate()) for canteen in Canteen.everywhere.order_by("pk")}


def test_whole_county_merges_with_sealed_answers_points_and_all():
    load(today=timezone.localdate(), password="only-for-this-test-1")
    old = Place.objects.get(slug="mengjin", level="county")
    into = make_county("new-county", "新区")
    before = (triggers(), sealed(), points())
    assert sealed()
    assert PointsPosting.everywhere.exists()
    merge(by=None, places=[old], into=into, on=timezone.localdate())
    assert (triggers(), sealed(), points()) == before
    left = {
        model._meta.label: model.everywhere.filter(county=old).count()
        for model in apps.get_models()
        if issubclass(model, ScopedModel) and model.PLACE != "county" and not getattr(model, "DERIVED", False)
    }
    assert {label: count for label, count in left.items() if count} == {}
    assert Response.objects.within(into).count() == Response.everywhere.count()
    for canteen in Canteen.everywhere.all():
        assert check_points(canteen, timezone.localdate()) == []
    assert drift(into) == []
    for model in (Response, PointsPosting, PointsAccount):  # the guards stand again
        with pytest.raises(IntegrityError), transaction.atomic():
            model.everywhere.update(county=old)


def test_merger_that_is_refused_leaves_the_guards_standing(monkeypatch):
    load(today=timezone.localdate(), password="only-for-this-test-1")
    old, into = Place.objects.get(slug="mengjin", level="county"), make_county("new-county", "新区")
    before = triggers()

    def refuse(*_):
        raise UserError("不行")

    monkeypatch.setattr("xiangli.places.services.changing._hand_over_codes", refuse)
    with pytest.raises(UserError, match="不行"), transaction.atomic():
        merge(by=None, places=[old], into=into, on=timezone.localdate())
    assert triggers() == before
    assert not Response.everywhere.filter(county=into).exists()
