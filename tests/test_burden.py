"""RULES B2, B3, B6 and B7 as tests: walks every model, URL name and template of ours and fails on what must not exist.

The words are those of the 2026 rules on government apps and of the rules on the load at the grass roots. A match that
is innocent is listed in ``INNOCENT`` with its reason, so that each new one is a decision and not an accident.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

OURS = "xiangli."
PACKAGE = Path(settings.PACKAGE)

# B2: no check-in, no points or ranking of staff, no time online, no usage rates, no forced log-in
MEASURES_STAFF = re.compile(
    r"check_?in(?!g)|clock_?in|punch|attendance_of_staff|time_?online|online_?(time|duration|hours)|last_?(seen|active)"
    r"|usage_?rate|active_?rate|login_?(count|streak|days)|leader_?board|rank(ing|ed)?(_|$)|streak|badge|kpi|performance_?score"
)
# B3: likes, votes, shares, reading or study time feed no score
FEEDS_SCORES = re.compile(
    r"like_?count|likes$|thumbs|vote_?count|share_?count|read(ing)?_?(time|seconds)|study_?(time|hours|score)"
)
# B3: picture, video, position and track are always optional
TRACES = re.compile(r"photo|picture|image|video|evidence_file|latitude|longitude|location|position_gps|gps|track")
# B6: no commerce, no advertising, no pop-ups
SELLS = re.compile(r"payment|alipay|wechat_?pay|unionpay|checkout|cart_|invoice|advert|banner_ad|sponsor|popup|pop_up")

WORDS = {
    "B2": re.compile(r"打卡|考勤|在线时长|使用率|活跃度|排行榜|积分排名|干部积分|工作积分|龙虎榜|日活"),
    "B3": re.compile(r"点赞|转发量|学习时长|学习积分|阅读时长|集赞"),
    "B6": re.compile(r"微信支付|支付宝|立即购买|去付款|在线支付|广告位|赞助商|弹窗"),
}
POPS_UP = re.compile(r"<dialog[^>]*\bopen\b|window\.open|alert\(|confirm\(|autoplay|target=[\"']_blank")

INNOCENT: dict[str, str] = {}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OURS)]


def our_names() -> Iterator[tuple[str, str]]:
    """(where, name) of every model and field of ours."""
    for model in our_models():
        yield model._meta.label, re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
        for field in model._meta.get_fields():
            if field.concrete and not field.auto_created:
                yield f"{model._meta.label}.{field.name}", field.name


def url_names(resolver: URLResolver | None = None) -> Iterator[tuple[str, str]]:
    """(route, name) of every address that a room of ours answers."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry)
        elif isinstance(entry, URLPattern) and getattr(entry.callback, "__module__", "").startswith(OURS):
            yield str(entry.pattern), entry.name or ""


def templates() -> list[Path]:
    return sorted(PACKAGE.glob("*/templates/**/*.html"))


def found(pattern: re.Pattern[str], pairs: Iterator[tuple[str, str]]) -> list[str]:
    return [f"{where}: {name}" for where, name in pairs if pattern.search(name.lower()) and where not in INNOCENT]


def test_walk_reaches_models_addresses_and_templates():
    assert {"ledger.LedgerItem", "supervision.LiaisonVisit", "accounts.User"} <= {m._meta.label for m in our_models()}
    assert {"ledger_list", "burden", "supervision_list"} <= {name for _, name in url_names()}
    assert {"ledger/item.html", "ui/office.html"} <= {"/".join(path.parts[-2:]) for path in templates()}


@pytest.mark.parametrize("pattern", [MEASURES_STAFF, FEEDS_SCORES, SELLS], ids=["B2", "B3", "B6"])
def test_no_model_field_or_address_measures_staff_feeds_a_score_or_sells(pattern):
    assert found(pattern, our_names()) == []
    assert found(pattern, url_names()) == []
    assert found(pattern, ((route, route) for route, _ in url_names())) == []


def test_no_number_about_a_member_of_staff_is_kept():
    """A score, star, point or rank may belong to a place, a service or a resident's passbook, never to a user."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    numbers = (models.IntegerField, models.FloatField, models.DecimalField)
    scored = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        if model is user
        or any(f.is_relation and f.related_model is user and f.unique for f in model._meta.concrete_fields)
        for field in model._meta.concrete_fields
        if isinstance(field, numbers) and not field.is_relation and not field.primary_key
    ]
    assert scored == []
    score = re.compile(r"score|star|points?|rank|grade|rating")
    about_staff = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        if any(
            f.is_relation and f.related_model is user and f.name in ("user", "staff", "person")
            for f in model._meta.fields
        )
        for field in model._meta.concrete_fields
        if score.search(field.name)
    ]
    assert about_staff == []


def test_pictures_positions_and_tracks_are_always_optional():
    """On a model of its own (one row for each picture) the file is the row; there nothing else may demand the row."""
    forced = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if TRACES.search(field.name) and not (field.blank or field.null or field.has_default() or not field.editable)
    ]
    assert forced == []


def our_forms() -> Iterator[type]:
    from importlib import import_module

    from django import forms

    for path in sorted(PACKAGE.glob("*/forms.py")):
        module = import_module(f"xiangli.{path.parent.name}.forms")
        yield from (
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, forms.BaseForm) and value.__module__ == module.__name__
        )


def test_no_form_demands_a_picture_or_a_position_beside_other_fields():
    """A form that only uploads may require its file; in a form about something else it stays optional."""
    from django import forms

    kinds = (forms.FileField, forms.ImageField)
    forced = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in our_forms()
        for name, field in form.base_fields.items()
        if (isinstance(field, kinds) or TRACES.search(name)) and field.required and len(form.base_fields) > 2
    ]
    assert forced == []


@pytest.mark.parametrize("rule", WORDS)
def test_no_template_speaks_of_what_must_not_be(rule):
    said = [
        f"{path.relative_to(PACKAGE)}: {match.group()}"
        for path in templates()
        if (match := WORDS[rule].search(path.read_text(encoding="utf-8")))
        and str(path.relative_to(PACKAGE)) not in INNOCENT
    ]
    assert said == []


def test_no_page_pops_up_and_no_script_comes_from_elsewhere():
    faults = []
    for path in templates():
        text = path.read_text(encoding="utf-8")
        faults += [f"{path.relative_to(PACKAGE)}: {m.group()}" for m in POPS_UP.finditer(text)]
        faults += [
            f"{path.relative_to(PACKAGE)}: {m.group()}"
            for m in re.finditer(r"<script[^>]+src=[\"'](https?:)?//[^\"']+", text)
        ]
    assert faults == []


def test_every_office_page_has_the_entry_to_say_that_it_is_a_burden():
    """B7: the entry stands in the frame; every office page uses the frame."""
    frame = (PACKAGE / "ui/templates/ui/office.html").read_text(encoding="utf-8")
    assert "{% url 'burden' %}" in frame
    replaced = [
        str(path.relative_to(PACKAGE))
        for path in templates()
        if path.name != "office.html" and 'extends "ui/office.html"' in path.read_text(encoding="utf-8")
        and "{% block body %}" in path.read_text(encoding="utf-8")
    ]  # fmt: skip
    assert replaced == []


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (MEASURES_STAFF, "check_in"), (MEASURES_STAFF, "online_hours"), (MEASURES_STAFF, "staff_ranking"),
        (MEASURES_STAFF, "last_seen"), (FEEDS_SCORES, "like_count"), (FEEDS_SCORES, "reading_time"),
        (TRACES, "photo"), (TRACES, "longitude"), (SELLS, "payment"), (SELLS, "popup"),
        (WORDS["B2"], "干部打卡"), (WORDS["B3"], "点赞数"), (WORDS["B6"], "微信支付"),
    ],
)  # fmt: skip
def test_guard_knows_what_it_looks_for(pattern, name):
    assert pattern.search(name)
