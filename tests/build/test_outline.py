"""Outlines: what they say of a run is what reading it says, and they never tell runs apart that would have joined."""

import json
import random
import zlib
from pathlib import Path

from families import chores

from memp.build.families import family_of, join
from memp.build.outline import MOST_OUTLINED, VERSION, may_join, outline_of, read_outline
from memp.build.reading.pruning import needed_steps
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Step, Trajectory

TRACES = Path(__file__).parents[1] / "traces"


def recorded() -> list[Trajectory]:
    """The labelled runs, as they would be recorded."""
    return [
        Trajectory(
            task=run["task"],
            reward=1.0,
            steps=tuple(Step(**{k: v for k, v in step.items() if k in Step.model_fields}) for step in run["steps"]),
        )
        for file in sorted(TRACES.glob("*/*.json"))
        for run in json.loads(file.read_text(encoding="utf-8"))["runs"]
    ]


def test_an_outline_has_the_steps_that_the_success_needed():
    for run in recorded():
        outline = read_outline(outline_of(run))
        assert outline is not None
        assert tuple(outline.needed) == needed_steps(run.task, run.steps), run.task


def test_no_run_is_left_out_that_would_have_joined():
    runs = recorded()
    members, outlines = [member_of(run) for run in runs], [read_outline(outline_of(run)) for run in runs]
    apart = joined = 0
    for i, new in enumerate(members):
        chance = random.Random(i)
        for first in {max(i - 1, 0), *chance.choices(range(len(runs)), k=3)} - {i}:
            second, outline = chance.randrange(len(runs)), outlines[first]
            assert outline is not None
            for exemplars in ([members[first]], [members[first], members[second]]):
                alone = len(exemplars) == 1
                alike = any(one.task == new.task for one in exemplars)
                may = may_join(outline, new, 0.4, alone=alone)
                apart += not may
                if not alike and (not may or (alone and first == i - 1)):  # The others only take their time.
                    made = join(family_of(exemplars), new, used=True)
                    assert may or made is None, (runs[first].task, new.task)
                    joined += made is not None
    assert apart > 60
    assert joined > 20


def test_a_run_that_does_something_else_is_told_by_the_outline():
    outline = read_outline(outline_of(chores("Bake bread", "mix a", "bake a", "cool a")))
    assert outline is not None
    assert not may_join(outline, member_of(chores("Sew a coat", "cut b", "sew b", "iron b")), 0.6, alone=False)
    half = member_of(chores("Cool soup", "cool b", "boil b", "mix b"))
    assert may_join(outline, half, 0.6, alone=False), "it has most of the operations"
    assert not may_join(outline, half, 0.6, alone=True), "... in another order"
    assert may_join(outline, member_of(chores("Bake buns", "mix b", "bake b")), 0.6, alone=True)


def test_of_a_run_with_failed_tries_or_repeated_checks_its_order_tells_nothing():
    steps = [Step(action=f"{verb} a", observation="ok") for verb in ("mix", "bake", "cool")]
    checks = [Step(action="get_status()", observation=f"{n} left") for n in (2, 1)]
    plain = member_of(Trajectory(task="Cool soup", reward=1.0, steps=tuple(steps[::-1])))
    outline = read_outline(
        outline_of(Trajectory(task="Bake bread", reward=1.0, steps=(steps[0], checks[0], *steps[1:], checks[1])))
    )
    assert outline is not None
    assert not outline.simple
    assert may_join(outline, plain, 0.6, alone=True)


def test_a_long_run_and_another_edition_have_no_outline():
    run = Trajectory(
        task="Count",
        reward=1.0,
        steps=tuple(Step(action=f"say {n}", observation="ok") for n in range(MOST_OUTLINED + 1)),
    )
    assert outline_of(run) is None
    assert read_outline(None) is None
    stored = outline_of(run.model_copy(update={"steps": run.steps[1:]}))
    assert stored is not None
    assert read_outline(bytes([VERSION + 1]) + stored[1:]) is None
    assert len(stored) == 2 + 2 * MOST_OUTLINED


def test_outlines_of_this_edition_are_as_they_were():
    """Where this fails, how runs are read has changed: raise VERSION, which voids older outlines, and note the sum."""
    outlines = b"".join(outline_of(run) or b"" for run in recorded())
    assert (VERSION, zlib.crc32(outlines)) == (1, 441680158)
