"""Connected pieces of ink."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .scale import DENSITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Labels = NDArray[np.int32]
    Mask = NDArray[np.bool_]


class Piece(NamedTuple):
    """A connected piece of ink: its label, and left, top, width, height and area in pixels."""

    label: int
    left: int
    top: int
    width: int
    height: int
    area: int
    diagonal: float
    """Millimetres."""

    @property
    def bottom(self) -> int:
        return self.top + self.height - 1

    @property
    def part(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def pieces_of(masks: Mask) -> tuple[Labels, list[list[Piece]]]:
    """The connected pieces of each mask of a stack (n, h, w): labels (n, h, w), no two alike, and each one's pieces."""
    import cv2
    import numpy as np

    count, height, width = masks.shape
    if not count:
        return np.zeros(masks.shape, np.int32), []
    # Looked at in one go, with bare rows between; an even number, for pixels are joined two by two.
    pitch = height + 2 - height % 2
    sheet = np.zeros((count, pitch, width), np.uint8)
    sheet[:, :height] = masks
    # A third of the time that OpenCV's own choice of algorithm takes, and the same numbers.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        sheet.reshape(-1, width), 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    found: list[list[Piece]] = [[] for _ in range(count)]
    diagonals = (np.hypot(stats[:, 2], stats[:, 3]) / DENSITY).tolist()
    for label, (left, top, wide, tall, area) in enumerate(stats[1:].tolist(), 1):
        index, top = divmod(top, pitch)
        found[index].append(Piece(label, left, top, wide, tall, area, diagonals[label]))
    return labels.reshape(count, pitch, width)[:, :height], found
