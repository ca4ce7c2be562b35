"""Table of rows, for the terminal."""

from collections.abc import Iterable

from rows import Row


def show(rows: Iterable[Row]) -> None:
    """Print rows as they come."""
    for row in rows:
        print(f"{row.what:86}{row.value:12.3f} {row.unit:4}{row.goal}", flush=True)
