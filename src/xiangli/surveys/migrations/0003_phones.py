import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.db import migrations, models

from xiangli.audit.triggers import append_only

# What a phone sent stays what it was; who sent it and when may only be forgotten.
SEALED = ["county_id", "campaign_id", "response_id", "instance_id", "digest", "replaces_id", "received_at"]
FORGOTTEN = ["enumerator_id", "started_at", "ended_at"]

SQLITE = """
CREATE TRIGGER surveys_phonesubmission_sealed BEFORE UPDATE ON surveys_phonesubmission WHEN {changed}
BEGIN SELECT RAISE(ABORT, 'surveys_phonesubmission: what a phone sent is sealed'); END
"""
SQLITE_DELETE = """
CREATE TRIGGER surveys_phonesubmission_kept BEFORE DELETE ON surveys_phonesubmission
BEGIN SELECT RAISE(ABORT, 'surveys_phonesubmission: what a phone sent is never deleted'); END
"""
POSTGRESQL = """
CREATE FUNCTION surveys_phonesubmission_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'surveys_phonesubmission: what a phone sent is sealed' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER surveys_phonesubmission_sealed BEFORE UPDATE ON surveys_phonesubmission FOR EACH ROW WHEN ({changed})
EXECUTE FUNCTION surveys_phonesubmission_refuse();
CREATE TRIGGER surveys_phonesubmission_kept BEFORE DELETE ON surveys_phonesubmission FOR EACH ROW
EXECUTE FUNCTION surveys_phonesubmission_refuse();
"""


def seal(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    differs = "OLD.{0} IS NOT NEW.{0}" if sqlite else "OLD.{0} IS DISTINCT FROM NEW.{0}"
    changed = [differs.format(column) for column in SEALED]
    changed += [f"({differs.format(column)} AND NEW.{column} IS NOT NULL)" for column in FORGOTTEN]
    empty = "'{}'" if sqlite else "'{}'::jsonb"
    changed.append(f"({differs.format('more')} AND NEW.more <> {empty})")
    schema_editor.execute((SQLITE if sqlite else POSTGRESQL).format(changed=" OR ".join(changed)), params=None)
    if sqlite:
        schema_editor.execute(SQLITE_DELETE, params=None)


def unseal(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON surveys_phonesubmission"
    schema_editor.execute(f"DROP TRIGGER surveys_phonesubmission_sealed{on}")
    schema_editor.execute(f"DROP TRIGGER surveys_phonesubmission_kept{on}")
    if on:
        schema_editor.execute("DROP FUNCTION surveys_phonesubmission_refuse()")


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0002_calendar'),
        ('surveys', '0002_sealed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Enumerator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=30, verbose_name='称呼')),
                ('username', models.CharField(editable=False, max_length=32, unique=True, verbose_name='手机里的用户名')),
                ('ha1', models.CharField(editable=False, max_length=32)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='停用时间')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enumerators', to='surveys.campaign')),
                ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）')),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='范围')),
            ],
            options={
                'verbose_name': '调查员',
                'ordering': ['campaign', 'pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='FormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(verbose_name='版本')),
                ('definition', models.JSONField(verbose_name='问卷')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='form_versions', to='surveys.campaign')),
                ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）')),
            ],
            options={
                'verbose_name': '发到手机上的问卷',
                'ordering': ['campaign', 'version'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='PhoneSubmission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instance_id', models.CharField(max_length=200, verbose_name='手机上的编号')),
                ('digest', models.CharField(max_length=64, verbose_name='内容指纹')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='开始填')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='填完')),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='收到')),
                ('more', models.JSONField(blank=True, default=dict, verbose_name='只在手机表单里的答案')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phone_submissions', to='surveys.campaign')),
                ('county', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）')),
                ('enumerator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='submissions', to='surveys.enumerator', verbose_name='调查员')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='surveys.phonesubmission')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phone_submissions', to='surveys.response')),
            ],
            options={
                'verbose_name': '手机交来的答卷',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name='enumerator',
            constraint=models.UniqueConstraint(fields=('county', 'campaign', 'label'), name='enumerator_label_once_per_campaign'),
        ),
        migrations.AddConstraint(
            model_name='formversion',
            constraint=models.UniqueConstraint(fields=('county', 'campaign', 'version'), name='form_version_once_per_campaign'),
        ),
        migrations.AddConstraint(
            model_name='phonesubmission',
            constraint=models.UniqueConstraint(fields=('county', 'campaign', 'instance_id'), name='phone_submission_sent_once'),
        ),
        migrations.AddConstraint(
            model_name='phonesubmission',
            constraint=models.UniqueConstraint(condition=models.Q(('replaces', None)), fields=('county', 'response'), name='phone_submission_one_first'),
        ),
        append_only("surveys_formversion"),
        migrations.RunPython(seal, unseal),
    ]
