# As makemigrations wrote it.

import django.contrib.postgres.fields
import lantern_django
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalogue", "0001_extension")]
    operations = [
        migrations.CreateModel(
            name="Film",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "embedding",
                    django.contrib.postgres.fields.ArrayField(base_field=lantern_django.RealField(), null=True, size=3),
                ),
                (
                    "angle",
                    django.contrib.postgres.fields.ArrayField(base_field=lantern_django.RealField(), null=True, size=3),
                ),
                (
                    "code",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), null=True, size=2),
                ),
            ],
            options={
                "indexes": [
                    lantern_django.HnswIndex(
                        dim=3,
                        ef=64,
                        ef_construction=64,
                        fields=["embedding"],
                        m=16,
                        name="film_embedding_idx",
                        opclasses=["dist_l2sq_ops"],
                    ),
                    lantern_django.HnswIndex(
                        dim=3, fields=["angle"], m=8, name="film_angle_idx", opclasses=["dist_cos_ops"]
                    ),
                    lantern_django.HnswIndex(
                        dim=2, fields=["code"], name="film_code_idx", opclasses=["dist_hamming_ops"]
                    ),
                ],
            },
        ),
    ]
