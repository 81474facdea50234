"""Who opened a page with personal data is noted, once a day; the county reads the notes and nobody changes them."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.ledger.factories import make_crew
from tests.places.factories import make_county, make_staff, make_town
from xiangli.accounts.choices import Role
from xiangli.audit.models import PersonalView
from xiangli.audit.services import looked

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return make_crew()


def test_view_is_noted_once_a_day_for_each_page_and_object(crew):
    now = timezone.now()
    key = {"by": crew.boss, "place": crew.town, "page": "case_page", "shown": "来信", "at": now}
    assert [looked(**key, target_id=n) for n in (1, 1, 2)] == [True, False, True]
    assert PersonalView.objects.filter(county=crew.town.county).count() == 2


@pytest.mark.parametrize("change", [lambda rows: rows.update(shown="x"), lambda rows: rows.delete()])
def test_database_refuses_to_change_a_note(crew, change):
    looked(by=crew.boss, place=crew.town, page="p", shown="来信", at=timezone.now())
    with pytest.raises(DatabaseError, match="rows are never"), transaction.atomic():
        change(PersonalView.objects.all())


def test_refused_page_is_not_noted(client, crew):
    from tests.cases.factories import make_case
    from tests.places.factories import make_centre

    case = make_case(make_centre(crew.village))
    client.force_login(make_staff(Role.TOWN, make_town(make_county("far"), slug="far")))
    assert client.get(reverse("case_page", args=[case.pk])).status_code == 404
    assert PersonalView.objects.count() == 0
    client.force_login(crew.boss)
    for _ in range(2):
        assert client.get(reverse("case_page", args=[case.pk])).status_code == 200
    row = PersonalView.objects.get()
    assert (row.by, row.page, row.target_id, row.county) == (crew.boss, "case_page", case.pk, crew.town.county)


def test_county_reads_who_looked_and_no_other_county_does(client, crew):
    looked(by=crew.boss, place=crew.town, page="p", shown="来信的称呼", at=timezone.now())
    client.force_login(make_staff(Role.COUNTY, crew.town.county))
    page = client.get(reverse("looks")).content.decode()
    assert "来信的称呼" in page
    assert crew.boss.username in page
    assert "来信的称呼" not in client.get(reverse("looks"), {"who": 0}).content.decode().split("<tbody>")[-1]
    client.force_login(make_staff(Role.COUNTY, make_county("far")))
    assert "来信的称呼" not in client.get(reverse("looks")).content.decode()
    client.force_login(crew.boss)
    assert client.get(reverse("looks")).status_code == 404


def test_list_of_looks_costs_the_same_for_one_and_for_three(client, crew):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(make_staff(Role.COUNTY, crew.town.county))
    counts = []
    for number in (1, 3):
        for target in range(number):
            looked(by=crew.boss, place=crew.town, page="p", shown="来信", at=timezone.now(), target_id=target)
        client.get(reverse("looks"))
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("looks"))
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12
