"""Choices: the one of several things that a task names, which a run has to find out."""

from collections.abc import Sequence

from families import Shown, run_of

from memp.build.extractive.script import Built, extract_family
from memp.domain.trajectory import Trajectory
from memp.text.steps import parse_step


def sample(name: str, acid: str, other: str, put: str, *looks: Shown) -> Trajectory:
    """A laboratory: an acid goes on one shelf, all else on another."""
    return run_of(
        f"Test sample {name}. If it is an acid, put it on the {acid} shelf. If it is none, put it on the {other} shelf.",
        *looks,
        (f"dip paper in {name}", "It is wet."),
        (f"put {name} on {put} shelf", "Done."),
    )


UNSEEN = [
    sample("k17", "top", "low", "top"),
    sample("m20", "left", "right", "right"),
    sample("q31", "north", "south", "north"),
]


def steps_with(built: Built, words: str) -> list[str]:
    return [step for step in built.script.steps if words in step]


def described(built: Built) -> dict[str, str]:
    return {parameter.name: parameter.description for parameter in built.script.parameters}


def check_is_open(runs: Sequence[Trajectory]) -> None:
    """The last step takes a choice, which the task does not fill in, and no run's answer is told as the rule."""
    built = extract_family(runs)
    (step,) = steps_with(built, "shelf")
    assert "{choice}" in step and not parse_step(step).whole
    assert "found out" in described(built)["choice"]
    assert all("choice" not in draft.bindings and "{choice}" not in draft.template for draft in built.drafts)


def test_what_nothing_decides_is_to_be_found_out():
    check_is_open(UNSEEN)


def test_a_run_that_was_alone_gives_no_answer_to_the_next():
    check_is_open(UNSEEN[:1])


def test_runs_that_happened_to_choose_alike_give_none_either():
    check_is_open([sample(name, "top", "low", "top") for name in ("k17", "m20", "q31")])


def test_the_tasks_fill_in_what_there_is_to_choose_from():
    built = extract_family(UNSEEN)
    assert [{v for n, v in d.bindings.items() if n.startswith("shelf")} for d in built.drafts] == [
        {"top", "low"},
        {"left", "right"},
        {"north", "south"},
    ]


def test_what_an_answer_decides_is_one_step_for_each_option():
    def dipped(name: str, acid: str, other: str, *, sour: bool) -> Trajectory:
        look = (f"look at paper of {name}", "The paper is red." if sour else "The paper is blue.")
        return sample(name, acid, other, acid if sour else other, look)

    built = extract_family(
        [
            dipped("k17", "top", "low", sour=True),
            dipped("m20", "left", "right", sour=False),
            dipped("q31", "north", "south", sour=True),
            dipped("w44", "near", "far", sour=False),
            dipped("z58", "inner", "outer", sour=True),
        ]
    )
    cases = {step.when or f"not {step.unless}" for step in map(parse_step, steps_with(built, "shelf"))}
    assert len(cases) == 2 and any("red" in case for case in cases)
    assert "{choice}" not in "\n".join(built.script.steps)


def test_a_run_that_acts_on_all_that_its_task_names_has_no_choice():
    run = run_of(
        "Carry the red box to the hall, then carry the blue box to the hall.",
        ("carry red box", "ok"),
        ("carry blue box", "ok"),
    )
    assert "choice" not in described(extract_family([run]))


def test_what_all_tasks_leave_the_same_stays_as_it_is():
    runs = [
        run_of(f"Start pump {n}", ("open panel", "open"), (f"press the green button of pump {n}", "on")) for n in (3, 5)
    ]
    assert any("green button" in step for step in extract_family(runs).script.steps)


def test_answers_that_differ_are_what_the_steps_before_found():
    def oldest(name: str) -> Trajectory:
        return run_of(
            "Name the oldest tree. Mark the oldest tree.", ("look around", f"Here are a {name} and a bush."),
            (f"mark {name}", "It is marked."),
        )  # fmt: skip

    built = extract_family([oldest("larch"), oldest("larch"), oldest("small oak")])
    (step,) = steps_with(built, "mark")
    assert "{answer}" in step and not parse_step(step).whole


def test_a_phrase_with_the_chosen_thing_is_no_parameter_beside_it():
    runs = [
        run_of(
            f"Weigh {name}. If it is above 50 grams point at the yellow tray, else at the purple tray.",
            (f"weigh {name}", f"the scale shows a weight of {grams} grams"),
            (f"point at {tray} tray", "Done."),
        )
        for name, grams, tray in (("brass", 120, "yellow"), ("cork", 30, "purple"))
    ]
    built = extract_family(runs)
    assert "tray" in built.script.goal.partition("point at the ")[2].split(",")[0]
    named = [value for draft in built.drafts for value in draft.bindings.values()]
    assert "yellow tray" not in named and "yellow" in named


def test_things_of_several_words_are_chosen_as_a_whole():
    runs = [
        run_of("Put it in the red box or the blue box.", ("test wire", "It conducts."), ("put wire in red box", "ok")),
        run_of("Turn off pump A or valve B, whichever leaks.", ("look around", "B drips."), ("turn off valve B", "ok")),
    ]
    chosen = [set(draft.bindings.values()) for run in runs for draft in extract_family([run]).drafts]
    assert chosen == [{"red box", "blue box"}, {"pump a", "valve b"}]
