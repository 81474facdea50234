"""Survey statistics: weights, estimates with honest errors, needs, and disclosure control. Pure; needs numpy only."""

from .agreement import Agreement, agreement
from .crossing import protect_tables
from .design import Design, census, clustered, design, simple_random, stratified
from .disclosure import Protected, protect
from .drawing import draw
from .errors import StatisticsError
from .estimates import (
    Estimate,
    RankedOption,
    Ranks,
    by_group,
    change,
    linked_change,
    mean,
    multiple_choice,
    proportion,
    ranking,
    ranks,
    total,
    with_freedom,
)
from .needs import Need, NeedsList, Want, derive_needs, to_step
from .raking import Margin, Raked, rake
from .release import Before, closed_figures
from .stacking import stack
from .trimming import effective_size, rake_within, trim_weights

__all__ = [
    "Agreement",
    "Before",
    "Design",
    "Estimate",
    "Margin",
    "Need",
    "NeedsList",
    "Protected",
    "Raked",
    "RankedOption",
    "Ranks",
    "StatisticsError",
    "Want",
    "agreement",
    "by_group",
    "census",
    "change",
    "closed_figures",
    "clustered",
    "derive_needs",
    "design",
    "draw",
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
    "ranks",
    "simple_random",
    "stack",
    "stratified",
    "to_step",
    "total",
    "trim_weights",
    "with_freedom",
]
