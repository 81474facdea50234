"""Working time as numbers: how many working days lie between two days. Knows no Django."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date


class WorkingTime:
    """The working days of a span, each question answered by two look-ups. Days outside the span count for nothing."""

    def __init__(self, days: Iterable[date]) -> None:
        self.days = sorted(days)

    def between(self, first: date, last: date) -> int:
        """Working days after ``first`` up to and including ``last``; 0 where ``last`` is not later."""
        return max(bisect_right(self.days, last) - bisect_right(self.days, first), 0)

    def before(self, day: date, count: int) -> date:
        """The day ``count`` working days before ``day`` (``day`` itself not counted); the span's first at the least."""
        at = bisect_left(self.days, day)
        return self.days[max(at - count, 0)] if self.days else day

    def share_left(self, added: date, deadline: date, today: date) -> float:
        """What is left of an item's working time, 0 to 1; an item due the day it was added has none left."""
        whole = self.between(added, deadline)
        return self.between(max(today, added), deadline) / whole if whole else 0.0
