"""A Django application with vectors: the model of lantern-django's README, and columns for its other distances."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from lantern_django import HnswIndex, RealField


class Film(models.Model):
    embedding = ArrayField(RealField(), size=3, null=True)
    angle = ArrayField(RealField(), size=3, null=True)
    code = ArrayField(models.IntegerField(), size=2, null=True)

    class Meta:
        indexes = [
            HnswIndex(
                name="film_embedding_idx",
                fields=["embedding"],
                m=16,
                ef=64,
                ef_construction=64,
                dim=3,
                opclasses=["dist_l2sq_ops"],
            ),
            HnswIndex(name="film_angle_idx", fields=["angle"], m=8, dim=3, opclasses=["dist_cos_ops"]),
            HnswIndex(name="film_code_idx", fields=["code"], dim=2, opclasses=["dist_hamming_ops"]),
        ]
