"""The packed database must be what the migrations make, whenever the launcher would use it."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tools.bootstrap import schema

VARYING = {
    "django_tasks_database_dbtaskresult",
    "wagtailcore_pagelogentry",
    "wagtailcore_page",
    "wagtailcore_locale",
    "django_migrations",
    "sqlite_sequence",
}  # dates, random identifiers


def content(path: Path) -> dict[str, list]:
    """The schema, and the rows of every table as a sorted list."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        tables = [name for kind, name, _, sql in made if kind == "table" and "VIRTUAL" not in sql]
        rows = {table: sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"'))) for table in tables}
        applied = sorted(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    for table in VARYING & set(rows):
        rows[table] = [str(len(rows[table]))]
    return {"schema": made, "rows": sorted(rows.items()), "applied": applied}


@pytest.mark.slow
def test_packed_database_is_what_the_migrations_make(tmp_path):
    if not schema.packed().exists():
        pytest.skip("snapshot out of date, so that it is not used; ./xiangli snapshot")
    target = tmp_path / "unpacked.sqlite3"
    assert schema.unpack(target)
    migrated = tmp_path / "migrated.sqlite3"
    schema.make(Path(sys.executable), migrated)
    assert content(target) == content(migrated)


def test_no_database_is_unpacked_for_other_migrations(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "schema_key", lambda: "0" * 16)
    target = tmp_path / "unpacked.sqlite3"
    assert not schema.unpack(target)
    assert not target.exists()
