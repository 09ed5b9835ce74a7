"""lantern-django: migrations, models and queries of the application catalogue.

Django speaks through psycopg 3 where that is installed. LANTERN_TEST_DJANGO_DRIVER=psycopg2 hides it.
"""

import os
import sys

DRIVER = os.environ.get("LANTERN_TEST_DJANGO_DRIVER", "psycopg")
if DRIVER == "psycopg2":
    sys.modules["psycopg"] = None

import django
import numpy
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django.db.models import F, Value

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}},
    INSTALLED_APPS=["django.contrib.postgres", "catalogue"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from lantern_django import CosineDistance, HammingDistance, L2Distance, LanternExtrasExtension, TextEmbedding

from catalogue.models import Film
from sample import CODES, COSINE, HAMMING, SQUARED_L2, VECTORS

# By metric: the distance, the field, the index and what to expect. A query of integers is what the README shows.
DISTANCES = {
    "l2sq": (L2Distance, "embedding", "film_embedding_idx", SQUARED_L2),
    "cosine": (CosineDistance, "angle", "film_angle_idx", COSINE),
    "hamming": (HammingDistance, "code", "film_code_idx", HAMMING),
}


@pytest.fixture(params=DISTANCES)
def distance(request):
    return DISTANCES[request.param]


@pytest.fixture
def films(database):
    """The films of a migrated database, of which there are four."""
    names = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT", "password": "PASSWORD"}
    parameters = {names[key]: value for key, value in database.parameters.items() if key in names}
    connection.settings_dict.update(parameters)
    call_command("migrate", verbosity=0)
    for number in VECTORS:
        Film(embedding=VECTORS[number], angle=VECTORS[number], code=CODES[number]).save()
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    yield Film.objects
    connection.close()


def integers(query):
    return [int(component) for component in query]


def numbers(found):
    return [film.id for film in found]


def test_driver():
    assert connection.Database.__name__ == DRIVER


def test_migrations_are_those_of_the_models(films):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_indexes(films, database, distance):
    _, field, index, expected = distance
    ((definition,),) = database.rows(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'")
    assert f"USING lantern_hnsw ({field}" in definition
    assert database.operator_class(index) == expected.operator_class
    if field == "embedding":
        assert "m='16', ef='64', ef_construction='64', dim='3'" in definition


def test_migrations_back_and_forth(films, database):
    call_command("migrate", "catalogue", "zero", verbosity=0)
    assert database.rows("SELECT FROM pg_extension WHERE extname = 'lantern'") == []
    call_command("migrate", verbosity=0)
    assert database.rows("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'film_%_idx'") == [(3,)]


def test_vectors_are_read_back(films):
    assert [(film.embedding, film.angle, film.code) for film in films.order_by("id")] == [
        (VECTORS[number], VECTORS[number], CODES[number]) for number in VECTORS
    ]


def test_nearest(films, distance, assert_index_scan):
    function, field, index, expected = distance
    found = films.order_by(function(field, integers(expected.query)))[:5]
    assert numbers(found) == expected.nearest
    assert_index_scan(found.explain().splitlines(), index)


def test_annotation(films, distance, assert_index_scan):
    function, field, index, expected = distance
    found = films.annotate(distance=function(field, integers(expected.query))).order_by("distance")
    assert numbers(found) == expected.nearest
    assert [film.distance for film in found] == pytest.approx(expected.distances, abs=1e-6)
    assert_index_scan(found.all()[:4].explain().splitlines(), index)


def test_within_a_distance(films, distance):
    function, field, _, expected = distance
    found = films.alias(distance=function(field, integers(expected.query))).filter(distance__lt=expected.distances[2])
    assert sorted(numbers(found)) == sorted(expected.nearest[:2])


def test_filter(films, distance, assert_index_scan):
    function, field, index, expected = distance
    found = films.exclude(embedding=VECTORS[1]).order_by(function(field, integers(expected.query)))[:3]
    assert numbers(found) == expected.nearest[1:]
    assert_index_scan(found.explain().splitlines(), index)


def test_distance_to_another_field(films):
    found = films.annotate(distance=L2Distance("embedding", F("angle"))).values_list("distance", flat=True)
    assert list(found) == [0, 0, 0, 0]


def test_update_and_delete(films):
    films.filter(id=3).update(embedding=[1.0, 0.75, 0.0])
    film = films.get(id=2)
    film.embedding = [1.0, 0.5, 0.0]
    film.save()
    films.create(embedding=None)
    films.filter(id=1).delete()
    found = films.filter(embedding__isnull=False).annotate(distance=L2Distance("embedding", [1, 0, 0]))
    assert [(film.id, film.distance) for film in found.order_by("distance")] == [(2, 0.25), (3, 0.5625), (4, 1.0)]


def test_bulk_create(films, distance):
    function, field, _, expected = distance
    films.all().delete()
    films.bulk_create(Film(id=n, embedding=VECTORS[n], angle=VECTORS[n], code=CODES[n]) for n in VECTORS)
    assert numbers(films.order_by(function(field, integers(expected.query)))[:5]) == expected.nearest


def test_typed_floats(films, assert_index_scan):
    query = Value(VECTORS[1], output_field=Film._meta.get_field("embedding"))
    found = films.order_by(L2Distance("embedding", query))[:5]
    assert numbers(found) == SQUARED_L2.nearest
    assert_index_scan(found.explain().splitlines(), "film_embedding_idx")


def test_numpy_array_of_integers(films, assert_index_scan):
    found = films.order_by(CosineDistance("angle", numpy.array([1, 0, 0])))[:5]
    assert numbers(found) == COSINE.nearest
    assert_index_scan(found.explain().splitlines(), "film_angle_idx")


@pytest.mark.xfail(
    condition=DRIVER == "psycopg",
    strict=True,
    raises=ProgrammingError,
    reason="lantern_django/__init__.py, DistanceBase gives Value no output_field, so that psycopg 3 declares floats as "
    "double precision[]: operator does not exist: real[] <-> double precision[]. It works with psycopg2",
)
@pytest.mark.parametrize("query", [[1.0, 0.0, 0.0], numpy.array([1.0, 0.0, 0.0])], ids=["list", "numpy"])
def test_floats(films, query, assert_index_scan):
    found = films.order_by(L2Distance("embedding", query))[:5]
    assert numbers(found) == SQUARED_L2.nearest
    assert_index_scan(found.explain().splitlines(), "film_embedding_idx")


# What belongs to lantern_extras, another extension, which computes embeddings.


@pytest.mark.xfail(
    strict=True,
    raises=ProgrammingError,
    reason="lantern_django/__init__.py, TextEmbedding calls text_embedding(), which belongs to lantern_extras",
)
def test_text_embedding(films):
    list(films.order_by(L2Distance("embedding", TextEmbedding("BAAI/bge-small-en", "hello")))[:5])


@pytest.mark.xfail(
    strict=True,
    raises=django.db.utils.Error,
    reason="lantern_django/__init__.py, LanternExtrasExtension creates the extension lantern_extras",
)
def test_extras_extension(films):
    with connection.schema_editor() as editor:
        LanternExtrasExtension().database_forwards("catalogue", editor, None, None)
