"""The figures of one place, counted from what the rooms recorded anyway: nobody types a number for them (RULES B4)."""

from xiangli.reports.queries.board import Board, Row, above, board, rows_below, village_rows
from xiangli.reports.queries.groups import WIDE, Figure, Group, groups

__all__ = ["WIDE", "Board", "Figure", "Group", "Row", "above", "board", "groups", "rows_below", "village_rows"]
