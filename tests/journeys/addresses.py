"""Every page of the product with an address on which the demonstration shows it, and what is no page, with the reason.

The list is checked against the URL table: a pattern that stands in neither half fails the accessibility test by name.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from xiangli.bookings.models import Attendance, Booking, BookingSeries, Draw, SignUp
from xiangli.bookings.queries import moment_text
from xiangli.canteen.models import Diner
from xiangli.cases.models import Case
from xiangli.ledger.models import LedgerItem, Meeting, Programme, SheetImport
from xiangli.news.models import StoryPage
from xiangli.places.models import Place
from xiangli.places.queries import centres, villages
from xiangli.planning.models import FundingRound, Improvement, Plan
from xiangli.planning.week import line
from xiangli.reports.models import Bulletin, Star
from xiangli.supervision.models import Indicator, LiaisonVisit, SiteReview, Team
from xiangli.surveys.models import Campaign, Recheck, ScanBatch
from xiangli.surveys.trust_queries import looks_of

FOREIGN = ("cms/", "api/")  # Wagtail's own editor and the API's description: not our pages

NOT_PAGES = {
    "a file": {
        "centre_qr", "sheets_pdf", "survey_template", "needs_xlsx", "plan_file", "ledger_export", "ledger_file",
        "hours_json", "hours_ics", "door_poster", "opening_poster",
        "calendar_ics", "space_ics", "activity_ics", "week_poster", "activity_roll", "draw_json",
        "case_challenge", "reports_csv", "reports_xlsx", "news_photo",
        "points_json", "canteen_passbook_pdf",
        "mfa_download_recovery_codes", "healthz/", "survey_worker", "questionnaire_xlsx", "questionnaire_pdf",
        "visit_worker", "visit_list_pdf", "document_file", "bulletin_file", "template_file",
        "phones_xlsx", "odk_form_list", "odk_form", "odk_manifest",
    },
    "an act: it answers a form and goes on to a page": {
        "assignment_password",
        "show_as", "assignment_end", "survey_sample", "survey_derive", "survey_publish", "survey_close",
        "survey_print", "survey_upload", "review_decide", "review_undo", "review_seal", "review_take", "words_type",
        "batch_cancel", "batch_again", "survey_send", "question_move", "questionnaire_words", "questionnaire_unfasten",
        "questionnaire_replace", "phone_renew", "phone_revoke", "recheck_draw", "code_add", "code_undo", "code_answer",
        "odk_submission", "plan_again", "plan_discard", "plan_copy", "plan_undo", "plan_replan",
        "plan_adopt", "staffing_remove", "ledger_evidence", "ledger_step", "burden_answer",
        "recheck_check", "opening_rules", "opening_special", "opening_close", "opening_rule_end", "opening_reopen",
        "opening_extended", "opening_market", "booking_cancel", "draw_now",
        "case_step", "news_publish", "news_withdraw",
        "ledger_undo", "ledger_needs", "ledger_bulk", "ledger_sheet_columns", "ledger_sheet_write", "programme_part",
        "programme_items", "meeting_resolve",
        "visit_send", "liaison_add", "star_rate", "bulletin_issue", "template_drop",
    },
    "comes up only half-way through something that the demonstration's accounts do not do": {
        "account_inactive", "account_signup", "account_email", "account_email_verification_sent",
        "account_set_password", "account_confirm_login_code", "account_confirm_email",
        "account_reset_password_from_key_done", "account_reset_password_from_key", "account_reset_password_done",
        "mfa_authenticate", "mfa_activate_totp", "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    },
}  # fmt: skip

PUBLIC = {
    "home", "privacy", "centre", "village_plan", "county", "town",
    "hours", "survey_answer", "survey_thanks", "needs_public",
    "figures_public", "book", "booking_public", "draw_public", "activity_public", "sign_up_public", "tours",
    "canteen_public",
    "case_find", "voices", "case_new", "case_public", "account_login", "account_reset_password", "wagtail_serve",
}  # fmt: skip


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """(name, whole pattern) of all that the product answers; a pattern without a name goes by the pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        whole = before + str(entry.pattern)
        if whole.startswith(FOREIGN):
            continue
        if isinstance(entry, URLPattern):
            yield entry.name or whole, whole
        else:
            yield from patterns(entry, whole)


def addresses(town: Place) -> dict[str, list[str]]:
    """URL name -> the addresses to look at."""
    lucun = villages(town)[0]
    return {name: made if isinstance(made, list) else [made] for name, made in _addresses(town, lucun).items()}


def _addresses(town: Place, lucun: Place) -> dict[str, Any]:
    centre = centres(lucun)[0]
    here = {"county": town.county.slug, "centre": centre.slug}
    return {
        "home": reverse("home"), "privacy": reverse("privacy"),
        "centre": reverse("centre", args=here.values()), "hours": reverse("hours", kwargs=here),
        "village_plan": reverse("village_plan", kwargs={"county": here["county"], "slug": here["centre"]}),
        "county": reverse("county", args=[town.county.slug]),
        "town": reverse("town", args=[town.county.slug, town.slug]),
        "office_home": reverse("office_home"), "wagtail_serve": ["/news/", *_stories()],
        "book": _booking_pages(here),
        "booking_public": [
            reverse("booking_public", args=[*here.values(), code]) for code in (_booking(centre), "DEMWAT", "DEMLTA")
        ],
        **_bookings(centre, here),
        "voices": reverse("voices", kwargs=here), "case_new": reverse("case_new", kwargs=here),
        "case_find": reverse("case_find"),
        "case_public": reverse("case_public", args=[*here.values(), _case(centre).receipt]),
        **_accounts(centre), **_surveys(lucun), **_planning(lucun), **_ledger(lucun), **_opening(centre),
        **_cases(centre), **_canteen(centre, here),
        **{name: reverse(name) for name in (
            "supervision_list", "visit_add", "burden_list", "reports_dashboard", "news_office", "news_write",
            "documents", "document_templates", "teams", "supervision_rules", "site_reviews", "indicators",
            "digest", "stars", "star_rules",
        )},
        **_supervision(town),
        "star_centre": reverse("star_centre", args=[centre.pk]),
        "star_rule": reverse("star_rule", args=[Star.everywhere.order_by("pk")[0].pk]),
        "bulletin": reverse("bulletin", args=[Bulletin.everywhere.get().pk]),
        "document": [
            *(f"{reverse('document', args=[kind])}?place={town.pk}" for kind in ("bulletin", "weekly", "monthly")),
            f"{reverse('document', args=['dossier'])}?place={lucun.pk}",
        ],
        "burden": reverse("burden") + "?page=/office/",
        "news_story": reverse("news_story", args=[StoryPage.objects.order_by("pk")[0].pk]),
    }  # fmt: skip


def _stories() -> list[str]:
    story = StoryPage.objects.live().order_by("pk")[0]
    return [story.get_parent().get_url(), story.get_url()]


def _booking_pages(here: dict[str, str]) -> list[str]:
    """Choosing a space, and choosing a time."""
    choose = reverse("book", kwargs=here)
    space = Booking.everywhere.exclude(code="").order_by("pk")[0].space
    return [choose, f"{choose}?space={space.pk}"]


def _bookings(centre: Any, here: dict[str, str]) -> dict[str, Any]:
    draw = Draw.everywhere.get(centre=centre)
    return {
        "booking_calls": reverse("booking_calls"),
        "booking": [reverse("booking", args=[Booking.everywhere.get(code=code).pk]) for code in ("DEMREQ", "DEMHAS")],
        **{name: reverse(name, args=[centre.pk]) for name in ("space_rules", "series_new", "draws")},
        "series": reverse("series", args=[BookingSeries.everywhere.filter(space__centre=centre)[0].pk]),
        "draw": reverse("draw", args=[draw.pk]),
        "draw_public": reverse("draw_public", args=[*here.values(), draw.pk]),
    }


def _booking(centre: Any) -> str:
    return Booking.everywhere.filter(space__centre=centre).exclude(code="").order_by("-pk")[0].code


def _case(centre: Any) -> Case:
    return Case.everywhere.filter(centre=centre).order_by("pk")[0]


def _accounts(centre: Any) -> dict[str, Any]:
    plain = (
        "me", "people", "looks", "places_list", "calendar", "account_login", "account_logout", "account_reauthenticate",
        "account_change_password", "account_reset_password", "mfa_index",
    )  # fmt: skip
    village = centre.place
    map_of = f"{reverse('place_map')}?place={village.parent_id}"
    return {
        "place_map": [map_of, f"{map_of}&village={village.pk}"],
        **{name: reverse(name) for name in plain},
        "centre_edit": reverse("centre_edit", args=[centre.pk]),
        "space_new": reverse("space_new", args=[centre.pk]),
        "space_edit": reverse("space_edit", args=[centre.pk, centre.spaces.order_by("pk")[0].pk]),
    }


def _surveys(lucun: Place) -> dict[str, Any]:
    campaign, draft, wave = Campaign.everywhere.order_by("pk")
    plain = ("surveys_list", "survey_new", "questionnaire_import", "questionnaire_new")
    asked = (
        "survey", "survey_counter", "survey_review", "review_page", "review_words", "survey_import", "survey_figures",
        "phones", "rechecks", "second_looks", "survey_find",
    )  # fmt: skip
    unasked = ("questionnaire", "question_edit", "questionnaire_web", "coding")
    return {
        **{name: reverse(name) for name in plain},
        **{name: reverse(name, args=[campaign.pk]) for name in asked},
        **{name: reverse(name, args=[draft.pk]) for name in unasked},
        "questionnaire_language": reverse("questionnaire_language", args=[draft.pk]) + "?to=English+(en)",
        "survey_change": f"{reverse('survey_change', args=[campaign.pk])}?before={wave.pk}",
        "survey_correct": reverse("survey_correct", args=[campaign.pk, campaign.responses.filter(place=lucun)[0].pk]),
        "recheck": reverse("recheck", args=[campaign.pk, Recheck.everywhere.order_by("pk")[0].pk]),
        "second_look": reverse("second_look", args=[wave.pk, _look(wave)]),
        "survey_batch": reverse("survey_batch", args=[ScanBatch.everywhere.get().pk]),
        "survey_needs": reverse("survey_needs", args=[campaign.pk, lucun.pk]),
        "survey_answer": reverse("survey_answer", args=[campaign.public_id]),
        "figures_public": reverse("figures_public", args=[campaign.public_id]),
        "survey_thanks": reverse("survey_thanks", args=[campaign.public_id, lucun.slug]),
        "needs_public": reverse("needs_public", args=[campaign.public_id, lucun.slug]),
    }


def _look(campaign: Campaign) -> str:
    reached = {one.pk: one for one in villages(campaign.place)}
    return looks_of(campaign, reached, campaign.place)[0].found.digest


def _planning(lucun: Place) -> dict[str, Any]:
    plan, draft = Plan.everywhere.order_by("pk")
    held = draft.activities.filter(place=lucun)[0]
    week, edit = (reverse(name, args=[draft.pk, lucun.pk]) for name in ("plan_village", "plan_edit"))
    plain = (
        "planning_list", "plan_new", "staffing_list", "specialists", "improvements", "improvement_new", "funding_list",
    )  # fmt: skip
    return {
        **{name: reverse(name) for name in plain},
        "plan": reverse("plan", args=[plan.pk]),
        "plan_village": [reverse("plan_village", args=[plan.pk, lucun.pk]), week, f"{week}?space={held.space_id}"],
        "plan_edit": [edit, f"{edit}?session={quote(line(held).key)}"],
        "plan_compare": f"{reverse('plan_compare')}?p={plan.pk}&p={draft.pk}&village={lucun.pk}",
        **{name: reverse(name, args=[draft.pk]) for name in ("plan_scenario", "plan_changes")},
        "improvement": reverse("improvement", args=[Improvement.everywhere.filter(place=lucun)[0].pk]),
        "staffing": reverse("staffing", args=[lucun.pk]),
        "funding": reverse("funding", args=[FundingRound.everywhere.get().pk]),
    }


def _ledger(lucun: Place) -> dict[str, Any]:
    item = LedgerItem.everywhere.filter(place=lucun).order_by("pk")[0]
    return {
        **{
            name: reverse(name)
            for name in (
                "ledger_list", "ledger_add", "ledger_import", "ledger_settings", "programmes", "programme_new",
                "meeting_new",
            )
        },
        **{name: reverse(name, args=[item.pk]) for name in ("ledger_item", "ledger_edit", "ledger_money")},
        "ledger_sheet": reverse("ledger_sheet", args=[SheetImport.everywhere.order_by("pk")[0].pk]),
        **{
            name: reverse(name, args=[Programme.everywhere.order_by("pk")[0].pk])
            for name in ("programme", "programme_edit")
        },
        **{name: reverse(name, args=[Meeting.everywhere.order_by("pk")[0].pk]) for name in ("meeting", "meeting_edit")},
    }  # fmt: skip


def _supervision(town: Place) -> dict[str, Any]:
    visit = LiaisonVisit.everywhere.order_by("pk")[0]
    review = SiteReview.everywhere.get()
    closed = LedgerItem.everywhere.filter(state="closed", place__parent=town).order_by("pk")[0]
    return {
        "visit": reverse("visit", args=[visit.pk]), "look_back": reverse("look_back", args=[closed.pk]),
        "visit_paper": f"{reverse('visit_paper')}?list=20260610-{visit.visitor_id}",
        "team": reverse("team", args=[Team.everywhere.get().pk]),
        "site_review": reverse("site_review", args=[review.pk]),
        "site_scores": reverse("site_scores", args=[review.pk, review.scores.all()[0].place_id]),
        "indicator": reverse("indicator", args=[Indicator.everywhere.order_by("pk")[0].pk]),
    }  # fmt: skip


def _opening(centre: Any) -> dict[str, Any]:
    return {
        "opening_office": reverse("opening_office"),
        "opening_centre": reverse("opening_centre", args=[centre.pk]),
        "opening_script": reverse("opening_script", args=[centre.pk]),
        "bookings_list": reverse("bookings_list"),
        "booking_counter": reverse("booking_counter", args=[centre.pk]),
        **_activities(centre),
    }


def _activities(centre: Any) -> dict[str, Any]:
    """A class with people who wait; a date that is to come, and one that was ticked off."""
    signed = SignUp.everywhere.filter(activity__centre=centre).order_by("-pk")[0]
    lesson = signed.activity
    here = [centre.county.slug, centre.slug]
    past = Attendance.everywhere.get(date__activity=lesson).date
    return {
        "activities_office": reverse("activities_office"),
        "activity": reverse("activity", args=[lesson.pk]),
        "activity_edit": reverse("activity_edit", args=[lesson.pk]),
        "activity_new": reverse("activity_new", args=[centre.pk]),
        "activity_date": [
            reverse("activity_date", args=[lesson.pk, moment_text(one.starts)]) for one in (signed.date, past)
        ],
        "activity_public": reverse("activity_public", args=[*here, lesson.pk]),
        "sign_up_public": reverse("sign_up_public", args=[*here, signed.code]),
        "tours": reverse("tours", args=[centre.county.slug, centre.place.parent.slug]),
        "idle_rooms": f"{reverse('idle_rooms')}?centre={centre.pk}",
        "today_centre": reverse("today_centre", args=[centre.pk]),
    }


def _canteen(centre: Any, here: dict[str, str]) -> dict[str, Any]:
    names = (
        "canteen_centre", "canteen_menu", "canteen_meals", "canteen_delivery", "canteen_diners", "canteen_signatures",
        "canteen_money", "canteen_prices", "canteen_points",
    )  # fmt: skip
    diner = Diner.everywhere.filter(canteen__centre=centre).order_by("pk")[0]
    return {
        "canteen_office": reverse("canteen_office"),
        "canteen_public": reverse("canteen_public", kwargs=here),
        **{name: reverse(name, args=[centre.pk]) for name in names},
        "canteen_diner": reverse("canteen_diner", args=[centre.pk, diner.pk]),
        "canteen_passbook": reverse("canteen_passbook", args=[centre.pk, diner.account_id]),
    }


def _cases(centre: Any) -> dict[str, Any]:
    return {
        **{name: reverse(name) for name in ("cases_list", "case_counter_choose", "case_limits")},
        "case_counter": reverse("case_counter", args=[centre.pk]),
        "case_page": reverse("case_page", args=[_case(centre).pk]),
    }
