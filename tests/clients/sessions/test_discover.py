"""`memp import --discover`: sessions are found where their clients keep them, rehearsed, and imported with --yes."""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hook_calls import session
from paths import SESSION_LOGS

from memp.errors import InputError
from memp_clients.cli import main
from memp_clients.sessions.discover import parse_since

OLD = datetime(2025, 1, 2, tzinfo=UTC).timestamp()

VARIABLES = (
    "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "GEMINI_CLI_HOME", "CLINE_DIR", "CLINE_DATA_DIR",
    "APPDATA", "QWEN_RUNTIME_DIR", "QWEN_HOME", "COPILOT_HOME", "AIDER_CHAT_HISTORY_FILE",
)  # fmt: skip

Run = Callable[..., tuple[int, str]]
Document = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str]:
        status = main(arguments)
        return status, capsys.readouterr().out

    return ran


def put(fixture: str, path: Path, changed: float = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SESSION_LOGS / fixture, path)
    os.utime(path, (changed, changed))
    return path


@pytest.fixture
def sessions(home: Path) -> None:
    """A session of each client, in the places that they have when no variable says otherwise."""
    put("claude_code.jsonl", home / ".claude/projects/-home-ada-shop/5d1c.jsonl", OLD + 86_400)
    put("codex.jsonl", home / ".codex/sessions/2026/03/02/rollout-2026-03-02T09-00-00-019c.jsonl")
    put("gemini.jsonl", home / ".gemini/tmp/app/chats/session-2026-03-03T08-00-9e11.jsonl")
    (home / ".gemini/tmp/app/logs.json").write_text("[]")
    export = json.loads((SESSION_LOGS / "opencode.json").read_text())
    storage = home / ".local/share/opencode/storage"
    written = {storage / "session/p1/ses_01.json": export["info"]}
    for message in export["messages"]:
        name = message["info"]["id"]
        written[storage / f"message/ses_01/{name}.json"] = message["info"]
        written |= {storage / f"part/{name}/prt_{at}.json": part for at, part in enumerate(message["parts"])}
    for path, value in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))


def by_client(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {client["client"]: client for client in document["clients"]}


@pytest.mark.usefixtures("sessions")
class TestDiscover:
    def test_a_dry_run_says_what_is_new_and_stores_nothing(self, home: Path, document: Document) -> None:
        done = document("import", "--discover")
        clients = by_client(done)
        assert not done["imported"]
        assert {name: (client["sessions"], client["new"], client["tasks"]) for name, client in clients.items()} == {
            "claude-code": (1, 1, 2), "codex": (1, 1, 2), "gemini-cli": (1, 1, 2), "opencode": (1, 1, 1),
        }  # fmt: skip
        assert (clients["claude-code"]["first"], clients["codex"]["last"]) == ("2025-01-03", "2025-01-02")
        assert clients["codex"]["bytes"] == (SESSION_LOGS / "codex.jsonl").stat().st_size
        assert not (home / "memory.sqlite3").exists()

    def test_yes_imports_and_then_nothing_is_new(self, document: Document) -> None:
        rehearsed = document("import", "--discover")
        done = document("import", "--discover", "--yes")
        assert done["imported"]
        assert [done[name] for name in ("added", "merged", "failures")] == [
            rehearsed[name] for name in ("added", "merged", "failures")
        ]
        assert document("stats")["trajectories"] == 7
        again = document("import", "--discover")
        assert [(client["new"], client["tasks"]) for client in again["clients"]] == [(0, 0)] * 4
        assert sum(client["known"] for client in again["clients"]) == 7
        assert document("stats")["trajectories"] == 7

    def test_a_memory_that_cannot_be_copied_is_named(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (home / "memory.sqlite3").write_bytes(b"no database " * 400)
        assert main(["import", "--discover"]) == 1
        error = " ".join(capsys.readouterr().err.split())
        assert error.endswith("memory.sqlite3 cannot be copied for a rehearsal: file is not a database.")

    def test_only_the_session_that_grew_is_new(self, home: Path, document: Document) -> None:
        document("import", "--discover", "--yes")
        put("codex_2025.jsonl", home / ".codex/archived_sessions/rollout-2025-06-20T09-00-00-b0de.jsonl")
        codex = by_client(document("import", "--discover"))["codex"]
        assert (codex["sessions"], codex["new"], codex["tasks"], codex["known"]) == (2, 1, 1, 2)

    def test_the_variables_of_the_clients_are_honoured(
        self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable, folder in (
            ("CLAUDE_CONFIG_DIR", ".claude"),
            ("CODEX_HOME", ".codex"),
            ("XDG_DATA_HOME", ".local/share"),
        ):
            (home / "elsewhere").mkdir(exist_ok=True)
            (home / folder).rename(home / "elsewhere" / variable)
            monkeypatch.setenv(variable, str(home / "elsewhere" / variable))
        (home / "elsewhere" / "g").mkdir()
        (home / ".gemini").rename(home / "elsewhere" / "g" / ".gemini")
        monkeypatch.setenv("GEMINI_CLI_HOME", str(home / "elsewhere" / "g"))
        assert [client["sessions"] for client in document("import", "--discover")["clients"]] == [1, 1, 1, 1]

    def test_since_leaves_out_older_sessions(self, document: Document) -> None:
        done = document("import", "--discover", "--since", "2025-01-02T12:00:00+00:00")
        assert {name: client["sessions"] for name, client in by_client(done).items()} == {
            "claude-code": 1, "codex": 0, "gemini-cli": 0, "opencode": 1,
        }  # fmt: skip

    def test_links_are_named_and_not_followed(self, home: Path, document: Document) -> None:
        outside = put("codex_2025.jsonl", home / "outside/rollout-1.jsonl")
        (home / ".codex/sessions/2026/rollout-link.jsonl").symlink_to(outside)
        (home / ".codex/sessions/2026/folder").symlink_to(outside.parent)
        done = document("import", "--discover")
        assert by_client(done)["codex"]["sessions"] == 1
        assert done["reasons"]["a symbolic link, which is not followed"] == 2

    @pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="whoever runs this may read everything")
    def test_folders_that_cannot_be_read_are_named(self, home: Path, document: Document) -> None:
        locked = home / ".claude/projects/locked"
        locked.mkdir(mode=0)
        named = document("import", "--discover")["records_skipped"]
        locked.chmod(0o700)
        assert any(skipped["file"] == str(locked) and "cannot be read" in skipped["reason"] for skipped in named)

    def test_opencodes_database_goes_before_its_older_files(self, home: Path, document: Document) -> None:
        with sqlite3.connect(home / ".local/share/opencode/opencode.db") as made:
            made.execute("create table session (id text, directory text, time_created int, time_updated int)")
            made.execute("create table message (id text, session_id text, time_created int, data text)")
            made.execute("create table part (id text, message_id text, session_id text, data text)")
            made.executemany("insert into session values (?, '/w', 1, ?)", [("ses_a", 1e12), ("ses_b", OLD * 1000)])
        made.close()
        opencode = by_client(document("import", "--discover"))["opencode"]
        assert (opencode["sessions"], opencode["first"], opencode["last"]) == (2, "2001-09-09", "2025-01-02")

    def test_a_person_sees_a_table_and_what_to_do_next(self, run: Run) -> None:
        status, out = run("import", "--discover")
        assert status == 0
        assert "claude-code" in out and "new tasks" in out
        assert "Nothing was stored. To import them: memp import --discover --yes" in out


CLINE, ROO = "saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline"
TASK = "tasks/1760000000000/api_conversation_history.json"


@pytest.mark.parametrize(
    ("client", "fixture", "path"),
    [
        ("cline", "cline.json", f".cline/data/{TASK}"),
        ("cline", "cline.json", f".config/Code/User/globalStorage/{CLINE}/{TASK}"),
        ("cline", "cline.json", f"Library/Application Support/VSCodium/User/globalStorage/{CLINE}/{TASK}"),
        ("cline", "cline.json", f".vscode-server/data/User/globalStorage/{CLINE}/{TASK}"),
        ("roo-code", "cline.json", f".config/Code - Insiders/User/globalStorage/{ROO}/{TASK}"),
        ("copilot-cli", "copilot.jsonl", ".copilot/session-state/5f1e/events.jsonl"),
        ("qwen-code", "claude_code.jsonl", ".qwen/projects/-home-ada-shop/chats/9e11.jsonl"),
        ("cursor", "claude_code.jsonl", ".cursor/projects/home-ada-shop/agent-transcripts/1b2c/1b2c.jsonl"),
        ("cursor", "claude_code.jsonl", ".cursor/projects/home-ada-shop/agent-transcripts/1b2c.txt"),
        ("aider", "aider.chat.history.md", ".aider.chat.history.md"),
    ],
)
def test_the_histories_of_other_clients_are_found_where_each_keeps_them(
    home: Path, document: Document, client: str, fixture: str, path: str
) -> None:
    put(fixture, home / path)
    done = document("import", "--discover")
    assert {name: row["sessions"] for name, row in by_client(done).items() if row["sessions"]} == {client: 1}
    assert by_client(done)[client]["tasks"] > 0 or done["read"] > 0


@pytest.mark.parametrize("name", ["view.tsx", "view.js", "a.json"])
def test_what_cursors_agent_wrote_beside_its_transcripts_is_none(home: Path, document: Document, name: str) -> None:
    put("claude_code.jsonl", home / ".cursor/projects/home-ada-shop/agent-transcripts" / name)
    assert not any(row["sessions"] for row in by_client(document("import", "--discover")).values())


@pytest.mark.parametrize(
    ("variable", "value", "client", "path"),
    [
        ("CLINE_DIR", "c", "cline", f"c/data/{TASK}"),
        ("CLINE_DATA_DIR", "c", "cline", f"c/{TASK}"),
        ("APPDATA", "AppData/Roaming", "roo-code", f"AppData/Roaming/Code/User/globalStorage/{ROO}/{TASK}"),
        ("XDG_CONFIG_HOME", "x", "cline", f"x/Cursor/User/globalStorage/{CLINE}/{TASK}"),
        ("QWEN_HOME", "q", "qwen-code", "q/projects/p/chats/1.jsonl"),
        ("QWEN_RUNTIME_DIR", "q", "qwen-code", "q/projects/p/chats/1.jsonl"),
        ("COPILOT_HOME", "k", "copilot-cli", "k/session-state/1/events.jsonl"),
        ("AIDER_CHAT_HISTORY_FILE", "notes/chat.md", "aider", "notes/chat.md"),
    ],
)
def test_a_variable_of_a_client_says_where_its_histories_are(
    home: Path, document: Document, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, client: str, path: str
) -> None:
    monkeypatch.setenv(variable, str(home / value))
    put("claude_code.jsonl", home / path)
    assert by_client(document("import", "--discover"))[client]["sessions"] == 1


def test_aiders_history_is_that_of_the_repository_that_one_is_in(
    home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "shop/.git").mkdir(parents=True)
    (home / "shop/src/cart").mkdir(parents=True)
    put("aider.chat.history.md", home / "shop/.aider.chat.history.md")
    put("aider.chat.history.md", home / "blog/.aider.chat.history.md")
    monkeypatch.chdir(home / "shop/src/cart")
    row = by_client(document("import", "--discover"))["aider"]
    assert (row["sessions"], row["folder"]) == (1, str(home / "shop"))


def test_two_folders_that_are_one_are_read_once(
    home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("cline.json", home / f".config/Code/User/globalStorage/{CLINE}/{TASK}")
    monkeypatch.setenv("APPDATA", str(home / ".config"))
    assert by_client(document("import", "--discover"))["cline"]["sessions"] == 1


def test_a_task_that_the_agent_recorded_itself_is_skipped_and_said_to_be(home: Path, document: Document) -> None:
    """Also where an outcome is given for tasks that show none."""
    told: tuple[str, dict[str, object]] = ("mcp__memp__record_trajectory", {"task": "fix the build"})
    log = session(home / "s1.jsonl", "fix the build", ("make", "no rule", 2), ("make all", "built", 0), told,
                  "write the changelog", ("ls", "notes", 0), ("make -C docs test", "3 passed", 0))  # fmt: skip
    summary = document("import", str(log), "--outcome", "success")
    assert (summary["read"], summary["added"], summary["skipped"]) == (2, 1, 1)
    assert summary["reasons"] == {"the agent recorded it itself": 1}


def test_where_no_client_is_there_is_nothing_to_find(run: Run) -> None:
    status, out = run("import", "--discover")
    assert status == 1
    assert "No sessions were found" in out


@pytest.mark.parametrize(
    "arguments", [[], ["a.jsonl", "--discover"], ["a.jsonl", "--yes"], ["a.jsonl", "--since", "2d"]]
)
def test_options_that_do_not_go_together_are_refused(run: Run, arguments: list[str]) -> None:
    assert run("import", *arguments)[0] == 2


class TestSince:
    NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("12h", "2026-03-31T00:00:00+00:00"), ("30d", "2026-03-01T12:00:00+00:00"), ("2w", "2026-03-17T12:00:00+00:00"),
         ("2026-01-31T00:00:00+00:00", "2026-01-31T00:00:00+00:00")],
    )  # fmt: skip
    def test_a_day_or_a_span(self, value: str, expected: str) -> None:
        found = parse_since(value, self.NOW)
        assert found is not None
        assert found.isoformat() == expected

    @pytest.mark.parametrize("value", ["", "soon", "30", "99999d", "2026-13-01"])
    def test_anything_else_is_refused(self, value: str) -> None:
        with pytest.raises(InputError, match="--since"):
            parse_since(value, self.NOW)
