import pytest

from tests.places.factories import make_centre, make_space, make_village

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
    assert sorted(described["paths"]) == ["/api/centres", "/api/centres/{county}/{slug}"]
