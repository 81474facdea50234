import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import given

from tests.opening.factories import make_open_centre
from tests.places.factories import make_centre, make_space, make_town, make_village
from xiangli.opening.sentence import read_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return make_centre(phone="0379-0000")


def test_centres_are_listed_with_their_pages(client, centre):
    found = client.get("/api/centres").json()
    assert found["count"] == 1
    (line,) = found["items"]
    assert (line["slug"], line["place"]) == (centre.slug, centre.place.name)
    assert client.get(line["url"]).status_code == 200


def test_list_is_narrowed_by_county_and_town(client, centre):
    make_centre(make_village(centre.place.parent))
    county, town = centre.county.slug, centre.place.parent.slug
    assert client.get("/api/centres", {"county": county, "town": town}).json()["count"] == 2
    assert client.get("/api/centres", {"county": "elsewhere"}).json()["count"] == 0


def test_list_costs_the_same_queries_for_one_and_three(client, centre, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get("/api/centres")
    for _ in range(2):
        make_centre(make_village(centre.place.parent))
    with django_assert_num_queries(2):
        client.get("/api/centres")


def test_centre_shows_rooms_for_residents_and_not_offices(client, centre):
    make_space(centre, "棋牌室")
    make_space(centre, "办公室", office_use=True)
    found = client.get(f"/api/centres/{centre.county.slug}/{centre.slug}").json()
    assert [space["name"] for space in found["spaces"]] == ["棋牌室"]
    assert found["now"]["open"] is None


def test_unknown_centre_is_404(client, centre):
    assert client.get(f"/api/centres/{centre.county.slug}/nowhere").status_code == 404


def test_nothing_can_be_written(client, centre):
    assert client.post("/api/centres", {}).status_code == 405


def test_api_describes_itself(client):
    described = client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert sorted(described["paths"]) == [
        "/api/centres", "/api/centres/{county}/{slug}", "/api/centres/{county}/{slug}/bookings",
        "/api/centres/{county}/{slug}/bookings/{code}", "/api/centres/{county}/{slug}/hours",
        "/api/centres/{county}/{slug}/slots", "/api/open-now/{county}",
    ]  # fmt: skip


def test_hours_are_those_of_hours_json(client):
    centre = make_open_centre()
    told = client.get(f"/api/centres/{centre.county.slug}/{centre.slug}/hours", {"days": 30}).json()
    page = client.get(f"/c/{centre.county.slug}/{centre.slug}/hours.json", {"days": 30}).json()
    assert told["days"] == page["days"]
    assert told["opening_hours"] == page["opening_hours"]


def test_open_now_counts_the_county_and_the_town(client):
    first = make_open_centre(rules=read_rules("每天 全天"))
    town, county = first.place.parent, first.county.slug
    closed = make_open_centre(make_centre(make_village(town)), rules=read_rules("每天 不开放"))
    unknown = make_centre(make_village(make_town(first.county, "other", "别镇")))
    told = client.get(f"/api/open-now/{county}").json()
    assert [told["total"], told["open"], told["unknown"]] == [3, 1, 1]
    assert [line["slug"] for line in told["centres"]] == [first.slug, closed.slug, unknown.slug]
    assert client.get(f"/api/open-now/{county}", {"town": town.slug}).json()["total"] == 2
    assert client.get("/api/open-now/nowhere").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_open_now_takes_the_same_queries_for_any_number(client, number, django_assert_num_queries):
    town = make_open_centre().place.parent
    for _ in range(number - 1):
        make_centre(make_village(town))
    with django_assert_num_queries(5):
        assert client.get(f"/api/open-now/{town.county.slug}").json()["total"] == number


@pytest.mark.parametrize(
    "address",
    ["/api/centres?county=%00", "/api/centres?offset=99999999999999999999", "/api/centres?limit=99999999999999999999",
     "/api/centres/a%00/b", "/api/open-now/%00", "/api/open-now/a?town=%00"],
)  # fmt: skip
def test_what_no_database_could_look_up_is_refused_as_json(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/json; charset=utf-8")


@pytest.fixture
def open_connection():
    """The test's connection outlives a whole WSGI request, as Django's own test client sees to."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.slow
def test_schemathesis_finds_no_answer_that_the_description_does_not_allow(centre, open_connection):
    """Hundreds of odd requests to every address, half of them about a centre that is there."""
    import schemathesis
    from django.core.wsgi import get_wsgi_application
    from hypothesis import HealthCheck, settings

    make_space(centre, "棋牌室", bookable=True)
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
    seen = set()

    for result in described.get_all_operations():
        operation = result.ok()

        @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def ask(case):
            for name, value in (("county", centre.county.slug), ("slug", centre.slug)):
                if case.path_parameters and name in case.path_parameters and len(seen) % 2:
                    case.path_parameters[name] = value
            answer = case.call(headers={"Accept-Encoding": "identity"})
            seen.add((case.path, answer.status_code, len(seen)))
            case.validate_response(answer)

        ask()
    assert {code for _, code, _ in seen} >= {200, 404}
    assert len({path for path, _, _ in seen}) == 7
