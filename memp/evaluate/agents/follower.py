"""The follower: a scripted agent that follows recalled procedures, and so measures a memory without a language model.

It knows the grammar of the commands and nothing of any task: which things to handle, in which order, and where to look
for them it has from a recall's answer or not at all. So a difference between two runs of it is a difference in memory.
"""

import random
from collections import Counter
from collections.abc import Generator, Sequence

from memp.evaluate.agents.agent import Crediting, Recaller
from memp.evaluate.agents.plan import AGAIN, ANOTHER, Plan, advice, plan_of, with_matches
from memp.evaluate.agents.room import Room
from memp.evaluate.environments.commands import Call, call_of, noun_of
from memp.evaluate.environments.environment import Task, Transition
from memp.reply import RecallReply
from memp.text import templates

Actions = Generator[str, None, bool]
"""Actions, one at a time; the generator returns whether they reached their end."""

LOOKS = frozenset(("look", "examine", "inventory", "help", "close", "open"))
"""Verbs of steps that are skipped where they are not possible: an open drawer need not be opened."""


class Follower:
    """Follows the steps of a recall, and explores for the rest.

    Without `recall` it explores: the action done least often, by chance among equals. The same seed and task give the
    same play. Of several matches it follows the first; when its steps get stuck or are done in vain, the next one. After
    the last it looks up `again`, once, with the error. It does not repeat a failed step of its own accord, unless
    `retry` is set: pitfalls are there to say what to do then.
    """

    def __init__(
        self, seed: int, recall: Recaller | None = None, *, again: bool = True, retry: bool = False
    ) -> None:  # fmt: skip
        self._seed = seed
        self._recall = recall
        self._again = again
        self._retry = retry

    def begin(self, task: Task, observation: str) -> None:
        self._task = task
        self._random = random.Random(f"{self._seed}:{task.id}")
        self._tried: Counter[str] = Counter()
        self._admissible: Sequence[str] = ()
        self._observed = {"": observation}
        """What each action showed when it was last done, the newest last."""
        self._room: Room | None = None
        self._chosen: dict[str, str] = {}
        self._placed: set[str] = set()
        self._avoided: frozenset[str] = frozenset()
        self._trouble = ""
        self._reply: RecallReply | None = None
        self.used: list[str] = []
        """The procedures followed in this play: a record of it names them in `used`."""
        self._actions = self._play()

    def act(self, admissible: Sequence[str]) -> str:
        self._admissible = admissible
        if self._room is None:
            self._room = Room(admissible)
        self._room.look(admissible)
        return next(self._actions)

    def observe(self, action: str, transition: Transition) -> None:
        self._tried[action] += 1
        self._observed.pop(action, None)
        self._observed[action] = transition.observation
        self._seen.see(action, transition.observation)

    @property
    def _seen(self) -> Room:
        assert self._room is not None, "act comes first"
        return self._room

    def _play(self) -> Actions:
        recall = self._recall
        if recall is not None and (yield from self._recalled(recall, None)) and self._again:
            # The steps are done or stuck, and the task is not solved: look up again with the error.
            yield from self._recalled(recall, self._trouble or "All steps are done, but the task is not.")
        while True:
            yield self._novel()

    def _recalled(self, recall: Recaller, error: str | None) -> Actions:
        """Look the task up and follow its matches, one after the other; False where nothing applies."""
        reply = self._reply = with_matches(recall(self._task.goal, error), self._reply if error else None)
        any_followed = False
        for place, match in enumerate(reply.matches):
            plan = plan_of(match, self._task.goal, self._seen.kinds)
            if plan is not None:
                any_followed = True
                self._chosen = {}
                self.used = list(dict.fromkeys([*self.used, match.id]))
                yield from self._follow(plan, reply, place)
        return any_followed

    def _novel(self) -> str:
        """An admissible action that was done least often."""
        least = min(self._tried[action] for action in self._admissible)
        return self._random.choice([action for action in self._admissible if self._tried[action] == least])

    # Following

    def _follow(self, plan: Plan, reply: RecallReply, match: int) -> Actions:
        """Do the steps in order; False at the first that cannot be done, even with its pitfalls' advice."""
        at, helped = 0, -1
        while (at := self._ahead(plan, at)) < len(plan.steps):
            step = plan.steps[at]
            if not plan.applies(at, reversed(self._observed.values())):
                at += 1
                continue
            done = yield from (self._go(plan, step) if step.verb == "go" else self._do(plan, step))
            if done or step.verb in LOOKS:
                at += 1
                if done and step.verb not in LOOKS:
                    self._seen.trouble = ""
                continue
            self._trouble = self._failure(plan, step)
            if helped == at:
                return False
            helped = at
            if not self._retry and not (yield from self._advised(plan, advice(reply, self._trouble, match))):
                return False
        return True

    def _failure(self, plan: Plan, step: Call) -> str:
        """A failed step in words: the last failure and its message, or else the step itself."""
        return self._seen.trouble or " ".join([step.verb, *(plan.noun(arg) or arg for arg in step.args)])

    def _advised(self, plan: Plan, advice: Sequence[str]) -> Actions:
        """Take the first advice that is possible; whether any was.

        Three kinds are understood: to try again, to use another thing of the kind, and an action.
        """
        for text in map(str.lower, advice):
            if ANOTHER in text.split():
                self._chosen = {}
                self._avoided = self._seen.failing
                return True
            if text.startswith(AGAIN) or (yield from self._do(plan, call_of(text))):
                return True
        return False

    def _ahead(self, plan: Plan, at: int) -> int:
        """The step to go on with: skips ahead to a step that takes something if that lies here already, and past it if
        it is in the hand."""
        for later in range(at, len(plan.steps)):
            step = plan.steps[later]
            if step.verb == "take":
                noun = plan.noun(step.args[0]) if step.args else None
                if self._seen.holding is not None:
                    return later + 1 if noun_of(self._seen.holding) == noun else at
                lying = self._seen.where(noun, self._placed) if noun else None
                return later if lying and lying[1] in self._seen.near else at
            if step.verb not in {"go", *LOOKS}:
                break
        return at

    def _go(self, plan: Plan, step: Call) -> Actions:
        """Go where a step says: to a kind of place, or to a thing that has to be found first."""
        if not step.args:
            return False
        arg = step.args[0]
        name = templates.name_of(arg)
        if name is not None and name in plan.sought:
            thing = plan.noun(plan.sought[name])
            return thing is not None and (yield from self._search(plan, thing, name))
        noun = plan.noun(arg)
        if noun is None:
            return False
        if noun not in self._seen.kinds:
            # Not in this room: a trajectory goes to places of its own room, a procedure may name a thing to find.
            return True if name is None else (yield from self._search(plan, noun, name))
        return (yield from self._walk(self._place(arg, noun)))

    def _place(self, arg: str, noun: str) -> str:
        """The place of a kind that an argument means: always the same one; the one here, or one that was seen."""
        room = self._seen
        if arg not in self._chosen:
            places = [place for place in room.places if noun_of(place) == noun]
            ranked = sorted(
                places, key=lambda p: (p in room.failing, p not in room.near, p != arg, p not in room.visited, p)
            )
            self._chosen[arg] = ranked[0]
        return self._chosen[arg]

    def _walk(self, place: str) -> Actions:
        if place not in self._seen.near:
            yield f"go to {place}"
        return place in self._seen.near

    def _do(self, plan: Plan, step: Call) -> Actions:
        """Do a step that is possible, or made possible by opening, going or fetching; False where it is not."""
        for helped in (self._opened, self._fetched, self._moved, self._opened):
            command = self._command(plan, step)
            if command is not None:
                break
            if step.verb in LOOKS:
                return False
            yield from helped(plan, step)
        command = self._command(plan, step)
        if command is None:
            return False
        yield command
        if command in self._seen.failures:
            return False
        call = call_of(command)
        if call.verb == "move":
            self._placed.add(call.args[0])
        return True

    def _command(self, plan: Plan, step: Call) -> str | None:
        """The admissible command that a step means: of the same verb and about things of the same kinds."""
        nouns = [plan.noun(arg) for arg in step.args]
        first: str | None = None
        for command in self._admissible:
            call = call_of(command)
            if call.verb == step.verb and len(call.args) == len(nouns) and self._fits(call, nouns, step.args):
                if not self._chosen.keys().isdisjoint(step.args) and call.args[-1] in self._chosen.values():
                    return command  # of two places of a kind in reach, the one that was chosen before
                first = first or command
        return first

    def _fits(self, call: Call, nouns: Sequence[str | None], args: Sequence[str]) -> bool:
        if (call.verb == "take" and call.args[0] in self._placed) or not self._avoided.isdisjoint(call.args[-1:]):
            return False
        for thing, noun, arg in zip(call.args, nouns, args, strict=True):
            # The place that a thing is taken from stands for wherever it was found.
            if noun_of(thing) != noun and not (call.verb == "take" and len(args) > 1 and arg is args[-1]):
                return False
        return True

    def _opened(self, plan: Plan, step: Call) -> Actions:
        """Open the place that a step names last."""
        place = self._chosen.get(step.args[-1]) if step.args else None
        if place is not None and f"open {place}" in self._admissible:
            yield f"open {place}"
        return True

    def _fetched(self, plan: Plan, step: Call) -> Actions:
        """Bring the thing that a step is about: find it, and take it if the step needs it in the hand."""
        noun = plan.noun(step.args[0]) if step.args else None
        holding = self._seen.holding
        if noun is None or (holding is not None and noun_of(holding) == noun):
            return True
        if holding is not None and step.verb != "use":
            down = [command for command in self._admissible if command.startswith(f"move {holding} to ")]
            yield from down[:1]
        if noun not in self._seen.kinds and (yield from self._search(plan, noun, _sought_for(plan, noun))):
            command = self._command(plan, Call("take", (step.args[0], "anywhere")))
            if step.verb not in ("take", "use") and command is not None:
                yield command
        return True

    def _moved(self, plan: Plan, step: Call) -> Actions:
        """Go to the place that a step names last."""
        noun = plan.noun(step.args[-1]) if step.args else None
        if noun in self._seen.kinds and (step.verb != "take" or len(step.args) == 1):
            yield from self._walk(self._place(step.args[-1], noun))
        return True

    # Searching

    def _search(self, plan: Plan, noun: str, name: str | None) -> Actions:
        """Go to a thing of a kind, searching one place after the other; False where it is nowhere."""
        room = self._seen
        counts = plan.counts.get(name or "", {})
        order = {place: self._random.random() for place in room.places}
        tried: set[str] = set()
        while True:
            known = room.where(noun, self._placed)
            if known is not None:
                return (yield from self._walk(known[1]))
            left = [place for place in room.places if place not in room.visited]
            if not left:
                return False
            likely = Counter(noun_of(place) for place in left)
            place = max(
                left, key=lambda p: (counts.get(noun_of(p), 0) / (likely[noun_of(p)] * self._cost(p)), order[p])
            )
            there = yield from self._walk(place)
            if there and f"open {place}" in self._admissible:
                yield f"open {place}"
            if place in tried or (there and f"open {place}" not in room.failures):
                room.visited.add(place)  # also where that failed twice: it is not tried for ever
            tried.add(place)

    def _cost(self, place: str) -> int:
        """Steps to see the contents of a place: one more where others of its kind were closed."""
        return (place not in self._seen.near) + (noun_of(place) in self._seen.closing) or 1


def _sought_for(plan: Plan, noun: str) -> str | None:
    """The parameter that says where things of a kind are."""
    return next((name for name, thing in plan.sought.items() if plan.noun(thing) == noun), None)


class Noisy:
    """An agent with random actions: at each step but the first, any admissible action with probability `noise`."""

    def __init__(self, agent: Crediting, noise: float, seed: int) -> None:
        self._agent = agent
        self._noise = noise
        self._seed = seed

    @property
    def used(self) -> Sequence[str]:
        return self._agent.used

    def begin(self, task: Task, observation: str) -> None:
        self._random = random.Random(f"noise:{self._seed}:{task.id}")
        self._agent.begin(task, observation)
        self._begun = False

    def act(self, admissible: Sequence[str]) -> str:
        if self._begun and self._random.random() < self._noise:
            return self._random.choice(admissible)
        self._begun = True
        return self._agent.act(admissible)

    def observe(self, action: str, transition: Transition) -> None:
        self._agent.observe(action, transition)
