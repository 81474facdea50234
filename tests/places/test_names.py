import pytest

from tests.places.factories import make_town, make_village
from xiangli.core.chinese import html_to_traditional
from xiangli.places.models import ProtectedName
from xiangli.places.queries import protected_names

pytestmark = pytest.mark.django_db


def test_names_of_villages_are_converted_as_names_and_our_own_list_has_the_last_word():
    town = make_town()
    for name in ("台荫村", "陆村社区", "范沟村"):
        make_village(town, name=name)
    ProtectedName.objects.create(text="岳滩", traditional="岳灘")
    ProtectedName.objects.create(text="范沟村", traditional="範溝村")
    assert html_to_traditional("<p>台荫村、陆村社区、岳滩、范沟村的台账</p>", protected_names()) == (
        "<p>台蔭村、陸村社區、岳灘、範溝村的台賬</p>"
    )
