"""Values of a retrieval: the request, the query made of it, and the candidates that are found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memp.domain.procedure import Form
from memp.embed import Identity, Vectors
from memp.retrieve.applicability import Asking, Evidence

MOST_BELOW = 5
"""Candidates below the floor, the likeliest, of which one may be named: it is looked up whether they are another project's."""

SURE_BELOW = MOST_BELOW + 1
"""As many are searched: where all those are, the next one says how near the rest comes."""


@dataclass(frozen=True)
class Request:
    """The arguments of a recall, cleaned and redacted.

    `where` is the context of who asks (`Provenance.context`); with `error` the asker is stuck; `facts` are the task's
    key facts, empty where they are to be extracted. `project` is the one at hand; unless `elsewhere`, nothing is shown that was
    learned in another.
    """

    task: str
    context: str = ""
    facts: tuple[str, ...] = ()
    error: str = ""
    where: str = ""
    form: Form = "proceduralization"
    project: str = ""
    elsewhere: bool = True


@dataclass(frozen=True)
class Query:
    """A request in the form in which keys are searched. Without vectors (no embedder at hand, or none that reads its
    language), words alone decide. `wording` is what its words are worth, where that was looked up already. Unless
    `exhaustive`, of the candidates below the floor only the `SURE_BELOW` likeliest are sure to be in the result.

    `vector` has shape (dimension,), `fact_vectors` (facts, dimension), and `embedder` made them. Shown is what applies with a
    probability of `floor` or more. `most` candidates are weighed. Of `project` all is looked at, however much others have.
    """

    task: str
    context: str = ""
    vector: Vectors | None = None
    fact_vectors: Vectors | None = None
    embedder: Identity | None = None
    scopes: tuple[str, ...] = ("",)
    floor: float = 0.0
    seed: int = 0
    most: int = 30
    project: str = ""
    wording: "Wording | None" = None
    exhaustive: bool = False


@dataclass(frozen=True)
class Wording:
    """The words of a request with what they are worth: `rare` are those that are looked up and `all` those that may be, the
    rarest first; `around` are those of the context alone. `idf` is the inverse document frequency of each."""

    rare: Sequence[str]
    all: Sequence[str]
    around: Sequence[str]
    idf: Mapping[str, float]
    asking: Asking


@dataclass(frozen=True)
class Candidate:
    """An owner (procedure or pitfall) that may fit, by its best key.

    `score` is its relevance, on the scale of a cosine, by which candidates are ordered; `fit` the probability that it
    applies, and `evidence` what that goes by (memp.retrieve.applicability).
    """

    owner: int
    score: float
    similarity: float | None
    text: str
    template: str
    fit: float = 0.0
    evidence: Evidence | None = None

    @property
    def bound(self) -> bool:
        """Whether the task reads word for word like the key or its template."""
        return self.evidence is not None and self.evidence.bound > 0


@dataclass(frozen=True)
class SearchResult:
    """The candidates that apply with a probability of at least `floor`, and the others, each most relevant first."""

    candidates: tuple[Candidate, ...]
    floor: float
    below: tuple[Candidate, ...] = ()

    @property
    def ranked(self) -> list[Candidate]:
        """All candidates, the most relevant first."""
        return sorted((*self.candidates, *self.below), key=lambda candidate: (-candidate.score, candidate.owner))

    @property
    def nearest(self) -> Candidate | None:
        """The likeliest candidate below the floor; None where there is none."""
        return max(self.below, key=lambda candidate: candidate.fit, default=None)

    @property
    def closest(self) -> float | None:
        """The highest probability below the floor; None where there is none."""
        return None if self.nearest is None else self.nearest.fit
