"""The Excel template: a row a person, drop-downs where there is a choice, and a sheet that explains. It comes back as
a spreadsheet whose columns are found by their heads."""

from collections.abc import Iterable, Mapping
from typing import IO, Any

from xiangli.surveys.columns import EACH, heading
from xiangli.surveys.questionnaire import TEXT_MAX
from xiangli.surveys.sheets.places import PLACES

VILLAGE_COLUMN = "村"
YES = "是"
ROWS = 1000
"""Lines with drop-downs."""
INLINE_MAX = 255
"""Characters that Excel takes of a list inside a rule."""
HOW = {
    "single": "选一项", "scale": "选一项", "number": "填数字", "date": "填日期，如 2026-01-05",
    "ranking": "选排在这一位的一项，每项只排一次",
    "text": f"写字，最多 {TEXT_MAX} 字；不要写姓名、电话和身份证号",
}  # fmt: skip


def write_template(file: IO[bytes], definition: Mapping[str, Any], villages: Iterable[str]) -> None:
    """Writes the workbook. ``villages``: names; with more than one the first column says which."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, options)
    head = book.add_format({"bold": True, "bg_color": "#EEF2EA", "border": 1, "text_wrap": True, "valign": "vcenter"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    page, help_page, lists = book.add_worksheet("答卷"), book.add_worksheet("怎样填"), book.add_worksheet("选项")
    columns = list(_columns(definition, list(villages)))
    for at, (name, how, allowed) in enumerate(columns):
        page.write_string(0, at, name, head)
        page.set_column(at, at, max(10, min(40, 2 * len(name))))
        if rule := _rule(at, how, allowed, lists):
            page.data_validation(1, at, ROWS, at, rule)
    page.freeze_panes(1, 0)
    for row, line in enumerate([("列", "填法", "可填的内容"), *_explained(definition, columns)]):
        for at, cell in enumerate(line):
            help_page.write_string(row, at, cell, text if row else head)
    help_page.set_column(0, 2, 40)
    lists.hide()
    book.close()


def _columns(definition: Mapping[str, Any], villages: list[str]) -> Iterable[tuple[str, Mapping[str, Any], list[str]]]:
    """(head, question, what may stand there); several columns for a multiple choice and a ranking."""
    if len(villages) > 1:
        yield VILLAGE_COLUMN, {"kind": "single", "required": True}, villages
    labels = [heading(question["label"]) for question in definition["questions"]]
    for question in definition["questions"]:
        label = heading(question["label"])
        if labels.count(label) > 1 or label == VILLAGE_COLUMN:
            label = question["name"]
        if question["kind"] == "ranking":
            for word in PLACES[: question["places"]]:
                yield f"{label}{EACH}{word}", question, [heading(option["label"]) for option in question["options"]]
        elif question["kind"] == "multiple":
            said = [heading(option["label"]) for option in question["options"]]
            for option in question["options"]:
                own = heading(option["label"])
                yield f"{label}{EACH}{own if said.count(own) == 1 else option['name']}", question, [YES]
        else:
            yield label, question, [heading(option["label"]) for option in question["options"]]


def _rule(at: int, question: Mapping[str, Any], allowed: list[str], lists: Any) -> dict[str, Any] | None:
    """Excel's check of a column, None where anything goes."""
    kind = question["kind"]
    about = {
        "ignore_blank": True,
        "error_title": "请改一改",
        "error_message": HOW.get(kind, "选中的写“是”")[:INLINE_MAX],
    }
    if allowed:
        inline = ",".join(allowed)
        if len(inline) <= INLINE_MAX and not any("," in one or one[:1] in "=+-@" for one in allowed):
            return {**about, "validate": "list", "source": allowed}
        for row, one in enumerate(allowed):
            lists.write_string(row, at, one)
        return {**about, "validate": "list", "source": f"=选项!{_cell(at, 1)}:{_cell(at, len(allowed))}"}
    if kind == "number":
        low, high = question.get("min"), question.get("max")
        bounds = {"minimum": -1e15 if low is None else low, "maximum": 1e15 if high is None else high}
        return {**about, "validate": "integer" if question.get("whole") else "decimal", "criteria": "between", **bounds}
    if kind == "text":
        return {**about, "validate": "length", "criteria": "<=", "value": TEXT_MAX}
    return None


def _cell(column: int, row: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row - 1, column, row_abs=True, col_abs=True))


def _explained(
    definition: Mapping[str, Any], columns: list[tuple[str, Mapping[str, Any], list[str]]]
) -> Iterable[tuple[str, str, str]]:
    from xiangli.surveys.channels import skip_words

    for name, question, allowed in columns:
        how = f"选中的写“{YES}”，没选的空着" if question["kind"] == "multiple" else HOW[question["kind"]]
        how += "，必填" if question.get("required") else "，可空"
        if question.get("relevant"):
            how += "。" + skip_words(question, definition["questions"])
        yield name, how, "；".join(allowed)
