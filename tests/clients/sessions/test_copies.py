"""Records that are written twice are read once: each line twice, or a log that is appended to itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from session_logs import tasks

from memp_clients.sessions.copies import without_copies

LOGS = sorted((Path(__file__).parent / "logs").glob("*.jsonl"))

Lines = list[bytes]
COPIES: dict[str, Callable[[Lines], Lines]] = {
    "each line twice": lambda lines: [line for line in lines for _ in range(2)],
    "all of it twice": lambda lines: lines * 2,
    "all of it three times": lambda lines: lines * 3,
    "a part of it, and all of it": lambda lines: [*lines[: len(lines) // 2], *lines],
}


def read(path: Path, lines: Lines) -> list[object]:
    path.write_bytes(b"\n".join(lines))
    return [(e.task, e.outcome, e.steps, e.tokens) for e in tasks(path)]


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_what_is_written_twice_is_read_once(log: Path, how: str, tmp_path: Path):
    lines = log.read_bytes().splitlines()
    assert read(tmp_path / log.name, COPIES[how](lines)) == read(tmp_path / log.name, lines)


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"action": "pop"}', b'{"action": "pop"}', b'{"action": "push"}', b'{"action": "pop"}', b'{"action": "pop"}'],
        [b"{", b'"id": 1,', b'"id": 1,', b"}"],
        [b"2026-01-01 words", b"2026-01-01 words"],
    ],
    ids=["no id", "a document", "words"],
)
def test_what_may_well_be_the_same_twice_is_left_alone(lines: Lines):
    numbered = list(enumerate(lines, 1))
    assert list(without_copies(numbered)) == numbered


def test_what_is_done_after_a_copy_is_read(tmp_path: Path):
    lines = next(log for log in LOGS if log.stem == "codex").read_bytes().splitlines()
    more = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Bump the version to 2.0"}]},
        {
            "type": "function_call",
            "name": "shell",
            "arguments": json.dumps({"command": ["cargo", "bump"]}),
            "call_id": "z1",
        },
        {"type": "function_call_output", "call_id": "z1", "output": "bumped"},
        {
            "type": "function_call",
            "name": "shell",
            "arguments": json.dumps({"command": ["git", "tag"]}),
            "call_id": "z2",
        },
        {"type": "function_call_output", "call_id": "z2", "output": "tagged"},
    ]
    added = [
        json.dumps({"timestamp": f"2026-12-01T00:00:0{n}Z", "type": "response_item", "payload": item}).encode()
        for n, item in enumerate(more)
    ]
    path = tmp_path / "rollout.jsonl"
    assert read(path, [*lines, *lines, *added]) == read(path, [*lines, *added])


def test_a_history_of_aider_that_is_appended_to_itself_is_read_once(tmp_path: Path):
    written = (LOGS[0].parent / "aider.chat.history.md").read_bytes()
    path = tmp_path / ".aider.chat.history.md"
    path.write_bytes(written)
    once = [(e.task, e.outcome, e.steps) for e in tasks(path)]
    path.write_bytes(written + b"\n" + written)
    assert [(e.task, e.outcome, e.steps) for e in tasks(path)] == once
