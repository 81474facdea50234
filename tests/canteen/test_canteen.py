from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.places.factories import make_centre, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.canteen.choices import Meal
from xiangli.canteen.models import Canteen, MenuDay
from xiangli.canteen.queries import canteen_of, menu
from xiangli.canteen.services import copy_menu, save_canteen, set_menu
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
LUNCH, DINNER = Meal.LUNCH.value, Meal.DINNER.value


@pytest.fixture
def centre():
    return make_centre()


def test_menu_is_set_changed_and_taken_off(centre):
    canteen = save_canteen(by=None, centre=centre, name="百姓食堂")
    assert set_menu(by=None, canteen=canteen, dishes={(MONDAY, LUNCH): "大烩菜", (MONDAY, DINNER): "捞面"}) == 2
    assert set_menu(by=None, canteen=canteen, dishes={(MONDAY, LUNCH): " 烧肉 ", (MONDAY, DINNER): ""}) == 1
    assert [(row.meal, row.dishes) for row in menu(canteen, MONDAY)] == [(LUNCH, "烧肉")]


def test_canteen_is_one_for_each_centre_and_can_be_shut(centre):
    one = save_canteen(by=None, centre=centre, name="百姓食堂")
    assert save_canteen(by=None, centre=centre, is_open=False) == one
    assert canteen_of(centre) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Canteen.everywhere.create(county=centre.county, centre=centre)


def test_same_meal_twice_is_refused_by_the_database(centre):
    canteen = save_canteen(by=None, centre=centre, name="百姓食堂")
    set_menu(by=None, canteen=canteen, dishes={(MONDAY, LUNCH): "大烩菜"})
    with pytest.raises(IntegrityError), transaction.atomic():
        MenuDay.everywhere.create(county=centre.county, canteen=canteen, day=MONDAY, meal=LUNCH, dishes="x")


def test_staff_open_a_canteen_and_write_the_weeks_menu(client, centre):
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    url = reverse("canteen_centre", args=[centre.pk])
    about = {"about": "1", "name": "百姓食堂", "price_note": "3 元", "order_note": "", "is_open": "on"}
    assert client.post(url, about).status_code == 302
    menu_url = reverse("canteen_menu", args=[centre.pk])
    assert client.post(menu_url, {"menu": "1", "d02": "大烩菜"}).status_code == 302
    assert [(row.meal, row.dishes) for row in MenuDay.objects.within(centre.county)] == [(LUNCH, "大烩菜")]
    assert "大烩菜" in client.get(menu_url).content.decode()


def test_week_is_copied_from_the_one_before_and_what_is_written_stays(centre):
    canteen = save_canteen(by=None, centre=centre, name="百姓食堂")
    tuesday, week = MONDAY + timedelta(days=1), timedelta(days=7)
    set_menu(by=None, canteen=canteen, dishes={(MONDAY, LUNCH): "捞面", (tuesday, LUNCH): "大烩菜"})
    set_menu(by=None, canteen=canteen, dishes={(tuesday + week, LUNCH): "饺子"})
    assert copy_menu(by=None, canteen=canteen, monday=MONDAY + week) == 1
    assert [row.dishes for row in menu(canteen, MONDAY + week)] == ["捞面", "饺子"]
    with pytest.raises(UserError, match="没有菜单可抄"):
        copy_menu(by=None, canteen=canteen, monday=MONDAY)


def test_other_villages_staff_find_no_such_page(client, centre):
    client.force_login(make_staff(Role.VILLAGE_STAFF, make_village(centre.place.parent)))
    assert client.get(reverse("canteen_centre", args=[centre.pk])).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_centres(client, centre, number, django_assert_num_queries):
    for _ in range(number):
        other = make_centre(make_village(centre.place.parent))
        save_canteen(by=None, centre=other, name="食堂")
    client.force_login(make_staff(Role.TOWN, centre.place.parent))
    with django_assert_num_queries(7):
        answer = client.get(reverse("canteen_office"))
    assert len(answer.context["centres"]) == number + 1


def test_menu_form_writes_only_what_was_changed_in_it(client, centre):
    canteen = save_canteen(by=None, centre=centre, name="乡里食堂")
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    url = f"{reverse('canteen_menu', args=[centre.pk])}?day={MONDAY}"
    form = client.get(url).context["form"]
    shown = {f"initial-{name}": "" for name in form.keys}
    set_menu(by=None, canteen=canteen, dishes={(MONDAY, LUNCH): "捞面"})  # meanwhile, by somebody else
    sent = {"menu": "1", **dict.fromkeys(form.keys, ""), **shown, "d12": "饺子"}
    assert client.post(url, sent).status_code == 302
    assert [row.dishes for row in menu(canteen, MONDAY)] == ["捞面", "饺子"]
    taken_off = {**sent, "d12": "", "initial-d12": "饺子"}
    assert client.post(url, taken_off).status_code == 302
    assert [row.dishes for row in menu(canteen, MONDAY)] == ["捞面"]


def test_menu_left_open_over_sunday_goes_to_the_week_it_was_written_for(client, centre):
    save_canteen(by=None, centre=centre, name="乡里食堂")
    client.force_login(make_staff(Role.VILLAGE_STAFF, centre.place))
    answer = client.get(reverse("canteen_menu", args=[centre.pk]))
    monday = answer.context["monday"]
    assert answer.content.decode().count(f'action="?day={monday}"') == 2
