"""Weights for one village: from answers and population counts to a sample design, with all that had to be done said.

Raking needs each category to have answers and each answer to have a category. Small villages often fail both, so: a
category nobody answered is merged into its neighbour; people who did not say are kept as they are (their share of the
population is taken to be their share of the answers); a dimension whose categories do not fit is left out. Each of
these is a sentence in ``notes``. No Django here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xiangli.surveys.questionnaire import MARGINS, NO_GROUP, by_role, category, find, labels

if TYPE_CHECKING:
    from xiangli.surveys.statistics import Design, Margin

NAMES = {"sex": "性别", "age": "年龄", "group": "人群"}
RATIO = 5.0
"""No answer speaks for more than five times as many people as the average answer, where the margins allow it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How a village's people were chosen (see ``models.Sample``). ``kind``: a value of ``choices.SampleKind``."""

    kind: str = "open"
    question: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    units: int | None = None


@dataclass(slots=True)
class Weighed:
    """``design``: the weighted sample, a row an answer. ``margins``: names of those met. ``notes``: sentences.

    ``clusters``: household or group of each row, "" where the sample was not drawn by them.
    """

    design: "Design"
    margins: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)

    @property
    def effective(self) -> float:
        """Kish's effective sample size."""
        from xiangli.surveys.statistics import effective_size

        return effective_size(self.design.weights)


def weigh_rows(
    definition: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    margins: Mapping[str, Mapping[str, int]],
    *,
    population: int | None = None,
    frame: Frame = Frame(),
) -> Weighed:
    """Rake ``rows`` (answers) to ``margins`` (dimension -> category -> people).

    Without usable margins all weigh the same: ``population`` / answers, or 1. Raises StatisticsError for no rows.
    """
    from xiangli.surveys.statistics import simple_random

    notes: list[str] = []
    total = max((sum(counts.values()) for counts in margins.values()), default=0) or population
    if total is None and frame.kind == "stratified" and frame.sizes:
        total = sum(frame.sizes.values())
    if total is not None and total < len(rows):
        notes.append(f"答卷（{len(rows)} 份）比登记的人口（{total} 人）还多，没有按人口放大：请核对人口数")
        total = None
    if total is None:
        return Weighed(simple_random(len(rows)), [], [*notes, "没有人口数，每份答卷同样算"])
    design, clusters = _drawn(definition, rows, total, frame, notes)
    usable = [
        margin
        for role in MARGINS
        if (margin := _margin(definition, rows, role, margins.get(role, {}), total, notes)) is not None
    ]
    if not usable:
        return Weighed(design, [], [*notes, "没有能用的人口分类，只按总人数放大"], clusters)
    weighed = _rake(design, usable, notes)
    weighed.clusters = clusters
    return weighed


def _drawn(
    definition: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], total: int, frame: Frame, notes: list[str]
) -> "tuple[Design, list[str]]":
    """The sample as it was drawn, and each row's cluster; where that cannot be had, a random sample, and a note."""
    from xiangli.surveys.statistics import census, simple_random

    if frame.kind == "census":
        return census(len(rows), total), []
    if frame.kind in ("stratified", "cluster"):
        units = _units(definition, rows, frame.question)
        found = (
            _by_strata(units, frame, notes) if frame.kind == "stratified" else _by_clusters(units, total, frame, notes)
        )
        if found is not None:
            return found, [unit or "" for unit in units] if frame.kind == "cluster" else []
        notes.append("因此误差按随机抽人算")
    return simple_random(len(rows), population=total), []


def _units(definition: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], name: str) -> list[str | None]:
    """Stratum or cluster of each row: an option's label or a number; None where it was not answered."""
    question = find(definition, name)
    names = labels(question) if question and question.get("options") else {}
    values = [row.get(name) for row in rows]
    return [None if value is None else names.get(str(value), str(value)) for value in values]


def _by_strata(units: Sequence[str | None], frame: Frame, notes: list[str]) -> "Design | None":
    from collections import Counter

    from xiangli.surveys.statistics import stratified

    drawn = Counter(unit for unit in units if unit is not None)
    if missing := sum(unit is None for unit in units):
        notes.append(f"{missing} 份答卷没有写属于哪一组")
        return None
    for name, count in drawn.items():
        if frame.sizes.get(name, 0) < count:
            notes.append(f"“{name}”登记了 {frame.sizes.get(name, 0)} 人，却有 {count} 份答卷")
            return None
    largest = max(drawn, key=lambda name: drawn[name])
    joined = {name: largest for name, n in drawn.items() if n == 1 and frame.sizes[name] > 1 and name != largest}
    notes += [f"“{name}”只有一份答卷，并入“{largest}”" for name in joined]
    strata = [joined.get(str(unit), str(unit)) for unit in units]
    sizes: dict[str, float] = {}
    for name in drawn:
        sizes[joined.get(name, name)] = sizes.get(joined.get(name, name), 0) + frame.sizes[name]
    left_out = [name for name, size in frame.sizes.items() if size and name not in drawn]
    if left_out:
        notes.append(f"“{'”“'.join(left_out)}”没有一份答卷，数字不代表{'它' if len(left_out) == 1 else '它们'}")
    return stratified(strata, sizes)


def _by_clusters(units: Sequence[str | None], total: int, frame: Frame, notes: list[str]) -> "Design | None":
    from xiangli.surveys.statistics import clustered

    if missing := sum(unit is None for unit in units):
        notes.append(f"{missing} 份答卷没有写是哪一户（组），各算一户")
    names = [f"\0{row}" if unit is None else unit for row, unit in enumerate(units)]
    drawn = len(set(names))
    if drawn < 2:
        notes.append("只抽了一户（组），算不出误差")
        return None
    if frame.units is not None and frame.units < drawn:
        notes.append(f"登记全村共 {frame.units} 户（组），答卷却来自 {drawn} 户（组）")
    known = frame.units if frame.units is not None and frame.units >= drawn else None
    return clustered(names, population=known, weights=[total / len(units)] * len(units))


def _rake(design: "Design", usable: "list[Margin]", notes: list[str]) -> Weighed:
    """Rake and trim; where the margins contradict one another the last of them is left out and said."""
    from xiangli.surveys.statistics import StatisticsError, rake, rake_within

    while usable:
        try:
            raked = rake(design.weights, usable)
        except StatisticsError as error:
            dropped = usable.pop()
            notes.append(f"没有按{dropped.name}加权：{error}")
            continue
        if raked.weights.max() > RATIO * raked.weights.mean():
            try:
                raked = rake_within(design.weights, usable, ratio=RATIO)
            except StatisticsError:
                notes.append(f"有的答卷代表的人数超过平均的 {RATIO:g} 倍，修剪后就对不上人口数，因此没有修剪")
        return Weighed(design.raked(raked), [margin.name for margin in usable], notes)
    return Weighed(design, [], [*notes, "没有能用的人口分类，只按总人数放大"])


def _margin(
    definition: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    role: str,
    counts: Mapping[str, int],
    total: int,
    notes: list[str],
) -> "Margin | None":
    from xiangli.surveys.statistics import Margin

    questions = by_role(definition, role)
    name = NAMES[role]
    if not counts or not questions:
        return None
    values = [category(questions[0], row) for row in rows]
    strange = sorted({value for value in values if value is not None and value not in counts})
    if strange:
        notes.append(f"没有按{name}加权：人口数里没有“{'”“'.join(strange)}”")
        return None
    order = list(dict.fromkeys([*(option["category"] for option in questions[0]["options"]), *counts]))
    merged = _merge(order, counts, {value for value in values if value is not None}, name, notes)
    if len(set(merged.values())) < 2:
        notes.append(f"没有按{name}加权：只有一类人答了")
        return None
    totals: dict[str, float] = {}
    scale = total / sum(counts.values())
    for label, target in merged.items():
        totals[target] = totals.get(target, 0.0) + counts[label] * scale
    missing = sum(value is None for value in values)
    if missing:
        notes.append(f"{missing} 份答卷没有填{name}，按原样保留")
        totals = {label: count * (1 - missing / len(rows)) for label, count in totals.items()}
        totals[NO_GROUP] = total * missing / len(rows)
    return Margin.of(name, [NO_GROUP if value is None else merged[value] for value in values], totals)


def _merge(
    order: Sequence[str], counts: Mapping[str, int], answered: set[str], name: str, notes: list[str]
) -> dict[str, str]:
    """Category -> the category it counts with: itself, or the nearest one that has answers."""
    present = [label for label in order if counts.get(label)]
    merged = {}
    for position, label in enumerate(present):
        if label in answered:
            merged[label] = label
            continue
        near = sorted((other for other in present if other in answered), key=lambda o: abs(present.index(o) - position))
        if near:
            merged[label] = near[0]
            notes.append(f"{name}“{label}”没有一份答卷，并入“{near[0]}”")
    return merged
