"""psycopg 3 sends a list of floats as a parameter of double precision[], so that a search has to name its type."""

import psycopg
import pytest
from psycopg.types.numeric import Float4

from sample import CREATE_TABLE, ROWS, SQUARED_L2, VECTORS

FORMATS = {"text": "%t", "binary": "%b", "automatic": "%s"}


@pytest.fixture
def connection(database):
    with psycopg.connect(database.dsn) as connection:
        connection.execute("CREATE EXTENSION lantern")
        connection.execute(CREATE_TABLE)
        connection.execute("SET enable_seqscan = off")
        yield connection


@pytest.fixture(params=FORMATS.values(), ids=FORMATS.keys())
def placeholder(request):
    return request.param


def load(connection, metric):
    connection.execute(metric.create_index)
    connection.cursor().executemany("INSERT INTO films VALUES (%s, %s, %s)", ROWS)


def numbers(cursor):
    return [row[0] for row in cursor]


def test_lists_are_inserted_and_read_back(connection, placeholder):
    insert = "INSERT INTO films VALUES (%s, %s, %s)".replace("%s", placeholder)
    connection.cursor().executemany(insert, ROWS)
    for binary in (False, True):
        assert connection.cursor(binary=binary).execute("SELECT * FROM films ORDER BY id").fetchall() == ROWS


def test_search(connection, metric, placeholder, assert_index_scan):
    load(connection, metric)
    search = metric.search(f"{placeholder}::{metric.type}")
    rows = connection.execute(search, (metric.query, metric.query)).fetchall()
    assert [row[0] for row in rows] == metric.nearest
    assert [row[1] for row in rows] == pytest.approx(metric.distances, abs=1e-6)
    assert_index_scan(numbers(connection.execute("EXPLAIN " + search, (metric.query, metric.query))), "films_idx")


def test_binary_results(connection, metric):
    load(connection, metric)
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(metric.search(f"%(query)s::{metric.type}"), {"query": metric.query}).fetchall()
    assert [row[1] for row in rows] == pytest.approx(metric.distances, abs=1e-6)


def test_typed_numbers_need_no_cast(connection, placeholder, assert_index_scan):
    load(connection, SQUARED_L2)
    query = [Float4(x) for x in SQUARED_L2.query]
    search = SQUARED_L2.search(placeholder)
    assert numbers(connection.execute(search, (query, query))) == SQUARED_L2.nearest
    assert_index_scan(numbers(connection.execute("EXPLAIN " + search, (query, query))), "films_idx")


def test_integers_need_no_cast(connection, assert_index_scan):
    load(connection, SQUARED_L2)
    search = SQUARED_L2.search("%(query)s")
    assert numbers(connection.execute(search, {"query": [1, 0, 0]})) == SQUARED_L2.nearest
    assert_index_scan(numbers(connection.execute("EXPLAIN " + search, {"query": [1, 0, 0]})), "films_idx")


@pytest.mark.xfail(
    strict=True,
    raises=psycopg.errors.UndefinedFunction,
    reason="psycopg/types/array.py, ListDumper declares a list of floats as double precision[], which Postgres does "
    "not make a real[] without a cast: operator does not exist: real[] <-> double precision[]",
)
def test_floats_without_cast(connection):
    load(connection, SQUARED_L2)
    connection.execute(SQUARED_L2.search("%(query)s"), {"query": [1.0, 0.0, 0.0]})


def test_filter(connection, metric, assert_index_scan):
    load(connection, metric)
    search = metric.search(f"%(query)s::{metric.type}", where="id != %(id)s")
    parameters = {"query": metric.query, "id": 1}
    assert numbers(connection.execute(search, parameters)) == metric.nearest[1:]
    assert_index_scan(numbers(connection.execute("EXPLAIN " + search, parameters)), "films_idx")


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
def test_prepared_search(connection, metric, plan):
    load(connection, metric)
    connection.execute(f"SET plan_cache_mode = {plan}")
    search = metric.search(f"%(query)s::{metric.type}")
    for _ in range(3):
        cursor = connection.execute(search, {"query": metric.query}, prepare=True, binary=True)
        assert numbers(cursor) == metric.nearest
    prepared = "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE statement LIKE '%%<%%'"
    assert connection.execute(prepared).fetchall() == [(plan == "force_generic_plan",)]


def test_statements_put_together_by_the_client(connection, metric, assert_index_scan):
    load(connection, metric)
    cursor = psycopg.ClientCursor(connection)
    search = metric.search(f"%(query)s::{metric.type}")
    assert numbers(cursor.execute(search, {"query": metric.query})) == metric.nearest
    assert_index_scan(numbers(cursor.execute("EXPLAIN " + search, {"query": metric.query})), "films_idx")


def test_pipeline(connection, metric):
    load(connection, metric)
    search = metric.search(f"%(query)s::{metric.type}")
    with connection.pipeline():
        cursors = [connection.execute(search, {"query": metric.query}) for _ in range(3)]
    assert [numbers(cursor) for cursor in cursors] == [metric.nearest] * 3


def test_update_upsert_delete(connection):
    load(connection, SQUARED_L2)
    connection.execute("UPDATE films SET vector = %s WHERE id = %s", ([1.0, 0.75, 0.0], 3))
    connection.execute(
        "INSERT INTO films (id, vector) VALUES (%s, %b) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector",
        (2, [0.5, 0.0, 0.0]),
    )
    connection.execute("DELETE FROM films WHERE id = %s", (1,))
    rows = connection.execute(SQUARED_L2.search("%(query)s::real[]"), {"query": VECTORS[1]}).fetchall()
    assert rows == [(2, 0.25), (3, 0.5625), (4, 1.0)]


@pytest.mark.parametrize("options", ["", " (FORMAT BINARY)"], ids=["text", "binary"])
def test_copy(connection, metric, options):
    connection.execute(metric.create_index)
    with connection.cursor().copy("COPY films FROM STDIN" + options) as copy:
        copy.set_types(["int4", "float4[]", "int4[]"])
        for row in ROWS:
            copy.write_row(row)
    search = metric.search(f"%(query)s::{metric.type}")
    assert numbers(connection.execute(search, {"query": metric.query})) == metric.nearest


def test_server_side_cursor(connection, metric):
    load(connection, metric)
    with connection.cursor("nearest") as nearest:
        nearest.itersize = 1
        nearest.execute(metric.search(f"%(query)s::{metric.type}"), {"query": metric.query})
        assert numbers(nearest) == metric.nearest


def test_wrong_length_is_a_data_exception(connection):
    load(connection, SQUARED_L2)
    with pytest.raises(psycopg.DataError, match="Expected real array with dimension 3, got 2"):
        connection.execute(SQUARED_L2.search("%(query)s::real[]"), {"query": [1.0, 0.0]})
