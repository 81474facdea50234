"""Who may open what: every address of ours, for every role at its own place, at another place, and without log-in.

The tables say which roles an address answers to at their own place. Everybody else gets a 404, whatever the address
and the method; strangers are sent to log in. The objects are the demonstration's: one town with its first village. A
new address that stands in no table fails the test.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.utils import timezone

from tests.places.factories import make_centre, make_county, make_staff, make_town, make_village
from xiangli.accounts.choices import Role
from xiangli.accounts.models import Assignment, User
from xiangli.audit.models import Event
from xiangli.bookings.models import Activity, Booking, BookingSeries, Draw, SignUp
from xiangli.bookings.queries import moment_text
from xiangli.canteen.models import Diner, PointsAccount
from xiangli.cases.models import Case
from xiangli.demo.loader import load
from xiangli.ledger.models import Evidence, LedgerItem, Meeting, Programme, SheetImport
from xiangli.news.models import StoryPage
from xiangli.opening.models import Closure, OpeningRule
from xiangli.places.models import Centre, Place, Space
from xiangli.planning.models import FundingRound, Improvement, Plan, Staffing
from xiangli.reports.models import Bulletin, Star
from xiangli.supervision.models import BurdenReport, Indicator, LiaisonVisit, SiteReview, Team
from xiangli.surveys.choices import Channel
from xiangli.surveys.models import Campaign, DoubtfulMark, PrintRun, ScanBatch, SheetReading, WrittenText
from xiangli.surveys.services import add_enumerator, draw_rechecks, record_response
from xiangli.surveys.trust_queries import looks_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ROLES = {
    "c": Role.COUNTY, "t": Role.TOWN, "l": Role.LIAISON, "s": Role.SUPERVISOR, "v": Role.VILLAGE_STAFF,
    "e": Role.EDITOR, "k": Role.COUNTER,
}  # fmt: skip
ALL, STAFF, WORKERS, READERS, MANAGERS, DESK = "ctlsvek", "ctlsve", "ctlv", "ctlsv", "ct", "ctlvk"

PUBLIC = {
    "show_as", "home", "privacy", "centre", "centre_qr", "county", "town",
    "survey_answer", "survey_thanks", "needs_public",
    "hours_json", "door_poster", "book", "booking_public", "calendar_ics", "case_find", "voices", "case_new",
    "case_public", "news_photo", "survey_send", "survey_worker",
    "figures_public", "village_plan", "hours", "hours_ics", "space_ics", "activity_ics",
    "week_poster", "activity_public", "sign_up_public", "tours",
    "hsds", "hsds_services", "hsds_service", "hsds_service_at_locations", "hsds_service_at_location",
    "hsds_organizations", "hsds_organization", "hsds_taxonomies", "hsds_taxonomy", "hsds_taxonomy_terms",
    "hsds_taxonomy_term", "openactive", "rpde_feed",
    "visit_worker",
    "canteen_public", "points_json",
    "draw_public", "draw_json",
}  # fmt: skip

BY_KEY = {"odk_form_list", "odk_form", "odk_manifest", "odk_submission"}
"""Opened by a phone's own key and by no log-in (tests/surveys/test_openrosa.py)."""

# URL name -> roles that may look; nobody may where it only takes a POST
PAGES: dict[str, str] = {
    "office_home": ALL, "me": ALL, "people": MANAGERS, "looks": "c", "calendar": MANAGERS, "places_list": STAFF,
    "centre_edit": WORKERS, "space_new": WORKERS, "space_edit": WORKERS,
    "surveys_list": WORKERS, "survey_new": MANAGERS, "survey": WORKERS, "survey_counter": DESK,
    "sheets_pdf": WORKERS, "survey_review": WORKERS, "survey_template": WORKERS, "survey_import": WORKERS,
    "survey_figures": WORKERS, "survey_needs": WORKERS, "needs_xlsx": WORKERS, "phones": WORKERS,
    "phones_xlsx": WORKERS, "questionnaire_import": MANAGERS, "questionnaire_new": MANAGERS,
    "questionnaire": WORKERS, "questionnaire_xlsx": WORKERS, "questionnaire_pdf": WORKERS,
    "questionnaire_web": WORKERS, "question_edit": MANAGERS, "questionnaire_language": MANAGERS,
    "survey_find": DESK, "survey_correct": DESK,
    "survey_change": WORKERS, "rechecks": WORKERS, "recheck_check": WORKERS, "recheck": WORKERS,
    "second_looks": WORKERS, "second_look": WORKERS, "coding": WORKERS,
    "survey_batch": WORKERS, "review_page": WORKERS, "review_words": WORKERS,
    "planning_list": READERS, "plan_new": MANAGERS, "plan": READERS, "plan_village": READERS, "plan_file": MANAGERS,
    "staffing_list": READERS, "staffing": READERS, "specialists": READERS, "improvements": READERS,
    "funding_list": READERS, "funding": READERS, "plan_compare": READERS, "plan_scenario": MANAGERS,
    "plan_changes": READERS, "plan_edit": MANAGERS, "improvement": MANAGERS, "improvement_new": MANAGERS,
    "ledger_list": READERS, "ledger_add": READERS, "ledger_export": READERS, "ledger_import": WORKERS,
    "ledger_item": READERS, "ledger_edit": MANAGERS, "ledger_file": READERS,
    "opening_script": WORKERS,
    "supervision_list": "ctls", "visit_add": "ctls", "visit_list_pdf": "ctls", "visit_paper": "ctls",
    "visit": "ctls", "look_back": "ctls", "teams": "ctls", "team": "cts", "supervision_rules": "c",
    "site_reviews": "ctls", "site_review": "ctls", "site_scores": "cts", "indicators": "c", "indicator": "c",
    "burden": STAFF, "burden_list": MANAGERS,
    "ledger_money": MANAGERS, "ledger_sheet": "", "ledger_settings": "c",
    "programmes": READERS, "programme": READERS, "programme_new": MANAGERS, "programme_edit": MANAGERS,
    "meeting": READERS, "meeting_new": MANAGERS, "meeting_edit": MANAGERS,
    "opening_office": WORKERS, "opening_centre": WORKERS,
    "bookings_list": DESK, "booking_counter": DESK, "booking_calls": DESK, "booking": DESK, "draw": DESK,
    "space_rules": WORKERS, "series_new": WORKERS, "series": WORKERS, "draws": WORKERS,
    "activities_office": DESK, "activity": DESK, "activity_new": WORKERS, "activity_edit": WORKERS,
    "activity_date": DESK, "activity_roll": DESK, "idle_rooms": WORKERS, "today_centre": DESK,
    "canteen_office": WORKERS, "canteen_centre": WORKERS,
    "canteen_menu": WORKERS, "canteen_meals": WORKERS, "canteen_delivery": WORKERS, "canteen_diners": WORKERS,
    "canteen_diner": WORKERS, "canteen_signatures": WORKERS, "canteen_money": WORKERS, "canteen_prices": WORKERS,
    "canteen_points": WORKERS, "canteen_passbook": WORKERS, "canteen_passbook_pdf": WORKERS,
    "cases_list": WORKERS, "case_counter_choose": DESK, "case_counter": DESK, "case_limits": "c", "case_page": WORKERS,
    "reports_dashboard": "ctls", "reports_csv": "ctls", "reports_xlsx": "ctls",
    "documents": READERS, "document": READERS, "document_file": READERS, "bulletin": READERS,
    "digest": STAFF, "stars": READERS, "star_centre": READERS, "star_rules": "c", "star_rule": "c",
    "bulletin_file": READERS, "place_map": MANAGERS, "document_templates": "c", "template_file": "c",
    "news_office": "ctve", "news_write": "ctve", "news_story": "ctve",
}  # fmt: skip

# URL name -> roles whose POST is heard
WRITES: dict[str, str] = {
    "people": MANAGERS, "assignment_end": MANAGERS, "assignment_password": MANAGERS,
    "calendar": "c", "centre_edit": WORKERS, "space_new": WORKERS,
    "space_edit": WORKERS, "survey_new": MANAGERS, "survey_sample": WORKERS, "survey_derive": MANAGERS,
    "survey_publish": MANAGERS, "survey_close": MANAGERS, "survey_counter": DESK, "survey_print": WORKERS,
    "survey_upload": WORKERS, "review_decide": WORKERS, "review_undo": WORKERS, "review_seal": WORKERS,
    "questionnaire_import": MANAGERS, "questionnaire_new": MANAGERS, "question_edit": MANAGERS,
    "question_move": MANAGERS, "questionnaire_words": MANAGERS, "questionnaire_unfasten": MANAGERS,
    "questionnaire_language": MANAGERS,
    "questionnaire_replace": MANAGERS,
    "phones": WORKERS, "phone_renew": WORKERS, "phone_revoke": WORKERS,
    "recheck_draw": MANAGERS, "recheck": WORKERS, "survey_correct": DESK,
    "batch_cancel": WORKERS, "batch_again": WORKERS, "review_page": WORKERS, "review_take": WORKERS,
    "words_type": WORKERS,
    "second_look": WORKERS, "code_answer": WORKERS, "code_add": WORKERS, "code_undo": WORKERS,
    "survey_import": WORKERS, "plan_new": MANAGERS, "plan_again": "", "plan_discard": MANAGERS, "staffing": WORKERS,
    "staffing_remove": WORKERS, "specialists": MANAGERS, "improvement_new": MANAGERS, "improvement": MANAGERS,
    "plan_scenario": MANAGERS, "plan_copy": MANAGERS, "plan_edit": MANAGERS, "plan_undo": MANAGERS,
    "plan_replan": MANAGERS,
    "funding_list": MANAGERS, "ledger_add": READERS, "ledger_import": WORKERS, "ledger_edit": MANAGERS,
    "ledger_evidence": WORKERS, "ledger_step": READERS, "visit_add": "ctls", "burden": STAFF,
    "visit_send": "ctls", "liaison_add": MANAGERS, "visit_paper": "ctls", "visit": "ctls", "look_back": "ctls",
    "teams": "cts", "team": "cts",
    "supervision_rules": "c", "site_reviews": "cts", "site_scores": "cts", "indicators": "c", "indicator": "c",
    "ledger_undo": READERS, "ledger_needs": MANAGERS,
    "ledger_money": MANAGERS, "ledger_bulk": MANAGERS, "ledger_settings": "c", "ledger_sheet_columns": "",
    "ledger_sheet_write": "", "programme_new": MANAGERS, "programme_edit": MANAGERS, "programme_part": MANAGERS,
    "programme_items": MANAGERS, "meeting_new": MANAGERS, "meeting_edit": MANAGERS, "meeting_resolve": MANAGERS,
    "burden_answer": MANAGERS, "opening_rules": WORKERS, "opening_special": WORKERS, "opening_close": WORKERS,
    "opening_rule_end": WORKERS, "opening_reopen": WORKERS,
    "opening_extended": WORKERS, "opening_market": WORKERS, "opening_poster": WORKERS,
    "booking_counter": DESK, "booking_cancel": DESK, "booking_calls": DESK, "booking": DESK, "draw": DESK,
    "space_rules": WORKERS, "series_new": WORKERS, "series": WORKERS, "draws": WORKERS, "draw_now": WORKERS,
    "activity": DESK, "activity_new": WORKERS, "activity_edit": WORKERS, "activity_date": DESK, "today_centre": DESK,
    "canteen_menu": WORKERS, "canteen_meals": WORKERS, "canteen_diners": WORKERS, "canteen_diner": WORKERS,
    "canteen_signatures": WORKERS, "canteen_money": WORKERS, "canteen_prices": WORKERS, "canteen_points": WORKERS,
    "canteen_passbook": WORKERS,
    "plan_adopt": MANAGERS, "canteen_centre": WORKERS, "case_counter": DESK, "case_limits": "c", "case_step": WORKERS,
    "news_write": "ctve", "news_story": "ctve", "news_publish": "cte", "news_withdraw": "cte",
    "bulletin_issue": "cts", "document_templates": "c", "template_drop": "c", "star_rate": "c", "star_rules": "c",
    "star_rule": "c", "place_map": MANAGERS,
}  # fmt: skip

# What the staff of another village of the same town share with it: the town's campaign, plan and shares of money.
SHARED = {
    "survey_find",
    "survey", "survey_counter", "survey_review", "survey_template", "survey_import", "survey_figures", "plan",
    "phones", "phones_xlsx", "questionnaire", "questionnaire_xlsx", "questionnaire_pdf", "questionnaire_web",
    "funding", "survey_sample", "survey_print", "survey_upload", "review_undo", "review_seal",
    "review_page", "review_take", "review_words", "survey_change", "rechecks", "second_looks", "coding", "code_add",
    "programme", "meeting",
    "code_undo", "plan_changes", "bulletin", "bulletin_file",
}  # fmt: skip
# Lists and forms that show everybody their own: they name no object of a place.
OWN = {
    "office_home", "me", "people", "looks", "calendar", "places_list", "surveys_list", "survey_new", "planning_list",
    "questionnaire_import", "questionnaire_new", "plan_new", "staffing_list", "specialists", "improvements",
    "improvement_new", "plan_compare",
    "funding_list", "ledger_list", "ledger_add", "ledger_export", "ledger_import", "supervision_list",
    "visit_add", "visit_send", "liaison_add", "visit_list_pdf", "visit_paper", "teams", "supervision_rules",
    "site_reviews", "place_map",
    "indicators", "burden", "burden_list", "opening_office", "bookings_list", "booking_calls",
    "activities_office", "idle_rooms",
    "canteen_office", "cases_list",
    "ledger_settings", "ledger_bulk", "programmes", "programme_new", "meeting_new",
    "case_counter_choose", "case_limits", "reports_dashboard", "reports_csv", "reports_xlsx", "news_office",
    "news_write", "documents", "document", "document_file", "document_templates", "template_file", "bulletin_issue",
    "template_drop", "digest", "stars", "star_rules", "star_rate",
}  # fmt: skip
NAMES = re.compile("会盟|陆村|孟津")  # whatever a page of another county must not show


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every address that a room of ours answers."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        elif getattr(entry.callback, "__module__", "").startswith("xiangli."):
            yield entry


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker) -> Iterator[Place]:
    """The demonstration, loaded once; taken back at the end."""
    with django_db_blocker.unblock(), undone():
        town = load(today=timezone.localdate(), password="only-for-this-test-1")
        if connection.vendor == "postgresql":
            connection.cursor().execute("ANALYZE")  # as autovacuum does where the rows are committed
        yield town


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def objects(town: Place) -> tuple[Place, dict[str, dict[str, Any]]]:
    """The first village, and for each URL name the keyword arguments that lead to something of that village."""
    village = town.children.order_by("path")[0]
    centre = Centre.everywhere.get(place=village)
    campaign = Campaign.everywhere.get()
    item = LedgerItem.everywhere.filter(place=village, state="in_progress").order_by("pk")[0]
    case = Case.everywhere.filter(place=village, state="filed").order_by("pk")[0]
    story = StoryPage.objects.filter(place=village, live=True).order_by("pk")[0]
    plan = Plan.everywhere.get(state="adopted")
    draft = Plan.everywhere.get(state="draft")
    booking = Booking.everywhere.filter(space__centre=centre, activity=None).order_by("pk")[0]
    signed = SignUp.everywhere.filter(activity__centre=centre).order_by("-pk")[0]
    run = PrintRun.everywhere.create(
        county=town.county, campaign=campaign, place=village, version=1, first=1, copies=1, layout={}
    )
    reading = SheetReading.everywhere.create(
        county=town.county, campaign=campaign, place=village, version=1, sheet=1, file="a.jpg"
    )
    doubt = DoubtfulMark.everywhere.create(county=town.county, reading=reading, question="needs", option="canteen")
    batch = ScanBatch.everywhere.create(
        county=town.county, campaign=campaign, place=village, archive="scans/none", state="failed"
    )
    written = WrittenText.everywhere.create(county=town.county, reading=reading, question="say", crop=b"png")
    proof = Evidence.everywhere.create(
        county=town.county, item=item, token=uuid4(), suffix=".jpg", content_type="image/jpeg", at=timezone.now(),
        file="ledger/none.jpg",
    )  # fmt: skip
    meeting = Meeting.everywhere.create(county=town.county, place=town, title="推进会", held_on=timezone.localdate())
    sheet = SheetImport.everywhere.create(  # its uploader's alone: nobody of the tables is that person
        county=town.county, place=town, by=make_staff(Role.TOWN, town), name="a.csv", created_at=timezone.now()
    )
    by_prefix = {
        "phones": campaign, "phone": campaign, "question": campaign, "questionnaire": campaign,
        "rechecks": campaign, "recheck": campaign, "second": campaign,
        "coding": campaign, "batch": batch, "words": campaign, "code": campaign,
        "survey": campaign, "review": campaign, "needs": campaign, "plan": plan, "ledger": item, "case": case,
        "programme": Programme.everywhere.get(), "meeting": meeting,
        "news": story, "centre": centre, "opening": centre, "canteen": centre, "booking": centre,
        "activity": Activity.everywhere.filter(centre=centre, sign_up="date")[0], "today": centre,
        "bulletin": Bulletin.everywhere.get(), "star": Star.everywhere.order_by("pk")[0],
        "visit": LiaisonVisit.everywhere.filter(place=village)[0],
        "team": Team.everywhere.create(county=town.county, place=village, name="一组"),
        "site": SiteReview.everywhere.create(
            county=town.county, place=village, title="看一看", held_on=timezone.localdate()
        ),
        "indicator": Indicator.everywhere.create(county=town.county, title="会盟的指标"),
    }  # fmt: skip
    by_name = {
        "sheets_pdf": run, "survey_batch": batch, "ledger_sheet": sheet, "ledger_sheet_columns": sheet,
        "ledger_sheet_write": sheet,
        **dict.fromkeys(("plan_edit", "plan_undo", "plan_replan", "plan_changes"), draft),
        **dict.fromkeys(
            ("assignment_end", "assignment_password"), Assignment.everywhere.filter(place=village).order_by("pk")[0]
        ),
        "space_edit": Space.everywhere.filter(centre=centre)[0], "booking_cancel": booking,
        "booking": booking, "space_rules": centre, "series_new": centre, "draws": centre,
        "series": BookingSeries.everywhere.filter(space__centre=centre)[0],
        **dict.fromkeys(("draw", "draw_now", "draw_public", "draw_json"), Draw.everywhere.get(centre=centre)),
        "staffing_remove": Staffing.everywhere.filter(place=village)[0],
        "improvement": Improvement.everywhere.filter(place=village)[0], "funding": FundingRound.everywhere.get(),
        "space_ics": Space.everywhere.filter(centre=centre, office_use=False)[0],
        "activity_ics": Activity.everywhere.filter(centre=centre)[0],
        "activity_new": centre, "star_centre": centre, "burden_answer": BurdenReport.everywhere.get(),
        "opening_rule_end": OpeningRule.everywhere.filter(centre=centre)[0],
        "opening_reopen": Closure.everywhere.create(
            county=town.county, centre=centre, starts=timezone.now(), reason="停电", announced_at=timezone.now()
        ),
    }  # fmt: skip
    access = add_enumerator(by=None, campaign=campaign, place=village, label="调查员 1 号")
    alike = {"needs": ["law", "reading", "sports"], "band": "afternoon", "sex": "男", "age": "18-44", "group": "务工"}
    copies = [
        record_response(
            by=None, campaign=campaign, place=village, channel=Channel.COUNTER, raw={**alike, "say": "要路灯"},
            client_uuid=uuid4(),
        )[0]
        for _ in range(5)
    ]  # fmt: skip
    (draw,) = draw_rechecks(by=None, campaign=campaign, villages=[village], seed="7", at=timezone.now())
    looks = looks_of(campaign, {village.pk: village}, village)
    numbers = {
        "recheck": draw.rechecks.order_by("pk")[0].pk,
        "draw": draw.pk,
        "response": copies[0].pk,
        "phone": access.enumerator.pk,
        "village": village.pk,
        "item": item.pk,
        "centre": centre.pk,
        "centre_pk": centre.pk,
        "mark": doubt.pk,
        "words": written.pk,
        "token": proof.token,
        "diner": Diner.everywhere.filter(canteen__centre=centre).order_by("pk")[0].pk,
        "account": PointsAccount.everywhere.filter(canteen__centre=centre, kind="passbook").order_by("pk")[0].pk,
    }
    words = {
        "county": town.county.slug, "slug": centre.slug, "centre": centre.slug, "village": village.slug,
        "public_id": campaign.public_id, "code": booking.code, "receipt": case.receipt, "name": "none.jpg",
        "digest": next(one.found.digest for one in looks if copies[0].pk in one.found.keys),
        "sign_up": signed.code, "moment": moment_text(signed.date.starts),
        "action": "ask-close", "step": "accepted", "kind": "weekly", "suffix": "pdf", "part": "duty",
    }  # fmt: skip

    def arguments(pattern: URLPattern) -> dict[str, Any]:
        name = pattern.name or ""
        found = {
            key: (numbers if isinstance(converter, IntConverter | UUIDConverter) else words).get(key)
            for key, converter in pattern.pattern.converters.items()
        }
        if "pk" in found:
            found["pk"] = (by_name.get(name) or by_prefix[name.split("_")[0]]).pk
        if name in {"town", "tours", "county"}:
            found["slug"] = (town.county if name == "county" else town).slug
        return found

    return village, {pattern.name or "": arguments(pattern) for pattern in patterns()}


def client(user: User | None = None) -> Client:
    visitor = Client(raise_request_exception=True)
    if user:
        visitor.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return visitor


def status(visitor: Client, name: str, kwargs: Mapping[str, Any], method: str = "get") -> tuple[int, str]:
    """Status and text of a page; whatever the request changed is taken back."""
    with undone():
        events = Event.objects.count()
        answer = getattr(visitor, method)(reverse(name, kwargs=kwargs), {"marked": "yes"})
        text = "" if answer.streaming else answer.content.decode(errors="ignore")
        if answer.status_code == 404:
            assert Event.objects.count() == events, f"{name}: a refused {method} left an event"
        return answer.status_code, text


def test_every_address_is_in_a_table():
    names = {pattern.name for pattern in patterns()}
    assert names - PUBLIC - BY_KEY - set(PAGES) - set(WRITES) == set()
    assert (PUBLIC | BY_KEY | set(PAGES) | set(WRITES)) - names == set()
    assert (OWN | SHARED) - set(PAGES) - set(WRITES) == set()


def test_strangers_see_public_pages_and_are_sent_to_log_in_elsewhere(town):
    _, kwargs = objects(town)
    stranger = client()
    for name in set(PAGES) | set(WRITES):
        for method in ("get", "post"):
            assert status(stranger, name, kwargs[name], method)[0] == 302, f"{method} {name}"
    missing = {name for name in PUBLIC - {"door_poster"} if status(stranger, name, kwargs[name])[0] == 404}
    strange = {"hsds_service", "hsds_service_at_location", "hsds_organization", "hsds_taxonomy", "hsds_taxonomy_term"}
    assert missing == {"news_photo", "rpde_feed"} | strange  # there is no photo, feed or key of that name


@pytest.mark.parametrize("letter", ROLES)
def test_role_opens_its_pages_and_no_others(town, letter):
    village, kwargs = objects(town)
    where = {"c": town.county, "t": town, "s": town}.get(letter, village)
    visitor = client(make_staff(ROLES[letter], where))
    seen = {name for name in PAGES if status(visitor, name, kwargs[name])[0] not in (404, 405)}
    absent = {"ledger_file"} if letter in READERS else set()  # allowed, but the demonstration has no such file
    assert seen | absent == {name for name, letters in PAGES.items() if letter in letters}
    heard = {name for name in WRITES if status(visitor, name, kwargs[name], "post")[0] not in (404, 405)}
    ready = {"plan_adopt"} if letter in MANAGERS else set()  # the demonstration's plan is adopted already
    assert heard | ready == {name for name, letters in WRITES.items() if letter in letters}


@pytest.mark.parametrize("letter", ["l", "v", "e", "k"])
def test_role_in_another_village_of_the_town_finds_only_what_the_town_shares(town, letter):
    _, kwargs = objects(town)
    neighbour = town.children.order_by("-path")[0]
    visitor = client(make_staff(ROLES[letter], neighbour))
    for name in (set(PAGES) - OWN) | (set(WRITES) - OWN):
        for method in ("get", "post"):
            code, _ = status(visitor, name, kwargs[name], method)
            shared = name in SHARED and letter in (PAGES.get(name) or WRITES.get(name, ""))
            assert shared or code in (404, 405), f"{method} {name}: {code}"


@pytest.mark.parametrize("letter", ROLES)
def test_role_in_another_county_finds_nothing_and_reads_no_name_of_ours(town, letter):
    _, kwargs = objects(town)
    elsewhere = make_town(make_county("bieqqu", "别区"), "biezhen", "别镇")
    village = make_village(elsewhere, name="别村")
    make_centre(village)
    where = {"c": elsewhere.county, "t": elsewhere, "s": elsewhere}.get(letter, village)
    visitor = client(make_staff(ROLES[letter], where))
    for name in set(PAGES) | set(WRITES):
        for method in ("get", "post"):
            code, text = status(visitor, name, kwargs[name], method)
            if name not in OWN:
                assert code in (404, 405), f"{method} {name}: {code}"
            assert not NAMES.search(text), f"{method} {name} shows {NAMES.search(text)}"
