"""A secret in any field of a way in is nowhere in the memory afterwards: not in a page of its file, its journal, the files beside
it, nor in what is answered."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from paths import SESSION_LOGS

from memp.config import Settings
from memp_server.app import make_server
from memp_server.opening import LazyMemory

SECRET = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1fG3iJ5"
Run = Callable[..., tuple[int, str, str]]


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of the texts in a JSON value."""
    if isinstance(value, str):
        yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*at, name))


def planted(value: Any, at: tuple[Any, ...]) -> Any:
    """The value with the secret behind the text at one place."""
    if not at:
        return f"{value} {SECRET}"
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = planted(value[at[0]], at[1:])
    return copy


def holding(folder: Path) -> list[str]:
    """The files of a folder that hold the secret, in their contents or their names."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if SECRET.encode() in path.read_bytes() or SECRET in path.name]


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("record_trajectory", {
        "task": "deploy it", "steps": ["run make -> ok", {"action": "a", "observation": "b", "thought": "c", "state": "d"}],
        "outcome": "success", "evidence": "check: pytest, exit 0", "used": ["p1"], "facts": ["a fact"],
        "script": {"goal": "g", "steps": ["s"], "when_to_use": "w", "not_when": "n", "preconditions": ["p"], "verification": "v",
                   "parameters": [{"name": "x", "description": "d"}],
                   "pitfalls": [{"trigger": "t", "consequence": "c", "instead": "i"}]}}),
    ("reflect_on_failure", {
        "task": "deploy it", "steps": ["run make -> failed"], "error": "it broke", "used": ["p1"], "lesson": "mend it",
        "trajectory": "", "revision": {"goal": "g", "steps": ["other"]}}),
    ("recall_procedure", {
        "task": "deploy it", "context": "here", "facts": ["a fact"], "error": "it broke", "detail": "script"}),
]  # fmt: skip


@pytest.mark.parametrize("write", ["auto", "ask"])
def test_no_argument_of_a_tool_leaves_one(tmp_path: Path, write: Any):
    said: list[str] = []

    async def talk() -> None:
        settings = Settings(db=tmp_path / "memory.sqlite3", model="hashing", write=write)
        async with Client(make_server(LazyMemory(lambda: settings))) as client:
            for tool, given in CALLS:
                said.append(str(await client.call_tool(tool, given)))
                said.append(str(await client.call_tool(tool, {**given, f"x{SECRET}": "y"})))
                said.extend([str(await client.call_tool(tool, planted(given, at))) for at in places(given)])
            assert holding(tmp_path) == []

    asyncio.run(talk())
    assert [text for text in said if SECRET in text] == []


@pytest.mark.parametrize("name", ["claude_code.jsonl", "codex.jsonl", "gemini.json", "opencode.json", "own"])
def test_no_text_of_a_log_leaves_one(home: Path, run: Run, name: str):
    provenance = {"model": "m", "client": "c", "project": "p", "environment": "e"}
    run_of_ours = {"task": "t", "steps": ["a -> b"], "outcome": "success", "id": "i", "evidence": "user: ok"}
    own = json.dumps({**run_of_ours, "provenance": provenance})
    text = own if name == "own" else (SESSION_LOGS / name).read_text()
    records = (
        [json.loads(line) for line in text.splitlines()] if name.endswith("l") or name == "own" else [json.loads(text)]
    )
    every = list(places(records))
    for at in every[:: max(1, len(every) // 15)]:
        path = home / "log.jsonl"
        path.write_text("\n".join(json.dumps(record) for record in planted(records, at)) + "\n")
        _, out, err = run("import", str(path), "--outcome", "success", "--task", "a task", "--json")
        path.unlink()
        assert SECRET not in out + err, at
    assert holding(home) == []


def test_the_name_of_a_file_leaves_none(home: Path, run: Run):
    folder = home / "in"
    folder.mkdir()
    (folder / f"{SECRET}.jsonl").write_text(
        '{"task": "deploy it", "steps": ["run make -> ok"], "outcome": "success"}\n'
    )
    (folder / f"{SECRET}.md").write_text("# Deploy\n- run make\n- push it\n")
    assert run("import", str(folder / f"{SECRET}.jsonl"))[0] == 0
    assert run("import", str(folder / f"{SECRET}.md"))[0] == 0
    for path in folder.iterdir():
        path.unlink()
    assert holding(home) == []


COMMANDS = (
    (
        "record",
        "--task",
        "{}",
        "--step",
        "a -> {}",
        "--evidence",
        "check: {}",
        "--fact",
        "{}",
        "--script",
        "do {}",
        "--outcome",
        "success",
    ),
    ("reflect", "--task", "{}", "--step", "a -> {}", "--error", "{}", "--lesson", "{}"),
    ("recall", "{}", "--error", "{}", "--context", "{}", "--fact", "{}"),
    ("why", "p1", "--task", "{}"),
    ("review", "p1", "--approve", "--reason", "{}"),
    ("revoke", "t1", "--yes", "--reason", "{}"),
    ("projects", "rename", "shop", "{}"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:20])
def test_no_option_of_a_command_leaves_one(home: Path, run: Run, command: tuple[str, ...]):
    run("--project", "shop", "record", "--task", "deploy it", "--step", "run make -> ok", "--outcome", "success")
    status, out, err = run(*(word.format(SECRET) for word in command))
    assert status == 0, err
    assert SECRET not in out + err
    assert holding(home) == []
