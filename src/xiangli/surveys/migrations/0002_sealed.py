from django.db import migrations

from xiangli.audit.triggers import append_only

# What is sealed in an answer. Left open: weight (computed from the others) and texts, which may only be blanked.
SEALED = ["campaign_id", "place_id", "county_id", "channel", "version", "sheet", "client_uuid", "answers", "created_at"]

SQLITE = """
CREATE TRIGGER surveys_response_sealed BEFORE UPDATE ON surveys_response
WHEN {changed} OR (OLD.texts IS NOT NEW.texts AND NEW.texts <> '{{}}')
BEGIN SELECT RAISE(ABORT, 'surveys_response: answers are sealed'); END
"""
SQLITE_DELETE = """
CREATE TRIGGER surveys_response_kept BEFORE DELETE ON surveys_response
BEGIN SELECT RAISE(ABORT, 'surveys_response: answers are never deleted'); END
"""
POSTGRESQL = """
CREATE FUNCTION surveys_response_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'surveys_response: answers are sealed' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER surveys_response_sealed BEFORE UPDATE ON surveys_response FOR EACH ROW
WHEN ({changed} OR (OLD.texts IS DISTINCT FROM NEW.texts AND NEW.texts <> '{{}}'::jsonb))
EXECUTE FUNCTION surveys_response_refuse();
CREATE TRIGGER surveys_response_kept BEFORE DELETE ON surveys_response FOR EACH ROW
EXECUTE FUNCTION surveys_response_refuse();
"""


def seal(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in SEALED)
        schema_editor.execute(SQLITE.format(changed=changed), params=None)
        schema_editor.execute(SQLITE_DELETE, params=None)
    else:
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in SEALED)
        schema_editor.execute(POSTGRESQL.format(changed=changed), params=None)


def unseal(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON surveys_response"
    schema_editor.execute(f"DROP TRIGGER surveys_response_sealed{on}")
    schema_editor.execute(f"DROP TRIGGER surveys_response_kept{on}")
    if on:
        schema_editor.execute("DROP FUNCTION surveys_response_refuse()")


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]

    operations = [migrations.RunPython(seal, unseal), append_only("surveys_correction")]
