"""What a procedure depends on, and which of it is gone or changed where the agent works; nothing is executed."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.reply import recall_reply
from memp.retrieve.dependencies import dependencies_of, doubts

SHOP = "example.org/acme/shop"
TASK = "release version 1.2.0 of the parser"
STEPS = [
    "Read: docs/releasing.md -> how to", "Bash: python3 --version -> Python 3.11.7",
    "Bash: cd web && CI=1 ./scripts/release.sh 1.2.0 -> done", "Edit: CHANGELOG.md -> ok", "Read: CHANGELOG.md -> 1.2.0",
    "Bash: nosuchtool publish -> published", "Bash: missing x -> missing: command not found",
]  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with the files that the runs had."""
    for name in ("docs/releasing.md", "scripts/release.sh"):
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True)
        path.write_text("x")
        os.utime(path, (0, 0))
    (tmp_path / "shop" / ".git").mkdir()
    (tmp_path / "shop" / ".git" / "config").write_text(f'[remote "origin"]\nurl = https://{SHOP}.git\n')
    return tmp_path / "shop"


def recorded(memory: ProceduralMemory, steps: Sequence[str] = STEPS, project: str = SHOP) -> None:
    memory.record(TASK, steps, "success", evidence="check: x, exit 0", provenance=Provenance(project=project))


def test_dependencies_are_what_all_runs_had(memory: ProceduralMemory) -> None:
    recorded(memory)
    needs = dependencies_of(memory.store, memory.procedure(1))
    assert needs.files == ("docs/releasing.md", "scripts/release.sh")
    assert needs.tools == ("python3", "./scripts/release.sh", "nosuchtool")
    assert needs.versions == ("python3 3.11.7",)


def test_a_sign_in_quotes_begins_no_command(memory: ProceduralMemory) -> None:
    recorded(memory, ['Bash: rg -n "owner|Generate failed; retry" src | head -3 -> none', "Bash: npm run build -> ok"])
    assert dependencies_of(memory.store, memory.procedure(1)).tools == ("rg", "head", "npm")


def test_what_is_gone_or_changed_is_said_in_the_project_of_the_runs(memory: ProceduralMemory, shop: Path) -> None:
    recorded(memory)
    needs = dependencies_of(memory.store, memory.procedure(1))
    assert doubts(needs, shop, SHOP, lambda tool: "/bin/x") == []
    assert doubts(needs, shop, SHOP, lambda tool: None if tool == "nosuchtool" else "/bin/x") == [
        "nosuchtool is not on the PATH that memp has"
    ]
    (shop / "scripts" / "release.sh").unlink()
    later = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(shop / "docs" / "releasing.md", (later, later))
    assert doubts(needs, shop, SHOP, lambda tool: "/bin/x") == [
        "scripts/release.sh is gone", "docs/releasing.md has changed since its last success",
    ]  # fmt: skip
    assert doubts(needs, shop, "example.org/acme/blog", lambda tool: None) == []


def test_a_recall_says_it_and_keeps_its_budget(memory: ProceduralMemory, shop: Path) -> None:
    recorded(memory)
    (shop / "scripts" / "release.sh").unlink()
    recalled = memory.recall(TASK)
    reply = recall_reply(recalled, budget=250, doubts=memory.doubts(recalled, str(shop)))
    assert reply.notes[:2] == ["p1: scripts/release.sh is gone", "p1: nosuchtool is not on the PATH that memp has"]
    assert memory.doubts(recalled, str(shop.parent)) == []


def test_a_file_that_a_run_saw_from_another_folder_of_the_repository_is_not_gone(
    memory: ProceduralMemory, shop: Path
) -> None:
    recorded(memory)
    needs = dependencies_of(memory.store, memory.procedure(1))
    (shop / "web" / "src").mkdir(parents=True)
    assert doubts(needs, shop / "web" / "src", SHOP, lambda tool: "/bin/x") == []
    (shop / "scripts").rename(shop / "web" / "scripts")
    (shop / "docs").rename(shop / "web" / "docs")
    assert doubts(needs, shop, SHOP, lambda tool: "/bin/x") == []
    (shop / "web" / "scripts" / "release.sh").unlink()
    assert doubts(needs, shop, SHOP, lambda tool: "/bin/x") == ["scripts/release.sh is gone"]


def test_what_a_memory_holds_is_never_executed_or_followed_out_of_the_project(
    memory: ProceduralMemory, tmp_path: Path, shop: Path
) -> None:
    marker = tmp_path / "ran"
    steps = [f"Bash: touch {marker}; $(touch {marker}) -> ok", "Read: ../../etc/passwd -> x", "Read: /etc/hosts -> x"]
    recorded(memory, [*steps, "Bash: ../x/y.sh -> ok"])
    memory.doubts(memory.recall(TASK), str(shop))
    assert not marker.exists()
    assert dependencies_of(memory.store, memory.procedure(1)).files == ()


def test_a_procedure_without_runs_depends_on_nothing(memory: ProceduralMemory) -> None:
    recorded(memory)
    assert dependencies_of(memory.store, memory.procedure(1).model_copy(update={"trajectories": ()})).files == ()
