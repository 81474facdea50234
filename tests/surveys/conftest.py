"""Where the tests of this room take place: a town with one village whose people are counted, and its survey."""

import pytest

from tests.places.factories import make_staff, make_town, make_village
from tests.surveys.factories import make_campaign, make_people
from xiangli.accounts.choices import Role


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def village(town):
    return make_people(make_village(town, slug="jia", name="甲村"))


@pytest.fixture
def campaign(town, village):
    return make_campaign(town)


@pytest.fixture
def official(client, town):
    """A browser in which somebody of the town has logged in."""
    client.force_login(make_staff(Role.TOWN, town))
    return client
