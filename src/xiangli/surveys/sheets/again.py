"""Look again at boxes that seem bare, with their question in view.

A stroke beside a box is a neighbour's tail where there is a neighbour that can have sent it. Where there is none, or
the question has no answer yet, somebody set his mark beside the box or drew a ring around the words: a person looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from .layout import Place
from .pens import BROAD_MM, FEW, Hand, are_alike
from .scale import DENSITY
from .states import BLANK, MARKED, REVIEW
from .verdicts import BLOB_MM, CLOSED, ENTERING_MM, FAINTEST, LEAST_TRACE, SHORT_MM
from .zones import ACROSS_MM, Evidence

SENT_MM = 22.0
"""From the middle of a box to that of another into which its mark may run: the longest flick of a tick."""
FLICK_MM = 26.0
"""The same where the end of a flick is seen to come in from beyond."""
AIM_MM = 6.0
"""How far from the middle of its own box the line of a flick passes, which bends, and starts beside the middle."""
FROM_BELOW, LEAST_RING = 2, 0.3
"""What a stroke that comes in from below or left counts (as in Evidence); part of the way round that is no ring."""
RINGS, SIDES = 3, 3
"""Closed rings on a page that show how it was answered; sides of a box that one has."""
DOT_MM = 1.45
"""Extent below which a spot is smaller than any that is pressed on purpose."""
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
BESIDE, OF_PEN = 0.6, 0.35
"""Contrast of what is in or around a box, and ink of its line for its way, as a part of what the one answer to its
question has, below which it is no second answer, but a hair or what is left of another line."""
SHARE, OVER = 0.12, 0.02
"""Part of the inside covered by a shade, and dark wide ink outside, from which they may be part of a mark."""
DISC = 1.15
"""Roundness (as in Evidence) from which a spot is a dot."""
SPECKS, SPOT = 2, (6.0, 1.5)
"""Pieces, and faint line ink (a constant, and for the square of the extent of the largest), that one spot explains."""
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
    """Which doubtful boxes of a single choice hold nothing like an answer, as measured by the one beside them.

    Whoever answers twice marks twice: a second answer is a stroke, a ring or a shade by the pen of the first.
    """
    own = evidence[answer]
    if own is None:
        return []
    contrast, pen = own.contrast or own.around_contrast, own.pen or BROAD_MM
    if hand.contrast:  # A fill is many strokes in one.
        contrast, pen = min(contrast, hand.contrast), min(pen, hand.pen, hand.stroke)
    pen = min(pen, BROAD_MM)
    both = enumerate(zip(states, evidence, strict=True))
    return [
        at
        for at, (state, item) in both
        if state == REVIEW and item is not None and not item.through and not item.under_seal
        if _is_no_stroke(item, contrast, pen, hand) and _is_no_ring(item, contrast)
    ]


def _is_no_stroke(item: Evidence, contrast: float, pen: float, hand: Hand) -> bool:
    """Whether what is in a box is a spot, the end of something from outside, or too faint and too thin for this pen."""
    if item.wide >= BESIDE * contrast and item.wide_share >= SHARE:
        return False
    if item.point or item.turned:
        return False
    if item.pen < OF_PEN * pen and item.contrast < BESIDE * contrast and hand.contrast:
        return not _is_whole(item)
    if item.entering:
        return item.ends <= 1 and item.extent < ENTERING_MM and not item.middle
    return _is_all(item) and (item.extent < SHORT_MM or (item.round >= DISC and item.extent < BLOB_MM[1]))


def _is_whole(item: Evidence) -> bool:
    """Whether a stroke goes right across its box in one piece and ends there.

    A hair does not end in the box it lies in, what a rubber leaves comes in pieces: this is a tick by a lighter pen.
    """
    return item.extent >= ACROSS_MM and item.middle and not item.specks and not item.entering and not item.foreign


def _is_no_ring(item: Evidence, contrast: float) -> bool:
    """Whether there is nothing round a box, or beside it, that is as dark as the answer."""
    return max(item.stray, item.around_contrast) < BESIDE * contrast and item.over < OVER


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


def ringed(states: Sequence[str], evidence: Sequence[Evidence | None], hand: Hand) -> list[int]:
    """Which doubtful boxes of a page have a closed ring like the others': no rubber and no hair leaves like ones.

    Grain does: where the pen is known, what is fainter than any trace of it is no ring.
    """
    both = enumerate(zip(states, evidence, strict=True))
    rings = [(at, item) for at, (state, item) in both if state != BLANK and item is not None and _is_closed(item)]
    if hand.contrast:
        rings = [(at, item) for at, item in rings if item.around_contrast >= hand.trace]
    alike = are_alike([item.around_contrast for _, item in rings])
    if sum(alike) < RINGS or 4 * sum(alike) < 3 * len(rings):
        return []
    return [at for (at, item), same in zip(rings, alike, strict=True) if same and states[at] == REVIEW]


def _is_closed(item: Evidence) -> bool:
    """Whether a stroke goes all round a box, with nothing else in there."""
    return item.around_sides == SIDES and item.around >= CLOSED and item.extent < LEAST_MM and not item.under_seal


def unexplained(states: Sequence[str], evidence: Sequence[Evidence | None]) -> list[int]:
    """Which bare boxes of a page have more faint ink than the spot in them explains.

    In a blurred picture that is what is left of a light stroke; in a clear one, of what was rubbed out.
    """
    both = enumerate(zip(states, evidence, strict=True))
    return [
        at
        for at, (state, item) in both
        if state == BLANK and item is not None and item.trace >= FAINT_TRACE and not _is_all(item) and not item.through
    ]


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


def tails(places: Sequence[Place], states: Sequence[str], evidence: Sequence[Evidence | None]) -> list[int]:
    """Which doubtful boxes of a page hold no more than the end of a stroke that comes from a box marked below or left.

    Most of such a stroke lies outside the box and it does not turn in it: a mark of this box begins or turns here.
    """
    boxes = list(zip(places, states, evidence, strict=True))
    senders = [place for place, state, item in boxes if state == MARKED and item is not None and item.ring_ink]
    return [
        at
        for at, (place, state, item) in enumerate(boxes)
        if state == REVIEW and item is not None and _is_tail(item) and _is_sent(place, item, senders)
    ]


def _is_tail(item: Evidence) -> bool:
    """Whether one stroke comes in from far below or left and ends in the box, or where it meets the upper frame."""
    if item.entering != FROM_BELOW or item.turned or item.point or item.through or item.here or item.torn:
        return False
    upright = item.axis is not None and abs(item.axis[1]) > abs(item.axis[0])
    return item.around < LEAST_RING and (item.ends == 1 or (item.ends == 2 and upright))


def _is_sent(place: Place, item: Evidence, senders: Sequence[Place]) -> bool:
    """Whether a mark that leaves its box lies below or left of this one, as far as a flick goes, and in its line."""
    return any(
        (it.y > place.y + place.h / 2 or it.x < place.x - place.w / 2)
        and _is_within(FLICK_MM, place, it)
        and _is_in_line(place, item, it)
        for it in senders
    )


def _is_in_line(place: Place, item: Evidence, other: Place) -> bool:
    """Whether a stroke right through a box leads to another; where it ends in the box its line is not known."""
    if item.axis is None:
        return True
    across, down, beside = item.axis
    right, low = other.x + other.w / 2 - place.x - place.w / 2, other.y + other.h / 2 - place.y - place.h / 2
    return abs(low * across - right * down - beside / DENSITY) <= AIM_MM


def _most(item: Evidence) -> float:
    """The strongest contrast of anything in or around a box."""
    return max(item.contrast, item.wide, item.nearby, item.stray, item.point, item.around_contrast)


def _is_pen(contrast: float, hand: Hand) -> bool:
    """Whether what is beside a box is as dark as what the sheet's pen draws."""
    return contrast >= (max(hand.marked, OWN * hand.contrast) if hand.contrast else FAINTEST)


def _may_be_left(item: Evidence, hand: Hand, bare: bool) -> bool:
    """Whether a trace in a box, which beside an answer would mean nothing, may be a faint mark; bare: whether nothing
    else of the question is looked at."""
    if _is_dot(item, hand):
        return False
    stroke = bare and item.extent >= LEAST_MM and item.contrast >= hand.trace
    return stroke or (item.trace >= LEAST_TRACE and (bare or item.middle))


def _is_dot(item: Evidence, hand: Hand) -> bool:
    """Whether a small spot is as dark as the pen's strokes and all there is: a pen rested, nothing has been lost."""
    dark = hand.contrast and item.contrast >= max(hand.marked, OWN * hand.contrast)
    return bool(dark) and item.extent < DOT_MM and item.round >= 1 and _is_all(item)


def _is_all(item: Evidence) -> bool:
    """Whether there is no more in a box than the spot that weighs most: a dry pen's stroke comes in pieces."""
    return item.specks <= SPECKS and item.trace <= SPOT[0] + SPOT[1] * item.extent**2


def _is_reached(place: Place, senders: Sequence[Place]) -> bool:
    return any(_is_within(SENT_MM, place, it) for it in senders)


def _is_within(most_mm: float, one: Place, other: Place) -> bool:
    """Whether the middles of two boxes lie that near each other."""
    across, down = one.x + one.w / 2 - other.x - other.w / 2, one.y + one.h / 2 - other.y - other.h / 2
    return across**2 + down**2 < most_mm**2
