"""Values of a retrieval: the request, the query made of it, and the candidates that are found."""

from dataclasses import dataclass

from memp.domain.procedure import Form
from memp.embed import Vectors

BOUND = 1.5
"""The relevance of a task that reads word for word like the template of an earlier one ("put a cool {object} in
{place}"): above any likeness, since a cosine goes by the names of things, and it is the other words that say what is to be
done. All such templates are equally relevant, narrow ones too, so that outcomes decide between their procedures."""


@dataclass(frozen=True)
class Request:
    """The arguments of a recall, cleaned and redacted.

    `where` is the context of who asks (`Provenance.context`); with `error` the asker is stuck; `facts` are the task's
    key facts, empty where they are to be extracted.
    """

    task: str
    context: str = ""
    facts: tuple[str, ...] = ()
    error: str = ""
    where: str = ""
    form: Form = "proceduralization"


@dataclass(frozen=True)
class Query:
    """A request in the form in which keys are searched. Without vectors (no embedder at hand), words alone decide.

    `vector` has shape (dimension,), `fact_vectors` (facts, dimension). `most` candidates are weighed.
    """

    task: str
    context: str = ""
    vector: Vectors | None = None
    fact_vectors: Vectors | None = None
    scopes: tuple[str, ...] = ("",)
    floor: float = 0.0
    seed: int = 0
    most: int = 30


@dataclass(frozen=True)
class Candidate:
    """An owner (procedure or pitfall) that may fit, by its best key."""

    owner: int
    score: float
    similarity: float | None
    text: str
    template: str


@dataclass(frozen=True)
class SearchResult:
    """The candidates above the floor and those below it, each best first."""

    candidates: tuple[Candidate, ...]
    floor: float
    below: tuple[Candidate, ...] = ()

    @property
    def closest(self) -> float | None:
        """The best score below the floor; None where there is none."""
        return self.below[0].score if self.below else None
