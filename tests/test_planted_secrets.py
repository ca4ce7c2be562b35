"""A secret in any field of a way in is nowhere in the memory afterwards: not in a page of its file, its journal, the files beside
it, nor in what is answered."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from mcp.client import Client
from paths import SESSION_LOGS

from memp.config import Settings
from memp.domain.procedure import Ref
from memp.domain.results import Options
from memp.memory import ProceduralMemory
from memp.update import review
from memp.update.revoking_origins import revoke_origin
from memp_clients.app import app
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


LINES = (
    ("record", "--task", "{}", "--step", "a -> {}", "--evidence", "check: {}", "--fact", "{}", "--script", "do {}",
     "--outcome", "success"),
    ("reflect", "--task", "{}", "--step", "a -> {}", "--error", "{}", "--lesson", "{}"),
    ("reflect", "--task", "t", "--step", "a -> b", "--error", "e", "--used", "p1", "--revision",
     '{{"goal": "g", "steps": ["do {}"]}}'),
    ("recall", "{}", "--error", "{}", "--context", "{}", "--fact", "{}"),
    ("import", "LOG", "--task", "{}"),
    ("recall", "{}", "--explain"),
    ("recalls", "1", "--wrong", "--reason", "{}"),
    ("why", "p1", "--task", "{}"), ("list", "--search", "{}"),
    *(("review", "p1", decision, "--reason", "{}") for decision in ("--approve", "--reject", "--pin")),
    ("edit", "p1", "--from", "FORM", "--reason", "{}"),
    ("revoke", "t1", "--yes", "--reason", "{}"),
    ("revoke", "o1", "--yes", "--reason", "{}"),
    ("check", "--", "true", "{}"),
    ("projects", "move", "t1", "{}"),
    ("projects", "merge", "shop", "{}"),
    ("projects", "rename", "shop", "{}"),
)  # fmt: skip
"""Command lines in which {} stands for a secret, and what memp makes of them is stored."""

REFUSED = (
    ("record", "--task", "t", "--step", "a -> b", "--outcome", "{}"),
    ("record", "--task", "t", "--step", "a -> b", "--used", "{}"),
    ("reflect", "--task", "t", "--step", "a -> b", "--error", "e", "--used", "{}"),
    ("show", "{}"), ("show", "p1", "--diff", "{}"), ("why", "{}"), ("recalls", "{}"), ("review", "{}"), ("revoke", "{}"),
    ("forget", "{}"), ("edit", "{}"),
    ("runs", "--origin", "{}"), ("runs", "--since", "{}"), ("runs", "--until", "{}"),
    ("projects", "move", "{}", "shop"), ("projects", "merge", "{}", "shop"), ("projects", "rename", "{}", "it"),
    ("export", "memory", "-", "--id", "{}"),
    ("import", "--discover", "--since", "{}"),
    ("--project", "{}", "record", "--task", "t", "--step", "a -> b", "--outcome", "success"),
)  # fmt: skip
"""Command lines in which a secret stands for an id or a name, and is not repeated."""

ELSEWHERE = {
    "record file": "a file", "edit file": "a file",
    "list client": "a name that is compared", "open served": "a port", "reflect file": "a file", "import files": "files",
    "export memory file": "a file",
    "export memory tiers": "one of a few words",
    "distill llm": "a model, asked for by this name", "connect host": "one of a few words", "connect http": "an address",
    "disconnect host": "one of a few words", "serve http": "a port", "serve allow_host": "a host",
    "hook host": "one of a few words", "hook event": "one of a few words",
}  # fmt: skip
"""What a text is that no secret is planted in."""


def texts(group: typer.Typer, before: str = "") -> Iterator[str]:
    """The texts that commands take, as "command parameter"."""
    for command in group.registered_commands:
        hints = get_type_hints(command.callback)
        name = f"{before}{command.name or getattr(command.callback, '__name__', '')}"
        yield from (f"{name} {parameter}" for parameter, hint in hints.items() if hint in TEXT)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from texts(inner.typer_instance, f"{before}{inner.name} ")


TEXT = (str, str | None, list[str], list[str] | None)


def planted_in(line: Sequence[str]) -> Iterator[str]:
    """The texts of a command that a line plants a secret in."""
    command: Any = typer.main.get_command(app)
    name, words = "", list(line)
    while hasattr(command, "commands"):
        name, command = f"{name}{words[0]} ", command.commands[words.pop(0)]
    parameters = command.make_context(name, words).params
    yield from (f"{name}{parameter}" for parameter, value in parameters.items() if "{}" in str(value))


def test_each_text_that_a_command_takes_is_planted_in_or_says_why_not():
    lines = [line for line in (*LINES, *REFUSED) if line[0] != "--project"]
    assert {*texts(app)} - {text for line in lines for text in planted_in(line)} == {*ELSEWHERE}


def planted_line(home: Path, run: Run, line: Sequence[str]) -> tuple[int, str]:
    """The status and the output of a command line with the secret in it."""
    run("--project", "shop", "record", "--task", "deploy it", "--step", "run make -> ok", "--outcome", "success")
    log = home / "log.jsonl"
    log.write_text('{"steps": ["run make -> ok", "push it -> ok"], "outcome": "success"}\n')
    if line[0] == "recalls":
        run("recall", "deploy it")
    files = {"LOG": log, "FORM": home / "form.yaml"}
    if "FORM" in line:
        files["FORM"].write_text(f"goal: Deploy {SECRET}\nsteps:\n- run {SECRET}\n")
    words = [str(files[word]) if word in files else word.format(SECRET) for word in line]
    status, out, err = run(*(("--project", "shop") if line[0] == "reflect" else ()), *words)
    assert SECRET not in out + err
    files["FORM"].unlink(missing_ok=True)
    assert holding(home) == []
    return status, err


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line)[:40])
def test_no_option_of_a_command_leaves_one(home: Path, run: Run, line: tuple[str, ...]):
    status, err = planted_line(home, run, line)
    assert status == 0, err


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: " ".join(line)[:40])
def test_none_is_repeated_by_what_refuses_it(home: Path, run: Run, line: tuple[str, ...]):
    status, err = planted_line(home, run, line)
    assert status != 0 and err


def test_no_reason_that_a_program_passes_is_stored_with_one(home: Path, memory: ProceduralMemory):
    memory.record("deploy it", ["run make -> ok", "push it -> ok"], "success")
    review.pin(memory.store, 1, SECRET)
    review.unpin(memory.store, 1, [""], SECRET)
    review.approve(memory.store, Ref(procedure_id=1), SECRET)
    review.reject(memory.store, Ref(procedure_id=1), SECRET)
    review.restore(memory.store, 1, SECRET)
    revoke_origin(memory.store, 1, Options(), SECRET)
    assert len(memory.store.changes()) >= 6
    assert holding(home) == []
