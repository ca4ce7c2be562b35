"""The SQL dialect of SQLite, with sqlite-vec's functions, and how values are bound."""

import json
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from memp.embed import Vectors
from memp.store.sql.engine import ColumnTypes

TYPES = ColumnTypes(
    id="INTEGER PRIMARY KEY AUTOINCREMENT",
    big="INTEGER",
    real="REAL",
    blob="BLOB",
    vector="BLOB",
    clustered=" WITHOUT ROWID",
)


class SQLiteDialect:
    """`Dialect` of SQLite: lists and objects are JSON text, vectors are blobs of float32."""

    def within(self, column: str, parameter: str = "?") -> str:
        return f"{column} IN (SELECT value FROM json_each({parameter}))"

    def field(self, column: str, name: str) -> str:
        return f"json_extract({column}, '$.{name}')"

    def field_named(self, column: str, parameter: str = "?") -> str:
        return f"""json_extract({column}, '$."' || {parameter} || '"')"""

    def without_fields(self, column: str, *names: str) -> str:
        paths = ", ".join(f"'$.{name}'" for name in names)
        return f"json_remove({column}, {paths})"

    def fields(self, column: str) -> str:
        return f"json_each({column})"

    def array(self, expression: str) -> str:
        return f"json_group_array({expression})"

    def cosine(self, vector: str, other: str) -> str:
        distance = f"vec_distance_cosine({vector}, {other})"
        return f"CASE WHEN {vector} IS NULL OR {other} IS NULL THEN NULL ELSE 1 - {distance} END"


def bound(values: Sequence[Any]) -> Sequence[Any]:
    """Bindings as SQLite takes them: a list as JSON text, a vector as a blob."""
    for value in values:
        if isinstance(value, _OTHERS):
            return [_bound(one) for one in values]
    return values


_OTHERS = (list, np.ndarray)


def _bound(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value)
    # The only array among bindings is a vector.
    return to_blob(cast(Vectors, value)) if isinstance(value, np.ndarray) else value


def to_blob(vector: Vectors) -> bytes:
    """A vector as sqlite-vec stores it, float32."""
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()


def from_blob(blob: bytes) -> Vectors:
    """The vector of such a blob."""
    return np.frombuffer(blob, dtype=np.float32)
