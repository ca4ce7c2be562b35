"""`memp connect` and `memp disconnect`, on the files of twelve hosts and three systems, all in temporary homes."""

import json
import os
import stat
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from memp.errors import HostError
from memp_clients.cli import main
from memp_clients.hosts import edits
from memp_clients.hosts.catalog import HOSTS, SERVER, find
from memp_clients.hosts.configs import entry_in
from memp_clients.hosts.connect import backups, connecting, disconnecting, launch, look
from memp_clients.hosts.host import Host, Launch, Place, Scope, System
from memp_clients.hosts.instructions import PARAGRAPH, START
from memp_clients.hosts.origin import requirement

LAUNCH = Launch("/opt/memp", ("serve",), {})

FILES: dict[str, dict[str, str | None]] = {
    "jsonc": {
        "missing": None,
        "empty": "",
        "blank": "\n",
        "braces": "{}",
        "no servers": '{\n    // mine\n    "theme": "dark",\n    "list": [1, 2,], /* trailing */\n}\n',
        "empty servers": '{"KEY": {}, "theme": "dark"}\n',
        "others": '{\n\t"KEY": {\n\t\t// first\n\t\t"other": {"command": "o", "env": {"K": "k"}} // last\n\t},\n\t"x": 1\n}',
        "trailing comma": '\ufeff{\r\n  "KEY": {\r\n    "other": {\r\n      "url": "http://x"\r\n    },\r\n  },\r\n}\r\n',
        "one line": '{"KEY":{"a":{"command":"a"},"b":{"command":"b"}},"z":[]}',
    },
    "json": {
        "missing": None,
        "empty": "",
        "braces": "{}",
        "no servers": '{\n    "theme": "// dark",\n    "list": [1, 2]\n}\n',
        "empty servers": '{"KEY": {}, "theme": "dark"}\n',
        "others": '{\n\t"KEY": {\n\t\t"other": {"command": "o", "env": {"K": "k"}}\n\t},\n\t"x": 1\n}',
        "windows": '\ufeff{\r\n  "KEY": {\r\n    "other": {\r\n      "url": "http://x"\r\n    }\r\n  }\r\n}\r\n',
        "one line": '{"KEY":{"a":{"command":"a"},"b":{"command":"b"}},"z":[]}',
    },
    "json-comments": {
        "missing": None,
        "no servers": '{\n    // mine\n    "theme": "dark", /* why */\n    "list": [1, 2]\n}\n',
        "others": '{\n\t"KEY": {\n\t\t// first\n\t\t"other": {"command": "o", "env": {"K": "k"}} // last\n\t},\n\t"x": 1\n}',
    },
    "toml": {
        "missing": None,
        "empty": "",
        "no servers": '# mine\nmodel = "x" # best\n\n[tui]\nnotifications = true\n',
        "others": '[KEY.other]\ncommand = "o"\nargs = [\n  "a", # why\n]\n\n# about tui\n[tui]\nx = 1',
        "inline": 'KEY = { other = { command = "o" } } # inline\r\nx = 1\r\n',
    },
    "yaml": {
        "missing": None,
        "empty": "",
        "no servers": "# mine\nGOOSE_MODEL: x # best\n",
        "empty servers": "KEY: {}\nGOOSE_MODEL: x\n",
        "null servers": "KEY:\nGOOSE_MODEL: x\n",
        "others": "KEY:\n  # builtin\n  developer:\n    enabled: true\n    args:\n    - a # why\n\n# tail\nz: 1\r\n",
    },
}

TEXTS = {"missing": None, "one": "# Mine\n\nDo this.\n", "open": "# Mine"}


def place(home: Path, system: System = "linux") -> Place:
    project = home / "project"
    project.mkdir(parents=True, exist_ok=True)
    return Place(system, home, project, home / "data", {})


def connect(host: Host, scope: Scope, here: Place, start: Launch = LAUNCH, *, instruct: bool = True) -> list[str]:
    changes = connecting(host, scope, here, start, instruct=instruct)
    edits.apply(changes, backups(here))
    return [change.does for change in changes]


def disconnect(host: Host, scope: Scope, here: Place, *, instruct: bool = True) -> list[str]:
    changes = disconnecting(host, scope, here, instruct=instruct)
    edits.apply(changes, backups(here))
    return [change.does for change in changes]


def write(path: Path, text: str | None) -> bytes | None:
    if text is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return text.encode()


def held(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


CASES = [
    pytest.param(host, scope, system, file, id=f"{host.name}-{scope}-{system}-{file}")
    for host in HOSTS
    for scope, systems in (("user", get_args(System)), ("project", ("linux",) if host.project else ()))
    for system in systems
    for file in FILES[host.form]
]


@pytest.mark.parametrize(("host", "scope", "system", "file"), CASES)
def test_a_host_is_connected_once_and_disconnected_to_the_byte(
    host: Host, scope: Scope, system: System, file: str, tmp_path: Path
) -> None:
    here = place(tmp_path, system)
    config = host.configs(scope, here)[-1]
    text = FILES[host.form][file]
    before = write(config, text.replace("KEY", host.servers) if text is not None else None)
    told = {path: write(path, TEXTS["one"]) for path in host.instructions(scope, here)[-1:] if not host.head}

    assert look(host, scope, here).state == "not connected"
    assert "nothing" not in connect(host, scope, here)
    assert look(host, scope, here).state == "connected"
    entry = entry_in(held(config), host.form, (host.servers, SERVER))
    assert entry is not None and "/opt/memp" in json.dumps(entry)
    if before and b"other" in before:
        assert entry_in(held(config), host.form, (host.servers, "other")) == entry_in(
            before, host.form, (host.servers, "other")
        )
    for path in host.instructions(scope, here)[-1:]:
        assert PARAGRAPH in path.read_text()

    now = held(config)
    assert set(connect(host, scope, here)) == {"nothing"}
    assert held(config) == now

    disconnect(host, scope, here)
    assert held(config) == before
    assert {path: held(path) for path in told} == told
    assert look(host, scope, here).state == "not connected"
    assert disconnect(host, scope, here) == []


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_what_the_host_wrote_meanwhile_stays(host: Host, tmp_path: Path) -> None:
    here = place(tmp_path)
    config = host.configs("user", here)[-1]
    write(config, (FILES[host.form]["others"] or "").replace("KEY", host.servers))
    connect(host, "user", here)
    seen = {"toml": b"\n[seen]\nx = 1\n", "yaml": b"seen: 1\n", "json": b"\n\n"}
    added = seen.get(host.form, b"// seen\n")
    config.write_bytes((held(config) or b"") + added)
    disconnect(host, "user", here)
    left = held(config) or b""
    assert b"memp" not in left and left.endswith(added)
    for comment in (b"// first", b"// last", b"# why", b"# about tui", b"# builtin", b"# tail"):
        assert (comment in left) == (comment.decode() in (FILES[host.form]["others"] or ""))
    other = (host.servers, "developer" if host.form == "yaml" else "other")
    assert entry_in(left, host.form, other) is not None


def test_a_server_that_a_person_had_added_is_updated_and_keeps_its_own_settings(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("claude-code")
    config = host.configs("user", here)[-1]
    write(config, '{"mcpServers": {"memp": {"command": "old", "env": {"MEMP_API_KEY": "k"}, "timeout": 5}}}')
    connect(host, "user", here, Launch("/opt/memp", ("serve",), {"MEMP_PROJECT": "shop"}))
    assert json.loads(config.read_text())["mcpServers"]["memp"] == {
        "command": "/opt/memp", "env": {"MEMP_API_KEY": "k", "MEMP_PROJECT": "shop"}, "timeout": 5,
        "type": "stdio", "args": ["serve"],
    }  # fmt: skip
    disconnect(host, "user", here)
    assert json.loads(config.read_text()) == {"mcpServers": {}}


def test_an_entry_that_named_an_address_names_a_command(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("cursor")
    config = host.configs("user", here)[-1]
    write(
        config, '{"mcpServers": {"memp": {"type": "http", "url": "http://localhost:1", "headers": {}, "timeout": 5}}}'
    )
    connect(host, "user", here)
    assert json.loads(config.read_text())["mcpServers"]["memp"] == {
        "type": "stdio", "command": "/opt/memp", "args": ["serve"], "timeout": 5,
    }  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="such paths are POSIX's")
def test_a_path_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    here = place(tmp_path)
    start = Launch("/opt/memp", ("serve",), {"MEMP_DB": os.fsdecode(b"/m\xff.db")})
    for name in ("cursor", "codex", "goose"):
        with pytest.raises(HostError, match="cannot take a path or a text that is not UTF-8"):
            connect(find(name), "user", here, start)


def test_an_update_does_not_forget_what_was_there_at_first(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("cursor")
    config = host.configs("user", here)[-1]
    before = write(config, '{ "mcpServers": { } }')
    connect(host, "user", here)
    connect(host, "user", here, Launch("/elsewhere/memp"))
    disconnect(host, "user", here)
    assert held(config) == before


def test_a_copy_of_what_was_there_is_kept_and_private(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("gemini")
    config = host.configs("user", here)[-1]
    before = write(config, '{"security": "secret"}')
    copies = edits.apply(connecting(host, "user", here, LAUNCH, instruct=False), backups(here))
    assert [copy.read_bytes() for copy in copies] == [before]
    assert copies[0].parent == tmp_path / "data" / "backups"
    assert list(config.parent.iterdir()) == [config]
    if os.name == "posix":
        assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
        assert stat.S_IMODE(copies[0].parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_permissions_stay_and_a_link_is_followed(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("claude-code")
    real = tmp_path / "dotfiles" / "claude.json"
    before = write(real, '{"mcpServers": {}}')
    real.chmod(0o600)
    link = host.configs("user", here)[-1]
    link.symlink_to(os.path.relpath(real, link.parent))
    connect(host, "user", here)
    assert link.is_symlink() and b"memp" in (held(real) or b"")
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    disconnect(host, "user", here)
    assert link.is_symlink() and held(real) == before


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_to_nothing_gets_its_file_and_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("cursor")
    link = host.configs("user", here)[-1]
    link.parent.mkdir()
    link.symlink_to(tmp_path / "later.json")
    connect(host, "user", here)
    assert link.is_symlink() and (tmp_path / "later.json").is_file()
    link.unlink()
    link.symlink_to(link)
    with pytest.raises(HostError, match=r"mcp\.json cannot be read"):
        connecting(host, "user", here, LAUNCH, instruct=False)


def test_a_folder_where_the_file_should_be_is_told(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("claude-code")
    host.configs("project", here)[-1].mkdir()
    with pytest.raises(HostError, match=r"\.mcp\.json is no file"):
        connect(host, "project", here)


BROKEN = [
    ("claude-code", b'{"mcpServers": {', "not valid JSON"),
    (
        "claude-code",
        b'{\n  // mine\n  "mcpServers": {},\n  "numStartups": 3\n}\n',
        "a comment stands at line 2, column 3",
    ),
    ("claude-desktop", b'{"mcpServers": {},\n /* a */ "x": 1}', "a comment stands at line 2, column 2"),
    ("cursor", b'{"url": "http://x", "list": [1,\n2,]}', "a comma with nothing behind it stands at line 2, column 2"),
    ("gemini", b'{\n  "a": 1, // why\n}\n', "a comma with nothing behind it stands at line 2, column 9"),
    ("cline", b"// nothing yet\n", "a comment stands at line 1, column 1"),
    ("claude-code", b'{"mcpServers": [1]}', "'mcpServers' is not an object"),
    ("vscode", b"\xff\xfe{\x00}\x00", "not UTF-8"),
    ("codex", b"[mcp_servers\n", "not valid TOML"),
    ("codex", b"mcp_servers = 1\n", "'mcp_servers' is not an object"),
    ("goose", b"extensions: [\n", "not valid YAML"),
    ("goose", b"extensions: text\n", "'extensions' is not an object"),
]


@pytest.mark.parametrize(("name", "source", "told"), BROKEN)
def test_a_broken_file_is_an_error_and_stays_untouched(name: str, source: bytes, told: str, tmp_path: Path) -> None:
    here, host = place(tmp_path), find(name)
    config = host.configs("user", here)[-1]
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_bytes(source)
    for act in (
        lambda: connecting(host, "user", here, LAUNCH, instruct=True),
        lambda: disconnecting(host, "user", here, instruct=True),
    ):
        with pytest.raises(HostError, match="was left as it is: it") as error:
            act()
        assert told in str(error.value) and str(config) in str(error.value)
    assert held(config) == source
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [config.name]
    assert look(host, "user", here).state == "unreadable"


def test_broken_instructions_stop_the_whole_before_anything_is_written(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("codex")
    write(host.instructions("user", here)[-1], f"{START.decode()}\nno end\n")
    with pytest.raises(HostError, match=r"AGENTS\.md was left as it is: its markers"):
        connect(host, "user", here)
    assert not host.configs("user", here)[-1].exists()


def unwritable_folder(home: Path) -> None:
    (home / ".cursor").write_text("a file where the folder should be")


def read_only_home(home: Path) -> None:
    home.chmod(0o500)


@pytest.mark.parametrize(
    "spoil",
    [
        unwritable_folder,
        pytest.param(
            read_only_home,
            marks=pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere"),
        ),
    ],
)
def test_a_home_that_cannot_be_written_is_a_clear_error(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    home = tmp_path / "home"
    here, host = place(home), find("cursor")
    spoil(home)
    try:
        with pytest.raises(HostError, match=r"mcp\.json cannot be (written|read): .*Nothing was changed\."):
            connect(host, "user", here)
    finally:
        home.chmod(0o700)
    assert not (home / "data").exists()


def test_a_disk_that_refuses_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, host = place(tmp_path), find("codex")
    config, told = host.configs("user", here)[-1], host.instructions("user", here)[-1]
    before, text = write(config, 'model = "x"\n'), write(told, "# Mine\n")
    replace = Path.replace

    def refuses(self: Path, target: Path) -> Path:
        if target.name == told.name:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuses)
    with pytest.raises(HostError, match=r"AGENTS\.md cannot be written: No space left on device"):
        connect(host, "user", here)
    assert (held(config), held(told)) == (before, text)
    assert {path.name for path in config.parent.iterdir()} == {config.name, told.name}


def test_a_file_that_its_host_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("claude-code")
    config = host.configs("user", here)[-1]
    write(config, "{}")
    changes = connecting(host, "user", here, LAUNCH, instruct=True)
    config.write_text('{"numStartups": 2}')
    with pytest.raises(HostError, match="changed by another program just now: run this again"):
        edits.apply(changes, backups(here))
    assert config.read_text() == '{"numStartups": 2}'
    assert not host.instructions("user", here)[-1].exists()


def test_the_paragraph_stays_while_another_host_reads_the_same_file(tmp_path: Path) -> None:
    here = place(tmp_path)
    agents = here.project / "AGENTS.md"
    before = write(agents, "# Ours\n")
    for name in ("codex", "opencode"):
        connect(find(name), "project", here)
    assert agents.read_text().count(PARAGRAPH) == 1
    disconnect(find("codex"), "project", here)
    assert PARAGRAPH in agents.read_text()
    disconnect(find("opencode"), "project", here)
    assert held(agents) == before


def test_the_file_that_exists_is_the_one_that_is_used(tmp_path: Path) -> None:
    here = place(tmp_path)
    write(here.project / "opencode.jsonc", "{\n  // mine\n}\n")
    write(here.project / ".rules", "Be kind.\n")
    connect(find("opencode"), "project", here)
    connect(find("zed"), "project", here)
    assert "memp" in (here.project / "opencode.jsonc").read_text()
    assert not (here.project / "opencode.json").exists()
    assert PARAGRAPH in (here.project / ".rules").read_text()


def test_a_store_app_on_windows_is_met_where_it_reads(tmp_path: Path) -> None:
    here, host = place(tmp_path, "windows"), find("claude-desktop")
    store = host.configs("user", here)[0]
    write(store, "{}")
    connect(host, "user", here)
    assert "memp" in store.read_text() and not host.configs("user", here)[-1].exists()


def test_without_instructions_only_the_configuration_changes(tmp_path: Path) -> None:
    here, host = place(tmp_path), find("codex")
    assert connect(host, "user", here, instruct=False) == ["create"]
    assert not host.instructions("user", here)[-1].exists()
    connect(host, "user", here)
    disconnect(host, "user", here, instruct=False)
    assert host.instructions("user", here)[-1].exists()


def test_a_host_without_project_files_says_so(tmp_path: Path) -> None:
    here = place(tmp_path)
    for act in (
        lambda: connecting(find("goose"), "project", here, LAUNCH, instruct=True),
        lambda: disconnecting(find("goose"), "project", here, instruct=True),
    ):
        with pytest.raises(HostError, match="Goose reads no servers from a project: use --scope user"):
            act()


@pytest.mark.parametrize(("system", "name"), [("linux", "memp"), ("windows", "memp.exe")])
def test_the_command_is_the_full_path_of_the_memp_that_runs(system: System, name: str, tmp_path: Path) -> None:
    here = place(tmp_path, system)
    program = tmp_path / "bin" / name
    write(program, "")
    given = {"db": tmp_path / "m.db", "project": "shop"}
    started = launch(here, given, program=str(tmp_path / "bin" / "memp"))
    assert started == Launch(str(program), ("serve",), {"MEMP_DB": str(tmp_path / "m.db"), "MEMP_PROJECT": "shop"})


def test_settings_of_the_shell_go_into_the_entry_and_secrets_do_not(tmp_path: Path) -> None:
    shell = {
        "MEMP_PROJECT": "shop", "memp_limit": "2", "MEMP_API_KEY": "k", "MEMP_BASE_URL": "https://a:b@c", "MEMP_DB": "~/m.db",
        "MEMP_TOOLS": "", "MEMP_UNKNOWN": "1", "PATH": "/bin",
    }  # fmt: skip
    here = replace(place(tmp_path), environment=shell)
    started = launch(here, {"project": "blog"}, program="memp")
    assert started.environment == {
        "MEMP_DB": str(Path("~/m.db").expanduser()), "MEMP_LIMIT": "2", "MEMP_PROJECT": "blog",
    }  # fmt: skip


def test_a_run_by_uvx_is_started_by_uvx_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    started = launch(place(tmp_path), {}, program="memp", prefix="/home/a/.cache/uv/archive-v0/Xy12")
    assert started == Launch("uvx", ("--from", requirement(), "memp", "serve"), {})


def test_without_a_memp_command_python_starts_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    started = launch(place(tmp_path), {}, program="pytest")
    assert started.arguments == ("-m", "memp_clients.cli", "serve")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the commands: all that they may look at or change."""
    for name in [name for name in os.environ if name.startswith("MEMP_")]:
        monkeypatch.delenv(name)
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def test_a_dry_run_prints_the_diff_and_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = home / ".cursor" / "mcp.json"
    write(config, '{\n  "mcpServers": {}\n}\n')
    assert main(["connect", "cursor", "--dry-run", "--project", "shop"]) == 0
    out = capsys.readouterr().out
    assert f"--- {config}\n+++ {config}\n" in out
    assert '-  "mcpServers": {}\n' in out and '+      "type": "stdio",\n' in out and '"MEMP_PROJECT": "shop"' in out
    assert config.read_text() == '{\n  "mcpServers": {}\n}\n'
    assert not (home / "data").exists()


def test_the_commands_say_what_they_did(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "cursor", "--scope", "project", "--db", "m.sqlite3"]) == 0
    out = capsys.readouterr().out
    config = home / "project" / ".cursor" / "mcp.json"
    assert f"Made {config}" in out and "Open Settings" in out
    environment = json.loads(config.read_text())["mcpServers"]["memp"]["env"]
    assert environment == {"MEMP_DB": str(home / "project" / "m.sqlite3")}
    rule = home / "project" / ".cursor" / "rules" / "memp.mdc"
    assert rule.read_text().startswith(
        "---\ndescription: Procedural memory\nalwaysApply: true\n---\n\n<!-- memp:start -->"
    )

    assert main(["connect", "cursor", "--scope", "project"]) == 0
    assert "Cursor: nothing to change." in capsys.readouterr().out
    assert main(["--json", "disconnect", "cursor", "--scope", "project"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(file["path"], file["change"]) for file in document["files"]] == [
        (str(config), "delete"), (str(rule), "delete"),
    ]  # fmt: skip
    assert not config.exists() and not rule.exists()


def test_connect_says_what_the_server_will_not_know(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = home / ".codex" / "config.toml"
    monkeypatch.setenv("MEMP_DB", str(home / "mine.db"))
    monkeypatch.setenv("MEMP_API_KEY", "k")
    assert main(["connect", "codex", "--no-instructions"]) == 0
    assert tomllib.loads(config.read_text())["mcp_servers"]["memp"]["env"] == {"MEMP_DB": str(home / "mine.db")}
    err = " ".join(capsys.readouterr().err.split())
    assert "go into the entry: MEMP_DB." in err and "MEMP_API_KEY is set here and does not go into the file" in err

    monkeypatch.delenv("MEMP_DB")
    assert main(["connect", "codex", "--no-instructions"]) == 0
    # A path may be longer than a line of the terminal.
    assert f"Theserveruses{home / 'mine.db'},not{home}" in "".join(capsys.readouterr().err.split())


def test_the_list_shows_who_is_connected_and_who_cannot_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "codex"]) == 0
    write(home / ".cursor" / "mcp.json", "{")
    capsys.readouterr()
    assert main(["connect", "--list", "--json"]) == 0
    out, err = capsys.readouterr()
    hosts = {row["host"]: row for row in json.loads(out)["hosts"]}
    assert len(hosts) == len(HOSTS)
    assert hosts["codex"]["user"]["state"] == "connected"
    assert hosts["codex"]["project"]["state"] == "not connected"
    assert hosts["cursor"]["user"]["state"] == "unreadable" and "not valid JSON" in err
    assert hosts["goose"]["project"]["state"] == "none"
    assert main(["connect", "--list"]) == 0
    assert "Claude Desktop" in capsys.readouterr().out


def test_the_other_scope_is_not_forgotten(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "cursor", "--scope", "project"]) == 0
    assert main(["disconnect", "cursor"]) == 0
    out, err = capsys.readouterr()
    assert "Cursor: nothing to change." in out
    assert err == "Cursor is still connected with --scope project.\n"


def test_a_wrong_command_line_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect"]) == 2
    assert "name a HOST" in capsys.readouterr().err
    assert main(["disconnect", "emacs"]) == 1
    assert "no host 'emacs'" in capsys.readouterr().err
    assert main(["connect", "cursor", "--scope", "team"]) == 2
