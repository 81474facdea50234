from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0005_reading_in_the_background'),
    ]

    operations = [
        migrations.AddField(
            model_name='printrun',
            name='language',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='语言'),
            preserve_default=False,
        ),
    ]
