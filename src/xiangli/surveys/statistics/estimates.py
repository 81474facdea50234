"""Totals, means and proportions with their Taylor-linearised standard errors and intervals.

Source: Särndal, Swensson & Wretman (1992), ch. 5; Korn & Graubard (1998) for the logit interval. Values and standard
errors are those of R's `survey` (`svytotal`, `svymean`, `svyby`); proportions' intervals those of
`svyciprop(method="logit")`. Intervals of means use Student's t with the design's degrees of freedom (units less
strata), which is `confint(..., df=degf(design))` in R, wider than its default of infinitely many. A domain has those of
R's `subset(design, …)`; an answer that is missing takes none away, as in R.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .design import Design
from .errors import StatisticsError
from .student import t_quantile

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """One figure.

    value, se, low, high: in the unit of the variable (proportions 0..1).
    df: degrees of freedom of the interval. respondents: rows behind it, unweighted. people: rows behind it, weighted.
    method: "t", "logit", or "exact" (a proportion of 0 or 1, where the logit has no meaning).
    deff: design effect, the variance over that of a simple random sample (without replacement) of as many rows, as R's
    `deff=TRUE`; nan where there is no such variance (a change, a total of one row, a census).
    """

    value: float
    se: float
    low: float
    high: float
    df: float
    respondents: int
    people: float
    method: str = "t"
    deff: float = math.nan


def total(design: Design, values: Sequence[float] | Floats, domain: Mask | None = None) -> Estimate:
    """Population total of `values`; missing (nan) rows and rows outside `domain` count nothing."""
    import numpy as np

    numbers, inside = _rows(design, values, domain)
    se = math.sqrt(max(design.variance(np.where(inside, numbers, 0.0)), 0.0))
    value = float((design.weights * np.where(inside, numbers, 0.0)).sum())
    deff = _design_effect(design, numbers, inside, se / people) if (people := _people(design, inside)) else math.nan
    return _with_t(design, value, se, inside, domain, deff)


def mean(design: Design, values: Sequence[float] | Floats, domain: Mask | None = None) -> Estimate:
    """Mean of `values` over the rows of `domain` that have one."""
    import numpy as np

    value, influence, inside = linearise_mean(design, values, domain)
    se = math.sqrt(max(design.variance(influence), 0.0))
    deff = _design_effect(design, np.asarray(values, dtype=np.float64), inside, se)
    return _with_t(design, value, se, inside, domain, deff)


def proportion(design: Design, answers: Sequence[Any] | Floats | Mask, domain: Mask | None = None) -> Estimate:
    """Share of people whose answer is true (1), among those of `domain` who answered (nan: did not)."""
    import numpy as np

    value, influence, inside = linearise_mean(design, answers, domain)
    every = np.asarray(answers, dtype=np.float64)
    numbers = every[inside]
    if not np.isin(numbers, (0.0, 1.0)).all():
        raise StatisticsError("比例只能由“是/否”（1/0）答案计算")
    ones = int(numbers.sum())
    se = math.sqrt(max(design.variance(influence), 0.0))
    df = design.degrees_of_freedom(domain)
    if ones in (0, len(numbers)):
        low, high = _exact_bounds(design, inside, ones > 0)
        return Estimate(float(ones > 0), 0.0, low, high, df, len(numbers), _people(design, inside), "exact")
    if se == 0.0:
        low = high = value
    elif df <= 0:
        low, high = 0.0, 1.0
    else:
        centre, half = math.log(value / (1 - value)), t_quantile(0.5 + LEVEL / 2, df) * se / (value * (1 - value))
        low, high = _expit(centre - half), _expit(centre + half)
    deff = _design_effect(design, every, inside, se)
    return Estimate(value, se, low, high, df, len(numbers), _people(design, inside), "logit", deff)


def linearise_mean(
    design: Design, values: Sequence[Any] | Floats | Mask, domain: Mask | None = None
) -> tuple[float, Floats, Mask]:
    """Mean, its influence on each row (unweighted), and the rows it rests on.

    Differences of means under one design have the difference of influences: that is how change is estimated.
    """
    import numpy as np

    numbers, inside = _rows(design, values, domain)
    people = _people(design, inside)
    if not inside.any():
        raise StatisticsError("这一类没有答卷，算不出平均数")
    value = float((design.weights * np.where(inside, numbers, 0.0)).sum() / people)
    return value, np.where(inside, (numbers - value) / people, 0.0), inside


def by_group(
    design: Design, values: Sequence[Any] | Floats, groups: Sequence[Any], *, kind: str = "mean"
) -> dict[Any, Estimate]:
    """The same figure for each group (a "domain": its size is itself uncertain), in order of first appearance.

    kind: "mean", "proportion" or "total". Groups in which nobody answered are left out.
    """
    figure = {"mean": mean, "proportion": proportion, "total": total}[kind]
    return {
        label: figure(design, values, domain)
        for label, domain in masks(groups).items()
        if _rows(design, values, domain)[1].any()
    }


def masks(groups: Sequence[Any]) -> dict[Any, Mask]:
    """Row masks of each label, in order of first appearance; a row labelled None belongs to no group."""
    import numpy as np

    index: dict[Any, int] = {}
    codes = np.fromiter((index.setdefault(label, len(index)) for label in groups), dtype=np.int64, count=len(groups))
    return {label: codes == code for label, code in index.items() if label is not None}


def multiple_choice(
    design: Design, chosen: Mapping[str, Sequence[Any] | Mask], *, domain: Mask | None = None
) -> dict[str, Estimate]:
    """Share of people choosing each option of a question with several answers; shares may sum to more than 1.

    chosen: option -> one 0/1 a row (nan: the question was not answered).
    """
    return {option: proportion(design, answers, domain) for option, answers in chosen.items()}


@dataclass(frozen=True)
class RankedOption:
    """An option of a ranking question.

    first: share who put it first. score: mean Borda score, 1 for the first of m places, 1/m for the last, 0 unranked.
    place: mean place among those who ranked it, None where nobody did.
    """

    first: Estimate
    score: Estimate
    place: Estimate | None


@dataclass(frozen=True)
class Ranks:
    """What each row says of one option, nan where the question was not answered: 1 for put first, else 0; Borda score
    (1 for the first of m places, 1/m for the last, 0 unranked); place, nan as well where it was not ranked."""

    first: Floats
    score: Floats
    place: Floats


def ranks(
    ballots: Sequence[Sequence[str] | None], options: Sequence[str], *, places: int | None = None
) -> dict[str, Ranks]:
    """Numbers for the figures of a ranking question; a ballot lists options from the best down, None: not answered.

    places: how many could be ranked (default: all). Raises StatisticsError for an unknown or repeated option.
    """
    import numpy as np

    depth = places or len(options)
    column = {option: index for index, option in enumerate(options)}
    place = np.full((len(ballots), len(options)), np.nan)
    answered = np.array([ballot is not None for ballot in ballots], dtype=bool)
    for row, ballot in enumerate(ballots):
        given = ballot or ()
        if len(set(given)) != len(given) or len(given) > depth:
            raise StatisticsError(f"第 {row + 1} 份答卷的排序重复或超过 {depth} 项")
        for rank, option in enumerate(given, 1):
            if option not in column:
                raise StatisticsError(f"第 {row + 1} 份答卷排了没有的选项“{option}”")
            place[row, column[option]] = rank
    found = {}
    for option, index in column.items():
        at = place[:, index]
        score = np.where(np.isnan(at), 0.0, (depth + 1 - at) / depth)
        first = (at == 1).astype(float)
        found[option] = Ranks(np.where(answered, first, np.nan), np.where(answered, score, np.nan), at)
    return found


def ranking(
    design: Design, ballots: Sequence[Sequence[str] | None], options: Sequence[str], *, places: int | None = None
) -> dict[str, RankedOption]:
    """Figures of a ranking question, from ``ranks``."""
    import numpy as np

    return {
        option: RankedOption(
            first=proportion(design, one.first),
            score=mean(design, one.score),
            place=mean(design, one.place) if not np.isnan(one.place).all() else None,
        )
        for option, one in ranks(ballots, options, places=places).items()
    }


def change(before: Estimate, after: Estimate) -> Estimate:
    """After less before, for two waves with separate samples (Welch-Satterthwaite degrees of freedom)."""
    value = after.value - before.value
    variance = before.se**2 + after.se**2
    parts = sum(one.se**4 / one.df for one in (before, after) if one.df > 0 and one.se > 0)
    df = variance**2 / parts if parts else math.inf
    low, high = _t_bounds(value, math.sqrt(variance), df)
    return Estimate(
        value, math.sqrt(variance), low, high, df, before.respondents + after.respondents, after.people, "t"
    )


def linked_change(
    design: Design, values: Sequence[float] | Floats, before: Mask, after: Mask | None = None
) -> Estimate:
    """Mean over `after` less mean over `before` (row masks), where both waves stand in one stacked design.

    Households or groups asked twice keep the same sampling unit, so their covariance is counted.
    """
    import numpy as np

    before = np.asarray(before, dtype=bool)
    after = ~before if after is None else np.asarray(after, dtype=bool)
    first, influence_first, inside_first = linearise_mean(design, values, before)
    second, influence_second, inside_second = linearise_mean(design, values, after)
    inside = inside_first | inside_second
    se = math.sqrt(max(design.variance(influence_second - influence_first), 0.0))
    return _with_t(design, second - first, se, inside, before | after)


def _rows(design: Design, values: Sequence[Any] | Floats | Mask, domain: Mask | None) -> tuple[Floats, Mask]:
    import numpy as np

    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) != len(design):
        raise StatisticsError(f"变量有 {len(numbers)} 个值，答卷有 {len(design)} 份")
    inside = ~np.isnan(numbers)
    return numbers, inside if domain is None else inside & np.asarray(domain, dtype=bool)


def _people(design: Design, inside: Mask) -> float:
    return float(design.weights[inside].sum())


def _with_t(
    design: Design, value: float, se: float, inside: Mask, domain: Mask | None, deff: float = math.nan
) -> Estimate:
    df = design.degrees_of_freedom(domain)
    low, high = _t_bounds(value, se, df)
    if se == 0.0 and df <= 0 and not _is_complete(design):  # a single unit: no spread is seen, and nothing is known
        low, high = -math.inf, math.inf
    return Estimate(value, se, low, high, df, int(inside.sum()), _people(design, inside), deff=deff)


def _design_effect(design: Design, numbers: Floats, inside: Mask, se_of_mean: float) -> float:
    """Variance of the mean over s^2 (1/n - 1/N), s^2 the weighted variance with n - 1, as R's `svyvar`."""
    rows, people = int(inside.sum()), _people(design, inside)
    if rows < 2 or people <= rows:
        return math.nan
    weights, values = design.weights[inside], numbers[inside]
    centre = (weights * values).sum() / people
    spread = float((weights * (values - centre) ** 2).sum()) / people * rows / (rows - 1)
    plain = spread * (people - rows) / (people * rows)
    return se_of_mean**2 / plain if plain > 0 else math.nan


def with_freedom(figure: Estimate, df: float) -> Estimate:
    """The same figure with the interval of other degrees of freedom (R's default for means and totals: infinite)."""
    if figure.method == "exact":
        return figure
    if figure.method == "logit" and figure.se > 0:
        slope = figure.value * (1 - figure.value)
        low, high = _t_bounds(math.log(figure.value / (1 - figure.value)), figure.se / slope, df)
        return replace(figure, low=_expit(low), high=_expit(high), df=df)
    low, high = _t_bounds(figure.value, figure.se, df)
    return replace(figure, low=low, high=high, df=df)


def _t_bounds(value: float, se: float, df: float) -> tuple[float, float]:
    """No spread: the value itself. No degrees of freedom: nothing is known."""
    if se == 0.0:
        return value, value
    if df <= 0:
        return -math.inf, math.inf
    half = t_quantile(0.5 + LEVEL / 2, df) * se
    return value - half, value + half


def _is_complete(design: Design) -> bool:
    """Whether every unit of the population was asked."""
    return bool((design.sampled_units >= design.population).all())


def _exact_bounds(design: Design, inside: Mask, all_true: bool) -> tuple[float, float]:
    """Clopper-Pearson for 0 or n of n, with Kish's effective n; a complete census leaves no doubt."""
    import numpy as np

    if _is_complete(design):
        return float(all_true), float(all_true)
    weights = design.weights[inside]
    effective = weights.sum() ** 2 / (weights**2).sum()
    edge = float(np.exp(np.log((1 - LEVEL) / 2) / effective))
    return (edge, 1.0) if all_true else (0.0, 1.0 - edge)


def _expit(x: float) -> float:
    if math.isinf(x):
        return float(x > 0)
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))
