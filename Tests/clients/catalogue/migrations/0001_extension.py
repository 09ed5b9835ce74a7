from django.db import migrations
from lantern_django import LanternExtension


class Migration(migrations.Migration):
    initial = True
    operations = [LanternExtension()]
