"""Migration operations that make a table append-only in the database itself, on both engines."""

from django.db.migrations import RunPython

SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when_update}
BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when_delete}
BEGIN SELECT RAISE(ABORT, '{table}: rows are never deleted'); END;
"""

POSTGRESQL = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table}: rows are never changed or deleted' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {when_update} EXECUTE FUNCTION {table}_refuse();
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {when_delete} EXECUTE FUNCTION {table}_refuse();
"""


def append_only(table: str, *, kept_days: int | None = None, at: str = "at") -> RunPython:
    """Refuse UPDATE and DELETE on ``table``; rows older than ``kept_days`` (by column ``at``) may be deleted.

    TRUNCATE (PostgreSQL, test flushes) fires no row triggers; the role that serves should not own the tables.
    """

    def forwards(apps, schema_editor):
        vendor = schema_editor.connection.vendor
        when_delete = ""
        if kept_days is not None and vendor == "sqlite":
            when_delete = f"WHEN OLD.{at} > datetime('now', '-{kept_days} days')"
        elif kept_days is not None:
            when_delete = f"WHEN (OLD.{at} > now() - interval '{kept_days} days')"
        text = (SQLITE if vendor == "sqlite" else POSTGRESQL).format(
            table=table, when_update="", when_delete=when_delete
        )
        if vendor == "sqlite":
            for statement in filter(str.strip, text.split("END;")):
                schema_editor.execute(statement + "END;", params=None)
        else:
            schema_editor.execute(text, params=None)

    def backwards(apps, schema_editor):
        on = "" if schema_editor.connection.vendor == "sqlite" else f" ON {table}"
        schema_editor.execute(f"DROP TRIGGER {table}_no_update{on}")
        schema_editor.execute(f"DROP TRIGGER {table}_no_delete{on}")
        if on:
            schema_editor.execute(f"DROP FUNCTION {table}_refuse()")

    return RunPython(forwards, backwards)
