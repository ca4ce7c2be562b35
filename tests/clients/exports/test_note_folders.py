"""The project of notes that hosts keep for themselves: by the working folder that they, or the sessions beside them, name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GROUP = """\
# Task Group: shop releases

scope: Publish the packages.
applies_to: cwd={}; reuse_rule=check again

## Reusable knowledge

- Run make check
- Tag after the upload
"""
LISTED = "# Release\n\n- Run make check\n- Tag after the upload\n"
TOPIC = "---\nname: release\ndescription: release the shop\n---\n\n- Run make check\n- Tag after the upload\n"


@pytest.fixture
def projects(
    home: Path, document: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], list[str]]:
    """The projects that a memory knows after a file of notes was imported, those with a procedure."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))

    def known(name: str, words: str) -> list[str]:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)
        assert document("import", str(path))["memories"][0]["created"] == 1
        return [one["identity"] for one in document("projects")["projects"] if one["procedures"]]

    return known


def repository(folder: Path) -> None:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text('[remote "origin"]\nurl = https://example.org/acme/shop.git\n')


def test_codex_names_the_working_folder(projects: Callable[[str, str], list[str]], home: Path) -> None:
    repository(home / "shop")
    assert projects(".codex/memories/MEMORY.md", GROUP.format(home / "shop")) == ["example.org/acme/shop"]


def test_a_folder_that_is_gone_is_its_path_without_the_home(projects: Callable[[str, str], list[str]]) -> None:
    assert projects(".codex/memories/MEMORY.md", GROUP.format("`/home/someone/shop`")) == ["~/shop"]


def test_several_folders_and_a_folder_of_a_client_are_no_project(
    projects: Callable[[str, str], list[str]], home: Path
) -> None:
    repository(home / ".codex" / "memories")
    assert projects(".codex/memories/MEMORY.md", GROUP.format("/srv/shop, cwd=/srv/blog")) == [""]


def test_notes_of_claude_code_are_of_the_folder_of_the_sessions_beside_them(
    projects: Callable[[str, str], list[str]], home: Path
) -> None:
    repository(home / "my-shop")
    kept = home / ".claude" / "projects" / "-home-my-shop"
    kept.mkdir(parents=True)
    lines = ["not JSON", json.dumps({"type": "summary"}), json.dumps({"cwd": str(home / "my-shop")})]
    (kept / "a.jsonl").write_text("\n".join(lines))
    assert projects(".claude/projects/-home-my-shop/memory/release.md", TOPIC) == ["example.org/acme/shop"]


def test_a_file_in_a_repository_is_of_it(projects: Callable[[str, str], list[str]], home: Path) -> None:
    repository(home / "shop")
    assert projects("shop/CLAUDE.md", LISTED) == ["example.org/acme/shop"]


def test_notes_of_a_person_are_of_no_project(projects: Callable[[str, str], list[str]]) -> None:
    assert projects(".claude/CLAUDE.md", LISTED) == [""]
