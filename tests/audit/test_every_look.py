"""Every office page that shows personal data notes who opened it.

Each field that is declared personal is filled with a mark, every page of the office is opened, and the mark is looked
for in what comes back, spreadsheets included.
"""

import contextlib
import zipfile
from io import BytesIO
from typing import Any

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
SAID = "要路灯"  # in the answers of the access test
# Who answers for a piece of work stands in the ledger as it is published: an official in office, not a resident.
IN_OFFICE = {("ledger.LedgerItem", "responsible_name"), ("ledger.LedgerItem", "liaison_name")}
PICTURE = "cG5n"  # the crops of the access test, as they stand in a page


def mark_everything() -> None:
    """The mark in each personal field that holds text, alone or inside JSON."""
    for model, name, _ in personal_fields():
        if (model._meta.label, name) in IN_OFFICE:
            continue
        field = model._meta.get_field(name)
        marked: Any = MARK
        if isinstance(field, models.JSONField):
            marked = {"say": MARK, "wish": MARK}
        elif isinstance(field, models.CharField | models.TextField):
            marked = MARK[: field.max_length]
        else:
            continue
        # sealed answers and texts that must have their time beside them stay as they are: see SAID
        with contextlib.suppress(IntegrityError), transaction.atomic():
            model._default_manager.update(**{name: marked})


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
                if any(mark in text for mark in (MARK, SAID, PICTURE)):
                    (noted if PersonalView.objects.filter(page=name).exists() else silent).add(name)
    assert silent == set()
    assert {"cases_list", "case_page", "bookings_list", "coding", "review_words"} <= noted
