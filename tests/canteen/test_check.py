"""The checker: silent on an honest ledger, and names the very row on which a hand was laid."""

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from tests.canteen.factories import NOON, TODAY, make_canteen
from xiangli.canteen.commands.points import main
from xiangli.canteen.models import PointsPosting
from xiangli.canteen.queries.check import check_points
from xiangli.canteen.queries.points import points_data
from xiangli.canteen.services import reverse, seal_days, spend
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


@contextmanager
def guards_down():
    """What somebody with the owner's rights on the database can do."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger' AND name LIKE 'canteen_points%'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _, sql in triggers:
                cursor.execute(sql)
        else:
            tables = ("canteen_pointsposting", "canteen_pointsseal")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield cursor
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def town():
    """Three days of earning and eating, two of them sealed."""
    town = make_canteen()
    for day in range(3):
        now = NOON - timedelta(days=2 - day)
        account = town.passbook(f"1{day}", 10, now=now)
        meal = spend(by=town.village, order=town.order(account), account=account, now=now)
        if day == 1:
            reverse(by=town.liaison, posting=meal, now=now)
        seal_days(canteen=town.canteen, now=now)
    return town


def faults(town, **known):
    return check_points(town.canteen, TODAY, known)


def test_honest_ledger_has_no_fault(town):
    assert faults(town) == []
    published = {row["day"]: row["digest"] for row in points_data(town.canteen, TODAY)["seals"]}
    assert len(published) == 2
    assert check_points(town.canteen, TODAY, published) == []


def test_edited_row_is_named(town):
    first = PointsPosting.everywhere.order_by("pk")[1]
    with guards_down() as cursor:
        cursor.execute("UPDATE canteen_pointsposting SET amount = 100 WHERE id = %s", [first.pk])
    assert faults(town) == [f"{first.day}：第 {first.pk} 笔被改过", f"{first.day}：这一天的指纹不对"]


@pytest.mark.parametrize("field", ["at", "by_id", "effective_on", "key"])
def test_any_edited_field_is_noticed(town, field):
    first = PointsPosting.everywhere.order_by("pk")[1]
    value = {"at": NOON, "by_id": town.town.pk, "effective_on": first.day + timedelta(days=9), "key": "x"}[field]
    with guards_down():
        PointsPosting.everywhere.filter(pk=first.pk).update(**{field: value})
    assert f"{first.day}：第 {first.pk} 笔被改过" in faults(town)


def test_removed_and_slipped_in_rows_are_named(town):
    meal = PointsPosting.everywhere.order_by("pk")[1]
    with guards_down() as cursor:
        cursor.execute("DELETE FROM canteen_pointsposting WHERE id = %s", [meal.pk])
    assert f"{meal.day}：第 {meal.pk} 笔不见了" in faults(town)
    assert "10 号存折支出过 1 笔，账上只有 0 笔" in faults(town)
    with guards_down():
        PointsPosting.everywhere.filter(pk=meal.pk)
        meal.pk = 9999
        meal.save(force_insert=True)
    assert f"{meal.day}：第 9999 笔是封账以后塞进来的" in faults(town)


def test_row_of_today_that_breaks_a_rule_is_named_before_it_is_sealed(town):
    earned, meal = PointsPosting.everywhere.order_by("pk")[5:7]
    with guards_down() as cursor:
        cursor.execute("UPDATE canteen_pointsposting SET amount = 200 WHERE id = %s", [earned.pk])
    told = faults(town)
    assert f"{earned.day}：第 {earned.pk} 笔和登记的积分不符" in told
    assert f"{meal.day}：第 {meal.pk} 笔使12 号存折透支到 -1" in told


def test_forged_chain_agrees_with_itself_but_not_with_what_was_published(town):
    published = {row["day"]: row["digest"] for row in points_data(town.canteen, TODAY)["seals"]}
    first = PointsPosting.everywhere.order_by("pk")[1]
    with guards_down() as cursor:
        cursor.execute("UPDATE canteen_pointsposting SET amount = 100 WHERE id = %s", [first.pk])
        cursor.execute("DELETE FROM canteen_pointsseal")
    seal_days(canteen=town.canteen, now=NOON)
    assert faults(town) == []
    assert check_points(town.canteen, TODAY, published) == [f"{day}：现在的指纹和公布过的不一样" for day in published]


def test_command_checks_seals_and_explains_itself(town, tmp_path, capsys):
    assert main(["nightly"]) == 0
    assert "封账" in capsys.readouterr().out
    saved = tmp_path / "points.json"
    saved.write_text(json.dumps(points_data(town.canteen, TODAY)), encoding="utf-8")
    assert main(["check", "--against", str(saved)]) == 0
    assert capsys.readouterr().out == "核对了 1 个食堂的积分账：都对。\n"
    first = PointsPosting.everywhere.order_by("pk")[1]
    with guards_down() as cursor:
        cursor.execute("UPDATE canteen_pointsposting SET amount = 100 WHERE id = %s", [first.pk])
    assert main(["check"]) == 1
    assert f"第 {first.pk} 笔被改过" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", '{"canteen": 1}', '{"canteen": 1, "seals": [{"day": 3}]}', "\udcff"])
def test_command_refuses_what_is_no_points_json(town, tmp_path, text):
    saved = tmp_path / "points.json"
    saved.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match="不是从公开页面存下的"):
        main(["check", "--against", str(saved)])
    with pytest.raises(UserError, match="打不开"):
        main(["check", "--against", str(tmp_path / "absent.json")])
