"""The database's own refusal of a double booking, for both engines.

A later migration that makes SQLite rebuild the table (most ALTERs) drops its triggers with it: repeat ``no_overlap()``
after it.
"""

from django.db.migrations import RunPython

NAME = "booking_overlap"

# One trigger before insert, one before an update that could move a booking or bring a cancelled one back.
SQLITE = """
CREATE TRIGGER {name}_{event} BEFORE {when} ON bookings_booking WHEN NEW.state <> 'cancelled'
BEGIN
  SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
    SELECT 1 FROM bookings_booking AS other
    WHERE other.space_id = NEW.space_id AND other.ends > NEW.starts AND other.starts < NEW.ends
      AND other.state <> 'cancelled' AND other.id IS NOT NEW.id
  );
END
"""
SQLITE_EVENTS = {"insert": "INSERT", "update": "UPDATE OF space_id, starts, ends, state"}

# Every space has its own stretch of one long line (2**34 seconds reach to the year 2514), so that a plain int8range
# does without the extension btree_gist, which small installations and throw-away clusters lack.
POSTGRESQL = """
ALTER TABLE bookings_booking ADD CONSTRAINT {name} EXCLUDE USING gist (
  int8range(
    space_id * 17179869184 + floor(extract(epoch FROM starts AT TIME ZONE 'UTC'))::bigint,
    space_id * 17179869184 + ceil(extract(epoch FROM ends AT TIME ZONE 'UTC'))::bigint
  ) WITH &&
) WHERE (state <> 'cancelled')
"""


def no_overlap() -> RunPython:
    """Refuse two bookings of one space at one time, whatever code or hand writes them."""

    def forwards(apps, schema_editor):
        backwards(apps, schema_editor)
        if schema_editor.connection.vendor == "sqlite":
            for event, when in SQLITE_EVENTS.items():
                schema_editor.execute(SQLITE.format(name=NAME, event=event, when=when), params=None)
        else:
            schema_editor.execute(POSTGRESQL.format(name=NAME), params=None)

    def backwards(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for event in SQLITE_EVENTS:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{event}")
        else:
            schema_editor.execute(f"ALTER TABLE bookings_booking DROP CONSTRAINT IF EXISTS {NAME}")

    return RunPython(forwards, backwards)
