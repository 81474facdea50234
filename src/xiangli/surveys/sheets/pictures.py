"""A decoded page, and how large one may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import SheetError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

PIXELS_MAX = 150_000_000
"""Pixels of a JPEG, which is decoded at half size or a quarter."""
WHOLE_PIXELS_MAX = 50_000_000
"""Pixels of what has to be decoded whole: PNG, TIFF, a progressive JPEG, a picture in a PDF."""
SIDE_MAX = 30_000
LONG_SIDE_WANTED = 1_900
"""Pixels along the long side that reading can use; a JPEG is decoded at half size while it stays above this."""
APART, TINGE = (32, 4), 3
"""How far apart the pixels are that are looked at for colour, at first and then (a seal's ring is six pixels broad at
150 dpi), and by how much channels may differ where there is none."""


@dataclass(frozen=True)
class Picture:
    """A decoded page: grey (h, w), and colour RGB (h, w, 3) where the file has it (to tell red ink)."""

    grey: Image
    colour: Image | None
    two_tones: bool = False
    """The file holds one bit a pixel: a threshold may have taken faint strokes away, whatever drawing it made of it."""


def picture_of(array: Any) -> Picture:
    """A picture from an array: grey (h, w) or RGB (h, w, 3), eight bits."""
    import cv2
    import numpy as np

    array = np.asarray(array)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise SheetError("图像应是 8 位灰度或彩色。")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 2:
        return Picture(np.ascontiguousarray(array), None)
    array = np.ascontiguousarray(array[:, :, :3])
    return Picture(cv2.cvtColor(array, cv2.COLOR_RGB2GRAY), array if has_colour(array) else None)


def has_colour(array: Image) -> bool:
    """Whether an RGB picture (h, w, 3) is not a grey one in three channels, as most PDFs of grey scans are: in such a
    one a red seal looks like ink."""
    # Paper in colour is seldom quite grey; a white one may have nothing coloured on it but a seal.
    return any(_is_tinged(array[::apart, ::apart]) for apart in APART)


def _is_tinged(some: Image) -> bool:
    import cv2
    import numpy as np

    red, *others = cv2.split(np.ascontiguousarray(some))
    return any(cv2.norm(red, other, cv2.NORM_INF) > TINGE for other in others)


def check_size(name: str, width: int, height: int, most: int = WHOLE_PIXELS_MAX) -> None:
    """Refuse, before anything is decoded, what would fill the memory or shows too little."""
    if width * height > most or max(width, height) > SIDE_MAX:
        raise SheetError(f"{name} 的图太大（{width}×{height}），最多 {most // 1_000_000} 百万像素。")
    if min(width, height) < 200:
        raise SheetError(f"{name} 的图太小（{width}×{height}），看不清。")
