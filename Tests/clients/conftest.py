"""What the tests of the client libraries share: a database for each test, and a look at the plans of searches.

LANTERN_TEST_DSN, a libpq connection string, names a superuser of a server that the extension is installed in.
"""

import itertools
import os
import re
from urllib.parse import urlencode

import psycopg2
import pytest
import sqlalchemy
from psycopg2.extensions import make_dsn, parse_dsn

from sample import METRICS

_numbers = itertools.count(1)


def pytest_configure(config):
    if not os.environ.get("LANTERN_TEST_DSN"):
        raise pytest.UsageError("LANTERN_TEST_DSN must name a server, as in: host=/tmp user=postgres dbname=postgres")


def _run_outside_transaction(statement):
    connection = psycopg2.connect(os.environ["LANTERN_TEST_DSN"])
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()


class Database:
    """An empty database: the libraries create the extension themselves."""

    def __init__(self, name):
        self.name = name
        self.parameters = {**parse_dsn(os.environ["LANTERN_TEST_DSN"]), "dbname": name}

    @property
    def dsn(self):
        """Its libpq connection string of keywords and values."""
        return make_dsn(**self.parameters)

    def url(self, scheme="postgresql"):
        """Its connection URL; a scheme like postgresql+psycopg2 is SQLAlchemy's."""
        rest = {key: value for key, value in self.parameters.items() if key not in ("user", "dbname")}
        return f"{scheme}://{self.parameters.get('user', '')}@/{self.name}?{urlencode(rest)}"

    def rows(self, query):
        """What a query returns, asked for on a connection of its own."""
        connection = psycopg2.connect(self.dsn)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()

    def operator_class(self, index):
        """The name of the operator class of an index's first column."""
        query = (
            "SELECT opcname FROM pg_index JOIN pg_opclass c ON c.oid = indclass[0] WHERE indexrelid = '%s'::regclass"
        )
        return self.rows(query % index)[0][0]


@pytest.fixture
def database():
    name = f"lantern_clients_{os.getpid()}_{next(_numbers)}"
    _run_outside_transaction(f"CREATE DATABASE {name} TEMPLATE template0")
    yield Database(name)
    _run_outside_transaction(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=METRICS, ids=lambda metric: metric.operator_class)
def metric(request):
    return request.param


@pytest.fixture
def searches():
    """The statements ordered by a distance that SQLAlchemy sent, each with its parameters, as the driver got them."""
    sent = []

    def remember(connection, cursor, statement, parameters, context, executemany):
        if re.search("ORDER BY .*(<->|<=>|<[+]>)", statement, re.DOTALL):
            sent.append((statement, parameters))

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", remember)
    yield sent
    sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", remember)


@pytest.fixture
def assert_index_scan():
    """A function that asserts that EXPLAIN's lines show an ordered scan of this index, and no sort."""

    def check(lines, index):
        plan = "\n".join(lines)
        assert re.search(rf'Index Scan using "?{index}"? on', plan), plan
        assert "Order By:" in plan, plan
        assert "Sort" not in plan, plan

    return check
