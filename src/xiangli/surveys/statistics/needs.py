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

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

EVERYBODY = "全体"


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
    hidden: must not be published (too few answers, or it would give away a line that has too few).
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
    hidden, sizes = _hidden(domains, asked, everybody, k) if k else (set(), {})
    needs = [
        _need(design, group, members, service, band, answers, (group, service, band) in hidden)
        for (service, band), answers in asked.items()
        for group, members in domains.items()
        if answers[members].any()
    ]
    needs.sort(key=lambda need: (-need.people, need.service, need.band, need.group))
    people = {group: float(design.weights[members].sum()) for group, members in domains.items()}
    return NeedsList(tuple(needs), people, int(inside.sum()), sizes)


def _need(design: Design, group: str, inside: Any, service: str, band: str, answers: Floats, is_hidden: bool) -> Need:
    share = proportion(design, answers, inside)
    people = share.people
    return Need(
        group, service, band, share.value, share.low, share.high, share.value * people, share.low * people,
        share.high * people, int(answers[inside].sum()), share.respondents, is_hidden,
    )  # fmt: skip


def _hidden(
    domains: dict[str, Any], asked: dict[tuple[str, str], Any], everybody: str, k: int
) -> tuple[set[tuple[str, str, str]], dict[str, int]]:
    """Lines to hide, and group sizes that may be shown.

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
    for (service, band), answers in asked.items():
        chosen = {group: int(answers[within[group]].sum()) for group in sizes}
        closed = hidden_groups(chosen, sizes, k=k)
        hidden |= {(everybody if group is None else group, service, band) for group in closed}
    return hidden, {str(group): n for group, n in shown.items() if group != rest}


def hidden_groups(chosen: Mapping[str, int], sizes: Mapping[str, int], *, k: int) -> set[str | None]:
    """Groups whose count must be hidden when a wish is published by group and in all (None: the sum of all)."""
    counts: dict[Hashable, int] = {None: sum(chosen.values())}
    counts.update(chosen)
    limits: dict[Hashable, int] = {None: sum(sizes.values())}
    limits.update(sizes)
    result = protect(counts, [(None, list(sizes))], k=k, at_most=limits)
    closed: set[str | None] = set(result.hidden)  # type: ignore[arg-type]
    return {*sizes, None} if None in closed else closed
