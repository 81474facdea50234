"""The database's own refusal of a double booking, for both engines.

What must not overlap is what bookings hold: their time, and the minutes kept free before and after it where a space
needs setting up and clearing up. No ``held_from`` or ``held_until`` means that there are none.

A later migration that makes SQLite rebuild the table (most ALTERs) drops its triggers with it: repeat ``no_overlap()``
after it.
"""

from django.db.migrations import RunPython

NAME = "booking_overlap"

# One trigger before insert, one before an update that could move a booking or bring a cancelled one back.
SQLITE = """
CREATE TRIGGER {name}_{event} BEFORE {when} ON bookings_booking WHEN NEW.state NOT IN ('cancelled', 'refused')
BEGIN
  SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
    SELECT 1 FROM bookings_booking AS other
    WHERE other.space_id = NEW.space_id AND {other_until} > {new_from} AND {other_from} < {new_until}
      AND other.state NOT IN ('cancelled', 'refused') AND other.id IS NOT NEW.id
  );
END
"""

# Every space has its own stretch of one long line (2**34 seconds reach to the year 2514), so that a plain int8range
# does without the extension btree_gist, which small installations and throw-away clusters lack.
POSTGRESQL = """
ALTER TABLE bookings_booking ADD CONSTRAINT {name} EXCLUDE USING gist (
  int8range(
    space_id * 17179869184 + floor(extract(epoch FROM {from} AT TIME ZONE 'UTC'))::bigint,
    space_id * 17179869184 + ceil(extract(epoch FROM {until} AT TIME ZONE 'UTC'))::bigint
  ) WITH &&
) WHERE (state NOT IN ('cancelled', 'refused'))
"""

EVENTS = ("insert", "update")


def no_overlap(*, buffers: bool = True) -> RunPython:
    """Refuse two bookings of one space at one time, whatever code or hand writes them.

    ``buffers``: False in the migration that is older than the columns for the minutes before and after.
    """
    columns = ["starts", "ends", "held_from", "held_until"] if buffers else ["starts", "ends"]

    def held(end: str, row: str = "") -> str:
        """The SQL of one end of what a row holds."""
        kept, plain = {"from": ("held_from", "starts"), "until": ("held_until", "ends")}[end]
        return f"COALESCE({row}{kept}, {row}{plain})" if buffers else f"{row}{plain}"

    parts = {f"{name}_{end}": held(end, f"{row}.") for name, row in (("other", "other"), ("new", "NEW"))
             for end in ("from", "until")}  # fmt: skip

    def forwards(apps, schema_editor):
        backwards(apps, schema_editor)
        if schema_editor.connection.vendor == "sqlite":
            for event in EVENTS:
                when = f"UPDATE OF space_id, {', '.join(columns)}, state" if event == "update" else "INSERT"
                schema_editor.execute(SQLITE.format(name=NAME, event=event, when=when, **parts), params=None)
        else:
            ends = {end: held(end) for end in ("from", "until")}
            schema_editor.execute(POSTGRESQL.format(name=NAME, **ends), params=None)

    def backwards(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for event in EVENTS:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{event}")
        else:
            schema_editor.execute(f"ALTER TABLE bookings_booking DROP CONSTRAINT IF EXISTS {NAME}")

    return RunPython(forwards, backwards)
