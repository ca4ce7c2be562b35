"""bench/updates.py: a small world in which memories can be told apart, and exact archiving rates."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from simulation.arms import Paper, Product, WithoutNames
from simulation.rules import archived_share
from simulation.world import Plan, Setting, World
from updates import Job, main, run_all, simulate

from memp.domain.results import Options
from memp.embed.hashing import HashingEmbedder

CLEAN = Setting(noise=0.0, poison=0.0, changes=False)


def unchanged(steps: Sequence[str]) -> tuple[str, ...]:
    return tuple(steps)


def own(world: World, index: int) -> Plan:
    return world.plan(world.task(index), None)


def test_the_same_seed_gives_the_same_world_tasks_and_luck() -> None:
    first, again = (World.make(3, 50, Setting(0.3), families=8) for _ in range(2))
    assert first.families == again.families
    for index in range(50):
        task, plan = first.task(index), own(first, index)
        run = first.run(task, plan)
        assert (again.task(index), again.run(again.task(index), plan)) == (task, run)
        assert again.report(task, plan, run) == first.report(task, plan, run)
    assert World.make(4, 50, Setting(0.3), families=8).families != first.families


def test_half_way_the_best_way_of_a_changing_family_fails_and_a_poor_one_works_as_it_did() -> None:
    families = World.make(0, 100, Setting(), families=40).families
    changing = [family for family in families if family.changes]
    assert 0 < len(changing) < 40
    for family in changing:
        good, poor = family.ways[0], family.ways[2]
        assert good.after < poor.before < good.before == poor.after
    assert not World.make(0, 100, CLEAN, families=40).task(99).family.changes


def test_without_memory_a_family_succeeds_at_its_base_rate() -> None:
    world = World.make(1, 4000, CLEAN, families=2)
    tasks = [world.task(i) for i in range(4000)]
    for family in world.families:
        outcomes = [world.run(task, own(world, task.index)).success for task in tasks if task.family is family]
        # Four standard errors of a share of some 2,000 draws.
        assert sum(outcomes) / len(outcomes) == pytest.approx(family.base_rate(late=False), abs=0.045)


def test_outcomes_are_flipped_and_runs_poisoned_as_often_as_said() -> None:
    world = World.make(0, 4000, Setting(noise=0.3, poison=0.1), families=20)
    made = [(task, own(world, task.index)) for task in map(world.task, range(4000))]
    reports = [(world.run(task, plan), world.report(task, plan, world.run(task, plan))) for task, plan in made]
    assert sum(not report.genuine for _, report in reports) / 4000 == pytest.approx(0.1, abs=0.02)
    flipped = [report.success != run.success for run, report in reports if report.genuine]
    assert sum(flipped) / len(flipped) == pytest.approx(0.3, abs=0.03)


def test_noise_in_claims_leaves_outcomes_alone_that_something_else_vouches_for() -> None:
    setting = Setting(noise=1.0, poison=0.0, weak_only=True)
    world = World.make(0, 200, setting, families=8)
    for task in map(world.task, range(200)):
        plan = own(world, task.index)
        run = world.run(task, plan)
        report = world.report(task, plan, run)
        assert (report.success != run.success) == (report.evidence in ("claim", "judge"))


def test_recalled_steps_are_read_as_the_way_they_describe_and_a_missing_step_costs() -> None:
    world = World.make(0, 100, CLEAN, families=8)
    task = world.task(0)
    way = task.family.ways[1]
    whole = world.read([step.replace("{name}", "{id}") for step in way.steps])
    part = world.read([step.format(name="cedar-1") for step in way.steps[:-1]])
    assert whole is not None and part is not None
    assert world.rate(task, whole) == way.before
    assert world.rate(task, part) < way.before
    other = next(family for family in world.families if family is not task.family)
    assert world.rate(task, replace(whole, family=other)) < 0.1
    assert world.read(["something else entirely"]) is None


@pytest.mark.parametrize("kind", ["paper", "product"])
def test_a_memory_shows_the_steps_it_was_given_and_takes_in_what_the_agent_writes(kind: str) -> None:
    embedder = WithoutNames(HashingEmbedder())
    memory = Paper(embedder, "adjustment") if kind == "paper" else Product(embedder, Options(), writes=True)
    world = World.make(0, 100, CLEAN, families=8)
    task = world.task(0)
    plan = Plan(task.family, 0, task.family.ways[0].steps, from_memory=False)
    good = replace(world.run(task, plan), success=True, steps=tuple((s, "Done.") for s in bound(plan, "cedar-1")))
    report = replace(world.report(task, plan, good), success=True)
    assert memory.recall(task.text) is None
    memory.finish(report, None, unchanged)
    shown = memory.recall(task.text)
    assert shown is not None
    read = world.read(shown.steps)
    assert read is not None and (read.way, read.complete) == (0, True)
    other = task.family.ways[1].steps
    bad = replace(report, success=False, run=replace(good, error="refused"))
    memory.finish(bad, shown, lambda steps: other)
    again = memory.recall(task.text)
    # The product may show the parent or its revision: by which rule is tested where the rule stands.
    read = world.read(again.steps) if again is not None else None
    assert read is not None and read.complete and read.way in ((1,) if kind == "paper" else (0, 1))
    memory.close()


def bound(plan: Plan, name: str) -> list[str]:
    return [step.format(name=name) for step in plan.steps]


def test_every_memory_meets_the_same_stream_and_kept_results_are_not_run_again(tmp_path: Path) -> None:
    jobs = [Job(arm, Setting(0.1), 0, 40, 4) for arm in ("no memory", "validation", "ours")]
    kept = tmp_path / "results.jsonl"
    first = run_all(jobs, 1, kept)
    assert [len(result.successes) for result in first] == [40, 40, 40]
    assert first[0].counts == {"nothing": 40}
    assert run_all(jobs, 1, kept) == first
    assert len(kept.read_text().splitlines()) == 3
    assert simulate(jobs[1]) == first[1]


def test_archiving_rates_are_as_counted() -> None:
    never = archived_share(lambda outcomes: False, 0.5, trials=50)
    after_two = archived_share(lambda outcomes: outcomes.count(False) >= 2, 0.5, 3, trials=2_000)
    assert never == 0
    # Of three fair draws, two or three failures: 4 of 8.
    assert after_two == pytest.approx(0.5, abs=0.04)
    assert archived_share(lambda outcomes: False in outcomes, 0.9, 2, noise=0.5) == pytest.approx(0.75, abs=0.03)


def test_the_seeds_are_those_that_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    kept = tmp_path / "runs.jsonl"
    options = [
        "--settings",
        "quick",
        "--arms",
        "no memory",
        "--tasks",
        "8",
        "--families",
        "4",
        "--hashing",
        "--jobs",
        "1",
    ]
    monkeypatch.setattr(sys, "argv", ["updates.py", "--seeds", "5", "7", *options, "--results", str(kept)])
    main()
    assert [json.loads(line)["seed"] for line in kept.read_text(encoding="utf-8").splitlines()] == [5, 7]
