"""A table's guards against changes out of the way, for the one change that is not of what a row says: its county's key.

Sealed answers, postings of points and the like refuse every UPDATE. When their county goes into another one, their key
has to follow: else nobody who asks for the new county finds them, and a passbook would be empty.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

BEFORE_UPDATE = re.compile(r"\bBEFORE\s+UPDATE\b", re.IGNORECASE)


@contextmanager
def lifted(table: str) -> Iterator[None]:
    """Until the end of the block nothing of ours refuses an UPDATE of ``table``; keys and foreign keys hold.

    To be opened inside an atomic block of its own: where that is taken back, the guards are there again. Nobody else
    can write to the table meanwhile. On PostgreSQL the role must own the table, as migrations need it to.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            guards = [(name, text) for name, text in cursor.fetchall() if BEFORE_UPDATE.search(text)]
            for name, _ in guards:
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
            yield
            for _, text in guards:
                cursor.execute(text)
            return
        quoted = connection.ops.quote_name(table)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
        cursor.execute(f"ALTER TABLE {quoted} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {quoted} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
