"""Read the bubbles of a page: each by itself, then with the rest of the page and of its question in view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import again, folds, lone, marks, patches, pens, seals, verdicts
from .layout import Page, members_of
from .locate import PageMap
from .pictures import Picture
from .states import BLANK, MARKED, REVIEW
from .zones import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OTHERS = 3
"""Marks on a page, beside one filled box and none of another kind, that show that this person ticks or crosses: the
sheet says to black out what is wrong."""
TWO_TONES, CRUMBS = 0.005, 2
"""Part of a picture between black and white below which it has been put to a threshold (the least of 60 pages that had
not was 0.019), and boxes with crumbs of ink, for each mark, up to which its strokes are whole (the most of 85 pages
whose pens had come through was 1.4)."""
ASKED = 3
"""Single choices on a page from which it means something that half of them have no answer."""
WHITE = 254
"""Grey from which paper is as white as can be."""
COARSE, CLEAR_PEN = 1.8, 0.2
"""Pixels a millimetre of a picture in which a light pen may leave nothing, and ink of a pen that surely leaves some."""


@dataclass
class BubbleReading:
    """One bubble: state (marked, blank, review), score 0 (bare) to 1 (surely marked), and why it is doubtful."""

    question: str
    option: str
    state: str
    score: float
    reason: str = ""
    filled: int = 0
    """1 filled to the brim, 2 and beyond it: perhaps a choice taken back."""
    drawn: bool = False
    """Marked by strokes in the box: no shading, no ring."""


def read_bubbles(picture: Picture, page: Page, page_map: PageMap, kinds: Mapping[str, str]) -> list[BubbleReading]:
    """All bubbles of a page that was found. kinds: single or multiple by question."""
    if not page.bubbles:
        return []
    cut = patches.cut(picture.grey, page, page_map)
    evidence = marks.measure(cut, picture.colour)
    folds.confirm(evidence, picture.grey, page, page_map)
    lone.confirm(evidence, cut, picture.grey)
    hand = pens.hand_of(evidence)
    decided = verdicts.decide(evidence, hand)
    found = [
        BubbleReading(
            place.question,
            place.option,
            verdict.state,
            round(verdict.score, 3),
            verdict.reason,
            verdict.filled,
            verdict.drawn,
        )
        for place, verdict in zip(page.bubbles, decided, strict=True)
    ]
    _settle_singles(found, evidence, hand, page, kinds)
    tails = again.tails(page.bubbles, [bubble.state for bubble in found], evidence)
    for at in tails:
        found[at].state, found[at].reason = BLANK, ""
    _send_lost(found, evidence, picture, cut, page, kinds)
    if hand.contrast < CLEAR_PEN and page_map.scale() < COARSE:
        _send_blank(found, "图太小，笔迹可能丢了")
    _send_hidden(found, cut.framed)
    if picture.colour is None:
        _send_sealed(found, evidence, picture.grey, page, page_map)
    _look_again(found, [None if at in tails else item for at, item in enumerate(evidence)], hand, cut, page, kinds)
    compare_options(found, kinds)
    return found


def _settle_singles(
    found: list[BubbleReading], evidence: list[Evidence | None], hand: pens.Hand, page: Page,
    kinds: Mapping[str, str],
) -> None:  # fmt: skip
    """Settle doubtful boxes by how single choices are answered: where no pen is known, one faint stroke to a question
    is its answer; beside the one answer a trace is nobody's, unless that answer may have been blacked out."""
    if all(bubble.state != REVIEW for bubble in found):
        return
    for at in again.ringed([bubble.state for bubble in found], evidence, hand):
        found[at].state, found[at].reason = MARKED, ""
    if not hand.contrast:
        single = [members for name, members in page.questions.items() if kinds.get(name) == "single"]
        for at in again.answers(single, [bubble.state for bubble in found], evidence):
            found[at].state, found[at].reason = MARKED, ""
    usual = _usual_fill(found, kinds)
    for name, members in page.questions.items():
        answers = [place for place, at in enumerate(members) if found[at].state == MARKED]
        # One filled more than this person fills may have been blacked out.
        if kinds.get(name) != "single" or len(answers) != 1 or found[members[answers[0]]].filled > usual:
            continue
        states, seen = [found[at].state for at in members], [evidence[at] for at in members]
        for place in again.beside_answer(states, seen, answers[0], hand):
            found[members[place]].state, found[members[place]].reason = BLANK, ""


def _usual_fill(bubbles: Sequence[BubbleReading], kinds: Mapping[str, str]) -> int:
    """How full (as in BubbleReading.filled) this person fills boxes to answer; 0 for one who does not.

    Who blackens several boxes, and never one beside another answer to a single choice, answers so.
    """
    if sum(bubble.filled > 1 for bubble in bubbles) >= pens.FILLS:
        black = {bubble.question for bubble in bubbles if bubble.filled > 1 and kinds.get(bubble.question) == "single"}
        if not any(bubble.question in black and bubble.state != BLANK and not bubble.filled for bubble in bubbles):
            return 2
    return int(sum(bubble.filled == 1 for bubble in bubbles) >= pens.FILLS)


def _look_again(
    found: list[BubbleReading], evidence: list[Evidence | None], hand: pens.Hand, cut: patches.Patches, page: Page,
    kinds: Mapping[str, str],
) -> None:  # fmt: skip
    """Send to review what lies beside bare boxes where their question has no answer or no neighbour explains it."""
    states = [bubble.state for bubble in found]
    beside = again.unowned(page.bubbles, states, evidence, hand)
    # Who has given the one answer to a question gives no other beside it.
    doubtful = dict.fromkeys((at for at in beside if kinds.get(found[at].question) != "single"), "框旁有笔迹")
    doubtful |= dict.fromkeys(again.fainter(states, evidence), "有淡痕")
    torn = [at for at in again.unexplained(states, evidence) if kinds.get(found[at].question) != "single"]
    if torn and marks.is_blurred(cut):
        doubtful |= dict.fromkeys(torn, "有淡痕")
    hardly = set(again.hardly_seen(states, evidence))
    for name, members in page.questions.items():
        seen = [evidence[at] for at in members]
        answered = any(states[at] == MARKED and not found[at].filled for at in members)
        if kinds.get(name) != "single" or not answered:
            doubtful |= dict.fromkeys(hardly.intersection(members), "笔迹太淡，看不清")
        again_at = again.unanswered([states[at] for at in members], seen, hand)
        doubtful |= dict.fromkeys((members[at] for at in again_at), "这一题没有选，框旁有笔迹")
    for at, reason in doubtful.items():
        found[at].state, found[at].reason = REVIEW, reason


def _send_lost(
    found: list[BubbleReading], evidence: list[Evidence | None], picture: Picture, cut: patches.Patches, page: Page,
    kinds: Mapping[str, str],
) -> None:  # fmt: skip
    """Where strokes may have gone from a picture, and hardly any are to be seen, do not believe that boxes are empty.

    A threshold leaves a few dots of a thin or light pen, or nothing at all: a picture of two tones that shows far more
    crumbs of ink than marks, or no answer to most single choices, is not believed anywhere. Blur and a white point set
    too low do the same to a light pen: there the choices without an answer are looked at.
    """
    marked = sum(bubble.state == MARKED for bubble in found)
    crumbs = sum(item is not None and bubble.state == BLANK for item, bubble in zip(evidence, found, strict=True))
    empty = not marked and len({bubble.question for bubble in found}) > 1
    unanswered = _unanswered(found, page, kinds)
    if crumbs <= CRUMBS * marked and not empty and not unanswered:
        return
    if picture.two_tones or _has_two_tones(picture.grey):
        _send_blank(found, "只有黑白两色，笔迹可能丢了")
    elif unanswered and _is_begun(found) and (_is_washed_out(picture.grey) or marks.is_blurred(cut)):
        for at in unanswered:
            found[at].state, found[at].reason = REVIEW, "图太糊或太白，笔迹可能丢了"


def _send_blank(found: Iterable[BubbleReading], reason: str) -> None:
    """Send to review every box in which nothing was seen."""
    for bubble in found:
        if bubble.state == BLANK:
            bubble.state, bubble.reason = REVIEW, reason


def _unanswered(found: Sequence[BubbleReading], page: Page, kinds: Mapping[str, str]) -> list[int]:
    """The boxes of single choices in which nothing is to be seen, where these are half of a page's or more.

    Not where more boxes are marked: whoever leaves choices out has been seen to mark others.
    """
    asked = [members for name, members in page.questions.items() if kinds.get(name) == "single"]
    bare = [members for members in asked if all(found[at].state == BLANK for at in members)]
    marked = sum(bubble.state == MARKED for bubble in found)
    lost = ASKED <= len(asked) <= 2 * len(bare) and marked < len(bare)
    return [at for members in bare for at in members] if lost else []


def _is_begun(found: Sequence[BubbleReading]) -> bool:
    """Whether there is anything on a page: what somebody has left empty may be believed."""
    return any(bubble.state != BLANK for bubble in found)


def _is_washed_out(grey: NDArray[np.uint8]) -> bool:
    """Whether most of a picture is as white as it can be: paper has grain, and is not."""
    return bool((grey[::8, ::8] >= WHITE).mean() > 0.5)


def _has_two_tones(grey: NDArray[np.uint8]) -> bool:
    """Whether there is hardly anything between black and white, which grey scans and photographs always have."""
    sample = grey[::8, ::8]
    return bool(((sample > 40) & (sample < 215)).mean() < TWO_TONES)


def _send_hidden(found: list[BubbleReading], framed: NDArray[np.bool_]) -> None:
    """Send to review the boxes whose frame is not to be seen: something lies over the paper, or it is not there."""
    for bubble, there in zip(found, framed.tolist(), strict=True):
        if not there:
            bubble.state, bubble.reason = REVIEW, "看不到方框"


def _send_sealed(
    found: list[BubbleReading], evidence: list[Evidence | None], grey: NDArray[np.uint8], page: Page,
    page_map: PageMap,
) -> None:  # fmt: skip
    """In a picture without colour nobody can tell a seal's ink from a pen's: what lies under one goes to review."""
    # A seal's ring and star are larger than a box: they are never inside one alone.
    both = list(zip(evidence, found, strict=True))
    if not any(item and _may_be_sealed(item) and bubble.state != BLANK for item, bubble in both):
        return
    under = seals.covered(grey, page, page_map)
    for bubble, item, hit in zip(found, evidence, under.tolist(), strict=True):
        if hit and (bubble.state == MARKED or (item is not None and item.contrast > 0.1)):
            bubble.state, bubble.reason = REVIEW, "可能是印章"


def _may_be_sealed(item: Evidence) -> bool:
    """Whether there is ink in or beside a box that no stroke made there explains: a ring, writing, a star."""
    return item.foreign or item.entering >= 2 or (item.wide_share > 0.1 and item.over > 0.02)


def compare_options(bubbles: list[BubbleReading], kinds: Mapping[str, str]) -> None:
    """Send to review what cannot be right together: a single choice with two answers, a choice taken back."""
    made, usual = [bubble for bubble in bubbles if bubble.state == MARKED], _usual_fill(bubbles, kinds)
    drawn = sum(bubble.drawn for bubble in made)
    alone = drawn >= OTHERS and sum(bubble.filled > 0 for bubble in made) == 1 and drawn == len(made) - 1
    for name, members in members_of(bubble.question for bubble in bubbles).items():
        options = [bubbles[at] for at in members]
        chosen = [bubble for bubble in options if bubble.state == MARKED]
        if kinds.get(name) == "single" and len(chosen) > 1:
            for bubble in chosen:
                bubble.state, bubble.reason = REVIEW, "单选题选了两项"
        # Beside an answer made in another way, however faint, a filled box may be the one taken back; where several may
        # be chosen only the one filled on the page, or one blackened beyond its frame. Who fills all takes none back.
        least = 1 if alone or kinds.get(name) == "single" else 2
        filled = [bubble for bubble in chosen if bubble.filled >= max(least, usual + 1)]
        others = [bubble for bubble in options if bubble.state != BLANK and not bubble.filled]
        if filled and others:
            for bubble in filled:
                bubble.state, bubble.reason = REVIEW, "涂黑的可能是改掉的"
