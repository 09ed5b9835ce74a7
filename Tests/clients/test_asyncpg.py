"""asyncpg prepares every statement, and sends a list in binary as the type that the server inferred: real[]."""

import asyncio
import json

import asyncpg
import pytest

from sample import CREATE_TABLE, ROWS, SQUARED_L2, VECTORS


@pytest.fixture
def run(database):
    """A function that runs a coroutine function with a connection."""

    async def connected(test):
        parameters = {"database" if key == "dbname" else key: value for key, value in database.parameters.items()}
        connection = await asyncpg.connect(**parameters)
        try:
            await connection.execute("CREATE EXTENSION lantern")
            await connection.execute(CREATE_TABLE)
            await connection.execute("SET enable_seqscan = off")
            await test(connection)
        finally:
            await connection.close()

    return lambda test: asyncio.run(connected(test))


async def load(connection, metric):
    await connection.execute(metric.create_index)
    await connection.executemany("INSERT INTO films VALUES ($1, $2, $3)", ROWS)


def numbers(records):
    return [record["id"] for record in records]


def test_lists_are_inserted_and_read_back(run):
    async def test(connection):
        await connection.executemany("INSERT INTO films VALUES ($1, $2, $3)", ROWS)
        assert [tuple(row) for row in await connection.fetch("SELECT * FROM films ORDER BY id")] == ROWS

    run(test)


def test_search(run, metric, assert_index_scan):
    async def test(connection):
        await load(connection, metric)
        records = await connection.fetch(metric.search("$1"), metric.query)
        assert numbers(records) == metric.nearest
        assert [record["distance"] for record in records] == pytest.approx(metric.distances, abs=1e-6)
        plan = await connection.fetch("EXPLAIN " + metric.search("$1"), metric.query)
        assert_index_scan([line[0] for line in plan], "films_idx")

    run(test)


def test_the_parameter_is_of_the_column_s_type(run, metric):
    async def test(connection):
        statement = await connection.prepare(metric.search("$1"))
        internal_name = {"real[]": "float4[]", "integer[]": "int4[]"}[metric.type]
        assert [parameter.name for parameter in statement.get_parameters()] == [internal_name]

    run(test)


@pytest.mark.parametrize("mode", ["auto", "force_custom_plan", "force_generic_plan"])
def test_prepared_search(run, metric, mode):
    async def test(connection):
        await load(connection, metric)
        await connection.execute(f"SET plan_cache_mode = {mode}")
        statement = await connection.prepare(metric.search("$1"))
        for _ in range(8):
            assert numbers(await statement.fetch(metric.query)) == metric.nearest
        plan = json.dumps(await statement.explain(metric.query))
        assert '"Node Type": "Index Scan"' in plan and '"Index Name": "films_idx"' in plan and "Sort" not in plan

    run(test)


def test_filter(run, metric, assert_index_scan):
    async def test(connection):
        await load(connection, metric)
        search = metric.search("$1", where="id != $2")
        assert numbers(await connection.fetch(search, metric.query, 1)) == metric.nearest[1:]
        plan = await connection.fetch("EXPLAIN " + search, metric.query, 1)
        assert_index_scan([line[0] for line in plan], "films_idx")

    run(test)


def test_query_of_other_numbers(run):
    async def test(connection):
        await load(connection, SQUARED_L2)
        for query in ([1, 0, 0], (1.0, 0, 0)):
            assert numbers(await connection.fetch(SQUARED_L2.search("$1"), query)) == SQUARED_L2.nearest

    run(test)


def test_update_upsert_delete(run):
    async def test(connection):
        await load(connection, SQUARED_L2)
        await connection.execute("UPDATE films SET vector = $1 WHERE id = $2", [1.0, 0.75, 0.0], 3)
        await connection.execute(
            "INSERT INTO films (id, vector) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector",
            2,
            [0.5, 0.0, 0.0],
        )
        await connection.execute("DELETE FROM films WHERE id = $1", 1)
        records = await connection.fetch(SQUARED_L2.search("$1"), VECTORS[1])
        assert [tuple(record) for record in records] == [(2, 0.25), (3, 0.5625), (4, 1.0)]

    run(test)


def test_copy_records(run, metric):
    async def test(connection):
        await connection.execute(metric.create_index)
        await connection.copy_records_to_table("films", records=ROWS)
        assert numbers(await connection.fetch(metric.search("$1"), metric.query)) == metric.nearest

    run(test)


def test_cursor_fetches_row_by_row(run, metric):
    async def test(connection):
        await load(connection, metric)
        async with connection.transaction():
            records = [record async for record in connection.cursor(metric.search("$1"), metric.query, prefetch=1)]
        assert numbers(records) == metric.nearest

    run(test)


def test_wrong_length_is_a_data_exception(run):
    async def test(connection):
        await load(connection, SQUARED_L2)
        with pytest.raises(asyncpg.DataError, match="Expected real array with dimension 3, got 2"):
            await connection.fetch(SQUARED_L2.search("$1"), [1.0, 0.0])

    run(test)
