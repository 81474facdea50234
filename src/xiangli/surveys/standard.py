"""The questionnaire most villages need: what should our centre offer, when can you come, and three things about you.

Made from the county's own catalogue of services. Which age bands and livelihoods are asked follows the population
counts, so that the answers can be weighed to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

VOLUNTARY = "自愿填写，非统计调查"
DAYS_KEPT = 365
AGES = ("18-44", "45-59", "60-69", "70+")
GROUPS = ("务农", "务工", "其他")


def notice(handler: str, contact: str) -> str:
    """The privacy notice (PIPL article 17): who, contact, what for, which data, how long, rights.

    Kept short so that the usual questionnaire stays on one sheet of paper.
    """
    return (
        f"处理者：{handler}（{contact}）。用途：定中心办什么、何时办。"
        f"所记：选项、性别、年龄段、从业，不记姓名。保存：写的话 {DAYS_KEPT} 天，选项留作合计。"
        "权利：可不填；凭编号到柜台查看、更正。"
    )


def plain_notice(handler: str, contact: str) -> str:
    """The same for a questionnaire on anything."""
    return (
        f"处理者：{handler}（{contact}）。用途：了解乡亲们的想法，安排村里的事。所记：您填的答案，不记姓名。"
        f"保存：写的话 {DAYS_KEPT} 天，选项留作合计。权利：可不填；凭编号到柜台查看、更正。"
    )


def standard_questionnaire(
    services: Iterable[Mapping[str, str]],
    *,
    title: str,
    handler: str,
    contact: str,
    ages: Sequence[str] = AGES,
    groups: Sequence[str] = GROUPS,
) -> dict[str, Any]:
    """The definition. ``services``: rows with key and name; ``handler`` and ``contact`` stand in the notice."""
    return {
        "title": title,
        "notice": notice(handler, contact),
        "voluntary": VOLUNTARY,
        "needs_by": "age",
        "questions": [
            {
                "name": "needs", "kind": "multiple", "role": "need", "label": "您最想让中心办什么？",
                "options": [
                    *({"name": row["key"], "label": row["name"], "service": row["key"]} for row in services),
                    {"name": "none", "label": "都不需要", "exclusive": True},
                ],
            },
            {
                "name": "band", "kind": "single", "role": "band", "label": "您一般什么时候有空来？",
                "options": [
                    {"name": "morning", "label": "上午"}, {"name": "afternoon", "label": "下午"},
                    {"name": "evening", "label": "晚上"}, {"name": "any", "label": "都行"},
                ],
            },
            {"name": "sex", "kind": "single", "role": "sex", "label": "性别", "options": _options(("女", "男"))},
            {"name": "age", "kind": "single", "role": "age", "label": "年龄", "options": _options(ages, "岁")},
            {"name": "group", "kind": "single", "role": "group", "label": "主要做什么", "options": _options(groups)},
            {"name": "say", "kind": "text", "label": "还有什么话想说", "lines": 1},
        ],
    }  # fmt: skip


def _options(categories: Sequence[str], unit: str = "") -> list[dict[str, str]]:
    return [{"name": one, "label": _spoken(one, unit), "category": one} for one in categories]


def _spoken(category: str, unit: str) -> str:
    """18-44 -> 18–44 岁, 70+ -> 70 岁以上."""
    if not unit:
        return category
    return f"{category[:-1]} {unit}以上" if category.endswith("+") else f"{category.replace('-', '–')} {unit}"
