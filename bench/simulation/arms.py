"""The memories that bench/updates.py compares, behind one small Protocol."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memp.domain.results import Options
from memp.embed import Embedder, Vectors
from memp.embed.background import Ready
from memp.embed.remembering import Remembering
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp.text.entities import without_identifiers
from memp.update.policies import Policy
from simulation.world import Report

Revise = Callable[[Sequence[str]], tuple[str, ...]]
"""How the agent rewrites the steps of a procedure that failed: the same for every memory that lets it."""


@dataclass(frozen=True)
class Recalled:
    """The procedure that a memory shows for a task: its key, label and steps."""

    key: int
    steps: tuple[str, ...]
    label: str = ""


class Memory(Protocol):
    def recall(self, task: str) -> Recalled | None: ...

    def finish(self, report: Report, used: Recalled | None, revise: Revise) -> None:
        """Take in a finished run; `used` is what was followed in it."""
        ...

    def close(self) -> None: ...


class WithoutNames:
    """An embedder from which the names of single hosts are hidden, as in the product: here for all memories alike."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = Remembering(embedder)
        self.identity = embedder.identity

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode([without_identifiers(text) for text in texts])


class NoMemory:
    def recall(self, task: str) -> Recalled | None:
        return None

    def finish(self, report: Report, used: Recalled | None, revise: Revise) -> None:
        return

    def close(self) -> None:
        return


class Paper:
    """The paper's memory. Its adjustment is an LLM's rewriting in place: here that of the agent, kept beside the items.

    Pitfalls and other remarks beside an item's steps change nothing for this agent, with any memory.
    """

    def __init__(self, embedder: Embedder, policy: Policy, *, deletes: bool = False) -> None:
        self._memory = ReferenceMemory(embedder, policy, deletes=deletes)
        self._adjusts = policy == "adjustment"
        self._rewritten: dict[int, tuple[str, ...]] = {}

    def recall(self, task: str) -> Recalled | None:
        matches = self._memory.recall(task).matches
        if not matches:
            return None
        key = int(matches[0].id.removeprefix("p"))
        return Recalled(key, self._rewritten.get(key) or tuple(matches[0].steps))

    def finish(self, report: Report, used: Recalled | None, revise: Revise) -> None:
        steps = [{"action": action, "observation": seen} for action, seen in report.run.steps]
        self._memory.record(report.run.task, steps, report.success, [f"p{used.key}"] if used else [])
        if used and self._adjusts and not report.success:
            self._rewritten[used.key] = revise(used.steps)

    def close(self) -> None:
        return


class Product:
    """memp's own memory, through recall, record and reflect, on a real file, without a language model.

    With `writes` the agent passes a revision when it reflects on a failure with a procedure in use.
    """

    def __init__(self, embedder: Embedder, options: Options, *, writes: bool) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "memory.sqlite3"
        self.memory = ProceduralMemory(SQLiteStore(path), Ready(embedder), None, options)
        self._writes = writes

    def recall(self, task: str) -> Recalled | None:
        matches = self.memory.recall(task).matches
        if not matches:
            return None
        procedure = matches[0].procedure
        return Recalled(procedure.id, procedure.script.steps, procedure.label)

    def finish(self, report: Report, used: Recalled | None, revise: Revise) -> None:
        run, outcome = report.run, "success" if report.success else "failure"
        steps = [{"action": action, "observation": seen} for action, seen in run.steps]
        ids = [used.label] if used else []
        self.memory.record(run.task, steps, outcome, evidence=f"{report.evidence}: as reported", used=ids)
        if used is None or report.success:
            return
        error = run.error or "The result is not what was asked for."
        # The same steps and outcome are one trajectory: the reflection adds to the run that was just recorded.
        revision = self._revision(used, revise) if self._writes else None
        self.memory.reflect(run.task, steps, error, used=ids, revision=revision)

    def _revision(self, used: Recalled, revise: Revise) -> Mapping[str, object] | None:
        steps = revise(used.steps)
        if steps == used.steps:
            return None
        return {"goal": self.memory.procedure(used.key).script.goal, "steps": list(steps)}

    def close(self) -> None:
        self.memory.close()
        self._folder.cleanup()
