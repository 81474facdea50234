"""The purge, over every field that is declared personal: blank when past its retention, untouched before."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from xiangli.accounts.models import User
from xiangli.audit.services import personal_fields, purge
from xiangli.bookings.models import Booking, SignUp
from xiangli.canteen.models import Diner, DinerNeeds, PointsAccount, PointsObjection
from xiangli.cases.models import Case
from xiangli.demo.loader import load
from xiangli.ledger.models import LedgerItem, SheetImport
from xiangli.reports.models import StaffDigest
from xiangli.surveys.models import (
    Campaign,
    DoubtfulMark,
    PhoneSubmission,
    ScanBatch,
    SheetReading,
    WrittenText,
)
from xiangli.surveys.services import add_enumerator, record_response

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Rows = dict[str, dict[int, tuple[Any, datetime | None]]]  # field -> row -> (value, since when)


@pytest.fixture
def demonstration() -> None:
    """Rows of every kind that keep personal data; what the demonstration leaves blank is filled in."""
    load(today=timezone.localdate(), password="only-for-this-test-1")
    campaign = Campaign.everywhere.get()
    village = campaign.place.children.order_by("path")[0]
    ScanBatch.everywhere.create(county=campaign.county, campaign=campaign, place=village, archive="scans/none")
    county, now = campaign.county, timezone.now()
    response, _ = record_response(
        by=None, campaign=campaign, place=village, channel="web", raw={"say": "路灯不亮"}, client_uuid=uuid4()
    )
    phone = add_enumerator(by=None, campaign=campaign, place=village, label="调查员 1 号").enumerator
    PhoneSubmission.everywhere.create(
        county=county, campaign=campaign, response=response, instance_id="1", digest="0", enumerator=phone,
        started_at=now, ended_at=now, more={"note": "甲"},
    )  # fmt: skip
    reading = SheetReading.everywhere.create(
        county=county, campaign=campaign, place=village, version=1, sheet=1, file="1.jpg"
    )
    DoubtfulMark.everywhere.create(
        county=county, reading=reading, question="needs", option="chess", crop=b"png", marked=True, decided_at=now
    )
    WrittenText.everywhere.create(
        county=county, reading=reading, question="say", crop=b"png", text="路灯不亮", typed_at=now
    )
    StaffDigest.everywhere.get_or_create(  # the demonstration makes digests on working days only
        user=User.objects.order_by("pk")[0], day=timezone.localdate(),
        defaults={"county": county, "place": village, "content": [{"title": "甲"}], "made_at": now},
    )  # fmt: skip
    PointsAccount.everywhere.filter(kind="passbook").update(holder="丙", closed_at=now)
    Diner.everywhere.update(label="丙", left_at=now)
    DinerNeeds.everywhere.update(address="东头", diets=["soft"])
    PointsObjection.everywhere.update(reason="丁")
    assert PointsObjection.everywhere.exclude(decided_at=None).exists()
    Booking.everywhere.filter(activity=None).update(
        on_behalf_of="甲", contact_phone="0379-0", card_number="7", request_digest="d", came=False
    )
    SignUp.everywhere.update(called="甲", contact_phone="0379-0")
    Case.everywhere.exclude(closed_at=None).update(contact_name="乙", contact_phone="0379-0")
    LedgerItem.everywhere.exclude(closed_at=None).update(responsible_name="丙", liaison_name="丁")
    SheetImport.everywhere.create(
        county=county, place=village, by=User.objects.order_by("pk")[0], name="a.xlsx", content=b"PK", created_at=now
    )


def kept() -> Rows:
    return {
        f"{model._meta.label}.{name}": {
            pk: (value, since)
            for pk, value, since in model._default_manager.values_list("pk", name, retention.since)
            if value not in (None, "", {}, [], b"")
        }
        for model, name, retention in personal_fields()
    }


def test_purge_blanks_every_personal_field_when_its_time_is_over_and_no_other(demonstration):
    before, now = kept(), timezone.now()
    assert [label for label, rows in before.items() if not rows] == []  # each field is really tried
    days = {f"{model._meta.label}.{name}": timedelta(days=row.days) for model, name, row in personal_fields()}
    for at in (now, now + timedelta(days=200), now + timedelta(days=3650)):
        purge(now=at)
        expected = {
            label: {
                pk: (value, since) for pk, (value, since) in rows.items() if since is None or since >= at - days[label]
            }
            for label, rows in before.items()
        }
        assert kept() == expected
