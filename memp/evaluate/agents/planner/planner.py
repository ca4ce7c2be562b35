"""The planner: a scripted agent that plans trips, and so measures a memory without a language model.

It is told how a line of a plan is written and that its values come from the reference tables, and nothing of trips. Which
fields which day has it takes from a recalled plan (memp.evaluate.agents.planner.layout); it keeps exactly those rules that
recalled pitfalls and remarks name (memp.evaluate.agents.planner.rules). For everything else it draws lots. So a difference
between two runs of it is a difference in memory.
"""

import random
from collections.abc import Iterator, Sequence

from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.conditions import in_bounds
from memp.evaluate.agents.planner.layout import Layout, layout_of
from memp.evaluate.agents.planner.meals import Cook, Guide
from memp.evaluate.agents.planner.outline import Outliner
from memp.evaluate.agents.planner.request import budget, clauses
from memp.evaluate.agents.planner.rooms import Host
from memp.evaluate.agents.planner.rules import Rule, rules_in
from memp.evaluate.agents.planner.travel import Traveller
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.environments.travelplanner.plan import SUBMIT, TRANSPORTATION, Day, day_line, read_day
from memp.evaluate.environments.travelplanner.reference import columns, read_reference
from memp.reply import RecallReply
from memp.text.steps import parse_step


class Planner:
    """Plans as a memory says, by lot where it says nothing. The same seed and task give the same draws.

    A plan is checked only once, when it is too late to change it. So with `again` the planner looks up all that may go
    wrong before it writes one: each clause of the request, the way to travel, and each column of the tables.
    """

    def __init__(self, seed: int, recall: Recaller | None = None, *, again: bool = True) -> None:
        self._seed = seed
        self._recall = recall
        self._again = again

    def begin(self, task: Task, observation: str) -> None:
        self._task = task
        self._observation = observation
        self._luck = random.Random(f"{self._seed}:{task.id}")
        self.used: list[str] = []
        """The procedure whose layout is followed: a record of this play names it in `used`."""
        self._lines = self._write()

    def act(self, admissible: Sequence[str]) -> str:
        return next(self._lines)

    def observe(self, action: str, transition: Transition) -> None:
        """Nothing: a plan is written as a whole."""

    def _write(self) -> Iterator[str]:
        replies = list(self._replies())
        layout = self._layout(replies)
        known = (self._observation, self._task.goal)
        rules = frozenset(rules_in(text for reply in replies for text in _remarks(reply, known)))
        for number, day in enumerate(self._plan(layout, rules), 1):
            yield day_line(number, day)
        while True:
            yield SUBMIT

    def _replies(self) -> Iterator[RecallReply]:
        """The answers of all look-ups."""
        if self._recall is not None:
            yield self._recall(self._task.goal, None)
            for question in self._questions() if self._again else ():
                yield self._recall(self._task.goal, question)

    def _questions(self) -> Sequence[str]:
        """Errors that may come up, each to be looked up as an error would be."""
        return [*clauses(self._task.goal), TRANSPORTATION, *columns()]

    def _layout(self, replies: Sequence[RecallReply]) -> Layout | None:
        """The layout of the first plan that a reply shows."""
        for match in (match for reply in replies for match in reply.matches):
            if (layout := layout_of(match, (self._observation, self._task.goal))) is not None:
                self.used = [match.id]
                return layout
        return None

    def _plan(self, layout: Layout | None, rules: frozenset[Rule]) -> list[Day]:
        reference, asked = read_reference(self._observation), self._task.goal
        days = Outliner(reference, layout, rules, self._luck).days()
        travel = Traveller(asked, reference, rules, self._luck).choose(days)
        nights = Host(asked, reference, rules, layout is not None and layout.stays, self._luck).choose(days)
        cook = Cook(asked, reference, rules, self._luck)
        meals = cook.choose(days)
        if layout is not None and Rule.BUDGET in rules and (money := budget(asked)) is not None:
            optional = [(n, meal) for n, day in enumerate(days) if day.route for meal in layout.spared]
            meals = cook.spared(meals, optional, money - sum(one.cost for one in (*travel, *nights)))
        sights = Guide(reference, rules, self._luck).choose(days)
        return [
            Day(
                city=day.text, transportation=travel[n].text, accommodation=nights[n].text, attractions=sights[n],
                **{meal: f"{one.name}, {one.city}" for (at, meal), one in meals.items() if at == n},
            )
            for n, day in enumerate(days)
        ]  # fmt: skip


def _remarks(reply: RecallReply, known: Sequence[str]) -> Iterator[str]:
    """The texts of a reply that may state a rule: pitfalls, what must hold before, reasons, and steps that are no line of a
    plan."""
    yield from (*reply.on_error, *reply.pitfalls)
    for match in reply.matches:
        yield from (*match.pitfalls, *match.before)
        for step in map(parse_step, match.steps):
            if in_bounds(step, known):
                yield from filter(None, (step.why, step.action if read_day(step.action) is None else ""))
