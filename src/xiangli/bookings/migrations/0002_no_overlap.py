from django.db import migrations

from xiangli.bookings.guards import no_overlap


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [no_overlap(buffers=False)]
