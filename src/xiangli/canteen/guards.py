"""What the database itself refuses in the points ledger, on both engines, whatever code or hand writes.

The rules are written once, in SQL that both engines know; a row that breaks one is refused with its name, which
``services`` turns into words. A later migration that makes SQLite rebuild one of these tables drops its triggers:
repeat ``points_guards()`` after it.

Races. On PostgreSQL the trigger first locks the canteen's row against sealing (it waits for a seal in progress, and a
seal waits for it), then counts up ``moves`` of the account that gives: two who spend from one passbook queue up, at any
isolation level. On SQLite writers queue anyway.
"""

from dataclasses import dataclass

from django.db.migrations import RunPython

POSTING, CLAIM, ACCOUNT = "canteen_pointsposting", "canteen_pointsclaim", "canteen_pointsaccount"
OBJECTION = "canteen_pointsobjection"


@dataclass(frozen=True)
class Dialect:
    """What the two engines say differently."""

    month: str  # first day of the posting's month
    opened: str  # first day on which an earning of a canteen c may be used


SQLITE = Dialect("date(NEW.day, 'start of month')", "date(NEW.day, '+' || c.points_window_days || ' days')")
POSTGRESQL = Dialect("date_trunc('month', NEW.day)::date", "NEW.day + c.points_window_days")

_OWNED = f"""(SELECT COUNT(*) FROM {ACCOUNT} a
  WHERE a.id IN (NEW.from_account_id, NEW.to_account_id) AND a.canteen_id = NEW.canteen_id) <> 2"""
_WAY = f"""NEW.kind <> 'reverse' AND NOT EXISTS (SELECT 1 FROM {ACCOUNT} f, {ACCOUNT} t
  WHERE f.id = NEW.from_account_id AND t.id = NEW.to_account_id AND (
    (NEW.kind = 'earn' AND f.kind = 'issue' AND t.kind = 'passbook')
    OR (NEW.kind = 'meal' AND f.kind = 'passbook' AND t.kind = 'meals')
    OR (NEW.kind = 'expire' AND f.kind = 'passbook' AND t.kind = 'expired')))"""
_SEALED = "EXISTS (SELECT 1 FROM canteen_pointsseal s WHERE s.canteen_id = NEW.canteen_id AND s.day >= NEW.day)"
_PEOPLE = f"""NEW.kind = 'earn' AND NOT EXISTS (SELECT 1 FROM {CLAIM} c
  WHERE c.id = NEW.claim_id AND c.canteen_id = NEW.canteen_id AND c.account_id = NEW.to_account_id
    AND c.amount = NEW.amount AND c.refused_at IS NULL AND c.reviewed_by_id IS NOT NULL
    AND c.reviewed_by_id <> NEW.by_id AND c.proposed_by_id <> NEW.by_id)"""
_WINDOW = """(NEW.kind IN ('meal', 'expire') AND NEW.effective_on <> NEW.day)
  OR (NEW.kind = 'earn' AND EXISTS (
    SELECT 1 FROM canteen_canteen c WHERE c.id = NEW.canteen_id AND NEW.effective_on < {opened}))"""
_REVERSAL = f"""NEW.kind = 'reverse' AND NOT EXISTS (SELECT 1 FROM {POSTING} p
  WHERE p.id = NEW.reverses_id AND p.kind <> 'reverse' AND p.canteen_id = NEW.canteen_id
    AND p.from_account_id = NEW.to_account_id AND p.to_account_id = NEW.from_account_id AND p.amount = NEW.amount
    AND p.day <= NEW.day AND NEW.effective_on >= p.effective_on
    AND (NEW.effective_on = NEW.day OR NEW.effective_on = p.effective_on))"""
_CAP = f"""NEW.kind = 'earn' AND EXISTS (SELECT 1 FROM canteen_canteen c
  WHERE c.id = NEW.canteen_id AND c.points_month_cap IS NOT NULL AND c.points_month_cap < NEW.amount
    + (SELECT COALESCE(SUM(p.amount), 0) FROM {POSTING} p
       WHERE p.from_account_id = NEW.from_account_id AND p.day >= {{month}})
    - (SELECT COALESCE(SUM(p.amount), 0) FROM {POSTING} p
       WHERE p.to_account_id = NEW.from_account_id AND p.day >= {{month}}))"""
# Only passbooks can be overdrawn: the canteen's own accounts give only by reversal, and then what they had received.
_FLOOR = f"""EXISTS (SELECT 1 FROM {ACCOUNT} a WHERE a.id = NEW.from_account_id AND a.kind = 'passbook')
  AND NEW.amount >
    (SELECT COALESCE(SUM(p.amount), 0) FROM {POSTING} p
     WHERE p.to_account_id = NEW.from_account_id AND p.effective_on <= NEW.effective_on
       AND NOT EXISTS (SELECT 1 FROM {OBJECTION} o WHERE o.posting_id = p.id AND o.decided_at IS NULL))
    - (SELECT COALESCE(SUM(p.amount), 0) FROM {POSTING} p
       WHERE p.from_account_id = NEW.from_account_id AND p.effective_on <= NEW.effective_on)"""

POSTING_RULES = {
    "points_sealed": _SEALED, "points_accounts": _OWNED, "points_way": _WAY, "points_people": _PEOPLE,
    "points_window": _WINDOW, "points_reversal": _REVERSAL, "points_cap": _CAP, "points_floor": _FLOOR,
}  # fmt: skip
CLAIM_RULES = {
    "points_claim_fixed": """NEW.amount <> OLD.amount OR NEW.quantity <> OLD.quantity OR NEW.rate_id <> OLD.rate_id
      OR NEW.account_id <> OLD.account_id OR NEW.canteen_id <> OLD.canteen_id
      OR NEW.proposed_by_id <> OLD.proposed_by_id
      OR (OLD.reviewed_by_id IS NOT NULL
        AND (NEW.reviewed_by_id IS NULL OR NEW.reviewed_by_id <> OLD.reviewed_by_id))
      OR (OLD.refused_at IS NOT NULL AND NEW.refused_at IS NULL)"""
}
ACCOUNT_RULES = {
    "points_account_fixed": "NEW.kind <> OLD.kind OR NEW.canteen_id <> OLD.canteen_id OR NEW.county_id <> OLD.county_id"
}
OBJECTION_RULES = {
    "points_objection_fixed": """NEW.posting_id <> OLD.posting_id
      OR (OLD.decided_at IS NOT NULL AND (NEW.decided_at IS NULL OR NEW.upheld <> OLD.upheld))"""
}
GUARDED = [
    (POSTING, "INSERT", POSTING_RULES), (CLAIM, "UPDATE", CLAIM_RULES), (ACCOUNT, "UPDATE", ACCOUNT_RULES),
    (OBJECTION, "UPDATE", OBJECTION_RULES),
]  # fmt: skip
RULES = {**POSTING_RULES, **CLAIM_RULES, **ACCOUNT_RULES, **OBJECTION_RULES}
_LOCKS = f"""
  PERFORM 1 FROM canteen_canteen WHERE id = NEW.canteen_id FOR KEY SHARE;
  UPDATE {ACCOUNT} SET moves = moves + 1 WHERE id = NEW.from_account_id;"""


def _sqlite(table: str, event: str, rules: dict[str, str]) -> list[str]:
    checks = [f"SELECT RAISE(ABORT, '{name}') WHERE {rule};" for name, rule in rules.items()]
    made = [f"CREATE TRIGGER {table}_guard BEFORE {event} ON {table} BEGIN {' '.join(checks)} END"]
    if table == POSTING:
        counted = f"UPDATE {ACCOUNT} SET moves = moves + 1 WHERE id = NEW.from_account_id"
        made.append(f"CREATE TRIGGER {table}_moves AFTER INSERT ON {table} BEGIN {counted}; END")
    return made


def _postgresql(table: str, event: str, rules: dict[str, str]) -> list[str]:
    checks = "".join(
        f"\n  IF {rule} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF;"
        for name, rule in rules.items()
    )
    body = f"BEGIN{_LOCKS if table == POSTING else ''}{checks}\n  RETURN NEW; END"
    return [
        f"CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        f"CREATE TRIGGER {table}_guard BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_guard()",
    ]


def points_guards() -> RunPython:
    """Put all guards of the ledger in place, or anew."""

    def forwards(apps, schema_editor):
        backwards(apps, schema_editor)
        sqlite = schema_editor.connection.vendor == "sqlite"
        words, make = (SQLITE, _sqlite) if sqlite else (POSTGRESQL, _postgresql)
        for table, event, rules in GUARDED:
            said = {name: rule.format(month=words.month, opened=words.opened) for name, rule in rules.items()}
            for statement in make(table, event, said):
                schema_editor.execute(statement, params=None)

    def backwards(apps, schema_editor):
        for table, _, _ in GUARDED:
            if schema_editor.connection.vendor == "sqlite":
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_guard")
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_moves")
            else:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_guard ON {table}")
                schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_guard()")

    return RunPython(forwards, backwards)
