"""The office's menu: each entry only for those whose work it is."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from xiangli.accounts.choices import STAFF, WORKERS, Role
from xiangli.accounts.rules import has_any_role

MANAGERS = (Role.COUNTY, Role.TOWN)

# label, URL name, roles
ENTRIES: list[tuple[str, str, tuple[str, ...]]] = [
    ("今天", "office_home", tuple(STAFF)),
    ("台账", "ledger_list", (*WORKERS, Role.SUPERVISOR)),
    ("来信", "cases_list", WORKERS),
    ("预约", "bookings_list", (*WORKERS, Role.COUNTER)),
    ("活动", "activities_office", (*WORKERS, Role.COUNTER)),
    ("开放时间", "opening_office", WORKERS),
    ("民意调查", "surveys_list", WORKERS),
    ("需求与方案", "planning_list", (*WORKERS, Role.SUPERVISOR)),
    ("督查", "supervision_list", (Role.COUNTY, Role.TOWN, Role.LIAISON, Role.SUPERVISOR)),
    ("食堂", "canteen_office", WORKERS),
    ("新闻", "news_office", (*MANAGERS, Role.VILLAGE_STAFF, Role.EDITOR)),
    ("看板", "reports_dashboard", (*MANAGERS, Role.SUPERVISOR, Role.LIAISON)),
    ("材料", "documents", (*WORKERS, Role.SUPERVISOR)),
    ("村和中心", "places_list", WORKERS),
]


def menu(request: HttpRequest) -> dict[str, Any]:
    """``office_menu`` for office pages; nothing elsewhere, so that public pages ask the database for no assignments."""
    if not request.path.startswith("/office/") or not getattr(request, "user", None):
        return {}
    entries: list[dict[str, Any]] = []
    for label, name, roles in ENTRIES:
        if not has_any_role(request.user, *roles):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        entries.append({"label": label, "url": url, "current": False})
    here = [one for one in entries if request.path.startswith(one["url"]) and one["url"] != "/office/"]
    here += [one for one in entries if one["url"] == request.path]
    if here:
        max(here, key=lambda one: len(one["url"]))["current"] = True  # the nearest: 材料 lies below 看板
    return {"office_menu": entries}
