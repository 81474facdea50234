"""Read one image of a sheet: which page it is, and the state of every bubble on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import again, codes, folds, locate, lone, markers, marks, patches, pens, seals, verdicts
from .layout import Layout, Page, Place, load_layout
from .pictures import Picture, picture_of
from .zones import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARKED, BLANK, REVIEW = "marked", "blank", "review"
SMALLEST_SCALE = 1.8
"""Pixels a millimetre below which nothing on a page can be told for certain."""
OTHERS = 3
"""Marks on a page, beside one filled box and none of another kind, that show that this person ticks or crosses: the
sheet says to black out what is wrong."""
TWO_TONES, CRUMBS = 0.005, 2
"""Part of a picture between black and white below which it has been put to a threshold (the least of 60 pages that had
not was 0.019), and boxes with crumbs of ink, for each mark, up to which its strokes are whole (the most of 85 pages
whose pens had come through was 1.4)."""


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


@dataclass
class PageReading:
    """What one image says. `problem` is empty for a good page, else a word for what is wrong (see PROBLEMS)."""

    problem: str = ""
    detail: str = ""
    survey: str = ""
    version: int = 0
    sheet: int | None = None
    page: int | None = None
    turned: int = 0
    """Degrees by which the page was turned, to the nearest quarter: 0, 90, 180, 270."""
    bubbles: list[BubbleReading] = field(default_factory=list)
    picture: Picture | None = None
    page_map: locate.PageMap | None = None


PROBLEMS = {
    "no_page": "不是问卷页（找不到角标，可能是别的照片）",
    "blank_page": "空白页（可能是背面）",
    "other_survey": "是另一次调查的问卷",
    "other_language": "是这份问卷的另一种语言，要用那种语言的版式读",
    "unknown_page": "版式里没有这一页",
    "no_number": "编号读不出，请人工认",
    "several": "一张图里有几张问卷，请一张一张拍（扫）",
    "cut_off": "纸没有拍全，请把四个角都拍进来",
    "too_small": "图太小或太糊，请重扫",
    "duplicate": "同一张扫了两次",
    "missing_page": "缺页",
    "bad_file": "文件打不开",
}


def read_image(layout: Layout | Mapping[str, Any], image: Any) -> PageReading:
    """Read an image: array grey (h, w) or RGB (h, w, 3), eight bits, or a Picture. Never raises for a bad picture."""
    layout = layout if isinstance(layout, Layout) else load_layout(layout)
    picture = image if isinstance(image, Picture) else picture_of(image)
    page_map = locate.locate(picture.grey, layout)
    if page_map is None:
        return _without_markers(picture, layout)
    if locate.has_others(picture.grey, layout, page_map):
        return PageReading(problem="several", picture=picture)
    reading = PageReading(page=page_map.page, turned=_turned(page_map), picture=picture, page_map=page_map)
    page = layout.pages.get(page_map.page)
    code = codes.read_code(picture.grey, page or next(iter(layout.pages.values())), page_map, layout)
    if code is not None:
        reading.survey, reading.version, reading.sheet = code.campaign, code.version, code.sheet
        reading.problem, reading.detail = _elsewhere(code, layout)
        if reading.problem:
            return reading
    if page is None or (code is not None and code.page != page.number):
        reading.problem = "unknown_page"
        return reading
    if page_map.scale() < SMALLEST_SCALE:
        reading.problem = "too_small"
        return reading
    if code is None:
        reading.problem = "no_number"
    locate.straighten(picture.grey, page, page_map)
    reading.bubbles = _read_bubbles(picture, page, page_map, layout)
    return reading


def _read_bubbles(picture: Picture, page: Page, page_map: locate.PageMap, layout: Layout) -> list[BubbleReading]:
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
    _settle_singles(found, evidence, hand, layout.kinds)
    _send_lost(found, evidence, picture)
    _send_hidden(found, cut.framed)
    if picture.colour is None:
        _send_sealed(found, evidence, picture.grey, page, page_map)
    _look_again(found, evidence, hand, page, layout.kinds)
    compare_options(found, layout.kinds)
    return found


def _questions(found: Sequence[BubbleReading]) -> dict[str, list[int]]:
    """Where in a list the boxes of each question stand."""
    questions: dict[str, list[int]] = {}
    for at, bubble in enumerate(found):
        questions.setdefault(bubble.question, []).append(at)
    return questions


def _settle_singles(
    found: list[BubbleReading], evidence: list[Evidence | None], hand: pens.Hand, kinds: Mapping[str, str]
) -> None:
    """Settle doubtful boxes by how single choices are answered: where no pen is known, one faint stroke to a question
    is its answer; beside the one answer a trace is nobody's, unless that answer may have been blacked out."""
    if all(bubble.state != REVIEW for bubble in found):
        return
    questions = _questions(found)
    if not hand.contrast:
        single = [members for name, members in questions.items() if kinds.get(name) == "single"]
        for at in again.answers(single, [bubble.state for bubble in found], evidence):
            found[at].state, found[at].reason = MARKED, ""
    for name, members in questions.items():
        answers = [place for place, at in enumerate(members) if found[at].state == MARKED]
        if kinds.get(name) != "single" or len(answers) != 1 or found[members[answers[0]]].filled:
            continue
        states, seen = [found[at].state for at in members], [evidence[at] for at in members]
        for place in again.beside_answer(states, seen, answers[0], hand):
            found[members[place]].state, found[members[place]].reason = BLANK, ""


def _look_again(
    found: list[BubbleReading], evidence: list[Evidence | None], hand: pens.Hand, page: Page,
    kinds: Mapping[str, str],
) -> None:  # fmt: skip
    """Send to review what lies beside bare boxes where their question has no answer or no neighbour explains it."""
    states = [bubble.state for bubble in found]
    beside = again.unowned(page.bubbles, states, evidence, hand)
    # Who has given the one answer to a question gives no other beside it.
    doubtful = dict.fromkeys((at for at in beside if kinds.get(found[at].question) != "single"), "框旁有笔迹")
    doubtful |= dict.fromkeys(again.fainter(states, evidence), "有淡痕")
    for members in _questions(found).values():
        seen = [evidence[at] for at in members]
        again_at = again.unanswered([states[at] for at in members], seen, hand)
        doubtful |= dict.fromkeys((members[at] for at in again_at), "这一题没有选，框旁有笔迹")
    for at, reason in doubtful.items():
        found[at].state, found[at].reason = REVIEW, reason


def _send_lost(found: list[BubbleReading], evidence: list[Evidence | None], picture: Picture) -> None:
    """Where a picture of two tones shows far more crumbs of ink than marks, believe no box that seems empty.

    A threshold leaves a few dots of a thin or light pen, or nothing at all: a page without one clear answer to its
    questions is not believed either.
    """
    marked = sum(bubble.state == MARKED for bubble in found)
    crumbs = sum(item is not None and bubble.state == BLANK for item, bubble in zip(evidence, found, strict=True))
    empty = not marked and len({bubble.question for bubble in found}) > 1
    if (crumbs <= CRUMBS * marked and not empty) or not (picture.two_tones or _has_two_tones(picture.grey)):
        return
    for bubble in found:
        if bubble.state == BLANK:
            bubble.state, bubble.reason = REVIEW, "只有黑白两色，笔迹可能丢了"


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
    page_map: locate.PageMap,
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
    questions: dict[str, list[BubbleReading]] = {}
    for bubble in bubbles:
        questions.setdefault(bubble.question, []).append(bubble)
    made = [bubble for bubble in bubbles if bubble.state == MARKED]
    drawn = sum(bubble.drawn for bubble in made)
    alone = drawn >= OTHERS and sum(bubble.filled > 0 for bubble in made) == 1 and drawn == len(made) - 1
    for name, options in questions.items():
        chosen = [bubble for bubble in options if bubble.state == MARKED]
        if kinds.get(name) == "single" and len(chosen) > 1:
            for bubble in chosen:
                bubble.state, bubble.reason = REVIEW, "单选题选了两项"
        # Beside an answer made in another way, however faint, a filled box may be the one taken back; where several may
        # be chosen only the one filled on the page, or one blackened beyond its frame. Who fills all takes none back.
        least = 1 if alone or kinds.get(name) == "single" else 2
        filled = [bubble for bubble in options if bubble.filled >= least and bubble.state == MARKED]
        others = [bubble for bubble in options if bubble.state != BLANK and not bubble.filled]
        if filled and others:
            for bubble in filled:
                bubble.state, bubble.reason = REVIEW, "涂黑的可能是改掉的"


def crop(reading: PageReading, place: Place, margin_mm: float = 4.0, density: float = 6.0) -> NDArray[np.uint8]:
    """A straight cut-out around a bubble or box: (h, w) grey or (h, w, 3) RGB."""
    import cv2
    import numpy as np

    if reading.picture is None or reading.page_map is None:
        raise ValueError("the reading carries no picture")
    left, top = place.x - margin_mm, place.y - margin_mm
    width, height = place.w + 2 * margin_mm, place.h + 2 * margin_mm
    if place.option:
        width += 24.0
    columns, rows = int(width * density), int(height * density)
    grid = np.stack(np.meshgrid(np.arange(columns) / density + left, np.arange(rows) / density + top), axis=-1)
    pixels = reading.page_map.to_pixels(grid.astype(np.float64)).astype(np.float32)
    image = reading.picture.grey if reading.picture.colour is None else reading.picture.colour
    cut: NDArray[np.uint8] = cv2.remap(image, pixels, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cut


def _without_markers(picture: Picture, layout: Layout) -> PageReading:
    """Name a picture without markers: a sheet too damaged to read, a blank page, or something else altogether."""
    if _is_blank(picture):
        return PageReading(problem="blank_page", picture=picture)
    code = codes.find_code(picture.grey)
    if code is not None:
        problem, detail = _elsewhere(code, layout)
        cut_off = "cut_off" if markers.has_marker(picture.grey, layout) else "too_small"
        return PageReading(
            problem=problem or cut_off, survey=code.campaign, version=code.version, sheet=code.sheet,
            page=code.page, picture=picture, detail=detail or "角标看不清",
        )  # fmt: skip
    if markers.has_marker(picture.grey, layout):
        return PageReading(problem="cut_off", picture=picture)
    return PageReading(problem="no_page", picture=picture)


def _elsewhere(code: codes.Code, layout: Layout) -> tuple[str, str]:
    """Problem and detail of a sheet that this layout does not describe; empty where it does."""
    same = (code.campaign, code.version) == (layout.survey, layout.version)
    if same and code.language == layout.language:
        return "", ""
    language = f" 语言 {code.language}" if code.language else ""
    detail = f"{code.campaign} 第 {code.version} 版 编号 {code.sheet}{language}"
    return "other_language" if same else "other_survey", detail


def _is_blank(picture: Picture) -> bool:
    """Whether a picture is a page with hardly anything on it (what shines through from the other side included)."""
    import cv2
    import numpy as np

    small = cv2.resize(picture.grey, (210, 297), interpolation=cv2.INTER_AREA)[12:-12, 10:-10]
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6)
    ratio = small / np.maximum(paper, 1.0)
    return bool(np.median(small) > 90 and (ratio < 0.7).mean() < 0.004)


def _turned(page_map: locate.PageMap) -> int:
    import numpy as np

    ends = page_map.to_pixels(np.array([[60.0, 148.5], [150.0, 148.5]]))
    across = ends[1] - ends[0]
    return round(float(np.degrees(np.arctan2(across[1], across[0]))) / 90) % 4 * 90
