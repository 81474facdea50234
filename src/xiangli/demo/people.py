"""One invented account for each role. Posts stand in place of names: nobody real is meant."""

import secrets
from datetime import date
from pathlib import Path
from typing import Any

from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.accounts.services import add_staff, assign
from xiangli.places.models import Place

# user name, name shown, role, post
PEOPLE = [
    ("county", "区委组织部（演示）", Role.COUNTY, "县级管理员"),
    ("town", "镇党政办（演示）", Role.TOWN, "乡镇工作人员"),
    ("liaison", "包村干部（演示）", Role.LIAISON, "包村干部"),
    ("supervisor", "督查组（演示）", Role.SUPERVISOR, "督查组"),
    ("village", "陆村社区值班员（演示）", Role.VILLAGE_STAFF, "村级工作人员"),
    ("editor", "通讯员（演示）", Role.EDITOR, "编辑"),
    ("counter", "陆村社区柜台（演示）", Role.COUNTER, "柜台"),
]


def load_people(*, town: Place, today: date, password: str) -> dict[str, User]:
    """Accounts by user name. The liaison officer has the first two villages, village staff and counter the first;
    the editor serves the whole county and so may enter Wagtail's own editor."""
    villages = list(town.children.order_by("path"))
    where: dict[str, list[Any]] = {
        "county": [town.county], "town": [town], "liaison": villages[:2], "supervisor": [town],
        "village": villages[:1], "editor": [town.county], "counter": villages[:1],
    }  # fmt: skip
    users: dict[str, User] = {}
    for username, name, role, post in PEOPLE:
        users[username] = add_staff(by=None, username=username, name=name, password=password, post=post)
        for place in where[username]:
            assign(by=None, user=users[username], role=role, place=place, since=today)
    return users


def demo_password(data: Path) -> str:
    """The password of this installation's demonstration accounts: made once, kept in the data folder."""
    kept = data / "demo_password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(f"xiangli-{secrets.token_hex(4)}")
    return kept.read_text()
