"""From weighted answers to needs: which group wants which service, when, how strongly, and how many people that is.

A need is the share of a group (a domain estimate with its interval) that asked for a service in a time band, scaled to
the group's people. Cells with fewer than k respondents behind them are marked hidden, with whatever further cells keep
them from being derived (see `disclosure`): the office plans with every need, the public sees the shown ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
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
) -> NeedsList:
    """The needs list of one place.

    design: the weighted sample (one row a respondent). groups: each row's group, None where unknown (such rows count
    among `everybody` only). wants: any number for each row; the same wish twice counts once.
    k = 0: nothing is marked hidden, for a list that only the office sees (it saves the solver's work).
    Raises StatisticsError for a wish of a row that is not there.
    """
    import numpy as np

    if len(groups) != len(design):
        raise StatisticsError(f"组别有 {len(groups)} 个，答卷有 {len(design)} 份")
    if everybody in groups:
        raise StatisticsError(f"组别不能叫“{everybody}”")
    asked: dict[tuple[str, str], Any] = {}
    for want in wants:
        if not 0 <= want.row < len(design):
            raise StatisticsError(f"需求指向不存在的第 {want.row + 1} 份答卷")
        asked.setdefault((want.service, want.band), np.zeros(len(design)))[want.row] = 1.0
    domains = {everybody: np.ones(len(design), dtype=bool), **masks(groups)}
    hidden, sizes = _hidden(domains, groups, asked, everybody, k) if k else (set(), {})
    needs = [
        _need(design, group, inside, service, band, answers, (group, service, band) in hidden)
        for (service, band), answers in asked.items()
        for group, inside in domains.items()
        if answers[inside].any()
    ]
    needs.sort(key=lambda need: (-need.people, need.service, need.band, need.group))
    people = {group: float(design.weights[inside].sum()) for group, inside in domains.items()}
    return NeedsList(tuple(needs), people, len(design), sizes)


def _need(design: Design, group: str, inside: Any, service: str, band: str, answers: Floats, is_hidden: bool) -> Need:
    share = proportion(design, answers, inside)
    people = share.people
    return Need(
        group, service, band, share.value, share.low, share.high, share.value * people, share.low * people,
        share.high * people, int(answers[inside].sum()), share.respondents, is_hidden,
    )  # fmt: skip


def _hidden(
    domains: dict[str, Any],
    groups: Sequence[str | None],
    asked: dict[tuple[str, str], Any],
    everybody: str,
    k: int,
) -> tuple[set[tuple[str, str, str]], dict[str, int]]:
    """Lines to hide, and group sizes that may be shown.

    Each wish is a table of its own, in which the groups' counts add up to everybody's.
    Group sizes are known to the reader where they are k or more, and bound what a hidden line can be.
    """
    import numpy as np

    parts, rest = [group for group in domains if group != everybody], "\0unknown"
    known = np.array([group is not None for group in groups])
    members: dict[Hashable, int] = {group: int(inside.sum()) for group, inside in domains.items()}
    members[rest] = int((~known).sum())
    links = [(everybody, [*parts, rest])]
    absent = () if members[rest] else (rest,)
    sizes = protect(members, links, k=k, unpublished=absent).shown
    hidden: set[tuple[str, str, str]] = set()
    for (service, band), answers in asked.items():
        counts: dict[Hashable, int] = {group: int(answers[inside].sum()) for group, inside in domains.items()}
        counts[rest] = int(answers[~known].sum())
        # A line nobody asked for is not printed; that it is missing tells the reader only that few or none did.
        result = protect(counts, links, k=k, unpublished=absent, at_most=sizes)
        hidden |= {(str(group), service, band) for group in result.hidden}
    return hidden, {str(group): n for group, n in sizes.items() if group != rest}
