"""The technician: an agent that works by tool calls, does the recalled steps whose conditions hold, and explores else."""

import pytest
from tiny_desk import TICKET, TinyDesk, ticket

from memp.evaluate.agents.technician import Technician
from memp.evaluate.experiments.run import play
from memp.reply import ExampleReply, MatchReply, RecallReply

READ = ["check_lamp(room={room})", "check_fuse()"]
SCRIPT = [
    *READ,
    "if 'Plug: out': plug(room={room})",
    "if 'Switch: off': toggle()",
    "if '\"state\": \"blown\"': put_fuse(box=1, fuse={fuse}) -> 'A new fuse.'",
]


class Memory:
    """Answers of a memory, one after the other; the last one stays."""

    def __init__(self, *matches: MatchReply, pitfalls: list[str] | None = None) -> None:
        self._matches = matches
        self._pitfalls = pitfalls or []
        self.errors: list[str | None] = []

    def __call__(self, task: str, error: str | None) -> RecallReply:
        self.errors.append(error)
        return RecallReply(matches=list(self._matches), pitfalls=self._pitfalls, next="")


def script(*steps: str, **fields: object) -> MatchReply:
    return MatchReply(id="p1", goal="mend the lamp", fit=1.0, steps=list(steps)).model_copy(update=fields)


def calls(memory: Memory | None, *faults: str, limit: int = 9, seed: int = 0, again: bool = True) -> list[str]:
    desk = TinyDesk()
    play(desk, ticket(*faults), Technician(seed, memory, again=again), limit)
    return desk.calls


FUSE = 'put_fuse(box=1, fuse="F9")'


@pytest.mark.parametrize(
    ("faults", "done"),
    [
        (("unplugged",), ['plug(room="R7")']),
        (("switched off",), ["toggle()"]),
        (("no fuse", "unplugged"), ['plug(room="R7")', FUSE]),
    ],
)
def test_only_steps_whose_condition_was_observed_are_done_with_values_that_were_observed(
    faults: tuple[str, ...], done: list[str]
):
    assert calls(Memory(script(*SCRIPT)), *faults) == ['check_lamp(room="R7")', "check_fuse()", *done]


def test_a_reading_that_is_made_again_replaces_what_it_showed():
    again = ["if 'Plug: out': plug(room={room})", "check_lamp(room={room})", "if 'Plug: out': toggle()"]
    done = calls(Memory(script(*READ, *again)), "unplugged", "no fuse", limit=4)
    assert done == ['check_lamp(room="R7")', "check_fuse()", 'plug(room="R7")', 'check_lamp(room="R7")']


def test_a_step_with_unless_is_done_where_the_words_were_not_seen():
    steps = [*READ, "if not 'Switch: on': toggle()", "if not 'Plug: in': plug(room={room})"]
    assert calls(Memory(script(*steps)), "unplugged", limit=3)[-1] == 'plug(room="R7")'


def test_the_ticket_is_observed_too_and_the_form_of_quotes_does_not_matter():
    steps = ["if 'lamp in ROOM r7': toggle()"]
    assert calls(Memory(script(*steps)), "switched off") == ["toggle()"]


def test_values_that_the_reply_knows_come_first():
    match = script("check_lamp(room={where})", 'plug(room="{where}")', parameters={"where": "= R7"})
    assert calls(Memory(match), "unplugged") == ['check_lamp(room="R7")', 'plug(room="R7")']


def test_of_a_run_every_call_is_done_whatever_is_observed():
    steps = ['check_lamp(room="R7") -> Plug: in', "toggle() -> Toggled.", "[...]", 'plug(room="R7") -> Plugged in.']
    match = script(example=ExampleReply(task=TICKET, steps=steps))
    assert calls(Memory(match), "unplugged", limit=3) == ['check_lamp(room="R7")', "toggle()", 'plug(room="R7")']


def test_a_run_of_another_ticket_is_done_with_the_words_of_this_one():
    steps = ["toggle(who=ben) -> Toggled."]
    other = TICKET.replace("Ann", "Ben")
    assert calls(Memory(script(example=ExampleReply(task=other, steps=steps))), "x", limit=1) == ["toggle(who=ann)"]


def test_a_step_is_repeated_until_something_is_seen():
    steps = ["check_fuse() until 'never' is seen (2 times last time)", "toggle()"]
    assert calls(Memory(script(*steps)), "x", limit=5) == [*["check_fuse()"] * 4, "toggle()"]
    assert calls(Memory(script("check_fuse() until 'fuse' is seen", "toggle()")), "x", limit=2) == [
        "check_fuse()",
        "toggle()",
    ]


def test_steps_in_prose_and_of_other_tools_are_passed_over():
    assert calls(Memory(script("look around", "rm(path='/')", "toggle()")), "x", limit=1) == ["toggle()"]


def test_after_steps_in_vain_it_looks_up_once_more_with_the_error():
    memory = Memory(script("toggle()", "plug(room=9)"))
    calls(memory, "no fuse")
    assert memory.errors == [None, "plug: Error: plug does not work so."]
    memory = Memory(script("toggle()"))
    calls(memory, "no fuse", again=False)
    assert memory.errors == [None]


def test_a_step_that_fails_is_helped_by_its_pitfalls():
    memory = Memory(
        script("plug(room=9)", "toggle()"),
        pitfalls=["plug: it does not work so | instead: plug(room={room})"],
    )
    assert calls(memory, "unplugged", limit=2) == ["plug(room=9)", 'plug(room="R7")']


def test_without_memory_it_explores_by_its_seed_alone_each_tool_once_first():
    first = calls(None, "x", limit=6, seed=3)
    assert first == calls(None, "x", limit=6, seed=3)
    assert len({call.partition("(")[0] for call in first}) == 6
    assert len({tuple(calls(None, "x", limit=6, seed=seed)) for seed in range(5)}) > 1


def test_a_memory_of_something_else_changes_nothing():
    irrelevant = Memory(script("git add .", "git commit"))
    assert calls(irrelevant, "x", seed=3) == calls(None, "x", seed=3)
    assert irrelevant.errors == [None]


def test_it_names_what_it_followed():
    agent = Technician(0, Memory(script("toggle()")))
    play(TinyDesk(), ticket("switched off"), agent, 3)
    assert agent.used == ["p1"]


def test_a_step_that_depends_on_a_number_is_done_by_the_newest_reading_that_gives_it():
    class Gauge(TinyDesk):
        """A fuse whose load falls with each reading."""

        def _answer(self, name: str, arguments: dict[str, object]) -> tuple[str, bool]:
            load = 90 - 40 * self.calls.count("check_fuse()")
            return (f"Load: {load} %", False) if name == "check_fuse" else super()._answer(name, arguments)

    steps = [
        "check_fuse()", "if 'Load: %' > 40: toggle()", "if 'Load: %' < 40: zap()", "check_fuse()",
        "if 'Load: %' > 40: toggle()", "if 'Voltage' < 40: toggle()", "if 'Load: %' < 40: plug(room=\"R7\")",
    ]  # fmt: skip
    desk = Gauge()
    play(desk, ticket("no fuse"), Technician(0, Memory(script(*steps))), 4)
    assert desk.calls == ["check_fuse()", "toggle()", "check_fuse()", 'plug(room="R7")']


def test_how_many_runs_had_a_step_and_why_is_no_part_of_the_call():
    steps = ["toggle() (2 of 5 runs) (why: it must be on) -> 'Toggled.'", 'plug(room="R7") (why: first the plug)']
    assert calls(Memory(script(*steps)), "x", limit=2) == ["toggle()", 'plug(room="R7")']
