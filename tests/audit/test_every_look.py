"""Every office page that shows personal data notes who opened it.

Each field that is declared personal is filled with a mark, every page of the office is opened, and the mark is looked
for in what comes back, spreadsheets included.
"""

import contextlib
import zipfile
from io import BytesIO

import pytest
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from tests.places.factories import make_staff
from tests.test_access import PAGES, ROLES, client, objects, undone
from tests.test_access import town as town
from xiangli.audit.models import PersonalView
from xiangli.audit.services import personal_fields

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_engine]
MARK = "私密记号"
PICTURE = "cG5n"  # the crops of the access test, as they stand in a page


def mark_everything() -> None:
    """The mark in each personal field that holds text, alone or inside JSON."""
    for model, name, _ in personal_fields():
        field = model._meta.get_field(name)
        rows = model._default_manager.all()
        if isinstance(field, models.JSONField):
            rows.update(**{name: {"say": MARK, "wish": MARK}})
        elif isinstance(field, models.CharField | models.TextField):
            with (
                contextlib.suppress(IntegrityError),
                transaction.atomic(),
            ):
                rows.update(**{name: MARK[: field.max_length]})


def said(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return "".join(archive.read(name).decode(errors="ignore") for name in archive.namelist())
    return content.decode(errors="ignore")


def test_every_page_that_shows_personal_data_is_noted(town):
    village, kwargs = objects(town)
    mark_everything()
    silent, noted = set(), set()
    for letter in ("c", "v", "k"):
        visitor = client(make_staff(ROLES[letter], town.county if letter == "c" else village))
        for name in PAGES:
            with undone():
                answer = visitor.get(reverse(name, kwargs=kwargs[name]))
                text = said(answer) if answer.status_code == 200 else ""
                if MARK in text or PICTURE in text:
                    (noted if PersonalView.objects.filter(page=name).exists() else silent).add(name)
    assert silent == set()
    assert {"cases_list", "case_page", "bookings_list", "coding", "review_words"} <= noted
