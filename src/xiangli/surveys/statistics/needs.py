"""From weighted answers to needs: which group wants which service, when, how strongly, and how many people that is.

A need is the share of a group (a domain estimate with its interval) that asked for a service in a time band, scaled to
the group's people. Cells with fewer than k respondents behind them are marked hidden, with whatever further cells keep
them from being derived (see `disclosure`): the office plans with every need, the public sees the shown ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .design import Design
from .disclosure import protect
from .errors import StatisticsError
from .estimates import masks, proportion
from .searching import Share

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

EVERYBODY = "全体"
STEPS = (1, 5, 10, 20)
"""How finely the number behind a wish may be printed: the first of these that gives no hidden group away."""


@dataclass(frozen=True)
class Want:
    """One respondent's wish: the row it stands in, the service's code, the time band ("" where none was asked)."""

    row: int
    service: str
    band: str = ""


@dataclass(frozen=True)
class Need:
    """One line of the needs list.

    strength, low, high: share of the group (0..1) with its 95 % interval. people, people_low, people_high: the same as
    people of the population. respondents: answers behind it; group_respondents: answers of the whole group.
    hidden: must not be published (too few answers, or it would give away a line that has too few). step: published,
    respondents are rounded to multiples of this: the weighted share of all and their exact number would be two sums
    over the groups, enough to solve for two that are hidden.
    """

    group: str
    service: str
    band: str
    strength: float
    low: float
    high: float
    people: float
    people_low: float
    people_high: float
    respondents: int
    group_respondents: int
    hidden: bool
    step: int = STEPS[0]


@dataclass(frozen=True)
class NeedsList:
    """The list of one place.

    needs: strongest first (most people). groups: people of each group. respondents: answers in all.
    shown_sizes: respondents of each group, only where that number may itself be published.
    """

    needs: tuple[Need, ...]
    groups: dict[str, float]
    respondents: int
    shown_sizes: dict[str, int]


def derive_needs(
    design: Design,
    groups: Sequence[str | None],
    wants: Sequence[Want],
    *,
    k: int = 5,
    everybody: str = EVERYBODY,
    answered: Sequence[bool] | None = None,
) -> NeedsList:
    """The needs list of one place.

    design: the weighted sample (one row a respondent). groups: each row's group, None where unknown (such rows count
    among `everybody` only). wants: any number for each row; the same wish twice counts once. answered: which rows were
    asked at all and said something (default: all); the others stand in the design, as a domain needs, but in no figure.
    k = 0: nothing is marked hidden, for a list that only the office sees (it saves the solver's work).
    Raises StatisticsError for a wish of a row that is not there.
    """
    import numpy as np

    if len(groups) != len(design):
        raise StatisticsError(f"组别有 {len(groups)} 个，答卷有 {len(design)} 份")
    if everybody in groups:
        raise StatisticsError(f"组别不能叫“{everybody}”")
    inside = np.ones(len(design), dtype=bool) if answered is None else np.asarray(answered, dtype=bool)
    asked: dict[tuple[str, str], Any] = {}
    for want in wants:
        if not 0 <= want.row < len(design):
            raise StatisticsError(f"需求指向不存在的第 {want.row + 1} 份答卷")
        if not inside[want.row]:
            raise StatisticsError(f"第 {want.row + 1} 份答卷没有回答，却有需求")
        asked.setdefault((want.service, want.band), np.zeros(len(design)))[want.row] = 1.0
    by_name = {group: mask & inside for group, mask in masks(groups).items()}
    domains = {everybody: inside, **{group: mask for group, mask in by_name.items() if mask.any()}}
    hidden, steps, sizes = _hidden(design.weights, domains, asked, everybody, k) if k else (set(), {}, {})
    needs = [
        _need(design, (group, service, band), members, answers, hidden, steps if group == everybody else {})
        for (service, band), answers in asked.items()
        for group, members in domains.items()
        if answers[members].any()
    ]
    needs.sort(key=lambda need: (-need.people, need.service, need.band, need.group))
    people = {group: float(design.weights[members].sum()) for group, members in domains.items()}
    return NeedsList(tuple(needs), people, int(inside.sum()), sizes)


def _need(
    design: Design,
    line: tuple[str, str, str],
    members: Any,
    answers: Floats,
    hidden: set[tuple[str, str, str]],
    steps: Mapping[tuple[str, str], int],
) -> Need:
    share = proportion(design, answers, members)
    people = share.people
    return Need(
        *line, share.value, share.low, share.high, share.value * people, share.low * people, share.high * people,
        int(answers[members].sum()), share.respondents, line in hidden, steps.get(line[1:], STEPS[0]),
    )  # fmt: skip


def _hidden(
    weights: Floats, domains: dict[str, Any], asked: dict[tuple[str, str], Any], everybody: str, k: int
) -> tuple[set[tuple[str, str, str]], dict[tuple[str, str], int], dict[str, int]]:
    """Lines to hide, by wish the step to which everybody's number is rounded, and group sizes that may be shown.

    Each wish is a table of its own, in which the groups' counts add up to everybody's. Its reader is taken to know the
    size of every group. Where everybody's line is hidden the groups' are too, so that tables above the village (a
    town's total) cannot be played against them.
    """
    import numpy as np

    parts, rest = [group for group in domains if group != everybody], "\0unknown"
    grouped = np.zeros(len(domains[everybody]), dtype=bool)
    for group in parts:
        grouped |= domains[group]
    within = {**{group: domains[group] for group in parts}, rest: domains[everybody] & ~grouped}
    sizes: dict[str, int] = {group: int(inside.sum()) for group, inside in within.items() if inside.any()}
    members: dict[Hashable, int] = {everybody: sum(sizes.values())}
    members.update(sizes)
    shown = protect(members, [(everybody, list(sizes))], k=k).shown
    hidden: set[tuple[str, str, str]] = set()
    steps: dict[tuple[str, str], int] = {}
    inside = domains[everybody]
    each: dict[Hashable, float] = {
        group: float(weights[within[group]].mean() / weights[inside].sum()) for group in sizes
    }
    for (service, band), answers in asked.items():
        chosen = {group: int(answers[within[group]].sum()) for group in sizes}
        value = float((weights * answers)[inside].sum() / weights[inside].sum())
        closed, steps[service, band] = _closed(chosen, sizes, k, Share.printed(None, value, each))
        hidden |= {(everybody if group is None else group, service, band) for group in closed}
    return hidden, steps, {str(group): n for group, n in shown.items() if group != rest}


def _closed(chosen: Mapping[str, int], sizes: Mapping[str, int], k: int, share: Share) -> tuple[set[str | None], int]:
    """Groups to hide (None: and the sum of all), and how finely that sum may be printed beside its share.

    A rounder number is preferred to hiding more; where the roundest is not enough, more is hidden.
    """
    least = hidden_groups(chosen, sizes, k=k)
    if not least or None in least:
        return least, STEPS[0]
    for step in STEPS:
        closed = hidden_groups(chosen, sizes, k=k, share=share, step=step)
        if closed == least:
            break
    return closed, step


def to_step(count: int, step: int) -> int:
    """The count rounded to a multiple of step, one step at least."""
    return max(1, (2 * count + step) // (2 * step)) * step


def hidden_groups(
    chosen: Mapping[str, int], sizes: Mapping[str, int], *, k: int, share: Share | None = None, step: int = 1
) -> set[str | None]:
    """Groups whose count must be hidden when a wish is published by group and in all (None: the sum of all).

    share: the weighted share that is printed beside the sum of all; step: to which that sum is rounded.
    """
    whole = sum(chosen.values())
    counts: dict[Hashable, int] = {None: whole}
    counts.update(chosen)
    limits: dict[Hashable, int] = {None: sum(sizes.values())}
    limits.update(sizes)
    alike = [count for count in range(whole - step, whole + step + 1) if to_step(count, step) == to_step(whole, step)]
    result = protect(
        counts, [(None, list(sizes))], k=k, at_most=limits, shares=[share] if share else [],
        rounded={None: (whole - max(alike[0], k), min(alike[-1], limits[None]) - whole)} if whole >= k else {},
    )  # fmt: skip
    closed: set[str | None] = set(result.hidden)  # type: ignore[arg-type]
    return {*sizes, None} if None in closed else closed
