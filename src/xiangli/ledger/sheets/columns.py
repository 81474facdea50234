"""Where the table is in a sheet and what its columns hold. Pure: rows of text in, positions out.

Towns keep ledgers in many shapes: titles and dates above the header, one or two header rows, columns by many names. The
names were collected from DOMAIN.md and from what such tables usually say; a correction by the user is learnt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xiangli.core.grids import Grid
from xiangli.core.search import half_width

# field -> (what the user calls it, the names its column goes by, with spaces between)
FIELDS: dict[str, tuple[str, str]] = {
    "village": ("村", "村 村名 所在村 行政村 村居 村社区 村别 建设村 涉及村 村委会 社区 村名称"),
    "town": ("乡镇", "乡镇 镇 乡镇街道 街道 镇街 所属乡镇 镇办"),
    "title": (
        "任务/问题",
        "任务/问题 任务 问题 任务或问题 任务问题 工作任务 事项 建设任务 重点任务 目标任务 存在问题 "
        "问题描述 工作内容 项目名称 项目 建设内容 整改事项 具体问题 主要任务 工作事项 任务名称 问题清单 "
        "任务清单",
    ),
    "measure": (
        "具体举措",
        "具体举措 举措 具体措施 措施 整改措施 工作举措 工作措施 推进措施 整改举措 具体做法 解决办法",
    ),
    "responsible_unit": ("责任单位", "责任单位 牵头单位 责任部门 主责单位 承办单位 落实单位"),
    "responsible": ("唯一责任人", "唯一责任人 责任人 负责人 责任领导 具体责任人 第一责任人 村负责人 承办人"),
    "liaison": (
        "包村干部",
        "包村干部 包村领导 包联干部 联系领导 包村人 帮扶干部 驻村干部 联系干部 包保干部 包联领导",
    ),
    "planned_fen": (
        "计划资金",
        "资金 计划资金 资金预算 预算 投资 总投资 计划投资 所需资金 概算 预计投资 资金投入 资金计划 投资额 "
        "预算资金 计划",
    ),
    "granted_fen": ("到位资金", "到位资金 资金到位 已到位资金 到位 已到位"),
    "spent_fen": ("已用资金", "已用资金 资金已用 支出 已支出 完成投资 资金支出 使用资金 已用 资金使用"),
    "money_note": ("资金说明", "资金说明"),
    "fund": ("资金来源", "资金来源 资金渠道 来源资金"),
    "deadline": (
        "完成时限",
        "完成时限 时限 完成时间 截止日期 整改时限 完成期限 办结时限 计划完成时间 拟完成时间 期限 完成日期 "
        "截止时间 整改期限 预计完成时间 时间节点",
    ),
    "state": (
        "进展",
        "进展 进展情况 推进情况 工作进展 完成情况 整改情况 是否完成 状态 办理情况 落实情况 目前进展 "
        "销号情况 是否销号 完成进度 进度",
    ),
    "added_on": ("立项日期", "立项日期 立项时间 启动时间 开始时间 交办时间 发现时间 登记日期 开工时间"),
    "tags": ("标签", "标签 类别 分类 问题类型 类型"),
    "reason": ("延期原因", "延期原因"),
    "note": ("备注", "备注 其他说明"),
    "key": ("行标识", "行标识 行标识请勿改动"),
}
NOTHING = {
    "序号",
    "编号",
    "事项编号",
    "亮灯",
    "复核人",
    "销号人",
    "验收人",
    "整改前",
    "整改后",
    "整改前照片",
    "整改后照片",
}
NEEDED = ("title", "deadline")
MONEY = ("planned_fen", "granted_fen", "spent_fen")
LOOK = 30  # lines in which a header is looked for
_EXACT = {name: field for field, (_, names) in FIELDS.items() for name in names.split()}
_UNIT = re.compile(r"(?:单位[:：])?(千元|万元|亿元|元)")
_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its heading as written, the field it holds ("" for none) and the unit of its sums."""

    position: int
    heading: str
    field: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The table of a sheet: ``first`` is the index of the first row below the header."""

    first: int
    columns: list[Column]

    @property
    def by_field(self) -> dict[str, Column]:
        return {column.field: column for column in self.columns if column.field}


def normal(heading: str) -> str:
    """A heading without spaces, brackets and signs: "完成时限\\n（年/月/日）" -> "完成时限"."""
    return re.sub(r"[\s:：*、，,.．_-]", "", _BRACKETS.sub("", half_width(heading)))


def unit_of(heading: str) -> str:
    match = _UNIT.search(half_width(heading))
    return match[1] if match else ""


def field_of(heading: str, learnt: Mapping[str, str]) -> tuple[str, bool]:
    """(field or "", whether the name is known for certain)."""
    name = normal(heading)
    if name in learnt:
        return learnt[name], True
    if name in NOTHING:
        return "", True
    if name in _EXACT:
        return _EXACT[name], True
    inside = [known for known in _EXACT if len(known) >= 3 and known in name]
    return (_EXACT[max(inside, key=len)], False) if inside and len(name) <= 20 else ("", False)


def filled(grid: Grid, row: int, column: int, covered: Mapping[tuple[int, int], tuple[int, int]]) -> str:
    """A cell, or the one it is merged into."""
    row, column = covered.get((row, column), (row, column))
    cells = grid.rows[row].cells if row < len(grid.rows) else []
    return cells[column] if column < len(cells) else ""


def cover(grid: Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """Cell -> the top left one of the range it is merged into. Ranges larger than a page of cells are left alone."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in grid.merged:
        if (bottom - top + 1) * (right - left + 1) <= 5000:
            found |= {(r, c): (top, left) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    return found


def find_table(grid: Grid, learnt: Mapping[str, str], header: int | None = None) -> Found | None:
    """The header with most known columns among the first lines; None where no line names a task and a deadline.

    ``header``: the line (from 1) on which the user says it begins.
    """
    covered = cover(grid)
    best: tuple[int, Found] | None = None
    begins = [header - 1] if header else range(min(LOOK, len(grid.rows)))
    for begin in begins:
        for height in (1, 2):
            if begin + height > len(grid.rows) or (height == 2 and not header and _is_title(grid, begin, covered)):
                continue
            columns = _columns(grid, begin, height, covered, learnt)
            known = {column.field for column in columns if column.field}
            if not header and not set(NEEDED) <= known:
                continue
            if best is None or len(known) > best[0]:
                best = (len(known), Found(begin + height, columns))
    return best[1] if best else None


def _is_title(grid: Grid, row: int, covered: Mapping[tuple[int, int], tuple[int, int]]) -> bool:
    """One text on a whole line, merged or not: the table's title, no upper half of its header."""
    return len({filled(grid, row, at, covered) for at in range(len(grid.rows[row].cells))} - {""}) <= 1


def _columns(
    grid: Grid, begin: int, height: int, covered: Mapping[tuple[int, int], tuple[int, int]], learnt: Mapping[str, str]
) -> list[Column]:
    width = max(len(row.cells) for row in grid.rows[begin : begin + height])
    headings, above = [], ""
    for position in range(width):
        top = filled(grid, begin, position, covered)
        bottom = filled(grid, begin + 1, position, covered) if height == 2 else ""
        above = top or (above if bottom else "")
        headings.append((above, bottom if bottom != above else ""))
    guesses: list[tuple[bool, int, str, str, str]] = []
    for position, (top, bottom) in enumerate(headings):
        names = [f"{top}{bottom}", bottom, top] if bottom else [top]
        field, certain = next((found for name in names if (found := field_of(name, learnt))[0]), ("", False))
        written = "/".join(filter(None, (top, bottom)))
        guesses.append((certain, position, written, field, unit_of(bottom) or unit_of(top)))
    taken: set[str] = set()
    chosen = {}
    for _, position, _, field, _ in sorted(guesses, key=lambda guess: (not guess[0], guess[1])):
        chosen[position] = field if field and field not in taken else ""
        taken.add(field)
    return [
        Column(position, written, chosen[position], unit)
        for _, position, written, _, unit in guesses
        if written or chosen[position]
    ]
