"""Pages that a scanner app's "black and white" has left hollow: only the rims of large blacks stay."""

import cv2
import numpy as np
import pytest

from xiangli.surveys.sheets import hollow, markers, read_image
from xiangli.surveys.sheets.simulate import render_page

from .conftest import FIRST


def _filtered(printed, window_mm):
    """Page 1 at 200 dpi after an adaptive threshold."""
    grey = cv2.GaussianBlur(render_page(printed.pdf, 0, 200), (0, 0), 0.8)
    window = round(window_mm * 200 / 25.4) | 1
    return cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, window, 10)


@pytest.mark.parametrize("window", [2.2, 3.4, 4.0])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_page_with_hollow_markers_is_found_whichever_way_up(printed, turns, window):
    image = np.ascontiguousarray(np.rot90(_filtered(printed, window), turns))
    assert markers.in_corners(image, printed.layout) is None
    page, found = hollow.anywhere(image, printed.layout)
    assert (page, sorted(found)) == (1, [0, 1, 2, 3])
    reading = read_image(printed.layout, image)
    assert (reading.problem, reading.sheet, reading.page, reading.turned) == ("", FIRST, 1, -90 * turns % 360)
    assert reading.page_map.residual < 0.3


def test_squares_of_another_kind_are_no_markers(printed):
    image = np.full((1700, 1200), 255, np.uint8)
    kinds = (np.zeros((6, 6)), np.pad(np.ones((4, 4)), 1), np.indices((6, 6)).sum(axis=0) % 2, np.eye(6))
    for at, x in enumerate(range(60, 1100, 120)):
        for row, y in enumerate(range(60, 1600, 120)):
            image[y : y + 84, x : x + 84] = np.kron(kinds[(at + row) % 4], np.full((14, 14), 255))
    assert hollow.anywhere(image, printed.layout) is None
