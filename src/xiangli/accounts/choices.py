from django.db import models


class Role(models.TextChoices):
    """What a person does for a place. A role holds at the place it is given for and everywhere below it."""

    COUNTY = "county", "县级管理员"
    TOWN = "town", "乡镇工作人员"
    LIAISON = "liaison", "包村干部"
    SUPERVISOR = "supervisor", "督查组"
    VILLAGE_STAFF = "village_staff", "村级工作人员"
    EDITOR = "editor", "编辑"
    COUNTER = "counter", "柜台（居民自助）"


WORKERS = (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.VILLAGE_STAFF)
"""Those who do the daily work of a centre."""
DESK = (*WORKERS, Role.COUNTER)
"""Those before whom a resident may stand."""
GRANTED_BY_TOWN = (Role.LIAISON, Role.SUPERVISOR, Role.VILLAGE_STAFF, Role.EDITOR, Role.COUNTER)
"""What a town may give and take below it; the county gives everything."""
STAFF = [Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR, Role.VILLAGE_STAFF, Role.EDITOR]


class ConsentKind(models.TextChoices):
    SENSITIVE = "sensitive", "敏感信息单独同意"
    GUARDIAN = "guardian", "监护人同意"
    PUBLISH = "publish", "公开本人信息"
