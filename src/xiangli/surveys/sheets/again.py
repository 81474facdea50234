"""Look again at boxes that seem bare, with their question in view.

A stroke beside a box is a neighbour's tail where there is a neighbour that can have sent it. Where there is none, or
the question has no answer yet, somebody set his mark beside the box or drew a ring around the words: a person looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from .layout import Place
from .pens import BROAD_MM, FEW, Hand, are_alike
from .states import BLANK, MARKED, REVIEW
from .verdicts import FAINTEST, LEAST_TRACE
from .zones import Evidence

SENT_MM = 22.0
"""From the middle of a box to that of another into which its mark may run: the longest flick of a tick."""
LEAST_MM = 1.0
"""Extent of a stroke in a box of an unanswered question from which it may be what is left of a mark."""
FAINT_MM, FAINT_TRACE = 2.0, 8.0
"""Extent of a stroke, or faint line ink (as in Evidence), from which something in the middle of a box may be a mark by
a pen lighter than the one that is known."""
DOUBTFUL, ANY_TRACE = 3, 1.2
"""Doubtful boxes of a page, at least twice as many as marked ones, from which its pen is hardly seen, and line ink (as
in Evidence) that then means something."""
LEAST_ANSWERS, RING = 3, 0.62
"""Single choices with one faint stroke each that show how a sheet was answered; part of the way round a box that is a
ring."""
BESIDE, NARROW_MM = 0.6, 0.5
"""Contrast of what is in or around a box, and its body, as a part of the one answer's to its question below which it is
no second answer, if its line is also narrower than this (body by contrast): a hair, or what is left of another line."""
DARKER, NARROWER = 0.5, 0.7
"""From this part of the answer's contrast on it must be narrower than this part of the answer's line as well: a second
pen that is only lighter draws as broad a line."""
OWN = 0.5
"""Contrast of a stroke beside a box from which it is the pen's, as a part of the pen's."""


def unanswered(states: Sequence[str], evidence: Sequence[Evidence | None], hand: Hand) -> list[int]:
    """Which bare boxes of one question to look at again; none where the question has an answer beyond doubt."""
    if MARKED in states:
        return []
    both = list(zip(states, evidence, strict=True))
    # A box whose frame is not to be seen is doubtful without anything in it.
    bare = not any(state == REVIEW and item is not None and _most(item) >= hand.trace for state, item in both)
    return [
        at
        for at, (state, item) in enumerate(both)
        if state == BLANK and item is not None and (_is_pen(item.nearby, hand) or _may_be_left(item, hand, bare))
    ]


def beside_answer(states: Sequence[str], evidence: Sequence[Evidence | None], answer: int, hand: Hand) -> list[int]:
    """Which doubtful boxes of a single choice hold no more than a trace, as measured by the answer beside them."""
    own = evidence[answer]
    if own is None:
        return []
    contrast, body = own.contrast or own.around_contrast, own.body or BROAD_MM
    if hand.contrast:  # A fill is many strokes in one.
        contrast, body = min(contrast, hand.contrast), min(body, hand.body)
    body = min(body, BROAD_MM)
    breadth = NARROWER * body / contrast if contrast else 0.0
    both = enumerate(zip(states, evidence, strict=True))
    return [
        at
        for at, (state, item) in both
        if state == REVIEW and item is not None and _most(item) < BESIDE * contrast
        if item.body < min(BESIDE * body, NARROW_MM * item.contrast)
        if item.contrast < DARKER * contrast or item.body < breadth * item.contrast
    ]


def _most(item: Evidence) -> float:
    """The strongest contrast of anything in or around a box."""
    return max(item.contrast, item.wide, item.nearby, item.stray, item.point, item.around_contrast)


def answers(
    questions: Sequence[Sequence[int]], states: Sequence[str], evidence: Sequence[Evidence | None]
) -> list[int]:
    """Which doubtful boxes of a page without a known pen are answers: question after question has one faint stroke.

    questions: the boxes of each single choice. A rubber or dirt does not leave one stroke to a question, and like ones.
    """
    seen = [[at for at in members if _is_faint_answer(evidence[at])] for members in questions]
    single = [found[0] for found in seen if len(found) == 1]
    if len(single) < LEAST_ANSWERS or 4 * len(single) < 3 * len(questions):
        return []
    alike = list(compress(single, are_alike([_drawn(evidence[at]) for at in single])))
    if 4 * len(alike) < 3 * len(single):
        return []
    return [at for at in alike if states[at] == REVIEW and _is_made_here(evidence[at])]


def _is_faint_answer(item: Evidence | None) -> bool:
    if item is None:
        return False
    return _is_faint_stroke(item) or item.turned or (item.around_sides >= 2 and item.around >= RING)


def _is_made_here(item: Evidence | None) -> bool:
    """Whether what is in a box does not come from elsewhere."""
    return item is not None and (item.turned or not item.entering)


def _drawn(item: Evidence | None) -> float:
    """Contrast of what was drawn in or around a box."""
    return max(item.contrast, item.around_contrast) if item else 0.0


def fainter(states: Sequence[str], evidence: Sequence[Evidence | None]) -> list[int]:
    """Which bare boxes of a page have a faint stroke in the middle that so many others have too that it is a pen's."""
    both = enumerate(zip(states, evidence, strict=True))
    faint = [at for at, (state, item) in both if state != MARKED and item is not None and _is_faint_stroke(item)]
    return [at for at in faint if states[at] == BLANK] if len(faint) >= FEW else []


def hardly_seen(states: Sequence[str], evidence: Sequence[Evidence | None]) -> list[int]:
    """Which bare boxes have the least trace of anything, on a page whose pen this picture hardly shows.

    Such a page is known by far more doubtful boxes than marked ones; lines across the page and seals say nothing of it.
    """
    both = list(zip(states, evidence, strict=True))
    doubtful = sum(state == REVIEW and item is not None and _may_be_faint(item) for state, item in both)
    if doubtful < max(DOUBTFUL, 2 * states.count(MARKED)):
        return []
    return [at for at, (state, item) in enumerate(both) if state == BLANK and item is not None and _has_trace(item)]


def _may_be_faint(item: Evidence) -> bool:
    """Whether it may be for the faintness of a pen that a box is doubtful."""
    return not item.through and not item.under_seal and (_most(item) > 0 or item.trace >= LEAST_TRACE)


def _has_trace(item: Evidence) -> bool:
    return item.trace >= ANY_TRACE or item.nearby >= FAINTEST


def _is_faint_stroke(item: Evidence) -> bool:
    drawn = (item.extent >= FAINT_MM and not item.entering) or item.trace >= FAINT_TRACE
    return drawn and item.middle and not item.through


def unowned(
    places: Sequence[Place], states: Sequence[str], evidence: Sequence[Evidence | None], hand: Hand
) -> list[int]:
    """Which bare boxes of a page have a stroke beside them that comes from no box whose mark leaves it."""
    boxes = list(zip(places, states, evidence, strict=True))
    senders = [place for place, state, item in boxes if state != BLANK and item is not None and item.ring_ink]
    return [
        at
        for at, (place, state, item) in enumerate(boxes)
        if state == BLANK and item is not None and _is_pen(item.nearby_wide, hand) and not _is_reached(place, senders)
    ]


def _is_pen(contrast: float, hand: Hand) -> bool:
    """Whether what is beside a box is as dark as what the sheet's pen draws."""
    return contrast >= (max(hand.marked, OWN * hand.contrast) if hand.contrast else FAINTEST)


def _may_be_left(item: Evidence, hand: Hand, bare: bool) -> bool:
    """Whether a trace in a box, which beside an answer would mean nothing, may be a faint mark; bare: whether nothing
    else of the question is looked at."""
    stroke = bare and item.extent >= LEAST_MM and item.contrast >= hand.trace
    return stroke or (item.trace >= LEAST_TRACE and (bare or item.middle))


def _is_reached(place: Place, senders: Sequence[Place]) -> bool:
    x, y = place.x + place.w / 2, place.y + place.h / 2
    return any((x - it.x - it.w / 2) ** 2 + (y - it.y - it.h / 2) ** 2 < SENT_MM**2 for it in senders)
