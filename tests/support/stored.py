"""Helpers of the store's tests: the engines, and small runs and procedures put straight into a store."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from memp.domain.procedure import Builder, Draft, Parameter, Pitfall, Ref, Script
from memp.domain.trajectory import Evidence, EvidenceKind, Provenance, Step, Trajectory
from memp.embed import Vectors
from memp.embed.hashing import HashingEmbedder
from memp.store import Store
from memp.store.records import Key
from memp.store.sqlite.store import SQLiteStore
from memp.text.keywords import terms

EMBEDDER = HashingEmbedder()
IDENTITY = EMBEDDER.identity

ENGINES: Mapping[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SQLiteStore(folder / "memory.sqlite3")}
"""Openers of a store in a folder, by name of the engine; called twice, both are on one memory. Every contract test runs on
each."""


def run(
    task: str = "clean the mug",
    *actions: str,
    reward: float = 1.0,
    evidence: EvidenceKind = "claim",
    provenance: Provenance | None = None,
) -> Trajectory:
    """A run of these actions."""
    return Trajectory(
        task=task, steps=tuple(Step(action=a) for a in actions or ("wash it",)), reward=reward,
        evidence=Evidence(kind=evidence), provenance=provenance or Provenance(),
    )  # fmt: skip


def refs(*ids: int) -> list[Ref]:
    return [Ref(procedure_id=i) for i in ids]


def script(*steps: str, goal: str = "Clean the {object}") -> Script:
    """A script with the parameter {object}, and {place}, which says where that is."""
    where = Parameter(name="place", description="where {object} is")
    return Script(goal=goal, steps=steps or ("wash {object}",), parameters=(Parameter(name="object"), where))


def task_keys(text: str, *facts: str) -> list[Key]:
    """The keys of a procedure: its task, with the facts in it as lines, and each fact."""
    task = Key(kind="task", text=text, extra="\n".join(facts), template=text.replace("mug", "{object}"))
    return [task, *(Key(kind="fact", text=fact) for fact in facts)]


def add(
    store: Store,
    task: str = "clean the mug",
    *,
    steps: Sequence[str] = ("wash {object}",),
    facts: Sequence[str] = (),
    bindings: Mapping[str, str] | None = None,
    scope: str = "",
    merge: bool = True,
    embed: bool = True,
    evidence: EvidenceKind = "claim",
    builder: Builder = "caller",
) -> int:
    """A procedure built from a run of its own, or the one that the run was merged into; its id."""
    trajectory = store.add_trajectory(scope, run(task, evidence=evidence), [], True)
    draft = Draft(script=script(*steps), builder=builder, bindings=bindings or {"object": (task.split() or [task])[-1]})
    put = store.put(
        scope, draft, trajectory.id, draft.script.signature(), task_keys(task, *facts), twin=(lambda _: True) if merge else None
    )  # fmt: skip
    if embed:
        embed_all(store)
    return put.id


def add_pitfall(store: Store, owner: int | None, trajectory: int, trigger: str, instead: str = "") -> int:
    """A pitfall that a run met, with its error as key; its id."""
    keys = [Key(kind="error", text=trigger)]
    return store.add_pitfall("", owner, trajectory, Pitfall(trigger=trigger, instead=instead), keys)


def embed_all(store: Store) -> None:
    pending = store.pending_keys(1000)
    if pending:
        store.set_vectors(IDENTITY, [i for i, _ in pending], EMBEDDER.encode([text for _, text in pending]))


def vector(text: str) -> Vectors:
    return EMBEDDER.encode([text])[0]


def hits(store: Store, text: str, scopes: Sequence[str] = ("",)) -> tuple[set[int], set[int]]:
    """The procedures that a text finds: by vector, and by word."""
    near = {hit.owner for hit in store.nearest("task", vector(text), scopes, 10)}
    return near, {hit.owner for hit in store.lexical("task", terms(text), scopes, 10)}
