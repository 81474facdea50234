"""What a plan is worth: needs met with falling weight, plus the worst-served group of each village lifted.

Everything is in whole numbers, so that the solver, the report and the independent checker agree to the unit.
value(village) = sum over needs and tiers of (units met in the tier) x (tier weight) x (group weight)
               + fairness_step(village) x (worst-served group's share of its needs, in whole thousandths).
The falling weights make the value concave in the units met (maximal covering: Church & ReVelle 1974, with tiers).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .model import Rules, Town

NeedKey = tuple[int, int, int]  # service, group, band


def tier_sizes(rules: Rules, units: int) -> list[int]:
    """How many units of a need fall into each tier; the sizes sum to the rounded total of the shares."""
    sizes, before, total = [], 0, 0.0
    for share, _ in rules.tiers:
        total += share
        upto = round(units * total + 1e-9)
        sizes.append(upto - before)
        before = upto
    return sizes


def need_value(rules: Rules, need: int, met: int, weight: int) -> int:
    """Value of so many units met of one need, for a group of this weight."""
    value, left = 0, met
    for size, (_, tier_weight) in zip(tier_sizes(rules, need), rules.tiers, strict=True):
        step = min(size, left)
        value += step * tier_weight * weight
        left -= step
    return value


def fairness_step(rules: Rules, total_units: int) -> int:
    """Value of one thousandth of share of the worst-served group, in a village with so many units of need."""
    if rules.fairness <= 0 or total_units <= 0:
        return 0
    return max(1, round(rules.fairness * total_units / 1000))


def worst_share(need_by_group: Mapping[int, int], met_by_group: Mapping[int, int]) -> tuple[int | None, int]:
    """(group, whole thousandths met) of the worst-served group; (None, 1000) where nobody needs anything."""
    shares = [(1000 * met_by_group.get(g, 0) // need, g) for g, need in sorted(need_by_group.items()) if need > 0]
    if not shares:
        return None, 1000
    share, group = min(shares)
    return group, share


def village_value(town: Town, rows: Iterable[tuple[int, int, int]]) -> int:
    """Value of one village from rows (group index, need units, met units), one for each need."""
    value, need_of, met_of = 0, dict[int, int](), dict[int, int]()
    for g, need, met in rows:
        value += need_value(town.rules, need, met, town.groups[g].weight)
        need_of[g] = need_of.get(g, 0) + need
        met_of[g] = met_of.get(g, 0) + met
    group, share = worst_share(need_of, met_of)
    return value + (fairness_step(town.rules, sum(need_of.values())) * share if group is not None else 0)
