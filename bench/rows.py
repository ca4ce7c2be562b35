"""Row of a bench: what was measured, the figure, and what it is to reach."""

from typing import NamedTuple


class Row(NamedTuple):
    """One figure. `goal` is a comparison such as "<= 1.7"; empty where none is set."""

    what: str
    value: float
    unit: str = ""
    goal: str = ""
