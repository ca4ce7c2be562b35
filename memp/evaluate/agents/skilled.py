"""An agent with an imperfect skill of its own, for memories that learn while they are used.

A memory that starts empty learns from what its agent does by itself, and an explorer that knows nothing wins one game in
a hundred. The paper's language models win 39 of 100 without memory: they know what is to be done and err in the doing.
`Skilled` stands for such a model. It has a way of its own for each task, a winning one, and spoils it by chance: it
looks in other places first, and sometimes leaves a part out. With memory it follows what applies, as the follower does,
and goes its own way after that. How good it is by itself is set, not learned, and the same whatever the memory.
"""

import random
from collections.abc import Callable, Generator, Sequence

from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.follower import Follower
from memp.evaluate.environments.commands import call_of
from memp.evaluate.environments.environment import Task

DETOURS = 6.0
"""Other places that it looks in before each part of its way, on average (geometric)."""

FORGETS = 0.35
"""How often it leaves a part of its way out."""

Way = Callable[[Task], Sequence[str]]
"""A list of commands that wins a task."""


class Skilled(Follower):
    """A follower that, where memory gives nothing or nothing more, goes a winning way with detours and omissions.

    With DETOURS and FORGETS it wins about 40 % of ALFWorld's games in 30 steps, in 24 steps on average, as the paper's
    GPT-4o does. Its luck depends on the seed and the task alone.
    """

    def __init__(
        self, seed: int, recall: Recaller | None, way: Way, detours: float = DETOURS, forgets: float = FORGETS
    ) -> None:  # fmt: skip
        super().__init__(seed, recall)
        self._way = way
        self._detours = detours
        self._forgets = forgets

    def begin(self, task: Task, observation: str) -> None:
        super().begin(task, observation)
        # Its own generator: draws of the follower while it follows must not change this one's.
        self._luck = random.Random(f"skill:{self._seed}:{task.id}")
        self._own = self._own_way(self._way(task))

    def _novel(self) -> str:
        """The next step of its own way; after its end, the action done least often."""
        return next(self._own, None) or super()._novel()

    def _own_way(self, way: Sequence[str]) -> Generator[str]:
        legs = _legs(way)
        if legs and self._luck.random() < self._forgets:
            legs.pop(self._luck.randrange(len(legs)))
        for leg in legs:
            while self._luck.random() < self._detours / (1 + self._detours):
                yield from self._detour()
            for action in leg:
                yield from self._step(action)

    def _detour(self) -> Generator[str]:
        place = self._luck.choice(self._seen.places)
        yield from self._if_possible(f"go to {place}")
        yield from self._if_possible(f"open {place}")

    def _step(self, action: str) -> Generator[str]:
        """One step of the way. A thing that is no longer where the way has it is fetched from where it was last seen."""
        call, holding = call_of(action), self._seen.holding
        if call.verb == "take" and action not in self._admissible:
            if holding is not None and holding != call.args[0]:
                down = [command for command in self._admissible if command.startswith(f"move {holding} to ")]
                yield from down[:1]
            for place in sorted(place for place, things in self._seen.contents.items() if call.args[0] in things):
                yield from self._if_possible(f"go to {place}")
                yield from self._if_possible(f"take {call.args[0]} from {place}")
        yield from self._if_possible(action)

    def _if_possible(self, action: str) -> Generator[str]:
        if action in self._admissible:
            yield action


def _legs(way: Sequence[str]) -> list[list[str]]:
    """The parts of a way: each goes somewhere and does something there."""
    legs: list[list[str]] = []
    for action in way:
        if call_of(action).verb == "go" or not legs:
            legs.append([])
        legs[-1].append(action)
    return legs
