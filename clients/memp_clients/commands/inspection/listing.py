"""The list of procedures, at the terminal and on the page: what a filter leaves, or what a search brings, as a recall would."""

from memp.memory import ProceduralMemory
from memp.store.records import ProceduresWanted

MOST_FOUND = 50
"""Procedures that a search brings, those that a recall would show first."""


def found(memory: ProceduralMemory, text: str, wanted: ProceduresWanted, *, best_first: bool) -> list[int]:
    """The ids of the procedures that a recall would weigh for a task and that are wanted: in the order in which it would show
    them (`best_first`), or in the one that is wanted.

    Raises:
        InputError: the text cannot be searched for.
    """
    considered = memory.explain(text).explanation.considered
    order = sorted(considered, key=lambda i: (considered[i].place or len(considered) + 1, -considered[i].relevance, i))
    rank = {i: place for place, i in enumerate(order[:MOST_FOUND])}
    ids = memory.store.browse_procedures(wanted._replace(ids=list(rank)), memory.options.seen, 0, MOST_FOUND)
    return sorted(ids, key=rank.__getitem__) if best_first else ids
