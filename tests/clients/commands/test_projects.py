"""`memp projects`: what there is, and moving, merging and naming it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed import beside

from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory

Document = Callable[..., dict[str, Any]]
Run = Callable[..., Any]

STEPS = ["npm test -> ok", "fly deploy --app shop-prod -> released"]


def session(path: Path, folder: str, task: str) -> str:
    """A session in Claude Code's form that was worked in a folder."""
    base = {"cwd": folder, "sessionId": task, "isSidechain": False}
    lines: list[dict[str, Any]] = [{**base, "type": "user", "message": {"role": "user", "content": task}}]
    for number, command in enumerate(("sed -i s/a/b/ a.py", "pytest -q")):
        call = {"type": "tool_use", "id": f"c{number}", "name": "Bash", "input": {"command": command}}
        lines.append({**base, "type": "assistant", "message": {"role": "assistant", "content": [call]}})
        result = {"type": "tool_result", "tool_use_id": f"c{number}", "content": "4 passed"}
        lines.append({**base, "type": "user", "message": {"role": "user", "content": [result]},
                      "toolUseResult": {"stdout": "4 passed", "interrupted": False}})  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def counts(document: Document) -> dict[str, tuple[int, int]]:
    listed = document("projects")["projects"]
    return {one["identity"]: (one["runs"], one["procedures"]) for one in listed if not one.get("same_as")}


@pytest.fixture
def imported(home: Path, document: Document) -> Document:
    folders = {
        "/home/dev/shop": "Fix the login test", "/home/dev/shop/.claude/worktrees/otter": "Fix the cart test",
        "/home/dev/shop/src": "Fix the price test", "/home/janedoe": "Set up the printer", "/srv/other/shop": "Fix the menu",
    }  # fmt: skip
    files = [session(home / f"{number}.jsonl", *pair) for number, pair in enumerate(folders.items())]
    document("import", *files)
    return document


def test_imported_sessions_belong_to_the_repository_of_their_folder_and_those_of_a_home_to_none(imported: Document):
    assert {name: runs for name, (runs, _) in counts(imported).items()} == {
        "~/shop": 3, "/srv/other/shop": 1, "": 1,
    }  # fmt: skip
    assert imported("projects")["here"] != "~/shop"


def test_a_preview_changes_nothing(imported: Document):
    before = counts(imported)
    assert imported("projects", "move", "none", "/home/dev/shop", "--dry-run")["runs"]
    assert imported("projects", "merge", "/srv/other/shop", "/home/dev/shop", "--dry-run")["runs"] == 1
    assert imported("projects", "rename", "/home/dev/shop", "Shop", "--dry-run")["dry_run"]
    assert counts(imported) == before


def test_runs_go_to_a_project_with_what_was_made_of_them_alone(imported: Document, home: Path):
    none = imported("projects", "move", "none", "/home/dev/shop")
    assert (len(none["runs"]), none["to"]) == (1, "~/shop")
    assert counts(imported)["~/shop"][0] == 4 and counts(imported)[""] == (0, 0)
    imported("projects", "move", "t1", "t2", "t3", "t4", "none")
    assert counts(imported)[""][0] == 4


def test_a_merged_project_goes_on_as_the_other(imported: Document, home: Path):
    imported("projects", "merge", "/srv/other/shop", "github.com/acme/shop")
    assert counts(imported)["github.com/acme/shop"][0] == 1
    imported("import", session(home / "more.jsonl", "/srv/other/shop", "Fix the footer"))
    assert counts(imported)["github.com/acme/shop"][0] == 2 and "/srv/other/shop" not in counts(imported)


def test_a_project_is_called_by_identity_short_name_or_folder(imported: Document, run: Run, home: Path):
    assert run("projects", "rename", "shop", "x")[0] != 0  # Two are called so.
    imported("projects", "rename", "/srv/other/shop", "Menu")
    assert imported("projects", "rename", "Menu", "Card")["project"] == "/srv/other/shop"
    (home / "repo/.git").mkdir(parents=True)
    (home / "repo/.git/HEAD").write_text("ref: refs/heads/main\n")
    assert imported("projects", "move", "t1", str(home / "repo"))["to"].endswith("/repo")
    for wrong in (("move", "p99", "x"), ("move", "t99", "x"), ("merge", "nope", "x"), ("move", "p1"),
                  ("merge", "Card", "Card"), ("move", "p1", str(home))):  # fmt: skip
        assert run("projects", *wrong)[0] != 0


def test_a_name_of_several_projects_is_no_target_but_a_new_name_is_whatever_its_words(imported: Document, run: Run):
    assert run("projects", "move", "t1", "shop")[0] != 0
    assert run("projects", "merge", "/srv/other/shop", "shop")[0] != 0
    assert imported("projects", "move", "t1", "several-shops")["to"] == "several-shops"


def test_labels_of_older_records_say_what_to_move(
    document: Document, run: Run, open_memory: Callable[..., ProceduralMemory], home: Path
):
    memory = open_memory()
    for number in range(3):
        memory.record(
            f"release {number}", STEPS, "success", provenance=Provenance(project="shop" if number else "blog")
        )
    db = str(memory.store.path)
    memory.close()
    with beside(db) as file:  # As an older memp left it.
        file.execute("UPDATE trajectories SET project = ''; UPDATE procedures SET project = ''; DELETE FROM projects")
    none = document("--db", db, "projects")["projects"][-1]
    assert none["labels"] == {"shop": 2, "blog": 1}
    assert "none:shop" in run("--db", db, "projects")[1]
    assert document("--db", db, "projects", "move", "none:shop", "github.com/acme/shop")["runs"] == ["t2", "t3"]
