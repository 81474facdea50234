"""HSDS 3.0: every path of the standard answers, and every answer is valid against the standard's own schemas."""

import json
from datetime import date, timedelta

import jsonschema
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_service, make_space, make_village
from xiangli.api import hsds_data
from xiangli.api.identifiers import KINDS, identifier, keys
from xiangli.bookings.services import add_activity
from xiangli.opening.queries import hours
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db

DAYS = hsds_data.DAYS


@pytest.fixture
def centre():
    """A centre with two services, one of them with a weekly date, and an office that is nobody's business."""
    found = make_open_centre(phone="0379-1", address="会盟镇")
    chess, clinic = make_service(found.county, "chess", "下棋"), make_service(found.county, "clinic", "看病")
    room = make_space(found, "活动室")
    room.supports.set([chess, clinic])
    make_space(found, "办公室", office_use=True).supports.set([make_service(found.county, "office", "办公")])
    today = timezone.localdate()
    add_activity(
        by=None, space=room, service=chess, title="下棋", weekday=today.weekday(), start=900, end=960, since=today,
        now=timezone.now(),
    )  # fmt: skip
    return found


def base(centre):
    return f"/api/hsds/{centre.county.slug}/"


@pytest.fixture(scope="module")
def schema(shared_data):
    folder = shared_data / "hsds" / "schema" / "compiled"
    checker = jsonschema.FormatChecker()

    def check(name, value):
        compiled = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(compiled, format_checker=checker).validate(value)

    return check


LISTS = {"services": "service", "service_at_locations": "service_at_location", "organizations": "organization"}


@pytest.mark.parametrize("path", LISTS)
def test_lists_and_single_things_are_valid_against_the_schemas(client, centre, schema, path):
    page = client.get(base(centre) + path).json()
    assert (page["first_page"], page["last_page"], page["empty"]) == (True, True, False)
    assert page["total_items"] == len(page["contents"]) == {"organizations": 1}.get(path, 2)
    for one in page["contents"]:
        schema(f"{LISTS[path]}_list", one)
        schema(LISTS[path], client.get(f"{base(centre)}{path}/{one['id']}").json())
    for one in client.get(base(centre) + path, {"full": "true"}).json()["contents"]:
        schema(LISTS[path], one)


def test_every_path_of_the_standard_answers(client, centre, shared_data):
    described = json.loads((shared_data / "hsds" / "schema" / "openapi.json").read_text(encoding="utf-8"))
    for path in described["paths"]:
        url = path.removeprefix("/")
        if "{id}" in path:
            listed = client.get(base(centre) + url.removesuffix("/{id}")).json()
            url = url.replace("{id}", listed["contents"][0]["id"])
        assert client.get(base(centre) + url).status_code == 200, path
    told = client.get(base(centre)).json()
    assert (told["version"], set(told)) == ("3.0", {"version", "profile", "openapi_url"})


def expanded(rows, first, count):
    """The open minutes of each day, by adding up the rows as any reader would."""
    found = {first + timedelta(days=n): set() for n in range(count)}
    for row in rows:
        if "opens_at" not in row:
            continue
        a, b = (int(row[name][:2]) * 60 + int(row[name][3:5]) for name in ("opens_at", "closes_at"))
        for day, minutes in found.items():
            inside = date.fromisoformat(row["valid_from"]) <= day <= date.fromisoformat(row["valid_to"])
            if inside and DAYS[day.weekday()] in row["byday"].split(","):
                minutes |= set(range(a, b))
    return found


def test_schedule_rows_add_up_to_exactly_the_hours_holidays_included(centre):
    starts = timezone.make_aware(timezone.datetime(2026, 9, 15, 9))
    announce_closure(
        by=None, centre=centre, starts=starts, ends=starts + timedelta(hours=3), reason="检修",
        now=starts - timedelta(days=9),
    )  # fmt: skip
    for first, count in ((date(2026, 9, 10), 45), (date(2026, 12, 20), 30)):
        days = hours(centre, first, count)
        rows = list(hsds_data.schedules(centre, days))
        assert expanded(rows, first, count) == {
            item.day: {m for a, b in item.intervals or () for m in range(a, b)} for item in days
        }
        assert len({row["id"] for row in rows}) == len(rows)
    assert {row["valid_to"] for row in rows} == {"2026-12-31"}  # nothing is said of a year not announced


def test_holiday_is_a_dated_row(centre):
    rows = list(hsds_data.schedules(centre, hours(centre, date(2026, 9, 10), 45)))
    dated = [(row["valid_from"], row["valid_to"], row["opens_at"]) for row in rows if row["valid_from"] == "2026-10-01"]
    assert dated == [("2026-10-01", "2026-10-02", "00:00:00")]


def test_activity_is_a_schedule_of_the_service_at_its_place(client, centre):
    listed = client.get(base(centre) + "services", {"search": "下棋", "full": "true"}).json()["contents"]
    ((row,),) = [one["service_at_locations"][0]["schedules"] for one in listed]
    assert (row["opens_at"], row["byday"]) == ("15:00:00", DAYS[timezone.localdate().weekday()])
    assert client.get(row["schedule_link"]).status_code == 200


def test_closed_centre_is_temporarily_closed_with_the_reason(client, centre):
    now = timezone.localtime()
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    announce_closure(by=None, centre=centre, starts=start, ends=None, reason="翻修", now=now, short_notice="急")
    (one, _) = client.get(base(centre) + "services").json()["contents"]
    assert one["status"] == "temporarily closed"
    assert one["alert"].endswith("关闭：翻修")


def test_pages_follow_one_another_and_narrowing_narrows(client, centre):
    first = client.get(base(centre) + "services", {"per_page": "1"}).json()
    second = client.get(base(centre) + "services", {"per_page": "1", "page": "2"}).json()
    assert [first["total_pages"], first["last_page"]] == [2, False]
    assert [second["first_page"], second["last_page"]] == [False, True]
    assert first["contents"][0]["id"] != second["contents"][0]["id"]
    term = client.get(base(centre) + "taxonomy_terms", {"search": "看病"}).json()["contents"][0]
    narrowed = client.get(base(centre) + "services", {"taxonomy_term_id": term["id"]}).json()
    assert [one["name"] for one in narrowed["contents"]] == ["看病"]
    later = (timezone.now() + timedelta(days=1)).isoformat()
    for query in ({"organization_id": "x"}, {"taxonomy_id": "x"}, {"search": "没有"}, {"modified_after": later}):
        assert client.get(base(centre) + "services", query).json()["empty"] is True
    minimal = client.get(base(centre) + "services", {"minimal": "true"}).json()["contents"][0]
    assert set(minimal) == {"id", "modified_date"}


@pytest.mark.parametrize("query", [
    {"page": "0"}, {"page": "x"}, {"per_page": "9999"}, {"per_page": "51", "full": "true"}, {"full": "maybe"},
    {"modified_after": "yesterday"}, {"format": "xml"}, {"page": "9" * 500}, {"modified_after": "2026-13-45T00:00"},
])  # fmt: skip
def test_queries_that_cannot_be_read_are_400_in_words(client, centre, query):
    answer = client.get(base(centre) + "services", query)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_unknown_things_are_404_and_nothing_can_be_written(client, centre):
    strange = identifier("service", 2**32 - 1, 2**48 - 1)
    for path in ("services/x", f"services/{strange}", f"organizations/{strange}", "taxonomy_terms/1"):
        assert client.get(base(centre) + path).status_code == 404
    assert client.get("/api/hsds/nowhere/services").status_code == 404
    assert client.post(base(centre) + "services").status_code == 405


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_centres(client, centre, number, django_assert_max_num_queries):
    for n in range(number - 1):
        room = make_space(make_centre(make_village(centre.place.parent)), f"室{n}")
        room.supports.set(centre.spaces.get(name="活动室").supports.all())
    with django_assert_max_num_queries(13):
        assert client.get(base(centre) + "services", {"full": "true"}).json()["total_items"] == 2 * number


def test_no_change_is_304(client, centre):
    tag = client.get(base(centre) + "services")["ETag"]
    assert client.get(base(centre) + "services", headers={"if-none-match": tag}).status_code == 304


@given(st.sampled_from(KINDS), st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1))
def test_identifiers_hold_their_keys(kind, first, second):
    made = identifier(kind, first, second)
    assert keys(kind, str(made)) == (first, second)
    assert made.version == 8
    assert all(keys(other, str(made)) is None for other in KINDS if other != kind)
