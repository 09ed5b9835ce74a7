"""llama-index-vector-stores-lantern: searches by cosine distance, by text and by both, with embeddings looked up."""

import asyncio

import pytest
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    ExactMatchFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.lantern import LanternVectorStore
from sqlalchemy import text

from sample import COSINE, VECTORS

ANIMALS = {1: "dogs", 2: "cats", 3: "dogs", 4: "cats"}


class SampleEmbedding(BaseEmbedding):
    """Takes the vector whose number is a text's first word."""

    def _get_text_embedding(self, text):
        return VECTORS[int(text.split()[0])]

    def _get_query_embedding(self, query):
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query):
        return self._get_text_embedding(query)


def node(number):
    """A node of the document doc-<number>."""
    return TextNode(
        id_=f"node-{number}",
        text=f"{number} is about {ANIMALS[number]}",
        embedding=VECTORS[number],
        metadata={"animal": ANIMALS[number], "year": 1990 + number},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=f"doc-{number}")},
    )


def make_store(database, **options):
    return LanternVectorStore.from_params(
        connection_string=database.url("postgresql+psycopg2"),
        async_connection_string=database.url("postgresql+asyncpg"),
        table_name="films",
        embed_dim=3,
        **options,
    )


@pytest.fixture
def store(database):
    """A store of four nodes: it makes its index with its table."""
    store = make_store(database, m=16, ef_construction=128, ef=64)
    assert store.add([node(number) for number in VECTORS]) == ["node-1", "node-2", "node-3", "node-4"]
    yield store
    asyncio.run(store.close())


@pytest.fixture
def hybrid_store(database):
    store = make_store(database, hybrid_search=True)
    store.add([node(number) for number in VECTORS])
    yield store
    asyncio.run(store.close())


def query(**options):
    return VectorStoreQuery(
        query_embedding=COSINE.query, similarity_top_k=options.pop("similarity_top_k", 4), **options
    )


def about(animal):
    return MetadataFilters(filters=[ExactMatchFilter(key="animal", value=animal)])


def numbers(result):
    return [int(identifier.split("-")[1]) for identifier in result.ids]


def assert_planned_by_index(store, searches, assert_index_scan):
    statement, parameters = searches[-1]
    with store.client.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        assert_index_scan(connection.exec_driver_sql("EXPLAIN " + statement, parameters).scalars(), "films_hnsw_idx")


def test_index(store, database):
    ((definition,),) = database.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'films_hnsw_idx'")
    assert "USING lantern_hnsw (embedding dist_cos_ops)" in definition
    assert "m='16', ef_construction='128', ef='64', dim='3'" in definition


def test_query(store, searches, assert_index_scan):
    result = store.query(query())
    assert numbers(result) == COSINE.nearest
    assert result.similarities == pytest.approx([1 - distance for distance in COSINE.distances], abs=1e-6)
    assert result.nodes[0].get_content() == "1 is about dogs"
    assert result.nodes[0].metadata == {"animal": "dogs", "year": 1991}
    assert result.nodes[0].ref_doc_id == "doc-1"
    assert_planned_by_index(store, searches, assert_index_scan)


def test_query_of_few(store):
    assert numbers(store.query(query(similarity_top_k=2))) == COSINE.nearest[:2]


def test_filter(store, searches, assert_index_scan):
    assert numbers(store.query(query(filters=about("cats")))) == [2, 4]
    assert_planned_by_index(store, searches, assert_index_scan)
    both = MetadataFilters(filters=[*about("cats").filters, ExactMatchFilter(key="year", value=1994)])
    assert numbers(store.query(query(filters=both))) == [4]


def test_delete_and_add(store):
    store.delete("doc-1")
    assert numbers(store.query(query())) == [2, 4, 3]
    store.add([node(1)])
    assert numbers(store.query(query())) == COSINE.nearest


def test_asynchronous(database, searches, assert_index_scan):
    async def test():
        store = make_store(database)
        assert await store.async_add([node(number) for number in VECTORS]) == ["node-1", "node-2", "node-3", "node-4"]
        assert numbers(await store.aquery(query())) == COSINE.nearest
        statement, parameters = searches[-1]
        async with store._async_engine.connect() as connection:
            await connection.execute(text("SET enable_seqscan = off"))
            plan = await connection.exec_driver_sql("EXPLAIN " + statement, parameters)
            assert_index_scan(plan.scalars(), "films_hnsw_idx")
        assert numbers(await store.aquery(query(filters=about("dogs")))) == [1, 3]
        await store.adelete("doc-1")
        assert numbers(await store.aquery(query())) == [2, 4, 3]
        await store.close()

    asyncio.run(test())


def test_asynchronous_hybrid(database):
    async def test():
        store = make_store(database, hybrid_search=True)
        await store.async_add([node(number) for number in VECTORS])
        hybrid = query(query_str="dogs", similarity_top_k=2, mode=VectorStoreQueryMode.HYBRID)
        assert numbers(await store.aquery(hybrid)) == [1, 2, 3]
        await store.close()

    asyncio.run(test())


def test_search_by_text(hybrid_store):
    sparse = VectorStoreQuery(query_str="cat", similarity_top_k=4, mode=VectorStoreQueryMode.SPARSE)
    assert sorted(numbers(hybrid_store.query(sparse))) == [2, 4]
    sparse.mode = VectorStoreQueryMode.TEXT_SEARCH
    sparse.filters = MetadataFilters(filters=[ExactMatchFilter(key="year", value=1994)])
    assert numbers(hybrid_store.query(sparse)) == [4]


def test_hybrid_search(hybrid_store, searches, assert_index_scan):
    hybrid = query(query_str="dogs", similarity_top_k=2, mode=VectorStoreQueryMode.HYBRID)
    assert numbers(hybrid_store.query(hybrid)) == [1, 2, 3]
    assert_planned_by_index(hybrid_store, searches, assert_index_scan)


def test_existing_store_without_setup(store, database):
    existing = make_store(database, perform_setup=False)
    assert numbers(existing.query(query())) == COSINE.nearest
    asyncio.run(existing.close())


def test_schema_of_its_own(database):
    store = make_store(database, schema_name="Films")
    store.add([node(number) for number in VECTORS])
    assert numbers(store.query(query())) == COSINE.nearest
    assert database.rows("SELECT count(*) FROM films.data_films") == [(4,)]
    asyncio.run(store.close())


def test_vector_store_index(store, database):
    """The index of llama-index itself, which embeds nodes, keeps them in the store and finds them again."""
    embedding = SampleEmbedding()
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    found = index.as_retriever(similarity_top_k=3).retrieve("1")
    assert [result.node.node_id for result in found] == ["node-1", "node-2", "node-4"]
    assert [result.score for result in found] == pytest.approx([1 - d for d in COSINE.distances[:3]], abs=1e-6)
    found = index.as_retriever(similarity_top_k=3, filters=about("dogs")).retrieve("1")
    assert [result.node.node_id for result in found] == ["node-1", "node-3"]
    index.delete_ref_doc("doc-1")
    assert [result.node.node_id for result in index.as_retriever(similarity_top_k=1).retrieve("1")] == ["node-2"]
    index.insert_nodes([TextNode(id_="node-5", text="1 again")])
    assert [result.node.node_id for result in index.as_retriever(similarity_top_k=1).retrieve("1")] == ["node-5"]


def test_documents(database):
    store = make_store(database)
    index = VectorStoreIndex.from_documents(
        [Document(doc_id=f"doc-{number}", text=f"{number} is about {ANIMALS[number]}") for number in VECTORS],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=SampleEmbedding(),
    )
    answer = index.as_query_engine(llm=MockLLM(), similarity_top_k=4).query("1")
    assert [source.node.ref_doc_id for source in answer.source_nodes] == [f"doc-{number}" for number in COSINE.nearest]
    assert "1 is about dogs" in answer.response
    asyncio.run(store.close())
