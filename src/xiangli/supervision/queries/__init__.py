"""Reads of supervision: what was seen, which villages need somebody to look and why, teams, reviews, burdens."""

from xiangli.supervision.queries.calls import Call, calls, working_time
from xiangli.supervision.queries.reviews import indicators_of, review_for, review_table, reviews_for
from xiangli.supervision.queries.rules import rule_of
from xiangli.supervision.queries.teams import colleagues, duties, own_villages, team_for, teams_for
from xiangli.supervision.queries.visits import (
    burdens_for,
    known_visits,
    to_look_back,
    villages_for,
    visit_for,
    visitor_by_number,
    visits_for,
)

__all__ = [
    "Call", "burdens_for", "calls", "colleagues", "duties", "indicators_of", "known_visits", "own_villages",
    "review_for", "review_table", "reviews_for", "rule_of", "team_for", "teams_for", "to_look_back", "villages_for",
    "visit_for", "visitor_by_number", "visits_for", "working_time",
]  # fmt: skip
