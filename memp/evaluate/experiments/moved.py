"""Fault injection in ALFWorld: the things that a task needs have been moved since the memory's runs."""

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

from memp.errors import InputError
from memp.evaluate.environments.alfworld import Alfworld, AlfworldWorld, display_names
from memp.evaluate.environments.alfworld_games import Game, Games
from memp.evaluate.environments.commands import call_of
from memp.evaluate.environments.environment import Task, Transition, World, solves

_FACT = re.compile(r"\((\w+)\s+([^\s()?]+)\s+([^\s()?]+)\)")
"""A fact about two things. Conditions, as of the goal, have variables."""


def moved(world: World, seed: int) -> "Moved":
    """The games of a world with things moved.

    Raises:
        InputError: the world is another one than ALFWorld: where things are stands in the files of its games only.
    """
    if not isinstance(world, AlfworldWorld):
        raise InputError("Things can be moved in ALFWorld's games only: leave this fault out.")
    return Moved(world.games, seed)


class Moved:
    """ALFWorld, with all things of a kind that a task needs in another place from the start.

    The place is one of those that may hold them, by the game's own facts, of a kind in which none of them was, and not
    one of the kind where they are to go; it is drawn by seed and task. Earlier counts of where such things are
    mislead. The walkthrough, by way of the new place, is played and has to win. Where no place is left, the game is as
    it was.
    """

    def __init__(self, games: Games, seed: int) -> None:
        self._games = games
        self._seed = seed
        self._playing = Alfworld(games)
        self._task: str | None = None
        self.hit = False

    def reset(self, task: Task) -> str:
        if task.id != self._task:
            self._playing, self.hit = self._prepared(task)
            self._task = task.id
        return self._playing.reset(task)

    def step(self, action: str) -> Transition:
        return self._playing.step(action)

    @property
    def admissible(self) -> tuple[str, ...]:
        return self._playing.admissible

    def _prepared(self, task: Task) -> tuple[Alfworld, bool]:
        """The game with things moved, and whether any were."""
        game = self._games.game(task.id)
        scene = Scene(game)
        kind, places = scene.movable()
        random.Random(f"moved:{self._seed}:{task.id}").shuffle(places)
        for place in places:
            environment = Alfworld(_One(self._games, scene.with_all(kind, place)))
            if solves(environment, task, scene.by_way_of(kind, place)):
                return environment, True
        return Alfworld(_One(self._games, game)), False


class _One:
    """Games, of which each is one and the same."""

    def __init__(self, games: Games, game: Game) -> None:
        self._games = games
        self._game = game

    def splits(self) -> tuple[str, ...]:
        return self._games.splits()

    def tasks(self, split: str) -> tuple[Task, ...]:
        return self._games.tasks(split)

    def game(self, task_id: str) -> Game:
        return self._game


class _Thing(NamedTuple):
    """A thing and the place where it lies."""

    id: str
    place: str


class Scene:
    """The places of things at the start of a game, read off its PDDL facts."""

    def __init__(self, game: Game) -> None:
        self._game = game
        facts: dict[str, list[tuple[str, str]]] = {}
        for predicate, first, second in _FACT.findall(game.problem):
            facts.setdefault(predicate.lower(), []).append((first, second))
        self._kinds = dict(facts.get("objecttype", ()))
        self._place_kinds = dict(facts.get("receptacletype", ()))
        self._standing = dict(facts.get("receptacleatlocation", ()))
        self._lying = dict(facts.get("objectatlocation", ()))
        self._things = [_Thing(*fact) for fact in facts.get("inreceptacle", ())]
        self._holds = set(facts.get("cancontain", ()))
        ids = {arg.lower() for pairs in facts.values() for pair in pairs for arg in pair}
        self._names = display_names(ids)

    def name(self, id: str) -> str:
        """The name of an object, as the texts of the game have it."""
        return self._names.get(id.lower(), id)

    def movable(self) -> tuple[str, list[str]]:
        """The kind of thing that the walkthrough takes first, and the places where all of them could be instead."""
        calls = [call_of(action) for action in self._game.walkthrough]
        taken = next((call.args[0] for call in calls if call.verb == "take"), None)
        kind = next((self._kinds[t.id] for t in self._things if self.name(t.id) == taken and t.id in self._kinds), "")
        goals = {call.args[-1] for call in calls if call.verb == "move"}
        left_out = {self._place_kinds.get(t.place) for t in self._things if self._kinds.get(t.id) == kind}
        left_out |= {of for place, of in self._place_kinds.items() if self.name(place) in goals}
        return kind, sorted(
            place
            for place, of in self._place_kinds.items()
            if of not in left_out and (of, kind) in self._holds and place in self._standing
        )

    def with_all(self, kind: str, place: str) -> Game:
        """The game with all things of a kind in one place."""
        problem = self._game.problem
        for thing in self._things:
            if self._kinds.get(thing.id) == kind:
                for predicate, before, now in (
                    ("inReceptacle", thing.place, place),
                    ("objectAtLocation", self._lying.get(thing.id, ""), self._standing[place]),
                ):
                    fact = rf"\(({predicate}\s+{re.escape(thing.id)}\s+){re.escape(before)}\)"
                    problem = re.sub(fact, rf"(\g<1>{now})", problem, flags=re.IGNORECASE)
        return self._game.model_copy(update={"problem": problem})

    def by_way_of(self, kind: str, place: str) -> Sequence[str]:
        """The walkthrough, with each thing of the kind taken from the one place."""
        there = self.name(place)
        moved = {self.name(thing.id) for thing in self._things if self._kinds.get(thing.id) == kind}
        actions: list[str] = []
        for action in self._game.walkthrough:
            verb, args = call_of(action)
            if verb == "take" and args[0] in moved:
                # And back to where it was, as the walkthrough goes on from there.
                actions += [f"go to {there}", f"open {there}", f"take {args[0]} from {there}", f"go to {args[-1]}"]
            else:
                actions.append(action)
        return actions
