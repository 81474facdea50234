"""Filled-in sheets that nobody had to fill in: for tests, benchmarks and the demonstration.

A printed page is rendered, marked with many kinds of strokes, pens and dirt (`strokes`, `paper`), and scanned or
photographed (`cameras`). Everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..layout import Layout, Page, load_layout
from .cameras import Shot, camera, scanner, take, through_jpeg
from .paper import Sheet, blank_sheet, draw, fold, seal, show_through, stain
from .strokes import CHOOSING, CHOOSING_HELD_OUT, NOISE, PENS, mark, pen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Random = np.random.Generator

CANVAS_DPI = 220


@dataclass(frozen=True)
class Style:
    """How a sheet was filled in. Shares are probabilities: of a multiple-choice option, of noise in an empty box, of a
    whole-page accident. mixed: every mark of another kind, else one person's habit."""

    marks: Sequence[str] = CHOOSING
    pens: Sequence[str] = ("gel", "ballpoint", "pencil")
    noise: Sequence[str] = NOISE
    mixed: bool = True
    share: float = 0.3
    noise_share: float = 0.12
    blackout_share: float = 0.0
    stocks: Sequence[str] = ("white", "cream", "thin")
    stain: float = 0.0
    fold: float = 0.0
    seal: float = 0.0
    back: float = 0.0


def render_page(pdf_path: str | Path, index: int, dpi: int = CANVAS_DPI) -> Image:
    """A page of a PDF (index from 0) as grey pixels."""
    import numpy as np
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf_path)
    try:
        array = document[index].render(scale=dpi / 72, grayscale=True).to_numpy()
        return np.ascontiguousarray(array.reshape(array.shape[0], array.shape[1]))
    finally:
        document.close()


def fill_page(
    printed: Image, page: Page, kinds: Mapping[str, str], style: Style, random: Random,
    answers: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Sheet, dict[tuple[str, str], tuple[str, str]]]:  # fmt: skip
    """Fill in a printed page. Returns the paper and, for each (question, option), (truth, kind of mark).

    truth is marked, blank or review; answers fixes which options are chosen, else chance does.
    """
    sheet = blank_sheet(printed, printed.shape[1] / 210.0, str(random.choice(style.stocks)), random)
    chosen = _choose(page, kinds, style, random, answers)
    hand = pen(str(random.choice(style.pens)), random)
    habit = str(random.choice(style.marks))
    truth: dict[tuple[str, str], tuple[str, str]] = {}
    if random.random() < style.back:
        show_through(sheet, printed, float(random.uniform(0.03, 0.10)))
    if random.random() < style.stain:
        stain(sheet, random)
    for place in page.bubbles:
        key = (place.question, place.option)
        kind = "" if key not in chosen else str(random.choice(style.marks)) if style.mixed else habit
        if chosen.get(key) == "blackout":
            kind = "blackout"
        if not kind and style.noise and random.random() < style.noise_share:
            kind = str(random.choice(style.noise))
            truth[key] = ("blank", kind)
        else:
            truth[key] = ("review" if kind == "blackout" else "marked" if kind else "blank", kind)
        if kind:
            draw(sheet, place, kind, hand, random)
    for accident, probability in ((fold, style.fold), (seal, style.seal)):
        if random.random() < probability:
            accident(sheet, random)
    return sheet, truth


def _choose(
    page: Page, kinds: Mapping[str, str], style: Style, random: Random, answers: Mapping[str, Sequence[str]] | None
) -> dict[tuple[str, str], str]:
    """(question, option) -> "chosen", or "blackout" for a choice taken back."""
    options: dict[str, list[str]] = {}
    for place in page.bubbles:
        options.setdefault(place.question, []).append(place.option)
    chosen: dict[tuple[str, str], str] = {}
    for question, names in options.items():
        if answers is not None:
            picked = [name for name in names if name in answers.get(question, ())]
        elif kinds.get(question) == "single":
            picked = [str(random.choice(names))] if random.random() < 0.93 else []
        else:
            picked = [name for name in names if random.random() < style.share]
        chosen |= {(question, name): "chosen" for name in picked}
        rest = [name for name in names if name not in picked]
        if kinds.get(question) == "single" and picked and rest and random.random() < style.blackout_share:
            chosen[question, str(random.choice(rest))] = "blackout"
    return chosen


def simulate_scans(
    pdf_path: str | Path,
    layout: Mapping[str, Any],
    answers: Mapping[int, Mapping[str, Sequence[str]]],
    folder: str | Path,
    *,
    first_sheet: int,
    seed: int,
    dpi: int = 150,
) -> list[Path]:
    """Scans (JPEG) of filled-in copies. answers: sheet number -> question -> chosen options.

    The PDF's first copy is number first_sheet. Returns the files in order of sheet and page: plain ticks and crosses in
    everyday pens, a clean flat-bed scanner.
    """
    import numpy as np
    import simplejpeg

    checked = load_layout(layout)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    style = Style(marks=("tick", "tick", "big_tick", "cross"), noise=("specks",), noise_share=0.02, mixed=False)
    paths = []
    for sheet in sorted(answers):
        random = np.random.default_rng([seed, sheet])
        for offset, number in enumerate(sorted(checked.pages)):
            printed = render_page(pdf_path, (sheet - first_sheet) * len(checked.pages) + offset)
            paper, _ = fill_page(printed, checked.pages[number], checked.kinds, style, random, answers[sheet])
            image = take(paper, scanner(random, dpi), random)
            path = target / f"scan-{sheet:04d}-{number}.jpg"
            path.write_bytes(simplejpeg.encode_jpeg(image[:, :, None], 85, "GRAY"))
            paths.append(path)
    return paths


__all__ = [
    "CHOOSING", "CHOOSING_HELD_OUT", "NOISE", "PENS", "Layout", "Sheet", "Shot", "Style", "blank_sheet", "camera",
    "draw", "fill_page", "mark", "pen", "render_page", "scanner", "simulate_scans", "take", "through_jpeg",
]  # fmt: skip
