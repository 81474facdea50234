"""The database's own refusal of a seat too many, for both engines.

Whoever is seated for the whole activity sits at each of its dates; whoever is seated for one date sits at that one. A
new seat is refused where it would be one too many at any date still to come, or one too many from the web where seats
are kept for the counter and the telephone. On PostgreSQL the trigger first locks the activity, so that two at once
queue up; on SQLite writers queue anyway.

The triggers read ``bookings_activity``: a later migration that makes SQLite rebuild that table or ``bookings_signup``
(most ALTERs) takes ``seat_guards()`` back before it and puts it in place again after it.
"""

from django.db.migrations import RunPython

TABLE = "bookings_signup"
NAMES = ("seats_full", "seats_kept")
EVENTS = {"insert": "INSERT", "update": "UPDATE OF state, date_id, activity_id, channel"}


def _taken(more: str = "") -> str:
    """How many seats are taken where NEW wants one, by those of whom ``more`` holds too."""
    seated = f"""FROM {TABLE} s WHERE s.activity_id = NEW.activity_id AND s.state = 'seated'
      AND s.id <> COALESCE(NEW.id, 0){more}"""
    return f"""(SELECT COUNT(*) {seated} AND s.date_id IS NULL)
    + CASE WHEN NEW.date_id IS NOT NULL THEN (SELECT COUNT(*) {seated} AND s.date_id = NEW.date_id)
      ELSE COALESCE((SELECT MAX(n) FROM (
        SELECT COUNT(*) AS n {seated} AND s.date_id IS NOT NULL AND s.over_at > NEW.seated_at GROUP BY s.date_id
      ) AS single), 0) END"""


RULES = {
    "seats_full": f"""NEW.state = 'seated' AND EXISTS (SELECT 1 FROM bookings_activity a
  WHERE a.id = NEW.activity_id AND a.seats IS NOT NULL AND a.seats <= {_taken()})""",
    "seats_kept": f"""NEW.state = 'seated' AND NEW.channel = 'web' AND EXISTS (SELECT 1 FROM bookings_activity a
  WHERE a.id = NEW.activity_id AND a.seats IS NOT NULL AND a.seats - a.kept_counter
    <= {_taken(" AND s.channel = 'web'")})""",
}


def _sqlite() -> list[str]:
    checks = " ".join(f"SELECT RAISE(ABORT, '{name}') WHERE {rule};" for name, rule in RULES.items())
    return [
        f"CREATE TRIGGER {TABLE}_seats_{event} BEFORE {when} ON {TABLE} BEGIN {checks} END"
        for event, when in EVENTS.items()
    ]


def _postgresql() -> list[str]:
    checks = "".join(
        f"\n  IF {rule} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF;"
        for name, rule in RULES.items()
    )
    lock = "PERFORM 1 FROM bookings_activity WHERE id = NEW.activity_id FOR NO KEY UPDATE;"
    body = f"BEGIN\n  IF NEW.state <> 'seated' THEN RETURN NEW; END IF;\n  {lock}{checks}\n  RETURN NEW; END"
    made = [f"CREATE FUNCTION {TABLE}_seats() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"]
    return made + [
        f"CREATE TRIGGER {TABLE}_seats_{event} BEFORE {when} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_seats()"
        for event, when in EVENTS.items()
    ]


def seat_guards() -> RunPython:
    """Put the guards of the seats in place, or anew."""

    def forwards(apps, schema_editor):
        backwards(apps, schema_editor)
        for statement in _sqlite() if schema_editor.connection.vendor == "sqlite" else _postgresql():
            schema_editor.execute(statement, params=None)

    def backwards(apps, schema_editor):
        sqlite = schema_editor.connection.vendor == "sqlite"
        for event in EVENTS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_seats_{event}{'' if sqlite else f' ON {TABLE}'}")
        if not sqlite:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {TABLE}_seats()")

    return RunPython(forwards, backwards)
