from django.db import migrations

# Runs as the owner of the tables, whoever calls it. Its search path is fixed: a caller's own tables are never meant.
MADE = """
CREATE FUNCTION places_set_county(rows_of text, keys bigint[], county bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', rows_of);
  EXECUTE format('UPDATE %I SET county_id = $1 WHERE id = ANY($2)', rows_of) USING county, keys;
  EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', rows_of);
END $$;
"""


def make(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            schema = connection.ops.quote_name(cursor.fetchone()[0])
        schema_editor.execute(MADE.replace("{schema}", schema), params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute("DROP FUNCTION places_set_county(text, bigint[], bigint)")


class Migration(migrations.Migration):
    dependencies = [("places", "0004_map_cells")]

    operations = [migrations.RunPython(make, drop)]
