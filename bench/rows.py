"""A row of a table of figures, as each benchmark returns them."""

from typing import NamedTuple


class Row(NamedTuple):
    """A figure, and what it must reach."""

    what: str
    value: float
    unit: str = ""
    goal: str = ""
