"""`memp connect HOST --http`: the entry has the address and the token, which nobody else sees."""

import json
import os
import stat
from pathlib import Path
from typing import get_args

import pytest

from memp_clients.cli import main
from memp_clients.hosts import edits
from memp_clients.hosts.catalog import HOSTS, SERVER, find
from memp_clients.hosts.configs import entry_in
from memp_clients.hosts.connect import backups, connecting, disconnecting
from memp_clients.hosts.host import Host, Launch, Place, Remote, Scope, System
from memp_server.http_token import make_token

REMOTE = Remote("http://127.0.0.1:8710/mcp", "secret-token")
HEADERS = {"Authorization": "Bearer secret-token"}
ENTRIES = {
    "claude-code": {"type": "http", "url": REMOTE.url, "headers": HEADERS},
    "codex": {"url": REMOTE.url, "http_headers": HEADERS},
    "gemini": {"httpUrl": REMOTE.url, "headers": HEADERS},
    "opencode": {"type": "remote", "enabled": True, "url": REMOTE.url, "headers": HEADERS},
    "windsurf": {"serverUrl": REMOTE.url, "headers": HEADERS},
    "cline": {"type": "streamableHttp", "disabled": False, "url": REMOTE.url, "headers": HEADERS},
    "goose": {
        "enabled": True, "name": "memp", "description": "Procedural memory: how tasks were done before", "timeout": 300,
        "type": "streamable_http", "uri": REMOTE.url, "headers": HEADERS,
    },
}  # fmt: skip
BY_ADDRESS = [host for host in HOSTS if host.remote]


def place(home: Path, system: System = "linux") -> Place:
    (home / "project").mkdir(exist_ok=True)
    return Place(system, home, home / "project", home / "data", {})


def connect(host: Host, here: Place, remote: Remote | None = REMOTE) -> Path:
    changes = connecting(host, "user", here, Launch("/opt/memp"), instruct=False, remote=remote)
    edits.apply(changes, backups(here))
    return changes[0].path


def entry(host: Host, path: Path) -> object:
    return entry_in(path.read_bytes(), host.form, (host.servers, SERVER))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


@pytest.mark.parametrize("host", BY_ADDRESS, ids=lambda host: host.name)
@pytest.mark.parametrize("system", get_args(System))
def test_a_host_is_connected_by_address_and_disconnected_to_the_byte(host: Host, system: System, tmp_path: Path):
    here = place(tmp_path, system)
    path = connect(host, here)
    assert entry(host, path) == ENTRIES.get(host.name, entry(host, path))
    assert b"http://127.0.0.1:8710/mcp" in path.read_bytes() and b"Bearer secret-token" in path.read_bytes()
    edits.apply(disconnecting(host, "user", here, instruct=False), backups(here))
    assert not path.exists()


@pytest.mark.parametrize("host", BY_ADDRESS, ids=lambda host: host.name)
def test_of_command_and_address_the_last_one_stands(host: Host, tmp_path: Path):
    here = place(tmp_path)
    connect(host, here, None)
    by_command = entry(host, connect(host, here, None))
    by_address = entry(host, connect(host, here))
    assert not {"command", "cmd", "args", "env", "envs"} & by_address.keys()
    assert entry(host, connect(host, here, None)) == by_command


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_what_is_new_below_a_persons_home_is_its_owners_alone_and_what_is_a_projects_is_not(tmp_path: Path):
    before = os.umask(0o022)
    try:
        here = place(tmp_path)
        connect(find("cursor"), here)
        for scope in get_args(Scope):
            changes = connecting(find("claude-code"), scope, here, Launch("/opt/memp"), instruct=True, hook=True)
            edits.apply(changes, backups(here))
    finally:
        os.umask(before)
    rights = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    own = {path: mode for path, mode in rights.items() if not path.is_relative_to(here.project)}
    assert {mode for path, mode in own.items() if path.is_file()} == {0o600} and len(own) == 6
    assert {own[path.parent] for path in own if path.is_file() and path.parent != here.home} == {0o700}
    assert {mode for path, mode in rights.items() if path not in own and path.is_file()} == {0o644}


def test_the_token_is_written_and_never_shown(home: Path, capsys: pytest.CaptureFixture[str]):
    token = make_token()
    config = home / ".cursor" / "mcp.json"
    for words in (["--dry-run"], ["--json"], ["--json"]):
        assert main(["connect", "cursor", "--http", "8710", *words]) == 0
        shown = "".join(capsys.readouterr())
        assert token not in shown
        assert config.exists() == ("--dry-run" not in words)
    assert json.loads(config.read_text())["mcpServers"]["memp"] == {
        "url": "http://127.0.0.1:8710/mcp", "headers": {"Authorization": f"Bearer {token}"},
    }  # fmt: skip
    assert main(["connect", "cursor", "--http", "8711"]) == 0
    assert "Keep `memp serve --http 8711` running" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.parametrize("rights", [0o644, 0o620])
@pytest.mark.parametrize("linked", [True, False])
def test_a_file_that_others_can_read_or_write_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], rights: int, linked: bool
):
    make_token()
    config = home / ".cursor" / "mcp.json"
    config.parent.mkdir()
    real = home / "dotfiles.json" if linked else config
    real.write_text("{}")
    real.chmod(rights)
    if linked:
        config.symlink_to(real)
    assert main(["connect", "cursor", "--http", "8710"]) == 0
    assert f"{config} can be read by other users" in "".join(capsys.readouterr().err.split("\n"))
    assert stat.S_IMODE(config.stat().st_mode) == rights


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["claude-desktop", "--http", "8710"], "reads no address with a token"),
        (["cursor", "--http", "8710", "--scope", "project"], "use --scope user"),
        (["cursor", "--http", "0"], "another port at each start"),
        (["cursor", "--http", "192.168.0.7:8710"], "other machines"),
        (["cursor", "--http", "x"], "names no port"),
        (["codex", "--http", "8710", "--trusted"], "Start it with MEMP_TRUSTED=true"),
        (["codex", "--http", "8710", "--no-trusted"], "cannot be written with --http"),
        (["cursor", "--http", "8710"], "no token for HTTP yet"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    assert main(["connect", *words]) == 1
    assert said in capsys.readouterr().err
    assert not [*home.rglob("mcp.json")]


def test_doctor_takes_an_address_for_no_other_memory(home: Path, capsys: pytest.CaptureFixture[str]):
    make_token()
    assert main(["connect", "cursor", "--http", "8710"]) == 0
    capsys.readouterr()
    main(["--json", "--db", str(home / "m.sqlite3"), "--model", "hashing", "doctor"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["hosts"]["state"] == "ok"
    assert "Cursor" in checks["hosts"]["found"]
