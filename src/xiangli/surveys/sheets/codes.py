"""Read what a printed page says about itself: the QR code, or the number strip at its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .design import STRIP_BITS, Code, parse_payload, read_strip, survey_digest
from .layout import Layout, Page
from .locate import PageMap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

QR_TRIES = (0.5, 104, True, False), (3.0, 190, False, False), (3.0, 190, False, True)
"""Millimetres round the code, pixels a side, whether nothing else is there, and whether it is sharpened.

Print begins 2 mm from a code. Most are read at the first try, in a fifth of the time of the second.
"""


def read_code(grey: Image, page: Page, page_map: PageMap, layout: Layout) -> Code | None:
    """The code of a located page: from the straightened QR code, else the number strip, else a QR code anywhere."""
    code = _straight_qr(grey, page, page_map)
    if code is None:
        code = _strip(grey, page, page_map, layout)
    if code is None:
        code = find_code(grey)
    return code


def find_code(grey: Image) -> Code | None:
    """A QR code of ours anywhere in an image (slow: for pages whose markers or code are damaged)."""
    import zxingcpp

    formats: Any = zxingcpp.BarcodeFormat.QRCode
    for found in zxingcpp.read_barcodes(grey, formats=formats, try_invert=False):
        code = parse_payload(found.text)
        if code is not None:
            return code
    return None


def _straight_qr(grey: Image, page: Page, page_map: PageMap) -> Code | None:
    """The QR code, straightened."""
    import cv2
    import zxingcpp

    if page.qr is None:
        return None
    formats: Any = zxingcpp.BarcodeFormat.QRCode
    for quiet, pixels, pure, sharpen in QR_TRIES:
        flat = _flat(grey, page.qr, page_map, quiet, pixels)
        if sharpen:
            flat = cv2.addWeighted(flat, 2.5, cv2.GaussianBlur(flat, (0, 0), 3), -1.5, 0)
        for found in zxingcpp.read_barcodes(
            flat, formats=formats, try_rotate=False, try_downscale=False, try_invert=False, is_pure=pure
        ):
            code = parse_payload(found.text)
            if code is not None:
                return code
    return None


def _flat(grey: Image, qr: tuple[float, float, float], page_map: PageMap, quiet: float, pixels: int) -> Image:
    """A QR code (x, y, side in millimetres) and this much round it, straight and so many pixels wide."""
    import cv2
    import numpy as np

    x, y, side = qr
    reach = side + 2 * quiet
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    places = corners * reach + (x - quiet, y - quiet)
    image = page_map.to_pixels(places, printed=True).astype(np.float32)
    target = (corners * pixels - 0.5).astype(np.float32)
    across = cv2.getPerspectiveTransform(image, target)
    flat: Image = cv2.warpPerspective(
        grey, across, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return flat


def _strip(grey: Image, page: Page, page_map: PageMap, layout: Layout) -> Code | None:
    """The number strip, read cell by cell; only of this layout's survey, whose digest it must carry."""
    import cv2
    import numpy as np

    if not page.strip:
        return None
    digest = survey_digest(layout.survey, layout.version, layout.language)
    cell, half = page.strip_cell, STRIP_BITS // len(page.strip)
    centres = np.array([[x + (index + 0.5) * cell, y + cell / 2] for x, y in page.strip for index in range(half)])
    grid = (
        np.stack(np.meshgrid(np.linspace(-0.25, 0.25, 5), np.linspace(-0.25, 0.25, 5)), axis=-1).reshape(-1, 2) * cell
    )
    paper = np.array([[0.0, -cell], [0.0, cell]])
    for shift in ((0.0, 0.0), (0.0, 0.8), (0.0, -0.8), (0.6, 0.0), (-0.6, 0.0)):
        where = centres + shift
        inside = page_map.to_pixels(where[:, None, :] + grid).astype(np.float32)
        beside = page_map.to_pixels(where[:, None, :] + paper).astype(np.float32)
        ink = cv2.remap(grey, inside, None, cv2.INTER_LINEAR, borderValue=255).mean(axis=1)
        white = cv2.remap(grey, beside, None, cv2.INTER_LINEAR, borderValue=255).max(axis=1).astype(np.float64)
        ratio = ink / np.maximum(white, 1.0)
        middle = (float(ratio.min()) + float(ratio.max())) / 2
        read = read_strip([int(value < middle) for value in ratio])
        if read is not None and read[1:] == (page.number, digest):
            return Code(layout.survey, layout.version, read[0], read[1], layout.language)
    return None
