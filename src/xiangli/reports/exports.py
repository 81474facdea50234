"""The dashboard's figures as a spreadsheet and as CSV: the same numbers, no others."""

from datetime import datetime
from io import BytesIO

from xiangli.core.exports import Sheet, write_csv, write_xlsx
from xiangli.places.models import Place
from xiangli.reports.queries import Group, VillageRow

HEADER = ["类别", "项目", "数"]
VILLAGES = ["村", "未销号事项", "其中超期", "在办来信", "其中超时", "答卷"]


def figure_rows(groups: list[Group]) -> list[tuple[str, str, int]]:
    """Every figure once: those of the bars follow the others of their group."""
    rows = []
    for group in groups:
        seen = set()
        for figure in [*group.figures, *group.bars]:
            if figure.label not in seen:
                seen.add(figure.label)
                rows.append((group.title, figure.label, figure.value))
    return rows


def village_lines(villages: list[VillageRow]) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (row.place.name, row.items, row.items_overdue, row.cases, row.cases_overdue, row.answers) for row in villages
    ]


def as_csv(groups: list[Group]) -> bytes:
    file = BytesIO()
    write_csv(file, HEADER, figure_rows(groups))
    return file.getvalue()


def as_xlsx(place: Place, groups: list[Group], villages: list[VillageRow], now: datetime) -> bytes:
    title = f"{place.name} {now:%Y-%m-%d %H:%M}"
    sheets = [
        Sheet(name="总数", title=title, header=HEADER, rows=figure_rows(groups)),
        Sheet(name="各村", title=title, header=VILLAGES, rows=village_lines(villages)),
    ]
    file = BytesIO()
    write_xlsx(file, sheets)
    return file.getvalue()
