"""Sheets: 300 different ones printed, and simulated scans and photos of 40 bubbles each read; CPU time, one process.

NUMBERS.md has the peers' figures for the same kinds of pictures; "decode alone" is the same machine at the same moment.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg

from xiangli.surveys.sheets import Layout, images, load_layout, print_sheets, read_image
from xiangli.surveys.sheets.simulate import Shot, Style, camera, fill_page, render_page, scanner, take

SHEETS = 8
GOALS = {"scan 150 dpi": 6.5, "scan 200 dpi": 11.0, "photo 12 MP": 25.0}
"""Milliseconds a sheet and core that the issue asks for, on a machine that does nothing else."""
PEERS = {"OMRChecker": "omrchecker", "auto-multiple-choice": "auto-multiple-choice"}
"""Readers of paper and the command each is started with."""
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


def _pictures(kind: str, pdf: Path, layout: Layout, folder: Path) -> list[tuple[Path, dict[tuple[str, str], str]]]:
    """Files of one kind with the truth of each bubble."""
    style = Style(pens=("gel", "ballpoint", "pencil", "light_pencil"))
    pictures = []
    for seed in range(SHEETS):
        random = np.random.default_rng([len(kind), seed])
        page = layout.pages[1]
        paper, truth = fill_page(render_page(pdf, seed), page, layout.kinds, style, random)
        shot = _shot(kind, random)
        image = take(paper, shot, random)
        space = "RGB" if image.ndim == 3 else "GRAY"
        path = folder / f"{kind}-{seed}.jpg"
        path.write_bytes(simplejpeg.encode_jpeg(np.atleast_3d(image), 85, space))
        pictures.append((path, {key: state for key, (state, _) in truth.items()}))
    return pictures


def _read(kind: str, pdf: Path, layout: Layout, folder: Path) -> list[tuple[str, float, str]]:
    pictures = _pictures(kind, pdf, layout, folder)
    for path, _ in pictures[:2]:
        read_image(layout, next(images.open_pages(path, range(1)))[1])
    decode = ours = 0.0
    silent = review = found = 0
    for path, truth in pictures:
        data = path.read_bytes()
        start = time.process_time()
        simplejpeg.decode_jpeg(data, "GRAY")
        middle = time.process_time()
        reading = read_image(layout, next(images.open_pages(path, range(1)))[1])
        decode, ours = decode + middle - start, ours + time.process_time() - middle
        found += reading.problem == ""
        for bubble in reading.bubbles:
            review += bubble.state == "review"
            silent += bubble.state not in ("review", truth[bubble.question, bubble.option])
    count = len(pictures)
    goal = (
        [(f"{kind}: read over the goal of {GOALS[kind]} ms", ours / count * 1e3 / GOALS[kind], "x")]
        if kind in GOALS
        else []
    )
    return [
        *goal,
        (f"{kind}: read, decoding included", ours / count * 1e3, "ms"),
        (f"{kind}: decode alone (simplejpeg, grey)", decode / count * 1e3, "ms"),
        (f"{kind}: read over decode alone", ours / decode, "x"),
        (f"{kind}: sheets found", found / count * 100, "%"),
        (f"{kind}: silent errors", silent, f"of {40 * count}"),
        (f"{kind}: to review", review / (40 * count) * 100, "%"),
    ]


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
    return rows + [_peer(name, command) for name, command in PEERS.items()]


def _peer(name: str, command: str) -> tuple[str, float, str]:
    """A peer beside ours: neither reads our sheets without a template of its own, so only its presence is told."""
    return f"peer {name} (has no template of these sheets)", float(shutil.which(command) is not None), "installed"
