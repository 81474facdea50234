import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


from xiangli.audit.triggers import append_only

# A drawn answer that has been asked for again (or could not be) stays as it is.
SEALED = ["draw_id", "response_id", "county_id", "first_by_id"]
GIVEN = ["answers", "failed", "by_id", "at"]

SQLITE = """
CREATE TRIGGER surveys_recheck_sealed BEFORE UPDATE ON surveys_recheck
WHEN {changed} OR (OLD.at IS NOT NULL AND ({given}))
BEGIN SELECT RAISE(ABORT, 'surveys_recheck: answers are sealed'); END
"""
SQLITE_DELETE = """
CREATE TRIGGER surveys_recheck_kept BEFORE DELETE ON surveys_recheck
BEGIN SELECT RAISE(ABORT, 'surveys_recheck: answers are never deleted'); END
"""
POSTGRESQL = """
CREATE FUNCTION surveys_recheck_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'surveys_recheck: answers are sealed' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER surveys_recheck_sealed BEFORE UPDATE ON surveys_recheck FOR EACH ROW
WHEN ({changed} OR (OLD.at IS NOT NULL AND ({given})))
EXECUTE FUNCTION surveys_recheck_refuse();
CREATE TRIGGER surveys_recheck_kept BEFORE DELETE ON surveys_recheck FOR EACH ROW
EXECUTE FUNCTION surveys_recheck_refuse();
"""


def seal(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed, given = (" OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in names) for names in (SEALED, GIVEN))
    schema_editor.execute((SQLITE if sqlite else POSTGRESQL).format(changed=changed, given=given), params=None)
    if sqlite:
        schema_editor.execute(SQLITE_DELETE, params=None)


def unseal(apps, schema_editor):
    on = "" if schema_editor.connection.vendor == "sqlite" else " ON surveys_recheck"
    schema_editor.execute(f"DROP TRIGGER surveys_recheck_sealed{on}")
    schema_editor.execute(f"DROP TRIGGER surveys_recheck_kept{on}")
    if on:
        schema_editor.execute("DROP FUNCTION surveys_recheck_refuse()")


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0002_calendar'),
        ('surveys', '0003_phones'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=40, verbose_name='归成什么')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': '归类',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Coding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=64, verbose_name='题目')),
                ('at', models.DateTimeField(verbose_name='何时')),
            ],
            options={
                'verbose_name': '归类结果',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='PublishedFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(verbose_name='内容')),
                ('hidden_below', models.PositiveSmallIntegerField(verbose_name='少于几人不公布')),
                ('at', models.DateTimeField(verbose_name='公布时间')),
            ],
            options={
                'verbose_name': '公布的结果',
                'ordering': ['-at', '-pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.JSONField(null=True, verbose_name='再问的答案')),
                ('failed', models.CharField(blank=True, max_length=60, verbose_name='没能再问的原因')),
                ('at', models.DateTimeField(null=True, verbose_name='何时')),
            ],
            options={
                'verbose_name': '回访抽查',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='RecheckDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.CharField(max_length=32, verbose_name='随机种子')),
                ('share', models.FloatField(verbose_name='抽多少')),
                ('after', models.BigIntegerField(default=0)),
                ('upto', models.BigIntegerField()),
                ('frame', models.PositiveIntegerField(verbose_name='从几份里抽')),
                ('at', models.DateTimeField(verbose_name='何时抽的')),
            ],
            options={
                'verbose_name': '抽查',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counts', models.BooleanField(verbose_name='计入')),
            ],
            options={
                'verbose_name': '计入与否',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='SecondLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.CharField(choices=[('identical', '一模一样'), ('one_hand', '像出自一手'), ('straight', '一选到底'), ('pace', '快得不合常理')], max_length=12, verbose_name='看到什么')),
                ('digest', models.CharField(max_length=32)),
                ('text', models.CharField(max_length=200, verbose_name='说明')),
                ('responses', models.JSONField(verbose_name='哪些答卷')),
                ('verdict', models.CharField(choices=[('fine', '看过，没问题'), ('left_out', '不计入')], max_length=10, verbose_name='判断')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('at', models.DateTimeField(verbose_name='何时看的')),
            ],
            options={
                'verbose_name': '复看',
                'ordering': ['pk'],
            },
            managers=[
                ('everywhere', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='sample',
            name='question',
            field=models.CharField(blank=True, max_length=64, verbose_name='按哪一题分'),
        ),
        migrations.AddField(
            model_name='sample',
            name='sizes',
            field=models.JSONField(blank=True, default=dict, verbose_name='各层人数'),
        ),
        migrations.AddField(
            model_name='sample',
            name='units',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='全村共有几户（组）'),
        ),
        migrations.AlterField(
            model_name='sample',
            name='kind',
            field=models.CharField(choices=[('census', '挨家挨户都问了'), ('simple_random', '随机抽人'), ('stratified', '分组分别抽人（分层）'), ('cluster', '抽到的户、组全都问（整群）'), ('open', '自愿来填（没有抽样）')], default='open', max_length=16, verbose_name='怎样选的人'),
        ),
        migrations.AddConstraint(
            model_name='sample',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['stratified', 'cluster']), _negated=True), models.Q(('question', ''), _negated=True), _connector='OR'), name='sample_units_are_known'),
        ),
        migrations.AddField(
            model_name='code',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='surveys.campaign'),
        ),
        migrations.AddField(
            model_name='code',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='code',
            name='service',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.service'),
        ),
        migrations.AddField(
            model_name='coding',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁归的'),
        ),
        migrations.AddField(
            model_name='coding',
            name='code',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='codings', to='surveys.code'),
        ),
        migrations.AddField(
            model_name='coding',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='coding',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codings', to='surveys.response'),
        ),
        migrations.AddField(
            model_name='publishedfigures',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁公布的'),
        ),
        migrations.AddField(
            model_name='publishedfigures',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='published_figures', to='surveys.campaign'),
        ),
        migrations.AddField(
            model_name='publishedfigures',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='publishedfigures',
            name='place',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place'),
        ),
        migrations.AddField(
            model_name='recheck',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁再问的'),
        ),
        migrations.AddField(
            model_name='recheck',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='recheck',
            name='first_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='第一次谁录的'),
        ),
        migrations.AddField(
            model_name='recheck',
            name='response',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='recheck', to='surveys.response'),
        ),
        migrations.AddField(
            model_name='recheckdraw',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁抽的'),
        ),
        migrations.AddField(
            model_name='recheckdraw',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='surveys.campaign'),
        ),
        migrations.AddField(
            model_name='recheckdraw',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='recheckdraw',
            name='place',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='村'),
        ),
        migrations.AddField(
            model_name='recheck',
            name='draw',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rechecks', to='surveys.recheckdraw'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='surveys.response'),
        ),
        migrations.AddField(
            model_name='secondlook',
            name='by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁看的'),
        ),
        migrations.AddField(
            model_name='secondlook',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='second_looks', to='surveys.campaign'),
        ),
        migrations.AddField(
            model_name='secondlook',
            name='county',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='县（区）'),
        ),
        migrations.AddField(
            model_name='secondlook',
            name='place',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place', verbose_name='村'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='look',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='surveys.secondlook'),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.UniqueConstraint(fields=('county', 'campaign', 'label'), name='code_label_once'),
        ),
        migrations.AddConstraint(
            model_name='code',
            constraint=models.CheckConstraint(condition=models.Q(('label', ''), _negated=True), name='code_has_label'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.UniqueConstraint(fields=('response', 'question', 'code'), name='coding_once'),
        ),
        migrations.AddConstraint(
            model_name='coding',
            constraint=models.UniqueConstraint(condition=models.Q(('code__isnull', True)), fields=('response', 'question'), name='coding_nothing_once'),
        ),
        migrations.AddConstraint(
            model_name='recheckdraw',
            constraint=models.UniqueConstraint(fields=('county', 'campaign', 'place', 'after'), name='recheck_draw_once'),
        ),
        migrations.AddConstraint(
            model_name='recheckdraw',
            constraint=models.CheckConstraint(condition=models.Q(('share__gt', 0), ('share__lte', 1)), name='recheck_draw_share'),
        ),
        migrations.AddConstraint(
            model_name='recheckdraw',
            constraint=models.CheckConstraint(condition=models.Q(('upto__gt', models.F('after'))), name='recheck_draw_frame'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.CheckConstraint(condition=models.Q(('by__isnull', True), ('first_by__isnull', True), models.Q(('by', models.F('first_by')), _negated=True), _connector='OR'), name='recheck_by_someone_else'),
        ),
        migrations.AddConstraint(
            model_name='recheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answers__isnull', True), ('at__isnull', True), ('failed', '')), models.Q(('answers__isnull', False), ('at__isnull', False), ('failed', '')), models.Q(('answers__isnull', True), ('at__isnull', False), models.Q(('failed', ''), _negated=True)), _connector='OR'), name='recheck_open_asked_or_failed'),
        ),
        migrations.AddIndex(
            model_name='secondlook',
            index=models.Index(fields=['campaign', 'place'], name='surveys_sec_campaig_ad60c5_idx'),
        ),
        migrations.AddConstraint(
            model_name='secondlook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verdict', 'left_out'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='second_look_left_out_why'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.UniqueConstraint(fields=('look', 'response'), name='ruling_once_per_look'),
        ),
        migrations.RunPython(seal, unseal),
        append_only("surveys_recheckdraw"),
        append_only("surveys_secondlook"),
        append_only("surveys_ruling"),
        append_only("surveys_publishedfigures"),
    ]
