"""Records of trajectory files in three formats, and how such a file is read in tests."""

import json

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

OWN = {"task": "Free the port", "steps": ["lsof -i :80 -> nginx", "kill 7 -> done"], "outcome": "success"}

OPENAI = {
    "messages": [
        {"role": "system", "content": "You are a coding agent."},
        {"role": "user", "content": "Fix the failing test"},
        {
            "role": "assistant",
            "content": "First I run it.",
            "tool_calls": [
                {"id": "a", "function": {"name": "bash", "arguments": '{"command": "pytest -q"}'}},
                {"id": "b", "function": {"name": "read", "arguments": '{"path": "a.py", "line": 3}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "b", "content": "x = 1"},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "1 failed"}]},
        {"role": "assistant", "content": "It is fixed."},
    ],
    "outcome": "success",
}

ANTHROPIC = [
    {"role": "user", "content": [{"type": "text", "text": "Fix the failing test"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Run it first."},
            {"type": "tool_use", "id": "a", "name": "bash", "input": {"command": "pytest -q"}},
        ],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": "exit 1"}],
    },
]

ROLLOUT = {
    "game": "train/look_at-Book-Lamp/trial_1",
    "conversations": [
        {"from": "human", "value": "You are in a room. You see a desk 1.\n\nYour task is to: look at the book.\n"},
        {"from": "gpt", "value": "go to desk 1"},
        {"from": "human", "value": "On the desk 1, you see a book 2."},
        {"from": "gpt", "value": "Thought: There it is.\nAction: take book 2 from desk 1"},
        {"from": "human", "value": "You pick up the book 2."},
    ],
}


def entries(source: str, outcome: object = None) -> list[Entry]:
    found = list(read(source, outcome))
    assert not [entry for entry in found if isinstance(entry, Fault)]
    return [entry for entry in found if isinstance(entry, Entry)]


def faults(source: str) -> list[Fault]:
    return [entry for entry in read(source) if isinstance(entry, Fault)]


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)
