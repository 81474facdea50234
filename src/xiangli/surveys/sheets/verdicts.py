"""Decide on each box of a page from its evidence, and with the sheet as a whole in view.

The same faint line is a mark where all the sheet is in pencil and a trace where it is in black ink. Wherever two
readings are possible the box goes to review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .pens import BRIM, BROAD_MM, FAINT, FILL_SHARE, HALF, PEN, Hand, hand_of
from .states import BLANK, MARKED, REVIEW
from .zones import ACROSS_MM, FOLD, Evidence

SPECK_MM, SHORT_MM, ENTERING_MM = 1.6, 2.6, 3.4
"""Extent of a stroke inside the box: up to speck dirt, from short on a mark; one from outside must come further."""
LEADING_MM = 1.1
"""Extent inside from which a stroke that goes on outside and ends there may be a mark set beside the box."""
RESTED = 2.4
"""Diagonal of a dot where a pen rested, as a part of the pen's body, that may be reached."""
BLOB_MM = (2.1, 4.2)
"""Diagonal of a round spot: up to the first dirt, up to the second doubtful."""
SMALL_MM, DISC, HOLLOW = 3.6, 0.39, 0.7
"""Diagonal from which a round spot may be a small cross; the body of a black disc as a part of its diagonal; and the
part of it below which a spot is none."""
CUT_DISC = 2.0
"""Roundness of a spot that the frame cuts off, which no stroke has."""
CROSS = 1.0
"""Roundness up to which a small spot may be a cross or a tick whose arms blur has joined."""
WIDE_SURE, WIDE_FAINT = 0.34, 0.10
SHADED = 0.7
"""Darkness of a light shade as a part of the pen's contrast from which it is the pen's."""
PALE = 0.75
"""Blackness below which a print is pale, or the picture hazy."""
SOLID = 1.35
"""Darkness of the lightest part of a filled box, as a part of a stroke's contrast, from which it is blacked out."""
THIN, OWN = 0.35, 0.6
"""Body of a stroke as a part of the pen's usual: below the first it may be a hair, from the second it is this pen's."""
ALIKE_PEN, LINE = (0.6, 0.75), 0.8
"""Ink of a stroke for its way, as a part of what the sheet's pen leaves, from which it is that pen's (where that one is
dark, and where it is faint); and its roundness up to which it is a line."""
HATCHED, HATCH = 3, 0.35
"""Lines of their own in a box that are hatching, and their contrast as a part of that of the sheet's marks."""
RINGED = -0.15
"""Darkness of the inside against most of its surroundings below which something broad lies around the box."""
CLOSED, CLEAN_MM = 0.85, 1.6
"""Part of the way round a box that a closed ring has, and extent of what blur leaves of it inside."""
BOTH, ACROSS = 3, 0.3
"""Places where a stroke comes in when both its ends lie beyond the patch, one of them on the left; and the part of the
way round a box along which there is ink where writing or a stamp runs across it."""
THREAD = 0.35
"""Ink of a line for its way, as a part of the pen's, below which it is too thin for it."""
LESS = 0.37
"""Strength (contrast times body) as a part of the pen's from which a stroke is none rubbed out; on a sheet in a faint
pen it is HALF."""
LONG_MM, LEFT = 4.0, (0.2, 0.15)
"""Extent of a line, and contrast and ink for its way, that are more than is left of any that is rubbed out."""
BOLD = 0.35
"""Contrast from which a stroke is some pen's on a sheet on which none is known."""
FAINTEST = 0.09
"""Contrast from which a stroke beside a box means something on a sheet without a pen to be seen: more than grain."""
LEAST_TRACE = 4.2
"""Faint line ink (as in Evidence) from which a box is not bare on a sheet without a pen to be seen."""
SMEAR = 0.045
"""Darkness of the paper inside, against that outside, from which something was rubbed out there."""


@dataclass
class Verdict:
    """state: marked, blank or review; score 0 to 1; reason in plain words for a doubtful one."""

    state: str
    score: float
    reason: str = ""
    filled: int = 0
    """1 filled to the brim, 2 and beyond it, or blacker than by a stroke: perhaps a choice taken back."""
    drawn: bool = False
    """A mark of strokes in the box, as ticks and crosses are: no shading, and no ring round it."""


def decide(evidence: Sequence[Evidence | None], hand: Hand | None = None) -> list[Verdict]:
    """Verdicts for the boxes of a page, by its pen; None is a box with nothing in it."""
    hand = hand or hand_of(evidence)
    if _is_grainy(evidence):
        evidence = [
            item
            if item is None or _is_clean_ring(item, hand)
            else replace(item, around=0.0, around_sides=0, around_left=0.0)
            for item in evidence
        ]
    return [Verdict(BLANK, 0.0) if item is None else _decide(item, hand) for item in evidence]


def _is_grainy(evidence: Sequence[Evidence | None]) -> bool:
    """Whether most boxes of a page have specks all round them: then a ring of them is the paper, and nobody's."""
    return 2 * sum(item is not None and item.around > 0 for item in evidence) > len(evidence)


def _is_clean_ring(item: Evidence, hand: Hand) -> bool:
    """Whether a ring by the sheet's pen lies round a box in which there is nothing: grain would be in there as well."""
    drawn = item.around_contrast >= hand.marked and item.around_body >= THIN * hand.stroke > 0
    return drawn and item.around_sides == 3 and item.around >= CLOSED and not item.specks and item.extent < CLEAN_MM


def _score(item: Evidence) -> float:
    stroke = min(1.0, item.contrast / 0.3) * min(1.0, item.extent / SHORT_MM)
    fill = min(1.0, item.wide / WIDE_SURE) * min(1.0, item.wide_share / FILL_SHARE)
    ring = min(1.0, item.around_contrast / 0.3) * max(0.0, min(1.0, (item.around - 0.35) / 0.4))
    return max(stroke, fill, ring, 0.0) * 0.999


def _decide(item: Evidence, hand: Hand) -> Verdict:
    score = _score(item)
    if _is_mark(item, hand):
        if item.red > 0.5 and not hand.red:
            return Verdict(REVIEW, min(score, 0.7), "红色笔迹")
        brim = item.wide >= 0.25 and item.wide_share >= BRIM
        beyond = brim and item.wide >= 0.4 and item.wide_share >= 0.9 and (item.over >= 0.25 or _is_solid(item, hand))
        drawn = item.wide_share < FILL_SHARE and item.around_sides < 2
        return Verdict(MARKED, max(score, 0.75), filled=brim + beyond, drawn=drawn)
    reason = _doubt(item, hand) or ("印章下可能有红笔" if item.under_seal and hand.red else "")
    if reason:
        return Verdict(REVIEW, min(max(score, 0.3), 0.7), reason)
    return Verdict(BLANK, min(score, 0.25))


def _is_solid(item: Evidence, hand: Hand) -> bool:
    """Whether a box is blacked out rather than filled: where it is lightest it is darker than a stroke of the pen."""
    return hand.contrast > 0 and item.smear >= SOLID * hand.contrast


def _is_mark(item: Evidence, hand: Hand) -> bool:
    """Whether there is no doubt that somebody marked this box."""
    # On a pale print what is rubbed out is dark beside the frame, though not beside the paper.
    wide = item.wide * min(1.0, item.blackness / PALE)
    if wide >= WIDE_SURE and item.wide_share >= FILL_SHARE:
        return True
    # Light shading that stops at the frame: what was rubbed out is fainter, or smeared beyond it. What is left of a
    # dark fill is as even as a light one, so on a sheet in a darker pen it is none.
    if wide >= 0.27 and item.wide_share >= 0.35 and item.spill < 0.25 and _is_of_pen(item, wide, hand):
        return True
    if wide >= 0.2 and item.wide_share >= 0.4 and item.spill < 0.08 and _is_of_pen(item, wide, hand):
        return True
    # A ring: on all three sides away from the label, or nearly closed and dark. One as thin as a hair may be one.
    drawn = not hand.contrast or item.around_body >= THIN * hand.stroke
    if drawn and item.around_sides == 3 and item.around >= 0.62 and item.around_contrast >= hand.marked:
        return True
    if drawn and item.around_sides == 2 and item.around >= 0.78 and item.around_contrast >= max(hand.marked, 0.2):
        return True
    # The same where the frame hides so much of it that only its shape tells.
    if item.circle >= hand.marked:
        return True
    if _is_hatched(item, hand):
        return True
    if item.through and item.contrast < FOLD * item.through:
        return False
    if _runs_across(item):
        return False
    if item.extent and not item.edge and _is_pointed(item, hand):
        return True
    if not _is_plain(item, hand) or item.edge or item.dotted or _is_ringed(item):
        return False
    if item.entering >= (1 if _is_passing(item, hand) else 2) and not item.turned and not _is_drawn_over(item, hand):
        return False
    # Such a sheet's pen is no darker than a hair, which may cut off a corner of the box.
    if hand.contrast < FAINT[1] and item.ends == 2 and not item.middle:
        return False
    # A tick in a smear of graphite has been rubbed out, unless it is as dark as ink or as thick as what this pen fills.
    dark = 0.25 if item.wide_share >= 0.5 and item.spill < 0.08 else 0.35
    if item.smear >= SMEAR and item.contrast < max(dark, HALF * hand.contrast) and item.body < hand.body:
        return False
    # Ink that goes on outside must be this sheet's pen and not a stamp or what the neighbour wrote.
    if (item.entering or item.around >= 0.3) and not item.turned and item.contrast < 0.6 * hand.contrast:
        return False
    # A broad pen that rested leaves a broad dot.
    if (item.blob or item.round >= CUT_DISC) and not _is_drawn_small(item):
        return item.extent >= max(BLOB_MM[1], RESTED * hand.body)
    return item.extent >= (ENTERING_MM if item.entering else SHORT_MM)


def _is_hatched(item: Evidence, hand: Hand) -> bool:
    """Whether there are several like lines in a box and nowhere else, far darker than the paper between them.

    A rubber leaves them fainter and the paper between them darker; words and folds go on outside.
    """
    if item.lines < HATCHED or item.foreign or item.entering or item.torn or item.through or item.around:
        return False
    return item.contrast >= max(hand.marked, HATCH * hand.contrast, 2 * item.smear)


def _is_plain(item: Evidence, hand: Hand) -> bool:
    """Whether a stroke is as strong as this sheet's pen, by its contrast and by its body."""
    if not hand.contrast:
        # Of a long line less than this is left when it is rubbed out, whatever the pen was.
        line = item.extent >= LONG_MM and item.round < LINE and item.contrast >= LEFT[0] and item.pen >= LEFT[1]
        return line or item.contrast >= BOLD
    if item.contrast >= PEN[0] * hand.unit and item.body >= PEN[1]:
        return True
    if _is_of_the_pen(item, hand):
        return True
    # What is left of a rubbed-out stroke may be as dark as a light pencil, but not as broad too.
    least = (HALF if hand.contrast < FAINT[1] else LESS) * hand.contrast * hand.stroke
    return item.contrast >= hand.marked and item.body >= THIN * hand.stroke and item.contrast * item.body >= least


def _is_of_the_pen(item: Evidence, hand: Hand) -> bool:
    """Whether a line has as much ink for its way as the sheet's pen leaves: of a rubbed-out one less is left."""
    least = ALIKE_PEN[hand.contrast < FAINT[1]] * hand.pen
    if not least or item.pen < least or item.contrast < max(FAINTEST, HALF * hand.contrast):
        return False
    # Crumbs of dirt that blur has joined are no line, unless they go all the way across.
    return item.round < LINE or item.extent >= ACROSS_MM


def _runs_across(item: Evidence) -> bool:
    """Whether pieces of what comes from beyond and goes on outside lie in the box: a stamp or words over it."""
    return bool(item.torn and item.entering and item.around >= ACROSS)


def _is_pointed(item: Evidence, hand: Hand) -> bool:
    """Whether the sheet's pen made a large tick here: its point lies below the box, only its arms pass through."""
    if item.entering >= BOTH:  # A tick's shorter arm ends beside its box.
        return False
    least = max(hand.marked, OWN * hand.contrast) if hand.contrast else BOLD
    return item.point >= least and item.point_body >= THIN * min(hand.body, BROAD_MM)


def _is_of_pen(item: Evidence, shade: float, hand: Hand) -> bool:
    """Whether shading, or the strokes in it, is about as dark as what this sheet was written with."""
    stroke = item.extent >= SHORT_MM and item.contrast >= OWN * hand.contrast
    return shade >= SHADED * hand.contrast or stroke


def _is_ringed(item: Evidence) -> bool:
    """Whether the stroke inside may be part of one that runs round the box; grain and gloss of paper are fainter."""
    return item.around >= 0.45 and item.around_contrast >= HALF * item.contrast


def _is_passing(item: Evidence, hand: Hand) -> bool:
    """Whether what comes in from beyond only runs through, on a sheet in a pen as faint as a hair."""
    return hand.contrast < FAINT[1] and item.ends == 2 and not item.here


def _is_drawn_small(item: Evidence) -> bool:
    """Whether what is as high as wide is a small cross or tick: its strokes leave paper between them, a dot none."""
    hollow = item.body < HOLLOW * DISC * item.extent * item.contrast
    return item.middle and item.extent >= SMALL_MM and hollow and item.round < CROSS


def _is_drawn_over(item: Evidence, hand: Hand) -> bool:
    """Whether a stroke that comes from beyond the patch was still made for this box: a large cross, a line through."""
    if not item.middle or item.extent < ACROSS_MM:
        return False
    if item.lone:
        return True
    if item.body < OWN * hand.body:
        return False
    return item.ends >= 3 or (item.ends == 2 and item.here >= 1)


def _is_thread(item: Evidence, hand: Hand) -> bool:
    """Whether a line comes from beyond, neither turns nor has its middle here, and is too thin and faint for this pen.

    A hair, or what is left of somebody's line: another's pencil would have been set down at the box.
    """
    if not item.entering or item.turned or item.lone or item.point or not hand.contrast:
        return False
    return item.pen < THREAD * min(hand.pen, hand.stroke) and item.contrast < OWN * hand.contrast


def _doubt(item: Evidence, hand: Hand) -> str:
    """Why a box that is no clear mark may still be one; empty for a box that is clearly bare."""
    speck = 1.3 if item.cornered else BLOB_MM[0] if item.blob else SPECK_MM
    if 0 < hand.contrast < FAINT[1]:
        speck = 0.6 if hand.contrast < FAINT[0] else min(speck, 1.2)
    if item.through and item.contrast < FOLD * item.through:
        # A fold is as faint as it is long; a pen's line through everything is for a person to judge.
        if item.contrast >= max(0.25, 0.5 * hand.contrast):
            return "有横贯的线"
        if item.beside >= hand.trace and item.beside_extent >= SPECK_MM:
            return "折痕旁有笔迹"
    elif item.extent >= speck and not hand.is_trace(item) and not _is_thread(item, hand):
        return "笔迹从框外来" if item.entering else "痕迹短或淡"
    if item.here and item.extent >= LEADING_MM and item.contrast >= hand.marked:
        return "框边有笔迹"
    least = hand.marked if hand.contrast else FAINTEST
    if (item.torn or item.stray >= least) and item.around < 0.62:
        return "框边有笔迹"
    if item.point >= hand.marked:  # Its arms pass the box by on both sides.
        return "框外有笔迹"
    if item.over >= 0.3 or item.smear <= RINGED:
        return "框外有粗笔迹"
    if item.wide >= WIDE_FAINT * hand.unit and item.wide_share >= 0.12 and item.spill < 0.8:
        return "像是涂擦过"
    ring = 0.45 if item.around_sides >= 2 else 0.3 if item.around_left >= 0.6 else 0.5
    beside = item.around_sides <= 1 and item.around_contrast < FOLD * item.through
    # However faint: neither a rubber nor a hair goes round a box.
    if item.around >= ring and not beside:
        return "框外有笔迹"
    if item.trace > 8 and item.specks < 1 and hand.contrast < 0.3:
        return "有淡痕"
    # A sheet without a pen to be seen may be written in one that this picture hardly shows.
    if item.trace > LEAST_TRACE and not hand.contrast:
        return "有淡痕"
    if item.specks >= 6:
        return "斑点多"
    return ""
