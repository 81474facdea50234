"""The one exception of the statistics engine."""

from __future__ import annotations


class StatisticsError(ValueError):
    """Figures that cannot honestly be made; the message is Chinese, names the cell, and is fit to be shown."""
