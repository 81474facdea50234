"""Phones: let one in, give it new keys, shut it out; and the form it fetches."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import Place
from xiangli.surveys.digest import ha1
from xiangli.surveys.models import PUBLIC_ALPHABET, Campaign, Enumerator, FormVersion
from xiangli.surveys.phone_queries import form_id, hash_of

A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Access:
    """The keys of a phone, which exist in clear only in the answer to whoever made them."""

    enumerator: Enumerator
    password: str
    token: str


def _letters(count: int) -> str:
    return "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(count))


def _with_new_keys(enumerator: Enumerator) -> Access:
    password, token = _letters(16), secrets.token_urlsafe(24)
    enumerator.ha1, enumerator.token_hash = ha1(enumerator.username, password), hash_of(token)
    return Access(enumerator, password, token)


@transaction.atomic
def add_enumerator(*, by: Any, campaign: Campaign, place: Place, label: str) -> Access:
    """Let one phone in. Raises UserError for a place outside the campaign or a label that is taken."""
    label = label.strip()
    if not label:
        raise UserError("请写一个称呼，比如“调查员 1 号”。")
    if not campaign.place.contains(place):
        raise UserError(f"{place.name}不在“{campaign.title}”的范围里。")
    enumerator = Enumerator(
        county_id=campaign.county_id, campaign=campaign, place=place, label=label, username=f"dcy-{_letters(8)}"
    )
    access = _with_new_keys(enumerator)
    try:
        with transaction.atomic():
            enumerator.save()
    except IntegrityError:
        raise UserError(f"已经有一部手机叫“{label}”了，请换一个称呼；要再看二维码，请点“换新二维码”。") from None
    record("surveys.enumerator_added", enumerator, by=by)
    return access


@transaction.atomic
def renew_enumerator(*, by: Any, enumerator: Enumerator) -> Access:
    """New keys, also for one that was shut out; the old ones open nothing any more."""
    access = _with_new_keys(enumerator)
    enumerator.revoked_at = None
    enumerator.save(update_fields=["ha1", "token_hash", "revoked_at"])
    record("surveys.enumerator_renewed", enumerator, by=by)
    return access


@transaction.atomic
def revoke_enumerator(*, by: Any, enumerator: Enumerator, at: datetime) -> None:
    """Shut a phone out; what it sent stays."""
    enumerator.revoked_at = at
    enumerator.save(update_fields=["revoked_at"])
    record("surveys.enumerator_revoked", enumerator, by=by)


def keep_version(*, campaign: Campaign) -> FormVersion:
    """The present questionnaire as it goes out to phones, kept for the answers that come back later."""
    kept, _ = FormVersion.everywhere.get_or_create(
        county_id=campaign.county_id,
        campaign=campaign,
        version=campaign.version,
        defaults={"definition": campaign.definition},
    )
    return kept


@dataclass(frozen=True, slots=True)
class PhoneForm:
    """A form as it is served: ``xml`` byte for byte, ``hash`` of exactly these bytes as the form list gives it."""

    form_id: str
    name: str
    version: str
    xml: bytes

    @property
    def hash(self) -> str:
        return f"md5:{hashlib.md5(self.xml, usedforsecurity=False).hexdigest()}"


def phone_forms(*, campaign: Campaign, places: Sequence[Place]) -> list[PhoneForm]:
    """The forms of a campaign, one for each village. UserError where the questionnaire does not fit into a form."""
    if places:
        keep_version(campaign=campaign)
    return [_phone_form(campaign, village) for village in places]


def unfit_for_phones(campaign: Campaign) -> str:
    """Why a questionnaire does not go into a phone, "" where it does. Nothing goes out by asking."""
    try:
        _phone_form(campaign, campaign.place)
    except UserError as error:
        return str(error)
    return ""


def _phone_form(campaign: Campaign, village: Place) -> PhoneForm:
    from xiangli.surveys.xlsform import xform_of

    name, title, version = form_id(campaign, village), f"{campaign.title}（{village.name}）", str(campaign.version)
    key = f"odk-form:{name}:{version}:{hashlib.sha256(title.encode()).hexdigest()[:16]}"
    xml = cache.get(key)
    if xml is None:
        xml = xform_of(campaign.definition, form_id=name, version=version, title=title).xml.encode()
        cache.set(key, xml, A_DAY)
    return PhoneForm(name, title, version, xml)
