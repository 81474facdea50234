import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Eleven indexes that Django makes for foreign keys: each was written with every row of the largest table. Places are the
# beginning of a composite index; who added, asked and closed is never searched by; the others are kept for the rows that
# have a value. Dropped by name: an AlterField would rebuild the table on SQLite, eleven times.
KEYS = (
    "county", "place", "programme", "plan", "service", "kind", "responsible", "liaison", "added_by", "requested_by",
    "closed_by",
)
KEPT = ("plan", "service", "kind", "responsible", "liaison")
USER = settings.AUTH_USER_MODEL


def drop(apps, schema_editor):
    model = apps.get_model("ledger", "LedgerItem")
    kept = {index.name for index in model._meta.indexes}
    for key in KEYS:
        column = model._meta.get_field(key).column
        names = schema_editor._constraint_names(model, [column], index=True, unique=False, exclude=kept)
        assert names, f"no index of {column}"
        for name in names:
            schema_editor.execute(schema_editor._delete_index_sql(model, name))


def restore(apps, schema_editor):
    model = apps.get_model("ledger", "LedgerItem")
    for key in KEYS:
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(key)]))


def key(name, to, on_delete=django.db.models.deletion.PROTECT, **options):
    field = models.ForeignKey(db_index=False, on_delete=on_delete, to=to, **{"related_name": "+", **options})
    return migrations.AlterField(model_name="ledgeritem", name=name, field=field)


NONE = {"blank": True, "null": True}
LOOSE = django.db.models.deletion.SET_NULL


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_whole_ledger"), migrations.swappable_dependency(USER)]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                key("county", "places.place", verbose_name="县（区）"),
                key("place", "places.place", related_name="ledger_items", verbose_name="村"),
                key("programme", "ledger.programme", related_name="items", verbose_name="实施方案", **NONE),
                key("plan", "planning.plan", related_name="ledger_items", **NONE),
                key("service", "places.service", verbose_name="服务", **NONE),
                key("kind", "ledger.itemkind", verbose_name="事项类型", **NONE),
                key("responsible", USER, verbose_name="唯一责任人", **NONE),
                key("liaison", USER, LOOSE, verbose_name="包村干部", **NONE),
                key("added_by", USER, LOOSE, null=True),
                key("requested_by", USER, **NONE),
                key("closed_by", USER, verbose_name="复核人", **NONE),
            ],
            database_operations=[migrations.RunPython(drop, restore)],
        ),
        *(
            migrations.AddIndex(
                model_name="ledgeritem",
                index=models.Index(
                    condition=models.Q((f"{name}__isnull", False)), fields=[name], name=f"ledgeritem_by_{name}"
                ),
            )
            for name in KEPT
        ),
    ]
