"""The tables of a report."""

from experiments import episode

from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import CALM, STUDIES
from memp.evaluate.report.sections import section
from memp.evaluate.report.tables import TROUBLE, cells, header, rows, tables, trouble


def test_a_table_has_a_row_for_each_arm_that_was_played():
    episodes = [episode(arm, seed, "t", arm != "none") for arm in ("none", "facts", "script") for seed in range(2)]
    found = {row.arm: cells(row) for row in rows(episodes, ["none", "script", "trajectory", "facts"])}
    assert list(found) == ["none", "script", "facts"]
    assert found["script"][1].startswith("100.0") and "+100.0" in found["script"][6]


def test_measures_of_a_world_have_columns_of_their_own():
    shares = {"CS micro": (7, 8), "HC macro": (0, 1)}
    own = [episode("none", seed, "t", won=False).model_copy(update={"shares": shares}) for seed in range(2)]
    row = rows(own, ["none"])[0]
    assert dict(zip(header([row]), cells(row), strict=True))["CS micro %"] == "87.5 ±0.0"
    assert header([row])[-2:] == ("CS micro %", "HC macro %")


def episodes(name: str) -> list[Episode]:
    """Two tasks with two seeds of each arm of a study; what is won depends on the arm."""
    return [
        Episode(
            arm=arm.name, seed=seed, task=f"t{task}", kind="k<i>nd", won=(place + task + seed) % 3 > 0,
            steps=5 + place % 7, invalid=0, lookups=1, tokens=10 * arm.k, hit=arm.fault is not None and task == 0,
        )
        for place, arm in enumerate(STUDIES[name].arms) for task in range(2) for seed in range(2)
    ]  # fmt: skip


def test_recovery_and_extra_steps_are_of_the_episodes_in_which_it_happened():
    def episode(task: str, steps: int, *, won: bool, hit: bool) -> Episode:
        return Episode(
            arm="a", seed=0, task=task, kind="k", won=won, steps=steps, invalid=0, lookups=1, tokens=1, hit=hit
        )

    calm = [episode(task, 5, won=True, hit=False) for task in "abcd"]
    own = [
        episode("a", 9, won=True, hit=True), episode("b", 30, won=False, hit=True), episode("c", 5, won=True, hit=False),
        episode("d", 6, won=False, hit=False),
    ]  # fmt: skip
    found = trouble(own, calm)
    assert found.recovery is not None and found.extra is not None
    assert (found.hit, found.recovery.mean, found.extra.mean) == (0.5, 0.5, 14.5)
    assert trouble(calm, calm) == (0.0, None, None)


def test_only_the_tables_of_what_went_wrong_tell_of_it():
    found = section(STUDIES["robustness"], episodes("robustness"))
    calm, _, fails, *_ = found.tables
    assert set(TROUBLE).isdisjoint(calm.header) and fails.header[-3:] == TROUBLE
    assert all(len(line) == len(table.header) for table in found.tables for line in table.rows)
    assert [line[0] for line in calm.rows] == [
        arm.name.removeprefix(CALM) for arm in STUDIES["robustness"].groups[0].arms
    ]


def test_a_world_with_one_measure_of_its_own_has_it_by_task_type_as_well():
    plays = [
        episode("none", 0, task, False).model_copy(update={"shares": {"mean reward": (reward, 100)}})
        for task, reward in (("a", 50), ("b", 0))
    ]
    of_arm, by_kind = tables("Arms", rows(plays, ["none"]))
    assert (of_arm.header[-1], of_arm.rows[0][-1][:4]) == ("mean reward %", "25.0")
    assert by_kind.title.endswith("success % / steps / mean reward % by task type")
    assert by_kind.rows[0][1].endswith(" / 25")
    _, none = tables("Arms", rows([episode("none", 0, "a", True)], ["none"]))
    assert none.title.endswith("success % / steps by task type")
