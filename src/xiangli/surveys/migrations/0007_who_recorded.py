from django.db import migrations

# Who took an answer down is sealed with it; it is only ever forgotten, when the account goes.
SQLITE = """
CREATE TRIGGER surveys_response_recorded BEFORE UPDATE OF recorded_by_id ON surveys_response
WHEN OLD.recorded_by_id IS NOT NEW.recorded_by_id AND NEW.recorded_by_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'surveys_response: answers are sealed'); END
"""
POSTGRESQL = """
CREATE TRIGGER surveys_response_recorded BEFORE UPDATE OF recorded_by_id ON surveys_response FOR EACH ROW
WHEN (OLD.recorded_by_id IS DISTINCT FROM NEW.recorded_by_id AND NEW.recorded_by_id IS NOT NULL)
EXECUTE FUNCTION surveys_response_refuse()
"""


def seal(apps, schema_editor):
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL, params=None)


def unseal(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON surveys_response"
    schema_editor.execute(f"DROP TRIGGER surveys_response_recorded{on}")


class Migration(migrations.Migration):
    dependencies = [("surveys", "0006_languages_on_paper")]

    operations = [migrations.RunPython(seal, unseal)]
