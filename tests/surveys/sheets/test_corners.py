"""What an eighth simulator taught about pages of which two corner markers are seen at first."""

import cv2
import numpy as np
import pytest

from xiangli.surveys.sheets import locate, markers, patches
from xiangli.surveys.sheets.simulate import render_page

from .foreign import DPI, MM

NEAR = 3.0
"""Pixels a millimetre at the lower edge of the page in the photo."""


def _photo(printed, far, hidden=()):
    """A photo of 2,400 pixels and the map into it, (3, 3) from millimetres; far: pixels a millimetre at the upper edge;
    hidden: corner markers with something over them."""
    raster = render_page(printed.pdf, 0, DPI).copy()
    for marker in hidden:
        left, top = (int(value) for value in (printed.layout.pages[1].markers[marker].min(axis=0) - 2) * MM)
        raster[top : top + int(16 * MM), left : left + int(16 * MM)] = 150
    paper = np.array([[0, 0], [210, 0], [210, 297], [0, 297]], np.float32)
    upper, lower = far * 105, NEAR * 105
    corners = np.array([[900 - upper, 500], [900 + upper, 500], [900 + lower, 1300], [900 - lower, 1300]], np.float32)
    into = cv2.getPerspectiveTransform(paper, corners)
    photo = cv2.warpPerspective(
        raster, into @ np.diag([1 / MM, 1 / MM, 1]), (1800, 2400), flags=cv2.INTER_AREA, borderValue=90
    )
    return cv2.GaussianBlur(photo, (0, 0), 0.7), into


def _bend(y):
    """Pixels by which a bent page lies further right at this height of the photo."""
    return 40 * ((1300 - y) / 800) ** 2


def _error_mm(page_map, page, there):
    """How far from their places in the photo the middles of the boxes are taken to be, at most."""
    return float(np.hypot(*(page_map.to_pixels(page.centres) - there).T).max()) / NEAR


def test_markers_too_small_at_the_far_edge_are_looked_for_where_the_near_ones_say(printed):
    photo, _ = _photo(printed, 2.35)
    assert set(markers.anywhere(photo, printed.layout)[1]) == {2, 3}
    assert set(locate.locate(photo, printed.layout).markers) == {0, 1, 2, 3}


def test_a_page_with_both_markers_of_one_edge_hidden_is_drawn_through_its_mid_edge_marks(printed):
    """The page is bent sideways: what two markers of its lower edge say is far off at the upper one."""
    photo, into = _photo(printed, 2.0, hidden=(0, 1))
    y, x = np.mgrid[:2400, :1800].astype(np.float32)
    photo = cv2.remap(photo, x - _bend(y), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    page, page_map = printed.layout.pages[1], locate.locate(photo, printed.layout)
    assert set(page_map.markers) == {2, 3}
    there = cv2.perspectiveTransform(page.centres[None], into)[0]
    there[:, 0] += _bend(there[:, 1])
    before = _error_mm(page_map, page, there)
    locate.straighten(photo, page, page_map)
    assert before > 4.0
    assert _error_mm(page_map, page, there) < 0.4


def test_a_corner_that_is_hidden_says_nothing_of_how_black_the_print_is(printed):
    photo, _ = _photo(printed, 2.6)
    covered, _ = _photo(printed, 2.6, hidden=(0, 1))
    page = printed.layout.pages[1]
    black = [patches.cut(grey, page, locate.locate(grey, printed.layout)).blackness for grey in (photo, covered)]
    assert black[1] == pytest.approx(black[0], abs=0.03)
