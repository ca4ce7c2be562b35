"""scipy takes a second to load: what answers an agent never loads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

RECORD = ["record", "--task", "Free port 80", "--step", "kill 7 -> done", "--outcome", "success"]
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip


def loaded(db: Path, *arguments: str, stdin: object = None) -> bool:
    """Whether a command, in a process of its own, loads scipy."""
    environment = {**os.environ, "MEMP_DB": str(db), "MEMP_MODEL": "hashing"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "memp_clients.cli", *arguments], input=json.dumps(stdin) + "\n",
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "memp.errors" in imported
    return any(name.partition(".")[0] == "scipy" for name in imported)


def test_recall_and_record_do_not_load_scipy(tmp_path: Path):
    for arguments in (RECORD, RECORD, ["recall", "Free port 80"], ["list"]):
        assert not loaded(tmp_path / "memory.sqlite3", *arguments)


def test_the_server_does_not_load_scipy(tmp_path: Path):
    assert not loaded(tmp_path / "memory.sqlite3", "serve", stdin=HELLO)


def test_a_hook_does_not_load_scipy(tmp_path: Path):
    assert not loaded(tmp_path / "memory.sqlite3", *RECORD)
    payload = {"session_id": "s", "cwd": str(tmp_path), "transcript_path": "", "prompt": "Free port 80"}
    event = {**payload, "hook_event_name": "UserPromptSubmit"}
    assert not loaded(tmp_path / "memory.sqlite3", "hook", "claude-code", "prompt", stdin=event)


def test_evaluate_and_uplift_load_it_only_where_they_compute_statistics():
    modules = "memp.retrieve.uplift, memp.evaluate.commands.world, memp.evaluate.commands.llm"
    script = f"import sys, {modules}; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
