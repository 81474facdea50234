"""Crops for a person to look at."""

import numpy as np

from xiangli.surveys.sheets import read_image
from xiangli.surveys.sheets.review import crop
from xiangli.surveys.sheets.simulate import Style, camera, fill_page, render_page, take

MARGIN_MM, DENSITY = 1.5, 6.0


def test_a_text_box_of_a_bent_page_is_cut_out_straight(printed):
    random = np.random.default_rng(5)
    paper, _ = fill_page(render_page(printed.pdf, 0), printed.layout.pages[1], printed.layout.kinds, Style(), random)
    image = take(paper, camera(random, 3000, bend=3.0), random)
    reading = read_image(printed.layout, image)
    box = next(box for box in printed.layout.pages[1].boxes if box.question == "say")
    cut = crop(reading, box, margin_mm=MARGIN_MM, density=DENSITY)
    assert cut.shape[:2] == (int((box.h + 2 * MARGIN_MM) * DENSITY), int((box.w + 2 * MARGIN_MM) * DENSITY))
    grey = cut if cut.ndim == 2 else cut[:, :, 1]
    upper = grey[: int(2 * MARGIN_MM * DENSITY), 20:-20].argmin(axis=0) / DENSITY  # where the frame's upper line runs
    assert abs(np.median(upper) - MARGIN_MM) < 0.3
    assert np.percentile(np.abs(upper - np.median(upper)), 95) < 0.4
