"""The experimenter follows what is recalled, in the steps' grammar, under the names that things have where it is."""

import pytest
from tiny_laboratory import WRONG, TinyLaboratory

from memp.evaluate.agents.agent import Played
from memp.evaluate.agents.experimenter.experimenter import REFUSALS, REPEATS, Experimenter
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.experiments.run import play
from memp.reply import ExampleReply, MatchReply, RecallReply

GOAL = "warm the tea."
RUN = [
    "go to pantry -> You move to the pantry.", "open box -> The box is now open.", "move jar 7 to heater",
    "activate heater", *["wait1"] * TinyLaboratory.TURNS, "focus on jar 7",
]  # fmt: skip
SCRIPT = [
    "go to pantry", "look around", "if 'box is closed': open box", "move {jar} to heater", "activate heater",
    "wait1 until 'hot {substance}' is seen (4 times last time)", "focus on {jar}",
]  # fmt: skip


def task(box: str = "closed", goal: str = GOAL) -> Task:
    return Task(id=box, split="test", kind="warm", goal=goal)


def match(**fields: object) -> MatchReply:
    return MatchReply.model_validate({"id": "p1", "goal": GOAL, "fit": 1.0, **fields})


def script(*steps: str, **parameters: str) -> MatchReply:
    return match(steps=list(steps), parameters=parameters)


def played(
    *matches: MatchReply,
    box: str = "closed",
    goal: str = GOAL,
    laboratory: TinyLaboratory | None = None,
    limit: int = 60,
) -> Played:
    reply = RecallReply(matches=list(matches), next="")
    return play(laboratory or TinyLaboratory(), task(box, goal), Experimenter(0, lambda task, error: reply), limit)


def actions(done: Played) -> list[str]:
    return [step.action for step in done.steps]


def test_a_run_is_followed_with_the_likest_names_that_are_here():
    done = played(match(example=ExampleReply(task=GOAL, steps=RUN)))
    assert done.won
    assert actions(done)[2:4] == ["move jar 7 to heater", "move jar 2 to heater"]
    assert actions(done)[-1] == "focus on jar 2", "the name once found is kept"
    assert done.invalid == 1


def test_the_words_in_which_a_runs_task_differs_are_replaced():
    example = ExampleReply(task="warm the soup in the cellar.", steps=["go to cellar", "look at cold soup"])
    done = played(match(example=example), goal="warm the tea in the pantry.", limit=2)
    assert actions(done) == ["go to pantry", "look at cold tea"]


def test_two_words_of_a_task_that_changed_places_are_both_replaced():
    example = ExampleReply(task="if hot move to red, else to blue", steps=["move red box to blue box"])
    done = played(match(example=example), goal="if hot move to blue, else to red", limit=1)
    assert actions(done) == ["move blue box to red box"]


def test_open_parameters_are_filled_from_the_reply_and_by_what_is_here():
    done = played(script(*SCRIPT, substance="= tea", jar="the vessel; so far: jar 9 3x"))
    assert done.won
    assert "move jar 2 to heater" in actions(done)
    assert done.invalid == 0


@pytest.mark.parametrize(("box", "opened"), [("closed", True), ("open", False)])
def test_a_conditional_step_is_done_where_its_words_were_seen(box: str, opened: bool):
    done = played(script(*SCRIPT, substance="= tea", jar=""), box=box)
    assert done.won
    assert ("open box" in actions(done)) == opened


def test_a_step_under_if_not_is_done_where_its_words_were_not_seen():
    steps = ("go to pantry", "look around", "if not 'box is open': open box", "wait1")
    assert actions(played(script(*steps), box="open", limit=3)) == ["go to pantry", "look around", "wait1"]
    assert "open box" in actions(played(script(*steps), limit=3))


def test_waiting_ends_when_the_words_are_seen():
    done = played(script(*SCRIPT, substance="= tea", jar=""))
    at = actions(done).index("wait1")
    assert actions(done)[at:] == ["wait1", "wait1", "look around", "wait1", "look around", "focus on jar 2"]


def test_a_repeated_step_that_shows_something_new_each_time_needs_no_look():
    done = played(script("go to pantry", "activate heater", "examine clock until '3 o’clock' is seen"), limit=5)
    assert actions(done)[2:] == ["examine clock"] * 3


def test_waiting_for_what_never_comes_ends():
    done = played(script("wait1 until 'thunder' is seen (2 times last time)", "go to pantry"), limit=2 * REPEATS)
    assert actions(done) == ["wait1", *["wait1", "look around"] * (REPEATS - 1), "go to pantry"]


def test_what_is_refused_again_and_again_is_not_repeated_any_longer():
    done = played(script("examine ghost until 'boo' is seen", "go to pantry"), limit=30)
    assert sum(action.startswith("examine") for action in actions(done)) == REFUSALS + 1, (
        "its own name, then the likest"
    )
    assert "go to pantry" in actions(done)


def test_where_no_way_leads_it_teleports():
    done = played(match(example=ExampleReply(task=GOAL, steps=RUN)), laboratory=TinyLaboratory(door=False))
    assert done.won
    assert actions(done)[:2] == ["go to pantry", "teleport to pantry"]


@pytest.mark.parametrize(("steps", "said"), [(["move jar to heater", "1"], "1"), (["move jar to heater"], "0")])
def test_a_question_is_answered_as_in_the_run_or_with_the_first(steps: list[str], said: str):
    example = ExampleReply(task=GOAL, steps=["go to pantry", "open box", *steps])
    done = played(match(example=example), laboratory=TinyLaboratory(("jar 2", "jar 4")), limit=4)
    assert actions(done)[3] == said
    assert "You move the jar" in done.steps[3].observation


def test_a_number_is_not_said_where_nothing_was_asked():
    example = ExampleReply(task=GOAL, steps=["go to pantry", "0", "open box"])
    assert actions(played(match(example=example), limit=2)) == ["go to pantry", "open box"]


def test_the_run_is_followed_where_the_script_did_not_help():
    both = match(steps=["go to attic"], example=ExampleReply(task=GOAL, steps=RUN))
    assert played(both).won


def test_the_second_match_is_followed_after_the_first():
    agent = Experimenter(
        0, lambda task, error: RecallReply(matches=[script("wait1"), script(*SCRIPT, substance="= tea")], next="")
    )
    assert play(TinyLaboratory(), task(), agent, 60).won
    assert agent.used == ["p1"]


def test_without_memory_it_explores_and_focuses_on_nothing_that_the_task_does_not_name():
    done = play(TinyLaboratory(), task(), Experimenter(1), 80)
    assert not done.won
    assert not any(action.startswith("focus") for action in actions(done))
    assert len(set(actions(done))) > 5


def test_a_memory_without_an_answer_is_no_memory():
    assert played(limit=40) == play(TinyLaboratory(), task(), Experimenter(0), 40)


def test_a_wrong_act_that_cannot_be_taken_back_ends_the_play():
    done = played(script("go to pantry", "open box", "focus on jar 2", "wait1"))
    assert not done.won
    assert done.steps[-1].observation == WRONG
    assert len(done.steps) == 3


def test_what_is_not_here_is_looked_for_in_a_room_that_the_task_names():
    done = played(
        match(example=ExampleReply(task=GOAL, steps=RUN[2:])), goal="in the pantry, warm the tea.", box="open"
    )
    assert done.won
    assert actions(done)[:3] == ["move jar 7 to heater", "teleport to pantry", "move jar 7 to heater"]


def test_where_that_does_not_help_it_goes_back():
    example = ExampleReply(task=GOAL, steps=["go to study", "pick up lamp", "wait1"])
    done = played(match(example=example), goal="in the pantry, warm the tea.", limit=7)
    assert actions(done)[-4:] == ["teleport to pantry", "pick up lamp", "teleport to study", "wait1"]


def test_an_act_that_cannot_be_taken_back_is_not_done_to_something_that_is_only_like():
    example = ExampleReply(task=GOAL, steps=["go to pantry", "open box", "focus on old jar 2"])
    assert "focus on jar 2" not in actions(played(match(example=example), limit=4))


def test_a_step_that_depends_on_a_number_is_done_by_the_newest_reading_that_gives_it():
    """The laboratory tells no number: what depends on one is not done. The task's own text is no reading."""
    steps = ["go to pantry", "if 'warm' > 3: look around", "open box (2 of 5 runs) (why: the jar must be seen)"]
    assert actions(played(script(*steps), limit=2)) == ["go to pantry", "open box"]

    class Clock(TinyLaboratory):
        def step(self, action: str) -> Transition:
            self._looks = getattr(self, "_looks", 0) + 1
            transition = super().step(action)
            return transition._replace(observation=f"{transition.observation}\nclock: {self._looks} o'clock")

    steps = ["go to pantry", "if 'clock: o'clock' > 1: wait1", "if 'clock: o’clock' < 2: look around", "open box"]
    done = played(script(*[step.replace("o'clock", "o’clock") for step in steps]), laboratory=Clock(), limit=3)
    assert actions(done) == ["go to pantry", "look around", "open box"]
