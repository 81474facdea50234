"""The documents as headings, paragraphs and tables, for the page and for the PDF. Knows no Django.

A section is {"heading", "paragraphs": [text], "table": None or {"header", "rows", "widths"}, "note"}; widths are
shares of the line.
"""

from collections.abc import Callable, Sequence
from typing import Any

Facts = dict[str, Any]
Section = dict[str, Any]


def section(
    heading: str, paragraphs: Sequence[str] = (), header: Sequence[str] = (), keys: Sequence[str] = (),
    rows: Sequence[Facts] = (), widths: Sequence[float] = (), note: str = "",
) -> Section:  # fmt: skip
    table = None
    if rows:
        cells = [[str(row[key]) for key in keys] for row in rows]
        table = {"header": list(header), "rows": cells, "widths": list(widths) or [1] * len(header)}
    return {"heading": heading, "paragraphs": [text for text in paragraphs if text], "table": table, "note": note}


LATE = ("序号", "村", "任务或问题", "责任单位", "时限", "进展", "为什么列在这里")
LATE_KEYS = ("number", "village", "title", "unit", "deadline", "state", "why")
LATE_WIDTHS = (0.8, 1.2, 2.5, 1.4, 1.5, 1.45, 1.9)


def bulletin(facts: Facts) -> list[Section]:
    late = (
        [f"共 {facts['late_total']} 项，按村和时限排列，只说事、不点人、不排名。"]
        if facts["late"]
        else ["没有滞后事项。"]
    )
    left = f"还有 {facts['late_left']} 项，见附表二。" if facts["late_left"] else ""
    found = [
        section("一、总体情况", [facts["empty"], *facts["overall"]]),
        section(f"{facts['month']}的变化", [], ("事项", "数"), ("label", "value"), facts["flow"], (3, 1)),
        section("二、滞后事项", late, LATE, LATE_KEYS, facts["late"], LATE_WIDTHS, left),
        section("三、工作要求", [f"{n}．{text}" for n, text in enumerate(facts["demands"], start=1)]),
        section(
            "四、回头看", facts["look_back"]["said"], ("村", "任务或问题", "上期情况", "现在", "时限"),
            ("village", "title", "was", "now", "deadline"), facts["look_back"]["rows"], (1.2, 2.9, 1.9, 1.2, 1.4),
        ),
        section(
            "附表一：各地事项数", ["按行政区划次序排列，不是排名。"],
            ("地点", "全部", "未销号", "超期", "退回和复发", "已销号"),
            ("name", "total", "open", "overdue", "back", "closed"), facts["parts"], (2, 1, 1, 1, 1.3, 1),
        ),
    ]  # fmt: skip
    if facts["late_all"]:
        note = [facts.get("late_note", "")]  # an issue of earlier may not have it
        found.append(section("附表二：滞后事项清单", note, LATE, LATE_KEYS, facts["late_all"], LATE_WIDTHS))
    return found


def weekly(facts: Facts) -> list[Section]:
    header = ("序号", "村", "任务或问题", "责任单位", "时限", "星期", "进展")
    keys = ("number", "village", "title", "unit", "deadline", "weekday", "state")
    widths = (0.8, 1.2, 2.8, 1.5, 1.5, 0.9, 1.4)
    return [
        section("", facts["overall"]),
        section("一、本周到期", [] if facts["due"] else ["没有。"], header, keys, facts["due"], widths),
        section(
            "二、已经超期", [] if facts["overdue"] else ["没有。"],
            ("序号", "村", "任务或问题", "责任单位", "时限", "超期天数", "进展"),
            ("number", "village", "title", "unit", "deadline", "days", "state"), facts["overdue"],
            (0.8, 1.2, 2.6, 1.5, 1.5, 1.15, 1.4),
        ),
        section("三、等复核销号", [] if facts["waiting"] else ["没有。"], header, keys, facts["waiting"], widths),
    ]  # fmt: skip


def monthly(facts: Facts) -> list[Section]:
    pair, keys = ("项目", "数"), ("label", "value")
    found = [section(f"一、{facts['month']}的变化", [facts["empty"]], pair, keys, facts["flow"], (3, 1))]
    found.append(section(f"二、截至 {facts['date']}的数", ["和看板上的数相同，都从已有的记录里数出来。"]))
    found += [section(group["group"], [], pair, keys, group["rows"], (3, 1)) for group in facts["groups"]]
    header = ("村", "未销号", "超期", "在办来信", "超时", "答卷")
    names = ("name", "open", "overdue", "cases", "cases_overdue", "answers")
    if facts["villages"]:
        told = ["按行政区划次序排列，不是排名。"]
        found.append(section("三、各村", told, header, names, facts["villages"], (2, 1, 1, 1, 1, 1)))
    return found


def dossier(facts: Facts) -> list[Section]:
    found = [section("一、基本情况", [f"常住人口 {facts['people']}，{facts['households']}。属{facts['above']}。"])]
    if not facts["centres"]:
        found.append(section("二、中心", ["还没有登记的中心。"]))
    for centre in facts["centres"]:
        told = [
            f"地址：{centre['address']}。值班电话：{centre['phone']}。负责岗位：{centre['post']}。",
            f"办公用房占室内面积：{centre['office_share']}。",
        ]
        found += [
            section(
                f"二、{centre['name']}", told, ("功能室", "楼层", "平方米", "容纳", "可以办什么"),
                ("name", "floor", "area", "room", "uses"), centre["spaces"], (1.4, 0.7, 0.8, 0.7, 3.4),
            ),
            section("七天开放时间", [], ("日期", "开放"), ("day", "text"), centre["hours"], (1, 2)),
            section(
                "每周活动", [] if centre["activities"] else ["还没有每周的活动。"], ("星期", "时间", "活动", "地点"),
                ("day", "time", "activity", "space"), centre["activities"], (0.7, 1.2, 2, 1.4),
            ),
        ]  # fmt: skip
    needs = ["乡亲们在民意调查里说的，已公布的部分。"] if facts["needs"] else ["还没有公布的需求清单。"]
    lists = ("序号", "任务或问题", "责任单位", "时限", "进展", "亮灯")
    keys = ("number", "title", "unit", "deadline", "state", "light")
    widths = (0.8, 3, 1.8, 1.5, 1.4, 0.9)
    pair = ("项目", "数")
    return [
        *found,
        section(
            "三、需求", needs, ("需求", "占比", "可能范围"), ("name", "share", "range"), facts["needs"], (2, 1, 1.4)
        ),
        section("四、台账", [], pair, ("label", "value"), facts["figures"], (3, 1)),
        section("未销号的事项", [] if facts["open"] else ["没有。"], lists, keys, facts["open"], widths),
        section("最近销号的事项", [] if facts["done"] else ["没有。"], lists, keys, facts["done"], widths),
        section(
            "五、一年来的走访", [] if facts["visits"] else ["没有走访记录。"], ("日期", "看了什么", "发现的问题"),
            ("day", "seen", "found"), facts["visits"], (1, 2.4, 2.4),
        ),
        section("六、百姓来信", [], pair, ("label", "value"), facts["voices"], (3, 1)),
    ]  # fmt: skip


SECTIONS: dict[str, Callable[[Facts], list[Section]]] = {
    "bulletin": bulletin, "weekly": weekly, "monthly": monthly, "dossier": dossier,
}  # fmt: skip


def heading(kind: str, facts: Facts) -> dict[str, str]:
    """``head`` and ``issue`` over the red rule (a bulletin's), the title, and the line below it."""
    place, day = facts["place"], facts["date"]
    if kind == "bulletin":
        issue = f"{facts['year']} 年第 {facts['issue']} 期" if facts.get("issue") else "（草稿，还没有编号）"
        title = f"{place}乡里中心建设督查通报（{facts['month']}）"
        return {"head": f"{place}督查通报", "issue": issue, "title": title, "below": f"{place}　{day}"}
    titles = {
        "weekly": f"{place}每周到期清单", "monthly": f"{place}月度数据", "dossier": f"{place}一村一档",
    }  # fmt: skip
    span = facts.get("week") or facts.get("month")
    return {"head": "", "issue": "", "title": titles[kind], "below": f"{span}　{day}制" if span else f"{day}制"}
