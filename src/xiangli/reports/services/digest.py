"""One digest a day for each member of staff, kept for the page and sent by e-mail where that is set up. Nothing else
of this product sends anything to staff."""

import logging
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.calendar import WORKING, day_kind, plain_kind
from xiangli.places.choices import DayKind
from xiangli.places.models import Place
from xiangli.reports.digests import County, as_text, county_today, digest, staff_today
from xiangli.reports.models import StaffDigest

log = logging.getLogger(__name__)


def works_on(county: Place, day: date) -> bool:
    """People work on this day, by the county's calendar; a year not announced has plain weeks."""
    kind = day_kind(county, day)
    return (plain_kind(day) if kind == DayKind.UNKNOWN else kind) in WORKING


def make_digests(*, by: Any, day: date, now: datetime) -> int:
    """Make the digests of a working day that are not there yet; who has nothing to do gets none. Returns how many.

    Each person's is a transaction of its own: one that fails or is killed leaves the others, and running it again
    makes only what is missing.
    """
    counties: dict[int, County | None] = {}
    made = 0
    for row in staff_today(day):
        county = row.place.county
        if county is None:
            continue
        if county.pk not in counties:
            counties[county.pk] = county_today(county, day) if works_on(county, day) else None
        known = counties[county.pk]
        if known and not StaffDigest.everywhere.filter(user=row.user, day=day).exists():
            made += _make(by, row, known, day, now)
    return made


@transaction.atomic
def _make(by: Any, row: Any, known: County, day: date, now: datetime) -> bool:
    content = digest(row.user, row.place.county, day, known)
    if not content:
        return False
    kept, created = StaffDigest.everywhere.get_or_create(
        user=row.user, day=day,
        defaults={"county_id": row.place.county_id, "place": row.place, "content": content, "made_at": now},
    )  # fmt: skip
    if created:
        record("reports.digest_made", kept, by=by, at=now)
    return created


def send_digests(*, day: date, now: datetime) -> tuple[int, int]:
    """Send the day's digests to those with an address, where e-mail is set up. Returns (sent, failed).

    A digest is marked before it is sent: a crash between the two costs one message, never sends one twice.
    """
    if not settings.EMAIL_HOST:
        return 0, 0
    sent = failed = 0
    waiting = StaffDigest.everywhere.filter(day=day, sent_at=None, user__is_active=True).exclude(user__email="")
    for row in waiting.select_related("user"):
        if not StaffDigest.everywhere.filter(pk=row.pk, sent_at=None).update(sent_at=now):
            continue  # another run has just taken it
        text = as_text(row.content, settings.WAGTAILADMIN_BASE_URL)
        try:
            send_mail(f"乡里 {day:%m-%d} 工作摘要", text, settings.DEFAULT_FROM_EMAIL, [row.user.email])
        except OSError as error:  # SMTPException is one
            log.warning("digest %s was not sent: %s", row.pk, error)
            failed += 1
        else:
            sent += 1
    return sent, failed
