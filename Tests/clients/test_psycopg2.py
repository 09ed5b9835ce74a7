"""psycopg2 writes a list of numbers into the statement as ARRAY[...], which is a numeric[] or an integer[]."""

import io

import psycopg2
import psycopg2.extras
import pytest

from sample import COSINE, CREATE_TABLE, ROWS, SQUARED_L2, VECTORS


@pytest.fixture
def cursor(database):
    connection = psycopg2.connect(database.dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION lantern")
        cursor.execute(CREATE_TABLE)
        cursor.execute("SET enable_seqscan = off")
        yield cursor
    connection.close()


def load(cursor, metric):
    cursor.execute(metric.create_index)
    psycopg2.extras.execute_values(cursor, "INSERT INTO films (id, vector, code) VALUES %s", ROWS)


def numbers(cursor):
    return [row[0] for row in cursor.fetchall()]


def test_lists_are_inserted_and_read_back(cursor):
    cursor.executemany("INSERT INTO films VALUES (%s, %s, %s)", ROWS)
    cursor.execute("SELECT * FROM films ORDER BY id")
    assert cursor.fetchall() == ROWS


def test_search(cursor, metric, assert_index_scan):
    load(cursor, metric)
    search = metric.search("%(query)s")
    cursor.execute(search, {"query": metric.query})
    rows = cursor.fetchall()
    assert [row[0] for row in rows] == metric.nearest
    assert [row[1] for row in rows] == pytest.approx(metric.distances, abs=1e-6)
    cursor.execute("EXPLAIN " + search, {"query": metric.query})
    assert_index_scan(numbers(cursor), "films_idx")


def test_index_of_loaded_table(cursor, metric):
    psycopg2.extras.execute_batch(cursor, "INSERT INTO films VALUES (%s, %s, %s)", ROWS)
    cursor.execute(metric.create_index)
    cursor.execute(metric.search("%(query)s"), {"query": metric.query})
    assert numbers(cursor) == metric.nearest


def test_filter(cursor, metric, assert_index_scan):
    load(cursor, metric)
    search = metric.search("%(query)s", where="id != %(id)s")
    cursor.execute(search, {"query": metric.query, "id": 1})
    assert numbers(cursor) == metric.nearest[1:]
    cursor.execute("EXPLAIN " + search, {"query": metric.query, "id": 1})
    assert_index_scan(numbers(cursor), "films_idx")


@pytest.mark.parametrize("query", [[1, 0, 0], [1.0, 0, 0], [1e0, 1e-30, 0.0]], ids=["integers", "mixed", "tiny"])
def test_query_of_other_numbers(cursor, query, assert_index_scan):
    load(cursor, SQUARED_L2)
    cursor.execute(SQUARED_L2.search("%(query)s"), {"query": query})
    assert numbers(cursor) == SQUARED_L2.nearest
    cursor.execute("EXPLAIN " + SQUARED_L2.search("%(query)s"), {"query": query})
    assert_index_scan(numbers(cursor), "films_idx")


def test_query_on_the_left(cursor, assert_index_scan):
    load(cursor, COSINE)
    search = "SELECT id FROM films ORDER BY %s <=> vector LIMIT 10"
    cursor.execute(search, (COSINE.query,))
    assert numbers(cursor) == COSINE.nearest
    cursor.execute("EXPLAIN " + search, (COSINE.query,))
    assert_index_scan(numbers(cursor), "films_idx")


def test_update_upsert_delete(cursor):
    load(cursor, SQUARED_L2)
    cursor.execute("UPDATE films SET vector = %s WHERE id = %s", ([1.0, 0.75, 0.0], 3))
    cursor.execute(
        "INSERT INTO films (id, vector) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector",
        (2, [0.5, 0.0, 0.0]),
    )
    cursor.execute("DELETE FROM films WHERE id = %s", (1,))
    cursor.execute(SQUARED_L2.search("%(query)s"), {"query": VECTORS[1]})
    assert cursor.fetchall() == [(2, 0.25), (3, 0.5625), (4, 1.0)]


def test_prepared_search(cursor, metric, assert_index_scan):
    load(cursor, metric)
    cursor.execute(f"PREPARE search ({metric.type}) AS {metric.search('$1')}")
    cursor.execute("SET plan_cache_mode = force_generic_plan")
    cursor.execute("EXECUTE search(%s)", (metric.query,))
    assert numbers(cursor) == metric.nearest
    cursor.execute("EXPLAIN EXECUTE search(%s)", (metric.query,))
    assert_index_scan(numbers(cursor), "films_idx")


def test_copy(cursor, metric):
    lines = [f"{number}\t{{{str(vector)[1:-1]}}}\t{{{str(code)[1:-1]}}}" for number, vector, code in ROWS]
    cursor.execute(metric.create_index)
    cursor.copy_expert("COPY films FROM STDIN", io.StringIO("\n".join(lines)))
    cursor.execute(metric.search("%(query)s"), {"query": metric.query})
    assert numbers(cursor) == metric.nearest


def test_server_side_cursor(cursor, metric):
    load(cursor, metric)
    with cursor.connection.cursor("nearest") as nearest:
        nearest.itersize = 1
        nearest.execute(metric.search("%(query)s"), {"query": metric.query})
        assert [row[0] for row in nearest] == metric.nearest


def test_wrong_length_is_a_data_exception(cursor):
    load(cursor, SQUARED_L2)
    with pytest.raises(psycopg2.DataError, match="Expected real array with dimension 3, got 2"):
        cursor.execute(SQUARED_L2.search("%(query)s"), {"query": [1.0, 0.0]})
