"""Writes of supervision. Each is keyword-only, takes ``by`` and records its event."""

from xiangli.supervision.services.burden import answer_burden, say_burden
from xiangli.supervision.services.reviews import add_review, save_indicator, score
from xiangli.supervision.services.rules import FIELDS as RULES
from xiangli.supervision.services.rules import set_rules
from xiangli.supervision.services.teams import give_village, save_team
from xiangli.supervision.services.visits import add_finding, look_back, record_visit, record_visits

__all__ = [
    "RULES",
    "add_finding", "add_review", "answer_burden", "give_village", "look_back", "record_visit", "record_visits",
    "save_indicator", "save_team", "say_burden", "score", "set_rules",
]  # fmt: skip
