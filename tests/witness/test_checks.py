"""Signed records of checks: a tool's caller may point to one, once, and to none that is not right."""

import json
import os
import stat
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from memp.domain.origin import Origin
from memp.domain.results import Record
from memp.domain.trajectory import Provenance
from memp.errors import InputError, StoreFullError
from memp.memory import ProceduralMemory
from memp.witness.checks import VALID_SECONDS, Check, SignedChecks

COMMAND, CODE = "pytest -q", "0123abcd"
posix = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")


@pytest.fixture
def checks(tmp_path: Path) -> SignedChecks:
    return SignedChecks(tmp_path / "memory.sqlite3")


def ran(status: int = 0, at: float | None = None, command: str = COMMAND, project: str = "") -> Check:
    at = time.time() if at is None else at
    return Check(command=command, status=status, at=at, project=project, code=CODE)


def recorded(
    memory: ProceduralMemory, steps: Sequence[str] = ("edit a.py -> saved",), command: str = COMMAND, project: str = "",
    **more: Any,
) -> Record:  # fmt: skip
    """A run that an agent records with this check as its evidence."""
    return memory.record(
        "mend the parser", [*steps], "success", evidence=f"check: {command}, exit 0 (memp {CODE})",
        provenance=Provenance(project=project or None), origin=Origin(channel="tool", client="an agent", name="s"), **more,
    )  # fmt: skip


def kind(memory: ProceduralMemory, *steps: str, **more: Any) -> str:
    """The kind of evidence that such a run is kept with."""
    done = recorded(memory, steps or ("edit a.py -> saved",), **more)
    assert done.trajectory is not None
    return memory.store.trajectory(done.trajectory).evidence.kind


def test_a_check_that_passed_counts_once(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    kinds = [kind(memory, "look", command="make test"), kind(memory), kind(memory, "edit b.py -> saved")]
    assert kinds == ["claim", "check", "claim"]
    done = recorded(memory, ["edit c.py -> saved"])
    assert "counted for another run, is over an hour old" in done.notes[0] and "run it again" in done.notes[0]


def test_one_that_failed_since_contradicts_the_claim_until_one_passes(memory: ProceduralMemory, checks: SignedChecks):
    now = time.time()
    checks.add(ran(at=now - 60))
    checks.add(ran(status=1, at=now - 50))
    for name in "ab":
        done = recorded(memory, [f"edit {name}.py -> saved"])
        assert not done.success and done.built is None
        assert done.notes == ["the newest signed `memp check` of this ended with exit 1: not a success"]
    vouched = Origin(channel="trusted", client="an agent", name="s")
    done = memory.record("mend it", ["edit c.py -> saved"], "success", evidence="check: pytest -q", origin=vouched)
    assert not done.success
    passed = recorded(memory, ["edit d.py -> saved", "pytest -q -> 5 passed", "look -> fine"])
    assert passed.success, "that one came later, as far as anybody knows"
    assert passed.notes == ["Your evidence counts as a claim: the newest signed `memp check` of this ended with exit 1"]
    checks.add(ran(at=now - 40))
    done = recorded(memory, ["edit e.py -> saved"])
    assert done.success and done.notes == ["Your evidence counts: a signed `memp check` shows it"]
    done = recorded(memory, ["edit f.py -> saved"])
    assert done.success, "the pass settled the failure before it"
    (note,) = done.notes
    assert note.startswith(
        "Your evidence counts as a claim: this `memp check` counted for another run, is over an hour old"
    )
    again = memory.record("bake", ["mix -> dough"], "success", evidence="it looks good", origin=Origin(channel="tool"))
    assert again.notes == [], "who points to nothing is told nothing"


def test_a_session_that_was_not_told_of_it_cannot_spend_it(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    stranger = memory.record(
        "set the mirror", ["edit a.py -> saved", "pytest -q -> 5 passed"], "success", evidence="check: pytest -q, exit 0",
        origin=Origin(channel="tool", client="another", name="t"),
    )  # fmt: skip
    assert memory.store.trajectory(stranger.trajectory).evidence.kind == "claim"
    assert "pass the evidence that it printed, with its code" in stranger.notes[0]
    assert kind(memory) == "check", "it is there for the one that was told"


def test_after_an_hour_it_counts_no_more(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran(at=time.time() - VALID_SECONDS - 5))
    assert kind(memory) == "claim"


def test_what_counts_no_more_is_deleted_with_the_next_check(
    memory: ProceduralMemory, checks: SignedChecks, tmp_path: Path
):
    folder = tmp_path / "memory.sqlite3.checks"
    checks.add(ran(at=time.time() - VALID_SECONDS - 5))
    assert len(list(folder.iterdir())) == 1
    checks.add(ran())
    assert len(list(folder.iterdir())) == 1
    assert kind(memory) == "check"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("changed", [True, False])
def test_a_record_that_was_changed_or_is_none_counts_for_nothing(
    memory: ProceduralMemory, checks: SignedChecks, tmp_path: Path, changed: bool
):
    checks.add(ran(status=1))
    (path,) = (tmp_path / "memory.sqlite3.checks").iterdir()
    record = json.loads(path.read_text())
    record["check"]["status"] = 0
    path.write_text(json.dumps(record) if changed else "{")
    assert kind(memory) == "claim"


@posix
def test_key_and_records_are_their_owners_alone(checks: SignedChecks, tmp_path: Path):
    checks.add(ran())
    (record,) = (tmp_path / "memory.sqlite3.checks").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "memory.sqlite3.key", record, record.parent)]
    assert modes == [0o600, 0o600, 0o700]


@posix
@pytest.mark.parametrize("broken", ["loose", "cut", "a link"])
def test_with_a_key_that_is_not_usable_the_run_is_kept_as_a_claim_and_its_caller_told(
    memory: ProceduralMemory, checks: SignedChecks, tmp_path: Path, broken: str
):
    checks.add(ran())
    key = tmp_path / "memory.sqlite3.key"
    if broken == "loose":
        key.chmod(0o640)
    elif broken == "cut":
        key.write_bytes(b"short")
    else:
        key.symlink_to(key.rename(tmp_path / "elsewhere"))
    done = recorded(memory)
    assert done.trajectory == 1
    assert memory.store.trajectory(1).evidence.kind == "claim"
    assert [note for note in done.notes if note.startswith("This check counts as a claim. The key ")]


@pytest.mark.parametrize(
    "command",
    [
        "pytest -k a,b",
        "python -c 'import x; x.go()'",
        "bash -c 'make test || exit 1'",
        "go test ./passed",
        "prove t/a: b.t",
    ],
)
def test_the_evidence_that_is_told_for_a_check_counts_whatever_signs_it_has(
    memory: ProceduralMemory, checks: SignedChecks, command: str
):
    checks.add(ran(command=command))
    assert kind(memory, command=command) == "check"


def test_of_commands_that_begin_alike_the_longest_counts(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran(command="pytest"))
    checks.add(ran(command="pytest: all", status=1))
    assert kind(memory, command="pytest: all") == "rules"
    assert kind(memory, "edit b.py -> saved", command="pytest -k a,b") == "claim"
    assert kind(memory, "edit c.py -> saved", command="pytest") == "check"


def test_a_failed_run_of_the_check_before_the_last_change_is_no_word_against_a_record(
    memory: ProceduralMemory, checks: SignedChecks
):
    checks.add(ran())
    assert kind(memory, "pytest -q -> 3 failed, exit 1", "edit a.py -> saved", "cat a.py -> x") == "check"


def test_one_at_the_end_is_and_the_record_is_left(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    assert kind(memory, "edit a.py -> saved", "pytest -q -> 3 failed, exit 1", "cat a.py -> x") == "rules"
    assert kind(memory) == "check"


def test_a_later_failure_of_something_else_is_none(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    assert kind(memory, "pytest -q -> 5 passed, exit 0", "grep -r 'pytest -q' docs -> exit 1") == "check"


@pytest.mark.parametrize(
    ("checked", "at", "found"),
    [("a", "a", "check"), ("b", "a", "claim"), ("", "a", "claim"), ("a", "", "check"), ("", "", "check")],
)
def test_a_check_of_one_project_says_nothing_of_a_run_of_another(
    memory: ProceduralMemory, checks: SignedChecks, checked: str, at: str, found: str
):
    checks.add(ran(project=checked))
    assert kind(memory, project=at) == found


def test_a_check_of_what_was_merged_into_a_project_is_of_it(memory: ProceduralMemory, checks: SignedChecks):
    memory.record("look", ["look -> ok"], "success", provenance=Provenance(project="old"))
    memory.record("look", ["look -> ok"], "success", provenance=Provenance(project="new"))
    memory.store.merge_projects("old", "new")
    checks.add(ran(project="old"))
    assert kind(memory, project="new") == "check"


def test_a_run_that_could_not_be_stored_uses_no_check_up(
    memory: ProceduralMemory, checks: SignedChecks, monkeypatch: pytest.MonkeyPatch
):
    checks.add(ran())

    def full(*_: Any) -> Any:
        raise StoreFullError("There is no room left.")

    with monkeypatch.context() as broken:
        broken.setattr(memory.store, "add_trajectory", full)
        with pytest.raises(StoreFullError):
            recorded(memory)
    with pytest.raises(InputError):
        recorded(memory, used=["p99x"])
    assert kind(memory) == "check"


def test_a_run_that_is_stored_already_uses_no_check_up(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    recorded(memory)
    checks.add(ran())
    assert not recorded(memory).new
    assert kind(memory, "edit b.py -> saved") == "check"


def test_of_callers_that_point_to_one_record_at_once_one_has_it(
    memory: ProceduralMemory, checks: SignedChecks, tmp_path: Path
):
    checks.add(ran())
    kinds: list[str] = []
    callers = [
        threading.Thread(target=lambda n=n: kinds.append(kind(memory, f"edit {n}.py -> saved"))) for n in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(kinds) == ["check", "claim", "claim", "claim"]


def test_first_checks_at_once_have_one_key(tmp_path: Path):
    def add(memory: Path, ready: threading.Barrier) -> None:
        ready.wait()
        SignedChecks(memory).add(ran())

    with ThreadPoolExecutor(6) as pool:
        for number in range(40):
            ready = threading.Barrier(6)
            added = [pool.submit(add, tmp_path / f"m{number}", ready) for _ in range(6)]
            assert [one.exception() for one in added] == [None] * 6
            assert len([*(tmp_path / f"m{number}.checks").iterdir()]) == 6
    assert not [*tmp_path.glob("*.new")]
