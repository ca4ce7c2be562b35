"""The store's interface, as small Protocols (memp.store.protocols) cut along who calls what. A function asks for its own.

    Search          retrieve.strategies, retrieve.retriever
    Procedures      Build, Retrieve, Update, `memp show`
    Browsing        `memp open`, `memp list`: a page at a time
    Trajectories    the same, to read the runs
    Writing         build.consolidation, update.updater, update.adjustment: what record and reflect store
    Evidence        retrieve.ranking, update.lifecycle, `memp why`
    Origins         update.lifecycle, update.revoking, `memp origins`: where runs came from
    Decisions       update.lifecycle, update.retention, update.review
    Recalls         retrieve.holdout, retrieve.uplift
    KeyVectors      retrieve.vectors
    Portability     exchange.memory_file
    Distillation    update.distilling, `memp doctor`: which procedures by rule wait for a model to write them
    Projects        retrieve.elsewhere, update.joining, `memp projects`: which procedure was learned where
    Maintenance     config, `memp doctor`, `memp forget`

`Store` is all of them, for those who open and pass on a whole memory. What a hook asks is `memp.light.peek.Glance`: it loads
nothing of this, so what this package exports is imported where it is first asked for. memp.store.sql has the statements that
any engine runs, memp.store.sqlite the one engine that there is; memp.store.records are the values that go in and out.

Ids are integers. `scopes` are the project scopes to look in. Every method may raise StoreError; every write is one
transaction, and either happens whole or not at all. `Writing.transaction` makes one of several.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memp.store.protocols.browsing import Browsing
    from memp.store.protocols.evidence import Decisions, Evidence, Origins, Recalls
    from memp.store.protocols.maintenance import Maintenance, Portability
    from memp.store.protocols.projects import Projects
    from memp.store.protocols.reading import Procedures, Trajectories
    from memp.store.protocols.search import KeyVectors, Search
    from memp.store.protocols.whole import Store
    from memp.store.protocols.writing import Distillation, Writing

__all__ = [
    "Browsing",
    "Decisions",
    "Distillation",
    "Evidence",
    "KeyVectors",
    "Maintenance",
    "Origins",
    "Portability",
    "Procedures",
    "Projects",
    "Recalls",
    "Search",
    "Store",
    "Trajectories",
    "Writing",
]

_HOMES = {
    "Browsing": "browsing",
    "Decisions": "evidence",
    "Distillation": "writing",
    "Evidence": "evidence",
    "KeyVectors": "search",
    "Maintenance": "maintenance",
    "Origins": "evidence",
    "Portability": "maintenance",
    "Procedures": "reading",
    "Projects": "projects",
    "Recalls": "evidence",
    "Search": "search",
    "Store": "whole",
    "Trajectories": "reading",
    "Writing": "writing",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'memp.store' has no attribute '{name}'")
    return getattr(import_module(f"memp.store.protocols.{_HOMES[name]}"), name)
