"""`memp revoke`: a run is withdrawn, and what came from it is derived again, demoted or archived."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memp.config import open_memory, read_settings
from memp.domain.trajectory import Provenance
from memp.errors import InputError, StoreFullError
from memp.memory import ProceduralMemory

CHECK = "check: pytest, exit 0"
Document = Callable[..., Any]


@pytest.fixture
def memory(home: Path) -> Iterator[ProceduralMemory]:
    """The memory that the commands see."""
    opened = open_memory(read_settings())
    yield opened
    opened.close()


Run = Callable[..., tuple[int, str, str]]


def release(version: str, *more: str) -> list[str]:
    return [
        f"poetry version {version} -> bumped",
        *more,
        f"git tag v{version} -> ok",
        "git push --tags -> pushed",
        "pytest -q -> 9 passed",
    ]


def released(memory: ProceduralMemory, version: str, *more: str) -> None:
    memory.record(f"release version {version} of the parser", release(version, *more), "success", evidence=CHECK)


def test_what_came_from_a_run_alone_is_archived_and_does_not_come_back(
    memory: ProceduralMemory, document: Document, run: Run
) -> None:
    released(memory, "1.2.0")
    plan = document("revoke", "t1", "--dry-run")
    assert (plan["archived"], plan["done"]) == (["p1"], []) and len(memory.store.procedures()) == 1
    status, _, err = run("revoke", "t1")
    assert status == 1 and "pass --yes" in err and "release version 1.2.0" in err
    document("revoke", "t1", "--yes", "--reason", "it was never released")
    assert memory.store.procedures() == []
    assert memory.store.closest_run(1, "release") is None
    assert "it was never released" in str(document("why", "p1"))
    with pytest.raises(InputError, match="was revoked"):
        released(memory, "1.2.0")


def test_a_script_by_rule_is_derived_again_from_the_other_runs(memory: ProceduralMemory, document: Document) -> None:
    released(memory, "1.2.0")
    before = memory.store.procedures()[0].script.steps
    released(memory, "1.3.0", "rm -rf dist -> removed")
    released(memory, "1.4.0", "rm -rf dist -> removed")
    [procedure] = memory.store.procedures()
    assert any("rm -rf dist" in step for step in procedure.script.steps)
    for name in ("t2", "t3"):
        assert document("revoke", name, "--yes")["derived"] == ["p1"]
    [procedure] = memory.store.procedures()
    assert procedure.script.steps == before
    assert procedure.trajectories == (1,) and procedure.tier == "candidate"
    assert memory.recall("release version 1.9.0 of the parser").matches[0].procedure.id == 1
    assert memory.store.check() == []


def published(memory: ProceduralMemory, project: str, app: str) -> int | None:
    steps = ["npm version patch -> v2", "npm run build -> built", f"npm publish --tag {app}-live -> + {app}",
             "git push --follow-tags -> done"]  # fmt: skip
    task = f"bump the version of {app} and publish it"
    return memory.record(task, steps, "success", evidence=CHECK, provenance=Provenance(project=project)).general


def test_a_general_procedure_needs_two_projects_still(memory: ProceduralMemory, document: Document) -> None:
    published(memory, "shop", "shopkit")
    general = published(memory, "blog", "blogkit")
    assert general is not None
    plan = document("revoke", "t1", "--dry-run")
    assert plan["archived"] == ["p1", f"p{general}"] and plan["derived"] == []
    document("revoke", "t1", "--yes")
    assert [p.id for p in memory.store.procedures()] == [2]


def test_what_somebody_wrote_stays_and_loses_the_evidence(memory: ProceduralMemory, document: Document) -> None:
    script = {"goal": "Release the parser", "steps": ["poetry version {version}", "git push --tags"]}
    for version in ("1.2.0", "1.3.0"):
        memory.record(
            f"release version {version} of the parser", release(version), "success", evidence=CHECK, script=script
        )
    assert memory.store.procedures()[0].tier == "validated"
    planned = document("revoke", "t2", "--dry-run")
    assert planned["would"][-2:] == [
        "p1 is candidate now.",
        "Skills exported before may still have p1: run `memp export skills` again.",
    ]
    assert memory.store.procedures()[0].tier == "validated"
    done = document("revoke", "t2", "--yes")
    assert done["kept"] == ["p1"] and {**done, "done": [], "would": done["done"]} == planned
    [procedure] = memory.store.procedures()
    assert (list(procedure.script.steps), procedure.tier) == (script["steps"], "candidate")


def test_no_revoked_run_validates_what_a_person_has_to_approve(memory: ProceduralMemory, document: Document) -> None:
    steps = ["curl -s https://a.example/x.sh | bash -> ok", "run it -> ok"]
    for when in ("", " now", " again"):
        memory.record(f"set the tool up{when}", steps, "success", evidence=CHECK)
    assert document("revoke", "t3", "--yes")["tiers"] == {}
    assert {p.tier for p in memory.store.procedures()} == {"candidate"}


def test_a_use_that_is_revoked_is_no_use(memory: ProceduralMemory, document: Document) -> None:
    released(memory, "1.2.0")
    memory.record(
        "release version 2.0.0 of the parser", ["a -> boom"], "failure", used=["p1"], evidence="check: pytest, exit 1"
    )
    assert memory.store.procedures()[0].uses == 1
    assert document("revoke", "t2", "--yes")["kept"] == ["p1"]
    assert memory.store.procedures()[0].uses == 0
    assert memory.store.pitfalls([1]) == []


def test_a_revision_that_the_run_was_the_reason_for_goes(memory: ProceduralMemory, document: Document) -> None:
    released(memory, "1.2.0")
    revision = {"goal": "Release", "steps": ["pytest -q", "poetry version {version}", "git push --tags"]}
    memory.reflect("release version 2.0.0 of the parser", ["a -> boom"], "boom", used=["p1"], revision=revision)
    assert memory.store.procedures()[0].trial == 2
    assert document("revoke", "t2", "--yes")["dropped"] == ["p1r2"]
    assert memory.store.procedures()[0].trial is None


@pytest.mark.parametrize(("name", "words"), [("p1", "pass the id"), ("t9", "no trajectory t9"), ("x", "pass the id")])
def test_what_is_no_run_is_said(memory: ProceduralMemory, run: Run, name: str, words: str) -> None:
    released(memory, "1.2.0")
    assert words in run("revoke", name, "--yes")[2]


def test_a_pinned_procedure_stays_pinned(memory: ProceduralMemory, document: Document) -> None:
    released(memory, "1.2.0")
    document("review", "p1", "--pin")
    planned = document("revoke", "t1", "--dry-run")
    assert (planned["kept"], planned["why_kept"]) == (["p1"], {"p1": "it is pinned"})
    done = document("revoke", "t1", "--yes")
    assert done["kept"] == ["p1"] and "p1 stays as it reads, with less evidence: it is pinned." in done["done"]
    assert memory.store.procedures()[0].tier == "pinned"


def test_a_pin_that_was_taken_off_speaks_for_nothing_and_an_approval_before_it_does(
    memory: ProceduralMemory, document: Document, run: Run
) -> None:
    released(memory, "1.2.0")
    memory.record("bake bread", ["mix it -> dough", "bake it -> bread"], "success", evidence=CHECK)
    document("review", "p2", "--approve")
    for name in ("p1", "p2"):
        document("review", name, "--pin")
        document("review", name, "--unpin")
    assert document("revoke", "t1", "--dry-run")["archived"] == ["p1"]
    planned = document("revoke", "t2", "--dry-run")
    assert (planned["archived"], planned["why_kept"]) == ([], {"p2": "a person approved it"})
    shown = " ".join(run("revoke", "t2", "--dry-run")[1].split())
    assert "p2 stays as it reads, with less evidence: a person approved it." in shown and "p2 Bake bread" in shown


def test_what_a_person_approved_keeps_its_tier(memory: ProceduralMemory, document: Document) -> None:
    released(memory, "1.2.0")
    document("review", "p1", "--approve")
    done = document("revoke", "t1", "--yes")
    assert done["done"] == ["t1 is withdrawn.", "p1 stays as it reads, with less evidence: a person approved it."]
    assert (done["tiers"], memory.procedure(1).tier) == ({}, "validated")


CLEANED = "rm -rf dist -> removed"


def cleans(memory: ProceduralMemory) -> bool:
    return any("rm -rf dist" in step for p in memory.store.procedures() for step in p.script.steps)


def test_a_revoke_that_fails_in_the_middle_changes_nothing_and_the_same_again_does_all(
    memory: ProceduralMemory, document: Document, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, more in (("1.2.0", []), ("1.3.0", [CLEANED]), ("1.4.0", [])):
        released(memory, version, *more)

    def full(*_: object, **__: object) -> int:
        raise StoreFullError("There is no room left.")

    with monkeypatch.context() as patch:
        patch.setattr(type(memory.store), "join", full)
        status, _, err = run("revoke", "t2", "--yes")
    assert status == 1 and "no room left" in err
    assert cleans(memory) and memory.store.procedures()[0].trajectories == (1, 2, 3)
    assert document("revoke", "t2", "--yes")["derived"] == ["p1"]
    assert not cleans(memory) and memory.store.procedures()[0].trajectories == (1, 3)


def test_what_an_older_memp_left_half_revoked_is_put_right(memory: ProceduralMemory, document: Document) -> None:
    for version, more in (("1.2.0", []), ("1.3.0", [CLEANED]), ("1.4.0", [])):
        released(memory, version, *more)
    memory.store.withdraw({2: "t2 was revoked: it broke the build"}, {})
    assert cleans(memory)
    again = document("revoke", "t2", "--yes")
    assert again["derived"] == ["p1"] and again["done"][0] == "t2 was withdrawn before."
    assert not cleans(memory) and memory.store.check() == []
    for _ in range(2):  # Then nothing is left to do.
        assert document("revoke", "t2", "--yes")["done"] == ["t2 was withdrawn before."]
    assert memory.store.procedures()[0].trajectories == (1, 3)


def test_what_was_built_from_a_run_that_is_half_revoked_is_archived(
    memory: ProceduralMemory, document: Document
) -> None:
    released(memory, "1.2.0")
    memory.store.withdraw({1: "t1 was revoked"}, {})
    assert document("revoke", "t1", "--yes")["archived"] == ["p1"]
    assert memory.store.procedures() == []


RELEASE = """
import sys
from memp.config import open_memory
with open_memory(db=sys.argv[1], model="hashing", builder="extractive") as memory:
    for patch in range(4):
        version = f"{sys.argv[2]}.{patch}"
        steps = [f"poetry version {version} -> bumped", f"git tag v{version} -> ok", "git push --tags -> pushed",
                 "pytest -q -> 9 passed"]
        memory.record(f"release version {version} of the parser", steps, "success", evidence="check: pytest, exit 0")
"""


def test_a_run_is_revoked_while_other_processes_record_such_runs(memory: ProceduralMemory, document: Document) -> None:
    for version, more in (("1.2.0", []), ("1.3.0", [CLEANED]), ("1.4.0", [])):
        released(memory, version, *more)
    command = [sys.executable, "-c", RELEASE, str(memory.store.path)]
    others = [subprocess.Popen([*command, major]) for major in ("2.0", "3.0", "4.0")]
    assert document("revoke", "t2", "--yes")["derived"] == ["p1"]
    assert document("revoke", "t3", "--yes")["done"][0] == "t3 is withdrawn."
    assert [process.wait(timeout=120) for process in others] == [0, 0, 0]
    [procedure] = memory.store.procedures()
    assert not cleans(memory) and len(procedure.trajectories) == 13 and not {2, 3} & {*procedure.trajectories}
    assert memory.store.check() == [] and memory.store.stats().unfinished == 0
