"""Disclosure control of several tables of the same respondents, with all their margins."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import product
from typing import Any

from .disclosure import Protected, protect
from .errors import StatisticsError

ALL = "*"  # in a table's cell key: summed over this variable
Table = tuple[str, ...]  # the variables it crosses


def protect_tables(
    rows: Mapping[str, Sequence[Any]],
    tables: Sequence[Table],
    *,
    k: int = 5,
    hide_zeros: bool = True,
    joint_limit: int = 3000,
) -> Protected:
    """Protects several tables of respondents published together, with all their margins.

    rows: variable -> level of each respondent. tables: the variables each table crosses. A cell's key is the frozenset
    of its (variable, level) pairs, so a margin shared by two tables is one cell; the grand total is frozenset().
    Where all the variables together have at most `joint_limit` combinations, their full cross-classification is part of
    what the attacker is assumed to reason with (it bounds the tables further than their sums do).
    """
    levels = {variable: sorted(set(values), key=repr) for variable, values in rows.items()}
    used = tuple(dict.fromkeys(variable for table in tables for variable in table))
    for variable in used:
        if variable not in levels:
            raise StatisticsError(f"没有变量“{variable}”")
    counts: dict[Hashable, int] = {}
    relations: dict[tuple[Hashable, str], tuple[Hashable, ...]] = {}
    for table in tables:
        _add_table(counts, relations, rows, levels, tuple(table))
    published = set(counts)
    combinations = 1
    for variable in used:
        combinations *= len(levels[variable])
    if len(tables) > 1 and combinations <= joint_limit:
        _add_table(counts, relations, rows, levels, used)
    links = [(whole, parts) for (whole, _variable), parts in relations.items()]
    return protect(counts, links, k=k, hide_zeros=hide_zeros, unpublished=set(counts) - published)


def _add_table(
    counts: dict[Hashable, int],
    relations: dict[tuple[Hashable, str], tuple[Hashable, ...]],
    rows: Mapping[str, Sequence[Any]],
    levels: Mapping[str, list[Any]],
    table: Table,
) -> None:
    """All cells of one table with all its margins, and the sums that tie them."""
    from collections import Counter

    base = Counter(zip(*(rows[variable] for variable in table), strict=True))
    full = {combination: base.get(combination, 0) for combination in product(*(levels[v] for v in table))}
    cells = dict(full)
    for position, variable in enumerate(table):
        summed: Counter[tuple[Any, ...]] = Counter()
        parts: dict[tuple[Any, ...], list[Hashable]] = {}
        for combination, n in cells.items():
            whole = (*combination[:position], ALL, *combination[position + 1 :])
            summed[whole] += n
            parts.setdefault(whole, []).append(_key(table, combination))
        for whole, keys in parts.items():
            relations[_key(table, whole), variable] = tuple(keys)
        cells.update({whole: summed[whole] for whole in parts})
    for combination, n in cells.items():
        counts[_key(table, combination)] = n


def _key(table: Table, combination: tuple[Any, ...]) -> frozenset[tuple[str, Any]]:
    return frozenset((v, level) for v, level in zip(table, combination, strict=True) if level is not ALL)
