"""RULES B2 to B7 as tests: walks every model, URL name and template of ours and fails on what must not exist.

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


# What would turn a list of places, visits or stars into a table of winners and losers.
RANKS = re.compile(r"排名|名次|排行|第一名|倒数|末位|先进个人|红黑榜|龙虎榜")
SCORED = re.compile(r"points|score|star|given")
RANKS_NOT = re.compile(r"不(?:是)?排名|不排行")


def test_no_template_or_document_ranks_anybody():
    """B2: reviews, stars, bulletins and dashboards stand in the order of the tree, and say so at most."""
    texts = [*templates(), *PACKAGE.glob("*/**/*.typ"), *PACKAGE.glob("reports/documents/*.py")]
    said = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in texts
        for line in path.read_text(encoding="utf-8").splitlines()
        if RANKS.search(RANKS_NOT.sub("", line))
    ]
    assert said == []


def test_no_row_of_supervision_or_reports_is_ordered_by_points_stars_or_visits():
    rows = [m for m in our_models() if m._meta.app_label in ("supervision", "reports")]
    ordered = [f"{m._meta.label}: {name}" for m in rows for name in m._meta.ordering if SCORED.search(str(name))]
    assert ordered == []
    room = re.compile(r"order_by\([^)]*(?:points|stars|given|score|visits|count)[^)]*\)")
    said = [
        f"{path.relative_to(PACKAGE)}: {match.group()}"
        for name in ("supervision", "reports")
        for path in PACKAGE.glob(f"{name}/**/*.py")
        for match in room.finditer(path.read_text(encoding="utf-8"))
    ]
    assert said == []


def test_scores_and_stars_belong_to_places_and_services_never_to_people():
    """B2: no row that keeps points or stars leads to a member of staff, by whatever name."""
    user = apps.get_model(settings.AUTH_USER_MODEL)
    scored = [m for m in our_models() if re.search(r"Score|Star|Review|Indicator", m.__name__)]
    assert {"supervision.SiteScore", "reports.StarRating", "reports.Star"} <= {m._meta.label for m in scored}
    led = [
        f"{model._meta.label}.{field.name}"
        for model in scored
        if model._meta.app_label in ("supervision", "reports")
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model is user
    ]
    assert led == []


def test_star_hangs_on_facts_of_the_place_never_on_clicks_or_people():
    """B2, B3: what a star may be given for is a closed list; none of it measures staff, likes, photos or reading."""
    from xiangli.reports.choices import Fact

    words = [f"{fact.value} {fact.label}" for fact in Fact]
    assert [word for word in words if MEASURES_STAFF.search(word) or FEEDS_SCORES.search(word)] == []
    assert [word for word in words if TRACES.search(word) or any(rule.search(word) for rule in WORDS.values())] == []
    assert [word for word in words if re.search("visit|走访|干部|照片|上报|报送", word)] == []


def test_one_digest_a_day_is_all_that_is_ever_sent_to_staff():
    """B5: one place sends, the database keeps it to once a day, and no page notifies."""
    senders = sorted(
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.glob("**/*.py")
        if re.search(r"django\.core\.mail|smtplib|send_sms|web_?push|Notification\(", path.read_text(encoding="utf-8"))
        and path.parent.name != "config"
    )
    assert senders == ["reports/services/digest.py"]
    (once,) = apps.get_model("reports.StaffDigest")._meta.constraints
    assert once.fields == ("user", "day")
    scripts = sorted(PACKAGE.glob("*/static/**/*.js"))
    asks = [path.name for path in scripts if re.search(r"Notification|pushManager", path.read_text(encoding="utf-8"))]
    assert asks == []


def test_no_document_form_asks_for_a_number():
    """B4: a bulletin, a list or the figures of a month are asked for with a place and a time, and nothing else."""
    from django import forms

    from xiangli.reports.forms import IssueForm, TemplateForm

    typed = (forms.IntegerField, forms.FloatField, forms.DecimalField, forms.CharField)
    asked = [name for form in (IssueForm, TemplateForm) for name, f in form.base_fields.items() if isinstance(f, typed)]
    assert [name for name in asked if name != "client_uuid"] == []  # a UUID field is made of a text field


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (RANKS, "各村排名"), (SCORED, "-points"),
        (MEASURES_STAFF, "check_in"), (MEASURES_STAFF, "online_hours"), (MEASURES_STAFF, "staff_ranking"),
        (MEASURES_STAFF, "last_seen"), (FEEDS_SCORES, "like_count"), (FEEDS_SCORES, "reading_time"),
        (TRACES, "photo"), (TRACES, "longitude"), (SELLS, "payment"), (SELLS, "popup"),
        (WORDS["B2"], "干部打卡"), (WORDS["B3"], "点赞数"), (WORDS["B6"], "微信支付"),
    ],
)  # fmt: skip
def test_guard_knows_what_it_looks_for(pattern, name):
    assert pattern.search(name)
