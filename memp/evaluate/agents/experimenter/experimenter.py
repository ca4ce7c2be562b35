"""The experimenter: a scripted agent that follows recalled steps in a laboratory, without a language model.

It knows how commands are written (memp.evaluate.environments.laboratory) and nothing of any task: what to do, with which
things and for how long it has from a recall's answer or not at all. So a difference between two runs of it is a difference
in memory. For a name that is not here it takes the likest one, and it looks into the rooms that the task names.
"""

import random
from collections import Counter
from collections.abc import Generator, Mapping, Sequence

from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.conditions import is_met, says
from memp.evaluate.agents.experimenter.naming import ALIKE, FINAL, Naming
from memp.evaluate.agents.experimenter.recipe import Recipe, recipes_of
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.environments.laboratory import ALONE, call_of, is_choice, without_places
from memp.text.steps import ScriptStep

Actions = Generator[str, None, bool]
"""Actions, one at a time; the generator returns whether the last one was possible."""

LOOK = "look around"
AMBIGUOUS = "Ambiguous request"
PASSED_OVER = frozenset(("open", "close"))
"""Verbs of steps that are passed over where they are not possible: what stands open need not be opened."""

UNMOVED = PASSED_OVER | {"go", *ALONE}
"""Verbs of steps for which no other room is looked at."""

REPEATS = 20
"""The least bound of a step that is repeated until something is seen; twice the last count where that is more."""
REFUSALS = 3
"""Refusals in a row after which a step is not repeated any longer: what is not possible will not be by asking again."""
REREAD = 5
"""Exploring steps after which the possible actions are read anew: working them out takes long."""


class Experimenter:
    """Follows the recipes of a recall, one after the other, and then explores.

    Without `recall` it explores: a verb done least often, then by chance one of its actions done least often. The same
    seed and task give the same play. When all recipes are done in vain it looks up `again`, once, with the error.
    """

    def __init__(self, seed: int, recall: Recaller | None = None, *, again: bool = True) -> None:
        self._seed = seed
        self._recall = recall
        self._again = again

    def begin(self, task: Task, observation: str) -> None:
        self._task = task
        self._random = random.Random(f"{self._seed}:{task.id}")
        self._tried: Counter[str] = Counter()
        self._admissible: Sequence[str] = ()
        self._known: list[str] = []
        self._age = 0
        self._seen = {LOOK: observation}
        self._last = observation
        self._refused = False
        self._trouble = ""
        self._names = Naming(task.goal, self._random)
        self._room = ""
        self._visited: set[str] = set()
        self._followed: set[tuple[ScriptStep, ...]] = set()
        self.used: list[str] = []
        """The procedures followed in this play: a record of it names them in `used`."""
        self._actions = self._play()

    def act(self, admissible: Sequence[str]) -> str:
        self._admissible = admissible
        return next(self._actions)

    def observe(self, action: str, transition: Transition) -> None:
        self._tried[action] += 1
        self._last = transition.observation
        self._refused = action not in self._admissible if transition.refused is None else transition.refused
        if self._refused:
            self._trouble = f"{action}: {transition.observation}"
        elif call_of(action).verb == "go":
            self._room = call_of(action).args[0]
        self._seen.pop(action, None)
        self._seen[action] = transition.observation

    def _play(self) -> Actions:
        if self._recall is not None and (yield from self._recalled(self._recall, None)) and self._again:
            yield from self._recalled(self._recall, self._trouble or "All steps are done, but the task is not.")
        while True:
            yield self._novel()

    def _recalled(self, recall: Recaller, error: str | None) -> Actions:
        """Look the task up and follow what was not followed yet; False where nothing applies."""
        reply = recall(self._task.goal, error)
        for match in reply.matches:
            for recipe in recipes_of(match, self._task.goal):
                if recipe.steps not in self._followed:
                    self._followed.add(recipe.steps)
                    self.used = list(dict.fromkeys([*self.used, match.id]))
                    yield from self._follow(recipe)
        return bool(reply.matches)

    # Following

    def _follow(self, recipe: Recipe) -> Actions:
        """Do the steps in order. One that cannot be done is passed over: a later one may still help."""
        self._names.start()
        self._visited = set()
        answers = [step.action for step in recipe.steps[1:]] + [""]
        for step, answer in zip(recipe.steps, answers, strict=True):
            if self._applies(recipe, step):
                yield from self._repeat(recipe, step, answer)
        return True

    def _applies(self, recipe: Recipe, step: ScriptStep) -> bool:
        if is_choice(step.action):
            return False  # given where the question was asked
        # What an action showed before it was done again is forgotten.
        newest_first = reversed(self._seen.values())
        return is_met(step, newest_first, lambda words: recipe.fill(words, self._names.chosen))

    def _repeat(self, recipe: Recipe, step: ScriptStep, answer: str) -> Actions:
        """Do a step, as often as it takes to see its stop sign; where its own answer stays the same, look around."""
        if not step.until:
            return (yield from self._do(recipe, step.action, answer))
        done, before, refusals = True, "", 0
        words = recipe.fill(step.until, self._names.chosen)
        for _ in range(max(REPEATS, 2 * step.times)):
            done = yield from self._do(recipe, step.action, answer)
            refusals = 0 if done else refusals + 1
            said = self._last
            if said == before and not says(said, words):
                yield LOOK
            if says(self._last, words) or refusals == REFUSALS:
                break
            before = said
        return done

    def _do(self, recipe: Recipe, text: str, answer: str) -> Actions:
        """Do an action under the names that things have here; where that fails, in a room that the task names."""
        if (yield from self._here(recipe, text, answer)) or call_of(text).verb in UNMOVED:
            return not self._refused
        before = self._room
        for room in self._asked_rooms():
            self._visited.add(room)
            yield f"teleport to {room}"
            if (yield from self._here(recipe, text, answer)):
                return True
        if before not in ("", self._room):
            yield f"teleport to {before}"
        return False

    def _here(self, recipe: Recipe, text: str, answer: str) -> Actions:
        known = dict(self._names.chosen)
        action = self._names.completed(recipe, text, self._seen.values(), self._admissible)
        if action is not None and (yield from self._tried_out(action, answer)):
            return True
        if action is not None and self._names.chosen != known:
            # What stood for a parameter before is seen, and is not what was meant: another thing may be.
            self._names.chosen = known
            action = self._names.fitted(recipe, text, self._admissible)
            if action is not None:
                return (yield from self._tried_out(action, answer))
        if action is None:
            self._refused = True
            self._trouble = f"{text}: nothing here fits"
        return False

    def _tried_out(self, action: str, answer: str) -> Actions:
        action = self._names.renamed(action)
        yield from self._said(action, answer)
        call = call_of(action)
        if self._refused and call.verb == "go":
            yield f"teleport to {' '.join(call.args)}"
        if self._refused and call.verb not in PASSED_OVER:
            yield from self._otherwise(action, answer)
        return not self._refused

    def _otherwise(self, action: str, answer: str) -> Actions:
        """Name things without the place where they were, then take those that are likest to them."""
        for other in (without_places(action), self._names.likest(action, self._admissible)):
            if other not in ("", action):
                yield from self._said(other, answer)
                if not self._refused:
                    self._names.stand_in(action, other)
                    return True
        return False

    def _asked_rooms(self) -> list[str]:
        """Rooms that the task names and where it was not looked yet."""
        rooms = {arg for action in self._admissible if (call := call_of(action)).verb == "go" for arg in call.args}
        return sorted(room for room in rooms - self._visited if self._names.asked(room) == 1)

    def _said(self, action: str, answer: str) -> Actions:
        """Say a command, and the number of what was meant where that is asked."""
        yield action
        if self._last.startswith(AMBIGUOUS):
            yield answer if is_choice(answer) else "0"
        return not self._refused

    # Exploring

    def _novel(self) -> str:
        """An action of a verb that was done least often, by chance one that was done least often itself."""
        if not self._known or self._refused or self._age >= REREAD:
            self._known = [action for action in self._admissible if self._may_try(action)] or list(self._admissible)
            self._age = 0
        self._age += 1
        by_verb: dict[str, list[str]] = {}
        for action in self._known:
            by_verb.setdefault(call_of(action).verb, []).append(action)
        verbs = self._verbs()
        verb = self._least(list(by_verb), verbs)
        return self._least(by_verb[verb], self._tried)

    def _verbs(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for action, count in self._tried.items():
            counts[call_of(action).verb] += count
        return counts

    def _least(self, among: Sequence[str], counts: Mapping[str, int]) -> str:
        least = min(counts.get(one, 0) for one in among)
        return self._random.choice([one for one in among if counts.get(one, 0) == least])

    def _may_try(self, action: str) -> bool:
        """Whether to try an action: one that cannot be taken back only on what the task names, by half of its words."""
        call = call_of(action)
        return call.verb not in FINAL or self._names.asked(" ".join(call.args)) >= ALIKE
