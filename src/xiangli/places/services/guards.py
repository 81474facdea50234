"""A table's guards against changes out of the way, for the one change that is not of what a row says: its county's key.

Sealed answers, postings of points and the like refuse every UPDATE. When their county goes into another one, their key
has to follow: else nobody who asks for the new county finds them, and a passbook would be empty.
"""

import re
from typing import Any

from django.db import connection, models, transaction

BEFORE_UPDATE = re.compile(r"\bBEFORE\s+UPDATE\b", re.IGNORECASE)


@transaction.atomic
def set_county(rows: models.QuerySet[Any], county: int) -> None:
    """Give ``rows`` another county although their table refuses every UPDATE; keys and foreign keys hold.

    Nobody else can write to the table meanwhile, and where this fails the guards are there again. On PostgreSQL a
    function of the tables' owner does it (migration 0005), which can change nothing but this key: the role that serves
    need not own the tables.
    """
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            keys = list(rows.values_list("pk", flat=True))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
            cursor.execute("SELECT places_set_county(%s, %s::bigint[], %s)", [table, keys, county])
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        guards = [(name, text) for name, text in cursor.fetchall() if BEFORE_UPDATE.search(text)]
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        rows.update(county_id=county)
        for _, text in guards:
            cursor.execute(text)
