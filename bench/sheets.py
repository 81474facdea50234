"""Sheets: 300 different ones printed, and simulated scans and photos of 40 bubbles each read; CPU time, one process.

"Decode alone" and auto-multiple-choice, where it is installed, are measured on the same machine in the same run. Each
reader gets the best of three times: what else runs on the machine makes no reader faster.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from bench import _amc
from xiangli.surveys.sheets import Layout, PageReading, images, load_layout, print_sheets, read_files, read_image
from xiangli.surveys.sheets.simulate import Shot, Style, camera, fill_page, render_page, scanner, take

SHEETS, TIMES = 8, 3
GOALS = {"scan 150 dpi": 6.5, "scan 200 dpi": 11.0, "photo 12 MP": 25.0}
"""Milliseconds a sheet and core that the issue asks for, on a machine that does nothing else."""
OMRCHECKER = "OMRChecker: skipped, it is no package and has no template of these sheets"
KINDS = ("scan 150 dpi", "scan 200 dpi", "photo 12 MP", "photo 12 MP, 3 mm bend")


def _definition() -> dict[str, Any]:
    labels = ["百姓食堂", "量血压", "下棋书法", "托管孩子", "技能培训", "打篮球", "理发", "复印"]
    options = [{"name": f"o{number}", "label": label} for number, label in enumerate(labels)]
    questions = [
        {"name": f"m{number}", "kind": "multiple", "label": f"第 {number} 组：您需要哪些服务", "options": options}
        for number in range(5)
    ]
    return {"title": "服务需求调查表", "notice": "隐私告知：只用于安排服务，不记姓名。", "questions": questions}


def _shot(kind: str, random: np.random.Generator) -> Shot:
    if kind.startswith("scan"):
        return scanner(random, int(kind.split()[1]))
    return camera(random, 4000, bend=3.0 if "bend" in kind else 0.0)


@dataclass
class Made:
    """A picture of ours with the truth of each bubble, and one of auto-multiple-choice's paper where that is there."""

    path: Path
    truth: dict[tuple[str, str], str]
    theirs: Path | None


def _pictures(kind: str, pdf: Path, layout: Layout, folder: Path) -> list[Made]:
    """Files of one kind with the truth of each bubble."""
    style = Style(pens=("gel", "ballpoint", "pencil", "light_pencil"))
    page, pictures = layout.pages[1], []
    for seed in range(SHEETS):
        paths: list[Path] = []
        printed = render_page(pdf, seed)
        for sheet in (printed, _amc.paper(printed)) if _amc.program() else (printed,):
            random = np.random.default_rng([len(kind), seed])
            paper, truth = fill_page(sheet, page, layout.kinds, style, random)
            image = take(paper, _shot(kind, random), random)
            paths.append(folder / f"{kind.replace(' ', '-')}-{seed}-{len(paths)}.jpg")
            paths[-1].write_bytes(_jpeg(image))
        true = {key: state for key, (state, _) in truth.items()}
        pictures.append(Made(paths[0], true, paths[1] if len(paths) > 1 else None))
    return pictures


def _jpeg(image: np.ndarray) -> bytes:
    """As phones and scanners write it: colour at half the resolution of grey (4:2:0)."""
    if image.ndim == 2:
        return bytes(simplejpeg.encode_jpeg(image[:, :, None], 85, "GRAY"))
    return bytes(simplejpeg.encode_jpeg(image, 85, "RGB", colorsubsampling="420"))


def _best(times: Iterable[float]) -> float:
    return min(times) * 1e3


def _timed(work: Callable[..., object], *given: object) -> float:
    start = time.process_time()
    work(*given)
    return time.process_time() - start


def _read(kind: str, pdf: Path, layout: Layout, folder: Path) -> list[tuple[str, float, str]]:
    pictures = _pictures(kind, pdf, layout, folder)
    decode = ours = 0.0
    silent = review = found = 0
    for made in pictures:
        data = made.path.read_bytes()
        decode += _best(_timed(simplejpeg.decode_jpeg, data, "GRAY") for _ in range(TIMES))
        ours += _best(_timed(_reading, layout, made.path) for _ in range(TIMES))
        reading = _reading(layout, made.path)
        found += reading.problem == ""
        for bubble in reading.bubbles:
            review += bubble.state == "review"
            silent += bubble.state not in ("review", made.truth[bubble.question, bubble.option])
    count = len(pictures)
    goal = (
        [(f"{kind}: read over the goal of {GOALS[kind]} ms", ours / count / GOALS[kind], "x")] if kind in GOALS else []
    )
    return [
        *goal,
        (f"{kind}: read, decoding included", ours / count, "ms"),
        (f"{kind}: decode alone (simplejpeg, grey)", decode / count, "ms"),
        (f"{kind}: read over decode alone", ours / decode, "x"),
        (f"{kind}: sheets found", found / count * 100, "%"),
        (f"{kind}: silent errors", silent, f"of {40 * count}"),
        (f"{kind}: to review", review / (40 * count) * 100, "%"),
        *_peer(kind, pictures, layout, ours / count),
    ]


def _reading(layout: Layout, path: Path) -> PageReading:
    return read_image(layout, next(iter(images.open_pages(path, range(1))))[1])


def _peer(kind: str, pictures: Sequence[Made], layout: Layout, ours: float) -> list[tuple[str, float, str]]:
    """auto-multiple-choice on its own paper with the same marks, in the same run."""
    name = f"{kind}: auto-multiple-choice detect"
    if not _amc.program():
        return [(f"{name}: skipped, apt-get install auto-multiple-choice", 0, "")]
    page, theirs = layout.pages[1], 0.0
    shares: list[float] = []
    marked: list[bool] = []
    for made in pictures:
        runs = [_amc.read(made.theirs, page) for _ in range(TIMES) if made.theirs]
        theirs += _best(seconds for _, seconds in runs)
        shares += runs[0][0]
        marked += [made.truth[place.question, place.option] == "marked" for place in page.bubbles]
    count = len(pictures)
    return [
        (name, theirs / count, "ms"),
        (f"{name}: wrong at its best threshold", _amc.fewest_mistakes(shares, marked), f"of {len(marked)}"),
        (f"{name} over ours", theirs / count / ours, "x"),
    ]


def _batch(folder: Path) -> tuple[str, float, str]:
    """A batch from files to the table, with a text box on each sheet: what is doubtful or written is cut out."""
    definition = _definition()
    words: dict[str, Any] = {"name": "say", "kind": "text", "label": "还有什么话", "lines": 3}
    definition["questions"] = [*definition["questions"][:4], words]
    pdf, scans = folder / "words.pdf", folder / "scans"
    data = print_sheets(definition, campaign="words", version=1, sheet_numbers=range(1, SHEETS + 1), pdf_path=pdf)
    scans.mkdir()
    files = [made.path for made in _pictures("scan 150 dpi", pdf, load_layout(data), scans)]

    def read(number: int) -> None:
        read_files(data, files, out=folder / f"{number}.csv", review_dir=folder / "crops")

    taken = _best(_timed(read, number) for number in range(TIMES))
    return "scan 150 dpi, a text box on each: a batch, table and crops included", taken / len(files), "ms"


def run() -> list[tuple[str, float, str]]:
    """Label, value, unit."""
    import cv2

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.process_time()
        data = print_sheets(
            _definition(), campaign="bench", version=1, sheet_numbers=range(1, 301), pdf_path=folder / "sheets.pdf"
        )
        rows = [("300 different sheets printed", time.process_time() - start, "s")]
        layout = load_layout(data)
        for kind in KINDS:
            rows += _read(kind, folder / "sheets.pdf", layout, folder)
        rows.append(_batch(folder))
    return [*rows, (OMRCHECKER, 0, "")]
