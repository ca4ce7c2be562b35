"""Update online (Memp, figure 3): memory starts empty, and is updated after every group of tasks.

A cell is an arm, a share of wrong outcome labels and a seed. In a cell the tasks of the stream are played in the seed's
order, group by group; within a group the memory does not change, and after it all runs of the group are recorded, with
the outcome that is reported: the true one, or with a set probability the other one. After the last group, where tasks
are given for it, the memory is frozen and measured on them. What is told of a play is always its true outcome.

What depends on chance (order, agent, labels) is seeded by the seed and the task, and so the same in all arms.
"""

import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from memp.domain.results import Options
from memp.domain.trajectory import Step, Value
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.remembering import Remembering
from memp.errors import InputError
from memp.evaluate.agents.follower import Follower, Recaller
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.reference import ReferenceMemory
from memp.evaluate.experiments.run import STEPS, Episode, play
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply, tokens
from memp.store.sqlite.store import SQLiteStore
from memp.update.policies import Policy

OURS = "ours"
NONE = "none"


class OnlineMemory(Protocol):
    """A memory that is used while it learns."""

    @property
    def size(self) -> int:
        """How many procedures can be recalled."""
        ...

    def recall(self, task: str, error: str | None) -> RecallReply: ...

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        """A run has ended; `success` is what is reported of it, `used` the procedures that it followed."""
        ...

    def close(self) -> None: ...


class Reference:
    """The paper's memory."""

    def __init__(self, memory: ReferenceMemory) -> None:
        self._memory = memory

    @property
    def size(self) -> int:
        return self._memory.size

    def recall(self, task: str, error: str | None) -> RecallReply:
        return self._memory.recall(task, error)

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        self._memory.record(task, steps, success, used)

    def close(self) -> None:
        """Nothing is open."""


class Ours:
    """ProceduralMemory on a file of its own, which must not exist yet; as installed, unless `options` say otherwise."""

    def __init__(self, file: Path, embedder: Embedder, options: Options | None = None) -> None:
        self._memory = ProceduralMemory(SQLiteStore(file), Ready(embedder), None, options)

    @property
    def size(self) -> int:
        return self._memory.store.stats().procedures

    def recall(self, task: str, error: str | None) -> RecallReply:
        return recall_reply(self._memory.recall(task, error=error), "proceduralization", DEFAULT_BUDGET)

    def finish(self, task: str, steps: Sequence[Step], success: bool, used: Sequence[str]) -> None:
        self._memory.record(
            task, steps, "success" if success else "failure", evidence="environment: its reward", used=used
        )

    def close(self) -> None:
        self._memory.close()


MakeMemory = Callable[[Embedder, Path], OnlineMemory]
"""An empty memory; the path is a folder that it may write to."""


def _paper(policy: Policy, *, deletes: bool = False) -> MakeMemory:
    """The paper's memory, with the calibrated floor that ours has: without one it wins a point or two less."""

    def make(embedder: Embedder, _: Path) -> OnlineMemory:
        return Reference(ReferenceMemory(embedder, policy, deletes=deletes, floor=embedder.identity.floor))

    return make


def _ours(embedder: Embedder, folder: Path) -> OnlineMemory:
    return Ours(folder / "memory.sqlite3", embedder)


ARMS: Mapping[str, MakeMemory | None] = {
    NONE: None,
    "vanilla": _paper("vanilla"),
    "validation": _paper("validation"),
    "adjustment": _paper("adjustment"),
    "deletion": _paper("adjustment", deletes=True),
    OURS: _ours,
}
"""The paper's policies, with the reference code's deletion rule (on adjustment), and this project's memory."""


class OnlineEpisode(Episode):
    """One play. `group` counts from 1; 0 is a task that the finished memory was measured on. `wrong` is the share of
    wrong labels of its cell, `reported` what the memory was told, `size` the procedures in memory when its group began."""

    wrong: float
    group: int
    reported: bool
    size: int


class Cell(NamedTuple):
    """An arm, the share of labels that are wrong, and a seed: one life of a memory."""

    arm: str
    wrong: float
    seed: int


MakePlayer = Callable[[int, Recaller | None], Follower]
"""The agent of a seed; it says which procedures it `used`."""


@dataclass(frozen=True)
class Online:
    """What is run. `setting` is all else that the outcome depends on: it stands in the results' first line."""

    environment: Environment
    stream: Sequence[Task]
    final: Sequence[Task]
    seeds: Sequence[int]
    embedder: Embedder
    make_agent: MakePlayer
    arms: Mapping[str, MakeMemory | None]
    """An arm without a memory sees no labels: it is played once for each seed, as with none wrong."""
    wrong: Sequence[float] = (0.0, 0.1, 0.3)
    group: int = 20
    limit: int = STEPS
    setting: Mapping[str, str | int | float] | None = None

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(arm, wrong, seed)
            for wrong in self.wrong
            for seed in self.seeds
            for arm, make in self.arms.items()
            if make is not None or wrong == self.wrong[0]
        ]

    def run(self, out: Path, moved: Callable[[Cell], None] | None = None) -> list[OnlineEpisode]:
        """All episodes: those of the cells that `out` has already, and of those run now, each cell written as it ends.

        A cell that was interrupted is run again from its beginning, since a memory is what its whole life made it.
        `moved` is told of each cell that is done.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
        """
        written = Cells(out, {**(self.setting or {}), "group": self.group, "limit": self.limit,
                              "stream": len(self.stream), "final": len(self.final)})  # fmt: skip
        embedder = Remembering(self.embedder)
        for cell in self.cells:
            if cell not in written.done:
                with tempfile.TemporaryDirectory(prefix="memp-online-") as folder:
                    written.add(cell, self._live(cell, embedder, Path(folder)))
            if moved is not None:
                moved(cell)
        return [episode for cell in self.cells for episode in written.done[cell]]

    def _live(self, cell: Cell, embedder: Embedder, folder: Path) -> list[OnlineEpisode]:
        """A memory's life: group by group, then the final tasks."""
        make = self.arms[cell.arm]
        memory = None if make is None else make(embedder, folder)
        try:
            tasks = list(self.stream)
            random.Random(f"order:{cell.seed}").shuffle(tasks)
            episodes: list[OnlineEpisode] = []
            for start in range(0, len(tasks), self.group):
                group = [
                    self._play(cell, memory, task, 1 + start // self.group) for task in tasks[start:][: self.group]
                ]
                for task, run in zip(tasks[start:], group, strict=False):
                    episodes.append(run.episode)
                    if memory is not None:
                        memory.finish(task.goal, run.steps, run.episode.reported, run.used)
            return episodes + [self._play(cell, memory, task, 0).episode for task in self.final]
        finally:
            if memory is not None:
                memory.close()

    def _play(self, cell: Cell, memory: OnlineMemory | None, task: Task, group: int) -> "_Run":
        asked = None if memory is None else _Asked(memory)
        agent = self.make_agent(cell.seed, asked)
        played = play(self.environment, task, agent, self.limit)
        flipped = random.Random(f"label:{cell.seed}:{task.id}").random() < cell.wrong
        episode = OnlineEpisode(
            arm=cell.arm, seed=cell.seed, task=task.id, kind=task.kind, won=played.won, steps=len(played.steps),
            invalid=played.invalid, lookups=asked.count if asked else 0, tokens=asked.tokens if asked else 0,
            wrong=cell.wrong, group=group, reported=played.won is not flipped, size=memory.size if memory else 0,
        )  # fmt: skip
        return _Run(episode, played.steps, tuple(agent.used))


class _Run(NamedTuple):
    episode: OnlineEpisode
    steps: tuple[Step, ...]
    used: tuple[str, ...]


class _Asked:
    """The look-ups of one play, counted."""

    def __init__(self, memory: OnlineMemory) -> None:
        self._memory = memory
        self.count = 0
        self.tokens = 0

    def __call__(self, task: str, error: str | None) -> RecallReply:
        reply = self._memory.recall(task, error)
        self.count += 1
        self.tokens += tokens(reply)
        return reply


class _Line(Value):
    """A cell as written: one line, so that a cell is there whole or not at all."""

    arm: str
    wrong: float
    seed: int
    episodes: tuple[OnlineEpisode, ...]


class Cells:
    """Cells in a JSON-lines file, after a line that says how they were made. A line cut short by a crash is dropped.

    Raises:
        InputError: the file is none of results, or of another setting.
    """

    def __init__(self, path: Path, setting: Mapping[str, str | int | float]) -> None:
        self._path = path
        self._setting = json.dumps({"online": dict(setting)}, sort_keys=True)
        self.done: dict[Cell, tuple[OnlineEpisode, ...]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._whole()
        if whole:
            self._read(whole)
        else:
            path.write_text(f"{self._setting}\n", encoding="utf-8", newline="\n")

    def _whole(self) -> list[str]:
        """The lines that end; what follows the last of them is cut off the file."""
        if not self._path.exists():
            return []
        text = self._path.read_bytes()
        end = text.rfind(b"\n") + 1
        with self._path.open("r+b") as file:
            file.truncate(end)
        return text[:end].decode(errors="replace").split("\n")[:-1]

    def _read(self, lines: Sequence[str]) -> None:
        if lines[0] != self._setting:
            raise InputError(f"{self._path} has results of another setting ({lines[0][:200]}): name another file.")
        for number, text in enumerate(lines[1:], 2):
            try:
                line = _Line.model_validate_json(text)
            except ValidationError:
                raise InputError(f"{self._path}, line {number} is no result: name another file.") from None
            self.done[Cell(line.arm, line.wrong, line.seed)] = line.episodes

    def add(self, cell: Cell, episodes: Sequence[OnlineEpisode]) -> None:
        line = _Line(arm=cell.arm, wrong=cell.wrong, seed=cell.seed, episodes=tuple(episodes))
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{line.model_dump_json()}\n")
        self.done[cell] = line.episodes
