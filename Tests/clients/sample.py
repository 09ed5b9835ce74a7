"""The few vectors that every test loads, small enough to work out their distances by hand."""

from typing import NamedTuple

VECTORS = {1: [1.0, 0.0, 0.0], 2: [4.0, 1.0, 0.0], 3: [0.0, 2.0, 0.0], 4: [1.0, 1.0, 0.0]}
CODES = {1: [0b1111, 0], 2: [0b0111, 0], 3: [0, 0b11], 4: [0b0001, 0]}

# (id, vector, code), as the drivers' tests insert them.
ROWS = [(number, VECTORS[number], CODES[number]) for number in VECTORS]
CREATE_TABLE = "CREATE TABLE films (id integer PRIMARY KEY, vector real[], code integer[])"


class Metric(NamedTuple):
    """One of the extension's metrics, and what a search for number 1 must find, nearest first."""

    operator: str
    operator_class: str
    column: str
    query: list
    nearest: list
    distances: list

    @property
    def type(self):
        """The type of the column, which the query must have too."""
        return "integer[]" if self.column == "code" else "real[]"

    @property
    def create_index(self):
        """The statement that indexes the column of films."""
        return (
            f"CREATE INDEX films_idx ON films USING lantern_hnsw ({self.column} {self.operator_class}) "
            f"WITH (dim = {len(self.query)})"
        )

    def search(self, parameter, where="true"):
        """The statement that finds films near a parameter, which is written as the driver writes it."""
        distance = f"{self.column} {self.operator} {parameter}"
        return f"SELECT id, {distance} AS distance FROM films WHERE {where} ORDER BY {distance} LIMIT 10"


SQUARED_L2 = Metric("<->", "dist_l2sq_ops", "vector", VECTORS[1], [1, 4, 3, 2], [0, 1, 5, 10])
COSINE = Metric("<=>", "dist_cos_ops", "vector", VECTORS[1], [1, 2, 4, 3], [0, 1 - 4 / 17**0.5, 1 - 0.5**0.5, 1])
HAMMING = Metric("<+>", "dist_hamming_ops", "code", CODES[1], [1, 2, 4, 3], [0, 1, 3, 6])
METRICS = [SQUARED_L2, COSINE, HAMMING]
