"""The dashboard's figures as a spreadsheet and as CSV: the same numbers, no others."""

from datetime import datetime
from io import BytesIO

from xiangli.core.exports import Sheet, write_csv, write_xlsx
from xiangli.places.models import Place
from xiangli.reports.queries import Group, Row

HEADER = ["类别", "项目", "数"]
BELOW = [
    "地点", "事项", "已销号", "未销号", "超期", "待销号", "计划资金（元）", "到位资金（元）", "已用资金（元）",
    "在办来信", "超时来信", "答卷",
]  # fmt: skip


def figure_rows(groups: list[Group]) -> list[tuple[str, str, int | float]]:
    """Every figure once: those of the bars follow the others of their group."""
    rows = []
    for group in groups:
        seen = set()
        for figure in [*group.figures, *group.bars]:
            if figure.label not in seen:
                seen.add(figure.label)
                rows.append((group.title, figure.label, figure.value))
    return rows


def lines_below(rows: list[Row]) -> list[tuple[str | float, ...]]:
    return [
        (
            row.place.name, row.sums["total"], row.sums["closed"], row.items, row.sums["red"],
            row.sums["close_requested"], *(row.sums[f"{kind}_fen"] / 100 for kind in ("planned", "granted", "spent")),
            row.cases, row.cases_overdue, row.answers,
        )
        for row in rows
    ]  # fmt: skip


def as_csv(groups: list[Group]) -> bytes:
    file = BytesIO()
    write_csv(file, HEADER, figure_rows(groups))
    return file.getvalue()


def as_xlsx(place: Place, groups: list[Group], rows: list[Row], now: datetime) -> bytes:
    title = f"{place.name} {now:%Y-%m-%d %H:%M}"
    sheets = [
        Sheet(name="总数", title=title, header=HEADER, rows=figure_rows(groups)),
        Sheet(name="下一级", title=title, header=BELOW, rows=lines_below(rows)),
    ]
    file = BytesIO()
    write_xlsx(file, sheets)
    return file.getvalue()
