"""Survey statistics: weights, estimates with honest errors, needs, and disclosure control. Pure; needs numpy only."""

from .design import Design, census, clustered, design, simple_random, stratified
from .disclosure import Protected, protect, protect_tables
from .errors import StatisticsError
from .estimates import (
    Estimate,
    RankedOption,
    by_group,
    change,
    linked_change,
    mean,
    multiple_choice,
    proportion,
    ranking,
    total,
    with_freedom,
)
from .needs import Need, NeedsList, Want, derive_needs
from .raking import Margin, Raked, rake
from .trimming import effective_size, rake_within, trim_weights

__all__ = [
    "Design",
    "Estimate",
    "Margin",
    "Need",
    "NeedsList",
    "Protected",
    "Raked",
    "RankedOption",
    "StatisticsError",
    "Want",
    "by_group",
    "census",
    "change",
    "clustered",
    "derive_needs",
    "design",
    "effective_size",
    "linked_change",
    "mean",
    "multiple_choice",
    "proportion",
    "protect",
    "protect_tables",
    "rake",
    "rake_within",
    "ranking",
    "simple_random",
    "stratified",
    "total",
    "trim_weights",
    "with_freedom",
]
