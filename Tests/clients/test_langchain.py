"""langchain-community: its vector store Lantern, with embeddings that are looked up instead of computed."""

import pytest
import sqlalchemy
from langchain_community.vectorstores import Lantern
from langchain_community.vectorstores.lantern import DistanceStrategy
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from sample import CODES, COSINE, HAMMING, SQUARED_L2, VECTORS

STRATEGIES = {
    DistanceStrategy.EUCLIDEAN: (SQUARED_L2, VECTORS),
    DistanceStrategy.COSINE: (COSINE, VECTORS),
    DistanceStrategy.HAMMING: (HAMMING, CODES),
}
METADATAS = [{"number": number, "parity": "odd" if number % 2 else "even"} for number in VECTORS]


class SampleEmbeddings(Embeddings):
    """Takes the vector whose number a text ends with, and fills it up with zeros to the length asked for."""

    def __init__(self, vectors, dimensions=None):
        zero = type(vectors[1][0])(0)
        length = dimensions or len(vectors[1])
        self.vectors = {number: vector + [zero] * (length - len(vector)) for number, vector in vectors.items()}

    def embed_query(self, text):
        return self.vectors[int(text.split()[-1])]

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


@pytest.fixture(params=STRATEGIES, ids=lambda strategy: strategy.name.lower())
def strategy(request):
    return request.param


@pytest.fixture
def expected(strategy):
    return STRATEGIES[strategy][0]


@pytest.fixture
def options(database, strategy):
    """What every constructor is given."""
    return {
        "embedding": SampleEmbeddings(STRATEGIES[strategy][1]),
        "connection_string": database.url("postgresql+psycopg2"),
        "collection_name": "films",
        "distance_strategy": strategy,
    }


@pytest.fixture
def store(options, expected):
    """A store of four documents with an index."""
    store = Lantern.from_texts(
        texts=[f"film {number}" for number in VECTORS],
        metadatas=METADATAS,
        ids=[str(number) for number in VECTORS],
        dims=len(expected.query),
        pre_delete_collection=True,
        **options,
    )
    yield store
    store._conn.close()


def numbers(documents):
    return [int(document.page_content.split()[-1]) for document in documents]


def assert_planned_by(store, searches, assert_index_scan, index):
    """Asserts that the last search of the store was planned as a scan of the index."""
    statement, parameters = searches[-1]
    with store._conn.engine.connect() as connection:
        connection.execute(sqlalchemy.text("SET enable_seqscan = off"))
        assert_index_scan(connection.exec_driver_sql("EXPLAIN " + statement, parameters).scalars(), index)


def test_index(store, database, expected):
    ((definition,),) = database.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'langchain_films_idx'")
    assert "USING hnsw (embedding" in definition
    assert f"dim='{len(expected.query)}', m='16', ef_construction='64', ef='64'" in definition
    assert database.operator_class("langchain_films_idx") == expected.operator_class


def test_search(store, expected, searches, assert_index_scan):
    assert numbers(store.similarity_search("film 1", k=3)) == expected.nearest[:3]
    assert_planned_by(store, searches, assert_index_scan, "langchain_films_idx")


def test_search_with_score(store, expected):
    found = store.similarity_search_with_score("film 1")
    assert numbers(document for document, _ in found) == expected.nearest
    assert [score for _, score in found] == pytest.approx(expected.distances, abs=1e-6)
    assert found[0][0].metadata == METADATAS[0]


def test_search_by_vector(store, expected):
    assert numbers(store.similarity_search_by_vector(expected.query, k=2)) == expected.nearest[:2]


def test_search_with_relevance_scores(store, expected, strategy):
    found = store.similarity_search_with_relevance_scores("film 1")
    assert numbers(document for document, _ in found) == expected.nearest
    relevance = {
        DistanceStrategy.EUCLIDEAN: lambda distance: 1 - distance / 2**0.5,
        DistanceStrategy.COSINE: lambda distance: 1 - distance,
        DistanceStrategy.HAMMING: lambda distance: distance,
    }[strategy]
    assert [score for _, score in found] == pytest.approx([relevance(d) for d in expected.distances], abs=1e-6)


def test_filter(store, expected, searches, assert_index_scan):
    found = store.similarity_search("film 1", filter={"parity": "even"})
    assert numbers(found) == [number for number in expected.nearest if number % 2 == 0]
    assert_planned_by(store, searches, assert_index_scan, "langchain_films_idx")
    found = store.similarity_search("film 1", filter={"number": {"IN": ["2", "3"]}, "parity": "odd"})
    assert numbers(found) == [3]


def test_max_marginal_relevance(store, expected, searches, assert_index_scan):
    assert set(numbers(store.max_marginal_relevance_search("film 1", k=2, lambda_mult=1.0))) == {1, 2}
    assert_planned_by(store, searches, assert_index_scan, "langchain_films_idx")
    found = store.max_marginal_relevance_search_with_score("film 1", k=4)
    assert numbers(document for document, _ in found) == expected.nearest


def test_add_and_delete(store, expected):
    store.add_documents([Document(page_content="again film 1", metadata={"number": 5})], ids=["5"])
    assert store.add_texts(["film 3", "film 4"], ids=["6", "7"]) == ["6", "7"]
    assert [d.page_content for d in store.similarity_search("film 1", k=2)].count("again film 1") == 1
    store.delete(ids=["1", "6", "7"])
    assert [d.page_content for d in store.similarity_search("film 1", k=1)] == ["again film 1"]
    assert numbers(store.similarity_search("film 1", k=10)) == expected.nearest


def test_retriever(store, expected):
    assert numbers(store.as_retriever(search_kwargs={"k": 2}).invoke("film 1")) == expected.nearest[:2]


def test_existing_store(store, options, expected):
    existing = Lantern.from_existing_index(**options)
    assert numbers(existing.similarity_search("film 1")) == expected.nearest
    existing._conn.close()


def test_drop_and_create_index(store, database, expected, searches, assert_index_scan):
    store.drop_index()
    assert database.rows("SELECT FROM pg_indexes WHERE indexname = 'langchain_films_idx'") == []
    assert numbers(store.similarity_search("film 1")) == expected.nearest
    store.create_hnsw_index(dims=len(expected.query), m=8, ef_construction=32, ef_search=32)
    assert numbers(store.similarity_search("film 1")) == expected.nearest
    assert_planned_by(store, searches, assert_index_scan, "langchain_films_idx")


def test_drop_tables(store, database):
    store.drop_tables()
    assert database.rows("SELECT to_regclass('films') IS NULL") == [(True,)]


@pytest.mark.parametrize("strategy", [DistanceStrategy.EUCLIDEAN, DistanceStrategy.COSINE], ids=["euclidean", "cosine"])
def test_documents_of_1536_dimensions(options, expected, searches, assert_index_scan):
    """What a store gets when nothing is said about the dimensions."""
    options["embedding"] = SampleEmbeddings(VECTORS, 1536)
    documents = [Document(page_content=f"film {number}", metadata=METADATAS[number - 1]) for number in VECTORS]
    store = Lantern.from_documents(documents, **options)
    assert numbers(store.similarity_search("film 1")) == expected.nearest
    assert_planned_by(store, searches, assert_index_scan, "langchain_films_idx")
    store._conn.close()


def test_embeddings_made_before(options, expected):
    pairs = [(f"film {number}", vector) for number, vector in options["embedding"].vectors.items()]
    store = Lantern.from_embeddings(pairs, dims=len(expected.query), **options)
    assert numbers(store.similarity_search("film 1")) == expected.nearest
    store._conn.close()


# What langchain-community 0.4.2 cannot do with any server.


@pytest.mark.xfail(
    strict=True,
    raises=sqlalchemy.exc.ProgrammingError,
    reason="langchain_community/vectorstores/lantern.py, create_hnsw_index binds the options of CREATE INDEX as "
    'parameters, which psycopg 3 sends apart and no server takes there: syntax error at or near "$1"',
)
@pytest.mark.parametrize("strategy", [DistanceStrategy.EUCLIDEAN], ids=["euclidean"])
def test_index_through_psycopg_3(options, database):
    options["connection_string"] = database.url("postgresql+psycopg")
    Lantern.from_texts(["film 1"], dims=3, **options)


@pytest.mark.xfail(
    strict=True,
    raises=sqlalchemy.exc.ProgrammingError,
    reason="langchain_community/vectorstores/lantern.py, __query_collection binds the value of SET hnsw.init_k as a "
    'parameter, which psycopg 3 sends apart and no server takes there: syntax error at or near "$1"',
)
@pytest.mark.parametrize("strategy", [DistanceStrategy.EUCLIDEAN], ids=["euclidean"])
def test_search_through_psycopg_3(options, database):
    options["connection_string"] = database.url("postgresql+psycopg")
    store = Lantern.from_existing_index(**options)
    store.add_texts(["film 1"])
    store.similarity_search("film 1")
