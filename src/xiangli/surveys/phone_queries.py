"""Reads about phones: whose key is it, which villages it may ask in, what it sent."""

import hashlib
import re
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from xiangli.accounts.queries import within_places
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.places.scope import under
from xiangli.surveys.models import Campaign, Enumerator, FormVersion, PhoneSubmission
from xiangli.surveys.rules import READERS

FORM_ID = re.compile(r"([A-Za-z0-9_-]{1,24})-(\d{1,18})")


def hash_of(token: str) -> str:
    """What is kept of a token. It is random and long, so that a plain hash cannot be undone by trying."""
    return hashlib.sha256(token.encode()).hexdigest()


def _admitted() -> QuerySet[Enumerator]:
    rows = Enumerator.everywhere.filter(revoked_at=None)
    return rows.select_related("campaign__place__county", "place__county")


def enumerator_by_token(token: str) -> Enumerator | None:
    return _admitted().filter(token_hash=hash_of(token)).first()


def enumerator_by_username(username: str) -> Enumerator | None:
    return _admitted().filter(username=username).first()


def villages_of(enumerator: Enumerator) -> list[Place]:
    """Where this phone may ask: its own village, or the open ones below its place."""
    if enumerator.place.level in (Level.VILLAGE, Level.GROUP):
        return [enumerator.place]
    return list(villages(enumerator.place).filter(is_open=True))


def form_id(campaign: Campaign, village: Place) -> str:
    """A form of its own for each village, so that nobody in the field can pick the wrong one."""
    return f"{campaign.public_id}-{village.pk}"


def village_of_form(enumerator: Enumerator, name: str) -> Place | None:
    """The village of a form that this phone may answer, by the form's id.

    One that was merged or closed since the form was fetched as well: what people said there must get home.
    """
    found = FORM_ID.fullmatch(name)
    if not found or found[1] != enumerator.campaign.public_id:
        return None
    if enumerator.place.level in (Level.VILLAGE, Level.GROUP):
        return enumerator.place if enumerator.place_id == int(found[2]) else None
    return Place.objects.filter(under(enumerator.place.path), level=Level.VILLAGE, pk=int(found[2])).first()


def is_open(campaign: Campaign, today: date) -> bool:
    return campaign.opens <= today and (campaign.closes is None or today <= campaign.closes)


def form_version(campaign: Campaign, version: str) -> FormVersion | None:
    """A questionnaire that went out, by the version that stands on the form."""
    if not re.fullmatch(r"[0-9]{1,9}", version):
        return None
    return FormVersion.everywhere.filter(campaign=campaign, version=int(version)).first()


def sent_before(campaign: Campaign, instance_id: str) -> PhoneSubmission | None:
    rows = PhoneSubmission.everywhere.filter(county_id=campaign.county_id, campaign=campaign)
    return rows.filter(instance_id=instance_id).first()


def enumerators_for(user: Any, campaign: Campaign) -> QuerySet[Any]:
    """The phones of a campaign in my places, in the order they were made; ``sent``: how many answers reached us."""
    rows = Enumerator.everywhere.filter(within_places(user, "place__", *READERS), campaign=campaign)
    return rows.select_related("place").annotate(sent=Count("submissions")).order_by("pk")


def phone_only_answers(user: Any, campaign: Campaign) -> QuerySet[PhoneSubmission]:
    """What my villages answered in an imported form beyond our questions, each as last corrected."""
    rows = PhoneSubmission.everywhere.filter(within_places(user, "response__place__", *READERS), campaign=campaign)
    return rows.filter(replaced_by=None).exclude(more={}).select_related("response__place").order_by("pk")


def places_to_ask_in(user: Any, campaign: Campaign) -> QuerySet[Place]:
    """Where this member of staff may send a phone: the campaign's villages of theirs, or the whole place it is for."""
    below = Q(path__startswith=campaign.place.path, level=Level.VILLAGE)
    mine = within_places(user, "", *READERS)
    return Place.objects.filter(mine, below | Q(pk=campaign.place_id), is_open=True).order_by("path")
