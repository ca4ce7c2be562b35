"""TravelPlanner (Xie et al., ICML 2024) as an environment: sole planning, a line for each day, checked once.

The first observation is the request with all the information that a plan may be made of. A day is an action; `submit`
ends the game, won if all thirteen checks are passed. Else its observation are the messages of those that failed, one a
line. What an agent is given of a query is its words and its reference; the constraints as fields are the evaluator's.

Plans to learn from are people's, of the train split.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.environment import Benchmark, Experience, Task, Transition, evenly, shown
from memp.evaluate.environments.travelplanner.commonsense import Trip
from memp.evaluate.environments.travelplanner.hard import verdict_on
from memp.evaluate.environments.travelplanner.plan import FORM, SUBMIT, Day, day_line, read_day, recorded_day
from memp.evaluate.environments.travelplanner.reference import reference_text
from memp.evaluate.environments.travelplanner.tables import Query, Tables
from memp.evaluate.environments.travelplanner.verdict import Verdict

TRAIN, DEV = "train", "dev"
PEOPLE = "people"

PASSED = "The plan passes all checks."
OVER = "The plan has been submitted: nothing can be changed."
UNREADABLE = f"That is no line of a plan. A day is written as: {FORM}"

RULES = f"""You plan a trip. You are given a request, and reference information: all places, flights and drives that the \
plan can be made of. Write the plan day by day, one command for each day, and then submit it. It is checked once, when you \
submit it; until then a day may be written again.

The commands:
{FORM}
submit
CITY is the city of the day, or "from CITY to CITY" on a day of travel. T is "Flight NUMBER", "Self-driving" or "Taxi". A, R \
and P are an accommodation, a restaurant and an attraction, each as NAME, CITY. Leave out what a day does not have."""
"""How actions are written, as a language model is told it."""


class Trips:
    """Trips to plan, one at a time."""

    def __init__(self, queries: Mapping[str, Query], tables: Tables) -> None:
        self._queries = queries
        self._tables = tables
        self._query: Query | None = None
        self._days: dict[int, Day] = {}
        self._submitted = False

    def reset(self, task: Task) -> str:
        query = self._queries.get(task.id)
        if query is None:
            raise InputError(f"There is no trip '{task.id}' in this data: take a task from tasks(split).")
        self._query, self._days, self._submitted = query, {}, False
        return f"{query.query}\n\n{reference_text(query, self._tables)}"

    def step(self, action: str) -> Transition:
        query = self._started()
        if self._submitted:
            return self._noted(query, OVER, refused=True)
        if action.strip().lower() == SUBMIT:
            self._submitted = True
            return _judged(verdict_on(Trip(query, self._plan(query), self._tables)))
        said = [self._written(line) for line in action.strip().splitlines()] or [UNREADABLE]
        return self._noted(query, "\n".join(said), refused=UNREADABLE in said)

    @property
    def admissible(self) -> tuple[str, ...]:
        """The forms of an action: its values are free."""
        self._started()
        return FORM, SUBMIT

    def _started(self) -> Query:
        if self._query is None:
            raise InputError("No task has been started: call reset(task) first.")
        return self._query

    def _written(self, line: str) -> str:
        written = read_day(line)
        if written is None:
            return UNREADABLE
        number = written.number or len(self._days) + 1
        self._days[number] = written.day
        return f"Day {number} is written down."

    def _plan(self, query: Query) -> list[Day]:
        """The days up to the first that is missing."""
        numbers = range(1, query.days + 1)
        written = [self._days.get(number) for number in numbers]
        return [day for day in written[: written.index(None) if None in written else None] if day is not None]

    def _noted(self, query: Query, observation: str, *, refused: bool) -> Transition:
        """An observation while no plan is judged: none is delivered yet, or nothing more can be."""
        shares = verdict_on(Trip(query, (), self._tables)).shares
        return Transition(observation, 0.0, False, refused, shares)


def _judged(verdict: Verdict) -> Transition:
    said = PASSED if verdict.passed else "\n".join(verdict.messages)
    return Transition(said, float(verdict.passed), True, False, verdict.shares)


class TravelPlannerWorld:
    """TravelPlanner's data, opened.

    Raises:
        ConfigError, InputError: as Tables.
    """

    def __init__(self, folder: Path) -> None:
        self._tables = Tables(folder)
        self._folder = folder
        self._queries = {
            split: {f"{split}/{query.idx}": query for query in self._tables.queries(split)}
            for split in self._tables.splits
        }

    def splits(self) -> tuple[str, ...]:
        return self._tables.splits

    def tasks(self, split: str) -> tuple[Task, ...]:
        if split not in self._queries:
            raise InputError(f"There is no split '{split}' in this data, only: {', '.join(self.splits())}.")
        return tuple(
            Task(id=id, split=split, kind=f"{query.level}, {query.days} days", goal=query.query)
            for id, query in self._queries[split].items()
        )

    def environment(self, keep: int = 1) -> Trips:
        return Trips({id: query for split in self._queries.values() for id, query in split.items()}, self._tables)

    def walkthrough(self, task: Task) -> Sequence[str]:
        days = [recorded_day(record) for record in self._queries[task.split][task.id].plan if record]
        return [*(day_line(number, day) for number, day in enumerate(days, 1)), SUBMIT] if days else []

    def runs(self, source: str, most: int | None) -> Iterable[Experience]:
        solved = [task for task in self.tasks(TRAIN) if self.walkthrough(task)]
        if not solved:
            raise ConfigError(
                f"The train split of '{self._folder}' has no people's plans: nothing can be learned of it."
            )
        environment = self.environment()
        for task in evenly(solved, most):
            yield shown(environment, task, self.walkthrough(task))


TRAVELPLANNER = Benchmark(
    name="travelplanner",
    title="TravelPlanner's trips, in sole planning",
    summary="Trips planned (TravelPlanner) by a script with and without the memory. Needs its data.",
    data="TravelPlanner's data in compact form, a folder with a .jsonl.xz for each table and split",
    open=TravelPlannerWorld,
    train=TRAIN,
    final=DEV,
    smoke=DEV,
    sources=(PEOPLE,),
    solutions=PEOPLE,
    actions="plan",
    rules=RULES,
    limits="these are trips whose information is all given and whose thirteen rules are the same for each, 45 of them "
    "to learn from. Rules that differ from case to case, or that nobody states, are not in it.",
    without=("scaling", "transfer", "robustness", "update"),
    tries=1,
    quick={"learned": 6},
)
