"""The one exception of the funding engine."""

from __future__ import annotations


class FundingError(ValueError):
    """An election or a result that cannot be used; Chinese, with the line of the file where there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(f"第 {line} 行：{message}" if line else message)
        self.line = line
