"""The whole store: all of the small Protocols in one."""

from typing import Protocol

from memp.store.protocols.browsing import Browsing
from memp.store.protocols.evidence import Decisions, Evidence, Origins, Recalls
from memp.store.protocols.maintenance import Maintenance, Portability
from memp.store.protocols.projects import Projects
from memp.store.protocols.reading import Procedures, Trajectories
from memp.store.protocols.search import KeyVectors, Search
from memp.store.protocols.writing import Distillation, Writing


class Store(
    Search,
    Browsing,
    Procedures,
    Trajectories,
    Writing,
    Evidence,
    Origins,
    Decisions,
    Recalls,
    KeyVectors,
    Portability,
    Distillation,
    Projects,
    Maintenance,
    Protocol,
):
    """Everything that the memory asks of its store."""
