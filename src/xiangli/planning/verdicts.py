"""What the timetable engine says of a plan, for people. Pure."""

from xiangli.planning.timetable.errors import TimetableError

SHOWN = 5


def told(error: TimetableError) -> str:
    """All reasons of a refusal in one sentence; a long list is cut, and it is said how many more there are."""
    texts = list(dict.fromkeys(problem.text for problem in error.problems))
    rest = f"；另有 {len(texts) - SHOWN} 条" if len(texts) > SHOWN else ""
    return "；".join(texts[:SHOWN]) + rest
