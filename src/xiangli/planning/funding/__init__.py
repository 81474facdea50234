"""Fair budgets: the Method of Equal Shares and greedy, exactly, with a certificate. Pure; needs numpy only."""

from .errors import FundingError
from .model import Election, Project, from_answers
from .outcome import Loser, Outcome, fund
from .pabulib import parse, read

__all__ = ["Election", "FundingError", "Loser", "Outcome", "Project", "from_answers", "fund", "parse", "read"]
