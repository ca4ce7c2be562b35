"""Signed records of checks: a tool's caller may point to one, once, and to none that is not right."""

import json
import stat
import time
from pathlib import Path

import pytest
from runs import CLEAN_MUG, TASK, again

from memp.domain.origin import Origin
from memp.errors import StoreError
from memp.memory import ProceduralMemory
from memp.witness.checks import VALID_SECONDS, Check, SignedChecks

COMMAND = "pytest -q"


@pytest.fixture
def checks(tmp_path: Path) -> SignedChecks:
    return SignedChecks(tmp_path / "memory.sqlite3")


def ran(status: int = 0, at: float | None = None) -> Check:
    return Check(command=COMMAND, status=status, at=time.time() if at is None else at)


def test_a_check_that_passed_is_taken_once(checks: SignedChecks):
    checks.add(ran())
    assert [checks.take("make test"), checks.take(COMMAND), checks.take(COMMAND)] == [False, True, False]


def test_one_that_failed_since_stands_in_the_way(checks: SignedChecks):
    checks.add(ran(at=time.time() - 60))
    checks.add(ran(status=1))
    assert not checks.take(COMMAND)


def test_after_an_hour_it_counts_no_more(checks: SignedChecks):
    checks.add(ran(at=time.time() - VALID_SECONDS - 5))
    assert not checks.take(COMMAND)


def test_what_counts_no_more_is_deleted_with_the_next_check(checks: SignedChecks, tmp_path: Path):
    folder = tmp_path / "memory.sqlite3.checks"
    checks.add(ran(at=time.time() - VALID_SECONDS - 5))
    assert len(list(folder.iterdir())) == 1
    checks.add(ran())
    assert len(list(folder.iterdir())) == 1
    assert checks.take(COMMAND)


def test_a_record_that_was_changed_or_signed_by_another_key_counts_for_nothing(checks: SignedChecks, tmp_path: Path):
    checks.add(ran(status=1))
    (path,) = (tmp_path / "memory.sqlite3.checks").iterdir()
    record = json.loads(path.read_text())
    record["check"]["status"] = 0
    path.write_text(json.dumps(record))
    assert not checks.take(COMMAND)
    path.write_text("{")
    assert not checks.take(COMMAND)


def test_key_and_records_are_their_owners_alone(checks: SignedChecks, tmp_path: Path):
    checks.add(ran())
    (record,) = (tmp_path / "memory.sqlite3.checks").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "memory.sqlite3.key", record, record.parent)]
    assert modes == [0o600, 0o600, 0o700]


def test_a_key_that_others_may_read_is_refused(checks: SignedChecks, tmp_path: Path):
    checks.add(ran())
    (tmp_path / "memory.sqlite3.key").chmod(0o644)
    with pytest.raises(StoreError, match="others may read it"):
        checks.take(COMMAND)


def test_evidence_of_a_tool_counts_as_a_check_where_a_record_shows_it(memory: ProceduralMemory, checks: SignedChecks):
    checks.add(ran())
    for number in range(2):
        memory.record(TASK, CLEAN_MUG if not number else again(1), "success", evidence="check: pytest -q, exit 0",
                      origin=Origin(channel="tool", client="an agent", name="s"))  # fmt: skip
    assert [memory.store.trajectory(run).evidence.kind for run in (1, 2)] == ["check", "claim"]
