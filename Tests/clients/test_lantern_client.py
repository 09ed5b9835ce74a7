"""lantern-client: the steps of its README, and every other operation of its SyncClient."""

import numpy
import psycopg2
import pytest
from lantern import SyncClient
from lantern.utils import translate_to_pyformat

from sample import COSINE, SQUARED_L2, VECTORS

DISTANCES = {"l2sq": SQUARED_L2, "euclidean": SQUARED_L2, "cos": COSINE, "cosine": COSINE}
ROWS = [
    (str(number), vector, {"name": f"film {number}", "year": 1990 + number, "odd": str(number % 2 == 1)})
    for number, vector in VECTORS.items()
]


@pytest.fixture(params=DISTANCES)
def distance_type(request):
    return request.param


@pytest.fixture
def expected(distance_type):
    return DISTANCES[distance_type]


@pytest.fixture
def connect(database):
    """A function that makes a client of the table films."""
    clients = []

    def make(distance_type):
        clients.append(SyncClient(url=database.url(), table_name="films", dimensions=3, distance_type=distance_type))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect, distance_type):
    """A client of a table with four rows and an index."""
    client = connect(distance_type)
    client.create_table()
    client.bulk_insert(ROWS)
    client.create_index()
    return client


@pytest.fixture
def l2sq_client(connect):
    client = connect("l2sq")
    client.create_table()
    client.bulk_insert(ROWS)
    client.create_index()
    return client


def ids(found):
    return [int(row.id) for row in found]


def explain(client, embedding, **options):
    """The plan of the client's own search statement."""
    query, parameters = translate_to_pyformat(*client.builder.search_query(embedding, **options))
    with client.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN " + query, parameters)
        return [row[0] for row in cursor.fetchall()]


def test_readme(database):
    client = SyncClient(
        url=database.url(),
        table_name="small_world",
        dimensions=3,
        distance_type="l2sq",
        m=12,
        ef=64,
        ef_construction=64,
    )
    client.drop()
    client.create_table()
    client.bulk_insert(
        [("1", [0, 0, 0], {"name": "a"}), ("2", [0, 1, 0], {"name": "b"}), ("3", [0, 0, 1], {"name": "c"})]
    )
    client.create_index()
    vec_by_id = client.get_by_id(id="1", select_fields=["id", "metadata"])
    assert vec_by_id.embedding is None
    assert client.get_by_id("1").id == "1"
    vectors_by_ids = client.get_by_ids(["1", "3"])
    assert [vector.id for vector in vectors_by_ids] == ["1", "3"]
    client.upsert(("4", [1, 0, 0], {"name": "d"}))
    client.update_by_id(id="4", metadata={"name": "4"})
    row_count = client.count()
    assert row_count == 4
    vec_by_id = client.get_by_id(id="4", select_fields=["id", "embedding", "metadata"])
    assert vec_by_id.metadata["name"] == "4"
    vectors = client.search(query_id="4")
    assert len(vectors) == row_count
    assert vectors[0].id == "4"
    assert vectors[0].distance == 0
    vectors = client.search(query_embedding=vec_by_id.embedding, limit=2, filter={"name": "a"}, select_fields=["id"])
    assert len(vectors) == 1
    assert vectors[0].id == "1"
    assert vectors[0].metadata is None
    assert vectors[0].embedding is None
    client.close()


def test_table_and_index(client, database, expected):
    assert client.exists()
    indexes = dict(database.rows("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'films'"))
    assert "USING lantern_hnsw (embedding" in indexes["films_embedding_idx"]
    assert "m='12', ef_construction='64', ef='64', dim='3'" in indexes["films_embedding_idx"]
    assert "films_meta_idx" in indexes
    assert database.operator_class("films_embedding_idx") == expected.operator_class
    assert database.rows("SELECT extname FROM pg_extension WHERE extname = 'lantern'") == [("lantern",)]


def test_exists_before_the_table(connect):
    assert not connect("l2sq").exists()


def test_search_by_vector(client, expected, assert_index_scan):
    found = client.search(query_embedding=VECTORS[1])
    assert ids(found) == expected.nearest
    assert [row.distance for row in found] == pytest.approx(expected.distances, abs=1e-6)
    assert [row.embedding for row in found] == [VECTORS[number] for number in expected.nearest]
    assert found[0].metadata.name == "film 1"
    assert_index_scan(explain(client, VECTORS[1]), "films_embedding_idx")


def test_search_by_integers(client, expected, assert_index_scan):
    assert ids(client.search(query_embedding=[1, 0, 0])) == expected.nearest
    assert_index_scan(explain(client, [1, 0, 0]), "films_embedding_idx")


def test_search_by_id(client, expected):
    assert ids(client.search(query_id="1", limit=3)) == expected.nearest[:3]
    assert client.search(query_id="none") == []


def test_search_without_index(connect, distance_type, expected):
    client = connect(distance_type)
    client.create_table()
    client.upsert_many(ROWS)
    assert ids(client.search(query_embedding=VECTORS[1])) == expected.nearest


@pytest.mark.parametrize(
    "filter, numbers",
    [
        ({"odd": "True"}, {1, 3}),
        ({"odd": "True", "year": 1993}, {3}),
        ({"year": {"$eq": 1992}}, {2}),
        ({"name": {"$neq": "film 2"}}, {1, 3, 4}),
        ({"year": {"$gt": 1991, "$lte": 1993}}, {2, 3}),
        ({"year": {"$gte": 1992.5}}, {3, 4}),
        ({"name": {"$lt": "film 2"}}, {1}),
        ({"name": {"$in": "film 2"}}, {2}),
        ({"name": {"$nin": "film 2"}}, {1, 3, 4}),
    ],
    ids=str,
)
def test_filter(client, expected, filter, numbers, assert_index_scan):
    found = client.search(query_embedding=VECTORS[1], filter=filter, select_fields=["id"])
    assert ids(found) == [number for number in expected.nearest if number in numbers]
    assert found[0].embedding is None and found[0].metadata is None
    if list(filter) == ["year"]:  # the index of the metadata answers the others
        assert_index_scan(explain(client, VECTORS[1], filter=filter, select=["id"]), "films_embedding_idx")


def test_upsert_keeps_what_is_there(l2sq_client):
    l2sq_client.upsert(("5", [1, 0.5, 0], {"name": "film 5"}))
    l2sq_client.upsert_many([("5", [9, 9, 9], {}), ("6", [0.5, 0, 0])])
    found = l2sq_client.search(query_embedding=[1, 0.125, 0], limit=3)
    assert ids(found) == [1, 5, 6]
    assert found[1].metadata.name == "film 5"


def test_update(l2sq_client):
    l2sq_client.update_by_id(id="2", embedding=[1.0, 0.5, 0.0])
    l2sq_client.update_by_id(id="3", embedding=[1, 0.75, 0], metadata={"name": "moved"})
    l2sq_client.update_by_id(id="4", metadata={"name": "renamed"})
    found = l2sq_client.search(query_embedding=VECTORS[1])
    assert ids(found) == [1, 2, 3, 4]
    assert [row.distance for row in found] == [0, 0.25, 0.5625, 1]
    assert [row.metadata.name for row in found] == ["film 1", "film 2", "moved", "renamed"]


def test_delete(client, expected):
    client.delete_by_ids(["1", "3"])
    assert client.count() == 2
    assert ids(client.search(query_embedding=VECTORS[1])) == [number for number in expected.nearest if number in (2, 4)]
    client.drop()
    assert not client.exists()


def test_numbers_as_ids(database):
    client = SyncClient(
        url=database.url(), table_name="numbered", dimensions=3, distance_type="cosine", id_type="integer"
    )
    client.create_table()
    client.upsert_many([(number, vector, {}) for number, vector in VECTORS.items()])
    client.create_index()
    assert ids(client.get_by_ids([2, 4])) == [2, 4]
    assert ids(client.search(query_id=1)) == COSINE.nearest
    client.close()


def test_metadata_with_quotes_in_bulk_insert(l2sq_client):
    name = 'say "a" \\ b\tc'
    l2sq_client.bulk_insert([("9", [7, 7, 7], {"name": name})])
    assert l2sq_client.search(query_embedding=[7, 7, 7], limit=1)[0].metadata.name == name


# What lantern-client 0.0.6 cannot do with any server.


@pytest.mark.xfail(
    strict=True,
    raises=psycopg2.errors.DatatypeMismatch,
    reason="lantern/client.py, get_create_query makes the column REAL[] for Hamming's distance of integer[] too: "
    'operator class "dist_hamming_ops" does not accept data type real[]',
)
def test_hamming_index(connect):
    client = connect("hamming")
    client.create_table()
    client.create_index()


@pytest.mark.xfail(
    strict=True,
    raises=psycopg2.errors.UndefinedFunction,
    reason="lantern/client.py, _get_distance_operator orders by <#>, where Lantern's operator is <+>, and asks for "
    "hamming_dist of the REAL[] column",
)
def test_hamming_search(connect):
    client = connect("hamming")
    client.create_table()
    client.search(query_embedding=[1, 0, 0])


@pytest.mark.xfail(
    strict=True,
    raises=TypeError,
    reason="lantern/client.py, get_by_id passes the id as the sequence of parameters, which only one character is: "
    "not all arguments converted during string formatting",
)
def test_get_by_longer_id(l2sq_client):
    l2sq_client.upsert(("10", [1, 2, 3], {}))
    l2sq_client.get_by_id("10")


@pytest.mark.xfail(
    strict=True,
    raises=psycopg2.errors.UndefinedFunction,
    reason="lantern/client.py, _where_clause_for_metadata writes IN (ARRAY[...]): "
    "operator does not exist: text = text[]",
)
@pytest.mark.parametrize("predicate", ["$in", "$nin"])
def test_filter_by_list(l2sq_client, predicate):
    l2sq_client.search(query_embedding=VECTORS[1], filter={"name": {predicate: ["film 1", "film 2"]}})


@pytest.mark.xfail(
    strict=True,
    raises=psycopg2.errors.UndefinedColumn,
    reason="lantern/client.py, _where_clause_for_metadata does not quote a key compared to a value beside a predicate: "
    "metadata->>odd",
)
def test_filter_by_value_and_predicate(l2sq_client):
    l2sq_client.search(query_embedding=VECTORS[1], filter={"odd": "True", "year": {"$gt": 1992}})


@pytest.mark.xfail(
    strict=True,
    raises=ValueError,
    reason="lantern/client.py, search takes the truth value of query_embedding, which an array of numpy has not",
)
def test_search_by_numpy_array(l2sq_client):
    l2sq_client.search(query_embedding=numpy.array(VECTORS[1]))


@pytest.mark.xfail(
    strict=True,
    raises=psycopg2.ProgrammingError,
    reason="lantern/utils.py, prepare_insert_data leaves an array of numpy to psycopg2: "
    "can't adapt type 'numpy.ndarray'",
)
def test_insert_of_numpy_array(l2sq_client):
    l2sq_client.upsert(("7", numpy.array(VECTORS[1]), {}))
