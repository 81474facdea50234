"""Reads for re-asking, second looks and coding."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from xiangli.places.models import Place
from xiangli.surveys.choices import Channel
from xiangli.surveys.counted import CHUNK, changes_of, computed_once, state_of_answers
from xiangli.surveys.likeness import Likeness, suggest
from xiangli.surveys.models import (
    Campaign,
    Code,
    Coding,
    Correction,
    PhoneSubmission,
    Recheck,
    RecheckDraw,
    Response,
    SecondLook,
    WrittenText,
)
from xiangli.surveys.patterns import Found, Seen, find_patterns
from xiangli.surveys.queries import corrected
from xiangli.surveys.statistics import Agreement, agreement, draw

EXAMPLES_MOST = 2000
"""So many coded answers, the newest, teach what belongs under a code."""


def recheck_frame(campaign: Campaign, place: Place, *, after: int = 0, upto: int | None = None) -> QuerySet[Response]:
    """Answers of a village whose giver can be found again. Of a web answer nobody knows whose it is."""
    rows = Response.objects.within(place).filter(campaign=campaign, pk__gt=after).exclude(channel=Channel.WEB)
    return rows.filter(pk__lte=upto) if upto is not None else rows


def draws_of(campaign: Campaign, place: Place) -> QuerySet[RecheckDraw]:
    """Draws with how many were drawn, asked, and could not be asked."""
    rows = RecheckDraw.objects.within(place).filter(campaign=campaign).select_related("place")
    return rows.annotate(
        drawn=Count("rechecks"),
        asked=Count("rechecks", filter=Q(rechecks__answers__isnull=False)),
        failed=Count("rechecks", filter=~Q(rechecks__failed="")),
    )


def draw_holds(one: RecheckDraw) -> bool:
    """Whether seed, share and answers give exactly the rows that stand under the draw."""
    frame = recheck_frame(one.campaign, one.place, after=one.after, upto=one.upto)
    again = draw((key.hex for key in frame.values_list("client_uuid", flat=True)), seed=one.seed, share=one.share)
    there = {key.hex for key in one.rechecks.values_list("response__client_uuid", flat=True)}
    return set(again) == there


def rechecks_of(campaign: Campaign, place: Place) -> QuerySet[Recheck]:
    rows = Recheck.objects.within(place).filter(draw__campaign=campaign)
    return rows.select_related("response__place", "draw").order_by("response__place__path", "pk")


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    label: str
    kind: str
    found: Agreement


def agreement_of(campaign: Campaign, place: Place) -> list[QuestionAgreement]:
    """Agreement of the first and the second asking, question by question; never by who asked (RULES B2).

    Compared is what the first asking sealed, not its later corrections: the question is how well answers were taken.
    """
    asked = list(rechecks_of(campaign, place).filter(answers__isnull=False))
    result = []
    for question in campaign.definition["questions"]:
        if question["kind"] == "text":
            continue
        first: list[Any] = []
        second: list[Any] = []
        people = 0
        for one in asked:
            before, after = (answers.get(question["name"]) for answers in (one.response.answers, one.answers or {}))
            if before is None or after is None:
                continue
            people += 1
            if question["kind"] == "multiple":
                first += [option["name"] in before for option in question["options"]]
                second += [option["name"] in after for option in question["options"]]
            elif question["kind"] == "ranking":
                first += [_place_of(option["name"], before) for option in question["options"]]
                second += [_place_of(option["name"], after) for option in question["options"]]
            else:
                first.append(before)
                second.append(after)
        if people:
            found = agreement(first, second, people=people)
            result.append(QuestionAgreement(question["label"], question["kind"], found))
    return result


def _place_of(option: str, ranked: Sequence[str]) -> int:
    """From 1; 0 for an option that was not ranked."""
    return ranked.index(option) + 1 if option in ranked else 0


def seen_answers(campaign: Campaign, place: Place) -> dict[int, list[Seen]]:
    """Answers by village (id), left out or not, as far as patterns need them.

    Phones say when a form was opened and finished; at a counter only the time of sending is known.
    """
    phones = PhoneSubmission.everywhere.filter(campaign=campaign, replaces=None)
    times = phones.values_list("response", "enumerator", "started_at", "ended_at")
    taken = {response: (phone, begun, ended) for response, phone, begun, ended in times}
    changes = changes_of(campaign, place)
    answers = Response.objects.within(place).filter(campaign=campaign).order_by("pk")
    columns = answers.values_list("pk", "place", "answers", "channel", "recorded_by", "sheet", "created_at")
    rows: dict[int, list[Seen]] = defaultdict(list)
    for pk, village, sealed, channel, by, sheet, at in columns.iterator(chunk_size=CHUNK):
        said = corrected(sealed, changes.get(pk, ()))
        if pk in taken:
            phone, begun, ended = taken[pk]
            rows[village].append(Seen(pk, said, f"phone {phone}" if phone else "", None, ended, begun))
        elif channel == Channel.COUNTER and by:
            rows[village].append(Seen(pk, said, f"desk {by}", None, at))
        else:
            rows[village].append(Seen(pk, said, "", sheet))
    return rows


@dataclass(frozen=True, slots=True)
class Look:
    """A pattern found now, and what was said of exactly these answers before (None: nothing yet)."""

    place: Place
    found: Found
    judged: SecondLook | None


def patterns_of(campaign: Campaign, place: Place) -> dict[int, list[Found]]:
    """The patterns in the answers of each village (id); kept until an answer comes in, is corrected, or a phone's times
    are purged. Each village is compared with all, so that nobody finds them faster for his own."""
    phones = PhoneSubmission.everywhere.filter(campaign=campaign)
    known = phones.aggregate(who=Count("enumerator"), begun=Count("started_at"), ended=Count("ended_at"))

    def compute() -> dict[int, list[Found]]:
        seen = seen_answers(campaign, place)
        everybody = [row for rows in seen.values() for row in rows]
        return {village: find_patterns(campaign.definition, rows, everybody) for village, rows in seen.items()}

    state = [*state_of_answers(campaign, place), known]
    found: dict[int, list[Found]] = computed_once(f"surveys:patterns:{campaign.pk}:{place.pk}", state, compute)
    return found


def looks_of(campaign: Campaign, places: Mapping[int, Place], within: Place) -> list[Look]:
    """All patterns in the answers of these villages, those not judged yet first."""
    judged = {look.digest: look for look in SecondLook.objects.within(within).filter(campaign=campaign)}
    looks = [
        Look(places[village], found, judged.get(found.digest))
        for village, several in patterns_of(campaign, within).items()
        if village in places
        for found in several
    ]
    return sorted(looks, key=lambda look: (look.judged is not None, look.place.path, look.found.kind))


def text_questions(campaign: Campaign) -> list[dict[str, Any]]:
    return [question for question in campaign.definition["questions"] if question["kind"] == "text"]


def uncoded(campaign: Campaign, place: Place, question: str) -> QuerySet[Response]:
    """Written answers to a question that nobody has read and coded yet, typed in from paper or sent as they are."""
    read = Coding.everywhere.filter(response=OuterRef("pk"), question=question)
    typed = WrittenText.everywhere.filter(reading__response=OuterRef("pk"), question=question).exclude(text="")
    rows = Response.objects.within(place).filter(campaign=campaign).order_by("pk")
    return rows.filter(Q(texts__has_key=question) | Exists(typed)).exclude(Exists(read))


def words_of(responses: Mapping[int, Mapping[str, str]], question: str) -> dict[int, str]:
    """What each response says to a question; ``responses``: id -> its sealed texts. Empty ones are left out.

    Words from paper are typed in later, beside the sealed answer (``WrittenText``).
    """
    typed = WrittenText.everywhere.filter(reading__response__in=responses, question=question).exclude(text="")
    words = dict(typed.values_list("reading__response", "text"))
    return words | {key: texts[question] for key, texts in responses.items() if texts.get(question)}


def code_book(campaign: Campaign, place: Place) -> QuerySet[Code]:
    """The codes with how many answers of the place stand under each."""
    mine = Q(codings__response__place__path__startswith=place.path)
    return Code.everywhere.filter(campaign=campaign).select_related("service").annotate(n=Count("codings", filter=mine))


def suggestions(campaign: Campaign, place: Place, question: str, texts: list[str]) -> list[list[tuple[int, float]]]:
    """For each text the codes it may belong to, best first, by likeness to their words and to what was coded before."""
    examples: dict[int, list[str]] = {
        code.pk: [code.label] for code in Code.everywhere.filter(campaign=campaign).only("pk", "label")
    }
    coded = Coding.objects.within(place).filter(response__campaign=campaign, question=question, code__isnull=False)
    rows = list(coded.order_by("-pk").values_list("code", "response", "response__texts")[:EXAMPLES_MOST])
    words = words_of({response: texts for _, response, texts in rows}, question)
    for code, response, _ in rows:
        if response in words:
            examples[code].append(words[response])
    likeness = Likeness([*texts, *(text for several in examples.values() for text in several)])
    return suggest(texts, examples, likeness)


def codes_by_response(campaign: Campaign, place: Place) -> dict[int, list[int]]:
    """Response (id) -> codes (ids) its written words were put under; [] where they were read and ask for nothing."""
    rows: dict[int, list[int]] = defaultdict(list)
    for response, code in (
        Coding.objects.within(place).filter(response__campaign=campaign).order_by("pk").values_list("response", "code")
    ):
        rows[response] += [code] if code is not None else []
    return rows


def last_changes(campaign: Campaign, place: Place) -> dict[int, datetime]:
    """When answers were last corrected, judged or coded, by village (id)."""
    changes = (
        Correction.objects.within(place).filter(response__campaign=campaign).values_list("response__place"),
        SecondLook.objects.within(place).filter(campaign=campaign).values_list("place"),
        Coding.objects.within(place).filter(response__campaign=campaign).values_list("response__place"),
    )
    found: dict[int, datetime] = {}
    for rows in changes:
        for village, last in rows.order_by().annotate(last=Max("at")):
            found[village] = max(found.get(village, last), last)
    return found


def moved_since(campaign: Campaign, place: Place, at: datetime) -> dict[int, int]:
    """How many answers are new, or were corrected, judged or coded, after a moment, by village (id)."""
    of_place = Response.objects.within(place).filter(campaign=campaign).order_by()
    moved: set[tuple[int, int]] = set()
    for how in ("created_at", "corrections__at", "rulings__look__at", "codings__at"):
        moved |= set(of_place.filter(**{f"{how}__gt": at}).values_list("pk", "place"))
    return Counter(village for _, village in moved)


def last_coding(campaign: Campaign, user: Any) -> Coding | None:
    """What this person coded last in a campaign: it can be taken back."""
    rows = Coding.objects.within(campaign.place).filter(response__campaign=campaign, by=user)
    return rows.order_by("-at", "-pk").select_related("response").first()
