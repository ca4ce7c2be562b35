"""ScienceWorld (Wang et al., 2022) as an environment: 30 types of school experiments, in many variations each.

The simulator is the package's (`pip install memp[scienceworld]`), one Java process for all environments of this one. It
is spoken to without the package's own Python class, which works out every possible action after each step: that takes
ten times as long as the step.

- Tasks are "TYPE/VARIATION", in the simulator's own train, dev and test parts, at most PER_TYPE of a type, drawn once and
  for all: variations are numbered by a pattern, so that those at equal distances are alike.
- The goal is the task description, with two things in brackets in an order drawn by the task: "(zinc, sandpaper)". The
  simulator names the answer second where it is the most of two, and first where it is the least.
- The simplification is "easy", as for the agents of its paper: doors stand open, one may teleport, pots water themselves.
- The reward is the simulator's score / 100. A wrong act that cannot be taken back (to focus on the wrong thing) scores
  -100 there: it is 0 here, and the play is over.
- Runs to learn from are the simulator's gold runs of train variations, detours and refused commands included.

The types in DEVELOPED are those that the code was written with. The splits dev, test and train and the runs "gold" have
only these; those named "..._all" have all 30 types.
"""

# ruff: noqa: N802 - the simulator's own names

import atexit
import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast, overload

import platformdirs

from memp.domain.trajectory import Step
from memp.errors import ConfigError, InputError
from memp.evaluate.environments.environment import Benchmark, Experience, Task, Transition, evenly

EASY = "easy"
LOOK = "look around"
PER_TYPE = 10
"""Variations of a type in a split: as many as agents are usually measured on."""

DEVELOPED = (
    "boil", "change-the-state-of-matter-of", "find-living-thing", "find-non-living-thing", "find-plant", "freeze",
    "grow-plant", "identify-life-stages-2", "inclined-plane-determine-angle",
    "inclined-plane-friction-named-surfaces", "inclined-plane-friction-unnamed-surfaces",
    "lifespan-shortest-lived", "mendelian-genetics-known-plant", "mendelian-genetics-unknown-plant",
    "test-conductivity-of-unknown-substances",
)  # fmt: skip

ALL = "_all"
GOLD, GOLD_ALL = "gold", f"gold{ALL}"
PARTS = ("dev", "test", "train")

REWARD = "mean reward"
"""The world's own measure: a task can be solved in part."""

REFUSED = ("No known action matches", "Unknown action", "Ambiguous request")
"""How an observation begins after a command that was not carried out."""

HEAP = "-Xmx2g"
"""The most memory that Java may take: it keeps what it has, and by default takes a quarter of the machine."""

HOW_TO_INSTALL = "Install it with: pip install 'memp[scienceworld]'"

RULES = """You do school experiments in a text world of ten rooms. You are given a task, and do it by commands, one at a \
time.

The commands, where O stands for a thing and R for a room, by the names that the world shows:
look around | look at O | look in O | inventory | go to R | teleport to R | open O | close O | pick up O | put down O | \
move O to O | pour O into O | dunk O into O | mix O | use O | use O on O | activate O | deactivate O | connect O to O | \
disconnect O | read O | eat O | flush O | focus on O | wait | wait1
"focus on O" says that O is what the task asks for; on a wrong thing it loses the task. "wait1" lets one step pass, "wait" \
ten. After "Ambiguous request" answer with the number of what you meant. The number of commands is limited."""
"""How actions are written, as a language model is told it."""


class Server(Protocol):
    """The simulator's interface, as far as it is used here; one plays one task at a time."""

    def getTaskNames(self) -> Iterable[str]: ...

    def load(self, task: str, variation: int, simplification: str, gold: bool) -> None: ...

    def step(self, action: str) -> str: ...

    def getScore(self) -> float: ...

    def getTaskDescription(self) -> str: ...

    def getGoldActionSequence(self) -> Iterable[str]: ...

    def getValidActionObjectCombinations(self) -> Iterable[str]: ...

    def getVariationsTrain(self) -> Iterable[int]: ...

    def getVariationsDev(self) -> Iterable[int]: ...

    def getVariationsTest(self) -> Iterable[int]: ...


@cache
def java_process() -> Any:
    """The Java process of the simulator, started once; it ends with this process.

    Raises:
        ConfigError: the package or Java is not there, or Java does not start.
    """
    spec = find_spec("scienceworld")
    if spec is None or spec.origin is None or find_spec("py4j") is None:
        raise ConfigError(f"ScienceWorld is not installed. {HOW_TO_INSTALL}")
    if shutil.which("java") is None:
        raise ConfigError(
            "ScienceWorld needs Java, and there is no command 'java'. Install a Java runtime, for instance with: "
            "apt install default-jre-headless"
        )
    return _gateway(Path(spec.origin).parent / "scienceworld.jar")


def _gateway(jar: Path) -> Any:
    py4j = cast(Any, import_module("py4j.java_gateway"))
    try:
        port = py4j.launch_gateway(classpath=str(jar), die_on_exit=True, cwd=str(jar.parent), javaopts=[HEAP])
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"Java could not start ScienceWorld ({error}): look at `java -version`; it needs 8 or later."
        ) from None
    gateway = py4j.JavaGateway(gateway_parameters=py4j.GatewayParameters(auto_field=True, port=port))
    atexit.register(gateway.shutdown)
    return gateway


def open_server() -> Server:
    """A new simulator in the one Java process.

    Raises:
        ConfigError: the package or Java is not there.
    """
    return cast(Server, java_process().jvm.scienceworld.runtime.pythonapi.PythonInterface())


class Lazy(Sequence[str]):
    """Actions that are worked out when the first one is read: thousands, which most steps need not know."""

    def __init__(self, actions: Callable[[], Iterable[str]]) -> None:
        self._read = actions

    @cached_property
    def _actions(self) -> tuple[str, ...]:
        return tuple(sorted({action for action in self._read() if action != "reset task"}))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._actions[index]

    def __len__(self) -> int:
        return len(self._actions)


class Laboratory:
    """ScienceWorld's tasks as an environment."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._admissible: Lazy | None = None

    def reset(self, task: Task) -> str:
        """Load a variation afresh. The simulator's own `reset` works out the gold run again, for seconds.

        The first look is a step, as with the package's own class: until one the simulator has the score of the last play.
        """
        kind, variation = _named(task.id)
        self._server.load(kind, variation, EASY, False)
        self._renew()
        return self._server.step(LOOK)

    def step(self, action: str) -> Transition:
        if self._admissible is None:
            raise InputError("No task has been started: call reset(task) first.")
        observation = self._server.step(action)
        self._renew()
        score = round(100 * self._server.getScore())
        return Transition(
            observation, max(score, 0) / 100, score == 100 or score < 0, observation.startswith(REFUSED),
            {REWARD: (max(score, 0), 100)},
        )  # fmt: skip

    @property
    def admissible(self) -> Sequence[str]:
        if self._admissible is None:
            raise InputError("No task has been started: call reset(task) first.")
        return self._admissible

    def _renew(self) -> None:
        self._admissible = Lazy(self._server.getValidActionObjectCombinations)


def _named(id: str) -> tuple[str, int]:
    """The type and the variation of a task's id.

    Raises:
        InputError: it is no id of ScienceWorld's.
    """
    kind, _, number = id.rpartition("/")
    if not kind or not number.isdecimal():
        raise InputError(f"'{id}' is no task of ScienceWorld: name a type and a variation, such as 'boil/3'.")
    return kind, int(number)


def _drawn(kind: str, numbers: Sequence[int]) -> Sequence[int]:
    return numbers if len(numbers) <= PER_TYPE else sorted(random.Random(kind).sample(numbers, PER_TYPE))


_TWO = re.compile(r"\(([^(),]+), ([^(),]+)\)")


def _fair(goal: str, id: str) -> str:
    """The goal with two things in brackets in an order that says nothing of the answer."""
    return _TWO.sub(r"(\2, \1)", goal) if random.Random(id).random() < 0.5 else goal


class Tasks(Sequence[Task]):
    """Tasks of a split, each loaded when it is first read, as only the simulator knows what it asks."""

    def __init__(self, split: str, ids: Sequence[str], goal: Callable[[str], str]) -> None:
        self._split = split
        self._ids = ids
        self._goal = goal

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | Sequence[Task]:
        if isinstance(index, slice):
            return Tasks(self._split, self._ids[index], self._goal)
        id = self._ids[index]
        return Task(id=id, split=self._split, kind=_named(id)[0], goal=self._goal(id))

    def __len__(self) -> int:
        return len(self._ids)


class ScienceWorld:
    """ScienceWorld, opened: its tasks, environments and gold runs.

    Gold runs are kept in `folder`, in memp's cache by default: the simulator takes seconds for one.

    Raises:
        ConfigError: the package or Java is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._server = open_server()
        self._types = frozenset(self._server.getTaskNames())
        own = Path(platformdirs.user_cache_dir("memp", appauthor=False)) / "scienceworld"
        self._folder = own if folder == Path() else folder
        self._goals: dict[str, str] = {}
        self._variations: dict[tuple[str, str], Sequence[int]] = {}

    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(part + kinds for part in PARTS for kinds in ("", ALL)))

    def tasks(self, split: str) -> Tasks:
        if split not in self.splits():
            raise InputError(f"There is no split '{split}' in ScienceWorld, only: {', '.join(self.splits())}.")
        return Tasks(split, self._ids(split), self._goal)

    def environment(self, keep: int = 1) -> Laboratory:
        return Laboratory(open_server())

    def walkthrough(self, task: Task) -> Sequence[str]:
        return [step.action for step in self._gold(task.id).steps]

    def runs(self, source: str, most: int | None) -> Iterator[Experience]:
        for id in evenly(self._ids("train" if source == GOLD else f"train{ALL}"), most):
            run = self._gold(id)
            if run.steps:
                yield run

    def _ids(self, split: str) -> list[str]:
        """By type, so that equal distances in it are equal shares of the types, and drawn within each."""
        part = split.removesuffix(ALL)
        types = sorted(self._types) if split.endswith(ALL) else DEVELOPED
        return [f"{kind}/{number}" for kind in types for number in _drawn(kind, self._numbers(kind, part))]

    def _numbers(self, kind: str, part: str) -> Sequence[int]:
        """The variations of a type in a part of them. Any must be loaded to ask; the first is a train variation."""
        if (kind, part) not in self._variations:
            self._server.load(kind, 0, EASY, False)
            for name, ask in zip(
                PARTS,
                (self._server.getVariationsDev, self._server.getVariationsTest, self._server.getVariationsTrain),
                strict=True,
            ):
                self._variations[kind, name] = tuple(ask())
        return self._variations[kind, part]

    def _goal(self, id: str) -> str:
        if id not in self._goals:
            self._server.load(*_named(id), EASY, False)
            self._goals[id] = _fair(" ".join(self._server.getTaskDescription().split()), id)
        return self._goals[id]

    def _gold(self, id: str) -> Experience:
        """The gold run of a task, from the folder where it was played before; without steps where it fails."""
        path = self._folder / f"{id.replace('/', '-')}.{EASY}.json"
        if path.is_file():
            return Experience.model_validate_json(path.read_bytes())
        run = self._played(id)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        unfinished.write_text(run.model_dump_json(), encoding="utf-8")
        unfinished.replace(path)
        return run

    def _played(self, id: str) -> Experience:
        server = self._server
        server.load(*_named(id), EASY, True)
        goal = _fair(" ".join(server.getTaskDescription().split()), id)
        steps: list[Step] = []
        for action in list(server.getGoldActionSequence()):
            observation = server.step(action)
            steps.append(Step(action=action, observation=observation))
            # A refused command leaves the score as it was, at first that of the last play.
            if not observation.startswith(REFUSED) and round(100 * server.getScore()) == 100:
                return Experience(task=goal, steps=tuple(steps), source=id)
        return Experience(task=goal, steps=(), source=id)


SCIENCEWORLD = Benchmark(
    name="scienceworld",
    title="ScienceWorld",
    summary="School experiments (ScienceWorld), done by a script with and without the memory. Needs Java.",
    data="a folder in which the simulator's gold runs are kept for another time (default: in memp's cache)",
    open=ScienceWorld,
    train="train",
    final="dev",
    smoke="dev",
    sources=(GOLD, GOLD_ALL),
    solutions=GOLD,
    actions="laboratory",
    rules=RULES,
    limits="the experiments are ScienceWorld's, in its easy mode, and the runs are its gold agent's.",
    without=("scaling", "transfer", "robustness", "update"),
    needs_data=False,
    steps=150,
    quick={"tasks": 2, "seeds": 1, "steps": 25, "learned": 3},
    bounded={"tasks": 75, "seeds": 2, "learned": 75},
)
