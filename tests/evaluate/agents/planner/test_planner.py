"""The planner: it knows nothing by itself, and keeps exactly the rules that a recall names."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import tiny_trips

from memp.evaluate.agents.agent import Played
from memp.evaluate.agents.planner.planner import Planner
from memp.evaluate.environments.travelplanner.world import TravelPlannerWorld
from memp.evaluate.experiments.run import play
from memp.reply import MatchReply, RecallReply

SEEDS = range(10)
ALL = (
    "Diverse Restaurants: a restaurant is visited a second time.",
    "Diverse Attractions: an attraction is visited a second time.",
    "Non-conflicting Transportation: self-driving cannot be combined with a taxi.",
    "Minimum Nights Stay: it asks for at least 2 nights in a row.",
    "Budget: the plan costs more than the budget.",
    "Room Rule: it has the house rule 'No smoking'.",
    "Room Type: it is of another room type.",
    "Cuisine: no restaurant serves the cuisine Thai.",
    "Transportation: the travellers want no flight.",
)


@pytest.fixture
def world(tmp_path: Path) -> TravelPlannerWorld:
    return TravelPlannerWorld(tiny_trips.write(tmp_path))


class Memory:
    """Recalls the plan of five days, and each pitfall by a look-up of its own."""

    def __init__(self, world: TravelPlannerWorld, pitfalls: Sequence[str], plan: bool = True) -> None:
        steps = list(world.walkthrough(world.tasks("train")[1])) if plan else []
        self._matches = [MatchReply(id="p7", goal="g", fit=1, steps=steps)] if plan else []
        self._pitfalls = pitfalls
        self.errors: list[str] = []

    def __call__(self, task: str, error: str | None) -> RecallReply:
        self.errors += [] if error is None else [error]
        shown = self._pitfalls[len(self.errors) - 1 :][:1] if error else []
        return RecallReply(matches=self._matches, pitfalls=list(shown), next="")


def _played(world: TravelPlannerWorld, memory: Memory | None, split: str = "dev", again: bool = True) -> list[Played]:
    environment = world.environment()
    return [
        play(environment, task, Planner(seed, memory, again=again))
        for task in world.tasks(split)
        for seed in SEEDS
        if memory is None or not memory.errors.clear()
    ]


def _messages(played: Sequence[Played]) -> str:
    return "\n".join(one.steps[-1].observation for one in played)


def test_without_memory_it_fails(world: TravelPlannerWorld):
    played = _played(world, None)
    assert not any(one.won for one in played)
    assert all(one.steps[-1].action == "submit" and one.invalid == 0 for one in played)


def test_with_a_plan_and_all_rules_it_passes(world: TravelPlannerWorld):
    for split in ("train", "dev"):
        played = _played(world, Memory(world, ALL), split)
        assert all(one.won for one in played), _messages(played)


def test_a_rule_that_nothing_names_is_not_kept(world: TravelPlannerWorld):
    all_but_budget = [rule for rule in ALL if not rule.startswith("Budget")]

    def messages(rules: Sequence[str]) -> str:
        return _messages([*_played(world, Memory(world, rules), "train"), *_played(world, Memory(world, rules))])

    kept = messages(all_but_budget)
    for text in ALL:
        rule = text.partition(":")[0] + ":"
        others = [other for other in all_but_budget if other != text]
        assert rule in messages(others)
        assert rule not in (kept if text in all_but_budget else messages([*others, text]))


def test_a_plan_alone_gives_the_form_and_no_rules(world: TravelPlannerWorld):
    messages = _messages(_played(world, Memory(world, ())))
    for structural in ("Complete Information", "Reasonable City Route", "Within Current City", "Within Sandbox"):
        assert structural not in messages
    assert "Diverse Restaurants" in messages


def test_rules_can_stand_for_a_plan(world: TravelPlannerWorld):
    rules = (*ALL, "Reasonable City Route: it must end where it starts.", "Complete Information: day 1 has no lunch.",
             "Within Current City: it is not there.", "Within Sandbox: there is no such flight.")  # fmt: skip
    played = _played(world, Memory(world, rules, plan=False))
    assert sum(one.won for one in played) > len(played) / 2


def test_it_looks_up_all_that_may_go_wrong_unless_it_may_not(world: TravelPlannerWorld):
    memory = Memory(world, ())
    play(world.environment(), world.tasks("dev")[0], Planner(0, memory))
    assert {"transportation", "accommodations: minimum nights", "Please plan a 5-day trip for me from Homely to 2 cities in "
            "Fell"} <= set(memory.errors)  # fmt: skip
    memory.errors.clear()
    play(world.environment(), world.tasks("dev")[0], Planner(0, memory, again=False))
    assert memory.errors == []


def test_it_names_the_procedure_that_it_followed(world: TravelPlannerWorld):
    planner = Planner(0, Memory(world, ()))
    play(world.environment(), world.tasks("dev")[0], planner)
    assert planner.used == ["p7"]
    planner = Planner(0, Memory(world, (), plan=False))
    play(world.environment(), world.tasks("dev")[0], planner)
    assert planner.used == []


def test_the_same_seed_gives_the_same_plan(world: TravelPlannerWorld):
    task, environment = world.tasks("dev")[0], world.environment()
    plans = [play(environment, task, Planner(seed, Memory(world, ()))).steps for seed in (3, 3, 4)]
    assert plans[0] == plans[1] != plans[2]


def test_too_little_money_costs_meals_of_travel_days_only(world: TravelPlannerWorld):
    query = tiny_trips.query(12, tiny_trips.LONG.replace("$1,000", "$270"), 5, budget=270)
    assert query["budget"] == 270
    memory = Memory(world, ("Budget: it costs more.", "Diverse Restaurants: one is visited a second time.",
                            "Minimum Nights Stay: 2 nights in a row."))  # fmt: skip
    task = world.tasks("dev")[0]
    poor = task.model_copy(update={"goal": query["query"]})
    rich_plan = play(world.environment(), task, Planner(0, memory)).steps
    memory.errors.clear()
    poor_plan = play(world.environment(), poor, Planner(0, memory)).steps
    journeys, stays = (0, 2, 4), (1, 3)
    assert all("breakfast" in poor_plan[day].action for day in stays)
    assert sum("dinner" in poor_plan[day].action for day in journeys) < sum(
        "dinner" in rich_plan[day].action for day in journeys
    )


def test_the_reason_of_a_step_may_name_a_rule(world: TravelPlannerWorld):
    plan = list(world.walkthrough(world.tasks("train")[1]))
    rule = "Diverse Restaurants"

    def messages(steps: Sequence[str]) -> str:
        reply = RecallReply(matches=[MatchReply(id="p7", goal="g", fit=1, steps=list(steps))], next="")
        environment = world.environment()
        task = world.tasks("dev")[0]
        return _messages([play(environment, task, Planner(s, lambda task, error: reply)) for s in SEEDS])

    assert rule in messages(plan)
    assert rule not in messages([f"{plan[0]} (why: no restaurant twice)", *plan[1:]])
    assert rule in messages([*plan, "if 'days' > 90: no restaurant twice"]), "what is not met says nothing"
