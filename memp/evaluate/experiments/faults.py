"""Fault injection: environments in which an action fails, a place is locked, or things have been moved.

Each wraps an environment and depends on a seed and the task alone, so all arms meet the same. A game stays winnable:
before anything is locked or moved, a walkthrough that gets along without it is played and has to win.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from memp.evaluate.environments.commands import Call, call_of, noun_of
from memp.evaluate.environments.environment import Environment, Task, Transition, World, solves
from memp.evaluate.environments.textworld.textgame import NOTHING_HAPPENS
from memp.evaluate.experiments.arms import Fault
from memp.evaluate.experiments.moved import moved

LATEST = 8
"""The last step that may fail: runs that follow a good procedure are about as long."""

Walkthrough = Callable[[Task], Sequence[str]]
"""Actions that solve a task; none where they are not known."""


class Faulty(Environment, Protocol):
    """An environment with a fault."""

    @property
    def hit(self) -> bool:
        """Whether the fault has occurred since the last reset."""
        ...


class _Wrapper:
    """An environment that passes everything on to another one."""

    def __init__(self, inner: Environment) -> None:
        self._inner = inner
        self.hit = False

    def reset(self, task: Task) -> str:
        self.hit = False
        return self._inner.reset(task)

    def step(self, action: str) -> Transition:
        return self._inner.step(action)

    @property
    def admissible(self) -> Sequence[str]:
        return self._inner.admissible


class FailsOnce(_Wrapper):
    """One action, the 1st to 8th possible one, has no effect, though it was possible. Doing it again works."""

    def __init__(self, inner: Environment, seed: int) -> None:
        super().__init__(inner)
        self._seed = seed

    def reset(self, task: Task) -> str:
        self._left = random.Random(f"fails:{self._seed}:{task.id}").randint(1, LATEST)
        return super().reset(task)

    def step(self, action: str) -> Transition:
        if action in self.admissible:
            self._left -= 1
            if self._left == 0:
                self.hit = True
                return Transition(NOTHING_HAPPENS, 0.0, False)
        return super().step(action)


class Locked(_Wrapper):
    """The first place of the kind where things are to go that a player opens, takes from or puts into stays locked.

    Which one that is depends on the player, so that the fault is met and not passed by. Where the goal cannot be
    reached with any one of these places locked, none is. A place that cannot be opened is blocked instead.
    """

    def __init__(self, inner: Environment, walkthrough: Walkthrough) -> None:
        super().__init__(inner)
        self._walkthrough = walkthrough
        self._known: dict[str, frozenset[str]] = {}

    def reset(self, task: Task) -> str:
        if task.id not in self._known:
            self._known[task.id] = spare_places(self._inner, task, self._walkthrough(task))
        self._lockable = self._known[task.id]
        self._locked = self._how = ""
        return super().reset(task)

    def step(self, action: str) -> Transition:
        verb, args = call_of(action)
        if verb not in ("open", "close", "take", "move") or not args or action not in self.admissible:
            return super().step(action)
        place = args[-1]
        if not self._locked and place in self._lockable:
            self._locked, self._how = place, "locked" if verb == "open" else "blocked"
        if place != self._locked:
            return super().step(action)
        self.hit = True
        return Transition(f"You cannot {action}: the {place} is {self._how}.", 0.0, False)


def spare_places(environment: Environment, task: Task, walkthrough: Sequence[str]) -> frozenset[str]:
    """The places of the goal's kind without any one of which the task can be solved; none where there are none.

    Two variants of the walkthrough are played that bring things to another place of the kind, and win. So whichever
    place is locked, one of the two does not need it.
    """
    moves = [call for call in map(call_of, walkthrough) if call.verb == "move"]
    if not moves:
        return frozenset()
    goal = moves[-1].args[-1]
    environment.reset(task)
    places = [call.args[0] for call in map(call_of, environment.admissible) if call.verb == "go"]
    alike = [place for place in places if noun_of(place) == noun_of(goal)]
    needed = {arg for call in map(call_of, walkthrough) for arg in call.args} - {goal}
    winning = 0
    for place in alike:
        winning += place not in needed and solves(environment, task, _with_goal(walkthrough, goal, place))
        if winning == 2:
            return frozenset(alike) - needed
    return frozenset()


def _with_goal(walkthrough: Iterable[str], goal: str, place: str) -> list[str]:
    """The walkthrough with another place where things go, opened if need be."""
    actions: list[str] = []
    for action in walkthrough:
        call = call_of(action)
        if call.verb == "move" and call.args[-1] == goal:
            actions += [f"open {place}", f"move {call.args[0]} to {place}"]
        else:
            actions.append(
                _with_args(action, call._replace(args=tuple(place if arg == goal else arg for arg in call.args)))
            )
    return actions


def _with_args(action: str, call: Call) -> str:
    """An action with other arguments: "go to cabinet 2", from "go to cabinet 1" and ("go", ("cabinet 2",))."""
    for before, now in zip(call_of(action).args, call.args, strict=True):
        action = action.replace(before, now)
    return action


class FaultKind(NamedTuple):
    """A fault as the table lists it: its title, and what wraps an environment in it for a seed.

    `make` raises InputError where the world has no such fault.
    """

    title: str
    make: Callable[[World, Environment, int], Faulty]


def _fails(world: World, inner: Environment, seed: int) -> Faulty:
    return FailsOnce(inner, seed)


def _locked(world: World, inner: Environment, seed: int) -> Faulty:
    return Locked(inner, world.walkthrough)


def _moved(world: World, inner: Environment, seed: int) -> Faulty:
    return moved(world, seed)


FAULTS: Mapping[Fault, FaultKind] = {
    "fails": FaultKind("One action fails once", _fails),
    "locked": FaultKind("A place of the kind needed is locked", _locked),
    "moved": FaultKind("The things needed have been moved", _moved),
}
