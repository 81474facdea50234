"""Two people at the same button: nothing twice, nothing lost, and nobody sees an error page."""

import pytest

from tests.own_process import python

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_people_who_derive_publish_code_and_import_at_once(own_database):
    assert python(own_database, "import tests.surveys.racing as r; r.main()") == "as it should be"
