from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0003_divisions_change'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='place',
            constraint=models.UniqueConstraint(condition=models.Q(('map_column__isnull', False)), fields=('parent', 'map_column', 'map_row'), name='place_alone_in_its_map_cell'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('map_column__isnull', True), ('map_row__isnull', True)), models.Q(('map_column__isnull', False), ('map_column__range', (1, 12)), ('map_row__isnull', False), ('map_row__range', (1, 20))), _connector='OR'), name='place_map_cell'),
        ),
    ]
