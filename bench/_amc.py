"""auto-multiple-choice's detector on sheets of its own: its program reads commands and answers with pixel counts.

Its sheets are ours with four discs in the corners and nothing else outside the boxes and their labels, marked and
caught with the same chances. Its program is called as `AMC-analyse` calls it; a box is marked when the share of dark
pixels in its inner 80 % is above a threshold, for which the value that makes fewest mistakes in the run is taken.
"""

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xiangli.surveys.sheets.layout import Page

PLACES = ("/usr/libexec/AMC/exec", "/usr/lib/AMC/exec", "/usr/libexec/auto-multiple-choice")
DPI, DISC_MM = 300 / 25.4, 6.0
CORNERS_MM = ((14.0, 14.0), (196.0, 14.0), (196.0, 283.0), (14.0, 283.0))


def program() -> str:
    """Path of AMC-detect, "" where auto-multiple-choice is not installed."""
    return shutil.which("AMC-detect", path=os.pathsep.join((*PLACES, os.environ.get("PATH", "")))) or ""


def paper(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A rendered page of ours as one of theirs."""
    import cv2

    unit = page.shape[1] / 210
    out = np.full_like(page, 255)
    part = np.s_[int(43 * unit) : int(273 * unit), int(21 * unit) : int(189 * unit)]
    out[part] = page[part]
    for x, y in CORNERS_MM:
        cv2.circle(out, (round(x * unit), round(y * unit)), round(DISC_MM / 2 * unit), 0, -1, cv2.LINE_AA)
    return out


def read(path: Path, page: Page) -> tuple[list[float], float]:
    """(share of dark pixels of each box, -1 where it says none; CPU seconds) of one image."""
    size = ["-x", str(int(210 * DPI)), "-y", str(int(297 * DPI)), "-d", f"{DISC_MM * DPI:.2f}"]
    words = [program(), *size, "-p", "0.2", "-m", "0.2", "-c", "4", "-t", "0.6", "-o", "1"]
    discs = " ".join(f"{x * DPI:.2f},{y * DPI:.2f}" for x, y in CORNERS_MM)
    lines = [f"load {path}", f"optim {discs}"]
    for box in page.bubbles:
        sides = (box.x, box.x + box.w, box.y, box.y + box.h)
        lines.append("mesure0 0.8 square " + " ".join(f"{side * DPI:.2f}" for side in sides))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(words, input="\n".join([*lines, "quit", ""]), capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    pairs = re.findall(r"^PIX (\d+) (\d+)$", said.stdout, re.MULTILINE)
    shares = [int(dark) / int(whole) if int(whole) else -1.0 for dark, whole in pairs]
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return shares if len(shares) == len(page.bubbles) else [-1.0] * len(page.bubbles), seconds


def fewest_mistakes(shares: Sequence[float], marked: Sequence[bool]) -> int:
    """Mistakes at the threshold that makes fewest."""
    dark, true = np.array(shares), np.array(marked)
    return min(int(((dark > threshold) != true).sum()) for threshold in np.linspace(0.01, 0.9, 90))
