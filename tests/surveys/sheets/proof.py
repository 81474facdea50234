"""Read many sheets of the third generator and count, kind by kind: python -m tests.surveys.sheets.proof SEED PAGES.

Prints silent errors and the share that goes to review by what is in the box, by pen and by way of catching. The kinds
and numbers drawn depend on SEED and the page alone, so that a run can be cut in pieces and repeated.
"""

import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xiangli.surveys.sheets import Layout, SheetError, images, load_layout, print_sheets, read_image

from . import habits, weather
from .inkpen import raster

WEAR = ("", "", "", "", "creases", "coffee", "stamped", "holes", "shine through", "poor print", "shrunk")
ONE_BIT = ("fax 200", "fax 300 local", "photocopy")
COPIES, FULL_PAGES = 3, 3


@dataclass
class Form:
    """A questionnaire printed for the proof: its layout and the rasters of its pages, (copy, page) -> RGB."""

    layout: Layout
    numbers: range
    pages: dict[tuple[int, int], NDArray[np.uint8]]


def definition() -> dict[str, Any]:
    """Three pages full of boxes: short and long labels, scales in one row, lists in two to four columns."""

    def options(*labels: str) -> list[dict[str, str]]:
        return [{"name": f"{index}", "label": label} for index, label in enumerate(labels)]

    yes = options("是", "否", "说不清")
    scale = options("很好", "较好", "一般", "较差", "很差")
    days = options("周一", "周二", "周三", "周四", "周五", "周六", "周日", "都行")
    services = options("百姓食堂", "量血压", "棋牌书画", "托管孩子", "技能培训", "打篮球", "理发", "复印证件")
    long = options("离家太远，走不动", "开门的时候我在地里", "不知道有这些服务", "去了也没人管")
    questions: list[dict[str, Any]] = []
    for number in range(4):
        questions += [
            {"name": f"day{number}", "kind": "multiple", "label": "哪几天有空", "options": days},
            {"name": f"yes{number}", "kind": "single", "label": f"第 {number} 件事您同意吗", "options": yes},
            {"name": f"need{number}", "kind": "multiple", "label": "需要什么", "options": services},
            {"name": f"scale{number}", "kind": "scale", "label": f"您对第 {number} 项满意吗", "options": scale},
            {
                "name": f"why{number}",
                "kind": "multiple" if number % 2 else "single",
                "label": "为什么不来",
                "options": long,
            },
        ]
    return {"title": "村里的事请您说", "notice": "只用于安排服务，不记姓名，保存两年。", "questions": questions}


def make_form(folder: Path) -> Form:
    numbers = range(101, 101 + COPIES)
    data = print_sheets(
        definition(), campaign="proof", version=4, sheet_numbers=numbers, pdf_path=folder / "sheets.pdf"
    )
    layout = load_layout(data)
    count = len(layout.pages)
    pages = {
        (copy, page): raster(folder / "sheets.pdf", copy * count + page - 1)
        for copy in range(COPIES)
        for page in range(1, FULL_PAGES + 1)
    }
    return Form(layout, numbers, pages)


@dataclass
class Tally:
    """What came of it. counts: (what, name) -> Counter of boxes, review, silent."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    silent: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    pages: int = 0

    def total(self, key: str) -> int:
        return sum(counter[key] for (what, _), counter in self.counts.items() if what == "caught")

    def lines(self) -> Iterator[str]:
        """The whole of it in words."""
        for (what, name), counter in sorted(self.counts.items()):
            share = counter["review"] / counter["boxes"]
            yield f"{what:8} {name:20} {counter['boxes']:6} boxes  {share:6.1%} review  {counter['silent']:3} silent"
        yield from (*self.silent, *self.lost)
        yield "; ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        boxes = self.total("boxes")
        held = boxes - self.counts["holds", "nothing"]["boxes"]
        yield (
            f"{self.pages} pages, {boxes} boxes ({held} with something in them): {self.total('silent')} silent errors, "
            f"{self.total('review') / max(boxes, 1):.2%} to review, {len(self.lost)} pages lost"
        )


def make(form: Form, seed: int, number: int, folder: Path) -> tuple[Path, str, str, str, habits.Truth, tuple[int, int]]:
    """One sheet marked, worn and caught: its file, how caught, worn and written, the truth, and (copy, page)."""
    random = np.random.default_rng([30, seed, number])
    catch = list(weather.CATCHES)[number % len(weather.CATCHES)]
    wear = str(random.choice(WEAR))
    copy, page = int(random.integers(COPIES)), 1 + int(random.integers(FULL_PAGES))
    habit = habits.Habit()
    if catch in ONE_BIT:  # what a threshold takes away nobody can read
        habit = replace(habit, nibs=("gel", "ballpoint", "felt", "brush"))
    ink, truth, nib = habits.fill_page(form.layout.pages[page], form.layout, habit, random)
    blank, drawn = form.pages[copy, page], raster(ink.pdf())
    drawn = drawn[: blank.shape[0], : blank.shape[1]]
    sheet = weather.printed(blank, drawn, random, poor=wear == "poor print", shrunk=wear == "shrunk")
    if wear == "shine through":
        sheet = weather.shine_through(sheet, form.pages[copy, page % FULL_PAGES + 1], random)
    elif wear in ("creases", "coffee", "stamped", "holes"):
        sheet = getattr(weather, wear)(sheet, random)
    return weather.CATCHES[catch](sheet, random, folder), catch, wear, nib, truth, (copy, page)


def judge(form: Form, seed: int, number: int, folder: Path, tally: Tally, keep: Path | None = None) -> None:
    """Make one sheet, read it, and add what comes of it to the tally."""
    path, catch, wear, nib, truth, (copy, page) = make(form, seed, number, folder)
    picture = next(iter(images.open_pages(path, range(1))))[1]
    assert not isinstance(picture, SheetError), picture
    reading = read_image(form.layout, picture)
    tally.pages += 1
    name = f"seed {seed} page {number} ({catch}, {wear or 'no wear'}, {nib})"
    if (reading.problem, reading.sheet, reading.page) != ("", form.numbers[copy], page):
        tally.lost.append(f"LOST {name}: {reading.problem} {reading.sheet} {reading.page}")
    states = {(item.question, item.option): item for item in reading.bubbles}
    doubtful = {question for (question, _), item in states.items() if item.state == "review"}
    bad = False
    for key, item in states.items():
        true, kind = truth[key]
        silent = item.state != "review" and item.state != true
        if true == "review":  # enough that somebody looks at the question before it counts
            silent = item.state == "blank" or (item.state == "marked" and key[0] not in doubtful)
        holds = kind if true != "blank" else f"({kind})" if kind else "nothing"
        for what, value in (("caught", catch), ("worn", wear or "-"), ("pen", nib), ("holds", holds)):
            counter = tally.counts[what, value]
            counter["boxes"] += 1
            counter["review"] += item.state == "review" and true != "review"
            counter["silent"] += silent
        if item.state == "review" and true != "review":
            tally.reasons[f"{item.reason}<{true}"] += 1
        if silent:
            bad = True
            tally.silent.append(f"SILENT {name}: {key} is {true} ({kind}), read {item.state} {item.score}")
    if keep is not None and (bad or reading.problem):
        shutil.copy(path, keep / f"{seed}-{number}{path.suffix}")


def run(seed: int, numbers: Iterable[int], keep: Path | None = None) -> Tally:
    import cv2

    cv2.setNumThreads(1)
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        form = make_form(Path(name))
        for number in numbers:
            judge(form, seed, number, Path(name), tally, keep)
    return tally


def _words() -> Iterator[int]:
    yield from (int(word) for word in sys.argv[1:4])


if __name__ == "__main__":
    seed, first, last = _words()
    tally = run(seed, range(first, last), Path(sys.argv[4]) if len(sys.argv) > 4 else None)
    sys.stdout.writelines(f"{line}\n" for line in tally.lines())
