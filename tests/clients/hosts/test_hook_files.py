"""`memp connect --hooks`: our hooks in the files of four hosts, beside those of others; and the plugin of Claude Code."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from paths import ROOT

from memp.errors import HostError
from memp_clients.cli import main
from memp_clients.hooks.hosts import HOSTS as ASKED
from memp_clients.hosts import edits
from memp_clients.hosts.catalog import HOSTS, find
from memp_clients.hosts.connect import backups, connecting, disconnecting
from memp_clients.hosts.hook_files import is_hooked
from memp_clients.hosts.host import JsonHooks, Launch, Place, Scope, System
from memp_clients.sessions.clients import CLIENTS

PLUGIN = ROOT / "clients" / "claude-code-plugin"
LAUNCH = Launch("/opt/my tools/memp", ("serve",), {"MEMP_DB": "/tmp/m 1.db"})
WITH_HOOKS = [host.name for host in HOSTS if host.hooks]
EVENTS = {host.name: host.hooks.events for host in HOSTS if isinstance(host.hooks, JsonHooks)}
IN_JSON = [name for name in WITH_HOOKS if name in EVENTS]

# Of others, as these programs or people write them; KEY is an event.
FILES: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "braces": "{}",
    "no hooks": '{\n\t"theme": "dark"\n}\n',
    "others": '{\n  "hooks": {\n    "KEY": [\n      {"hooks": [{"type": "command", "command": "hi"}]}\n    ]\n  }\n}',
    "one line": '{"hooks":{"KEY":[{"command":"a"},{"command":"b"}]},"z":[1]}',
    "windows": '\ufeff{\r\n  "hooks": {\r\n    "KEY": []\r\n  }\r\n}\r\n',
}


def place(home: Path, system: System = "linux") -> Place:
    (home / "project").mkdir(parents=True, exist_ok=True)
    return Place(system, home, home / "project", home / "data", {})


def connect(name: str, here: Place, scope: Scope = "user", start: Launch = LAUNCH) -> list[edits.Change]:
    changes = connecting(find(name), scope, here, start, instruct=True, hook=True)
    edits.apply(changes, backups(here))
    return changes


def disconnect(name: str, here: Place, scope: Scope = "user") -> None:
    edits.apply(disconnecting(find(name), scope, here, instruct=True), backups(here))


def written(name: str, here: Place, text: str | None, scope: Scope = "user") -> Path:
    path = find(name).hook_file(scope, here)
    assert path is not None
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return path


def commands(path: Path) -> dict[str, list[str]]:
    """Every command in a file of hooks, by event."""
    hooks: dict[str, list[Any]] = json.loads(path.read_text(encoding="utf-8-sig")).get("hooks", {})
    flat = {
        event: [inner for entry in entries for inner in entry.get("hooks", [entry])] for event, entries in hooks.items()
    }
    return {event: [entry["command"] for entry in entries] for event, entries in flat.items()}


@pytest.mark.parametrize("scope", get_args(Scope))
@pytest.mark.parametrize("system", get_args(System))
@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("name", IN_JSON)
def test_hooks_go_in_beside_those_of_others_and_come_out_again(
    tmp_path: Path, name: str, form: str, system: System, scope: Scope
):
    here, event = place(tmp_path, system), EVENTS[name][0].event
    text = FILES[form]
    text = text and text.replace("KEY", event)
    path = written(name, here, text, scope)
    connect(name, here, scope)
    found = commands(path)
    theirs = {"others": ["hi"], "one line": ["a", "b"]}.get(form, [])
    assert found[event][: len(theirs)] == theirs
    assert len(found[event]) == len(theirs) + 1
    for wired in EVENTS[name]:
        assert found[wired.event][-1].endswith(f" hook {name} {wired.ours}")
        assert "--db=/tmp/m 1.db" in found[wired.event][-1]
    before = path.read_bytes()
    assert all(change.does == "nothing" for change in connect(name, here, scope))
    disconnect(name, here, scope)
    assert (path.read_bytes().decode() if path.exists() else None) == text
    assert before != b""


@pytest.mark.parametrize("name", IN_JSON)
def test_what_others_put_in_later_stays(tmp_path: Path, name: str):
    here = place(tmp_path)
    path, event = written(name, here, None), EVENTS[name][0].event
    connect(name, here)
    document = json.loads(path.read_text())
    document["hooks"][event].insert(0, {"command": "theirs"})
    path.write_text(json.dumps(document, indent=2))
    disconnect(name, here)
    assert commands(path) == {event: ["theirs"]}
    assert not is_hooked(find(name), "user", here)


@pytest.mark.parametrize("name", WITH_HOOKS)
def test_another_command_takes_the_place_of_the_old_one(tmp_path: Path, name: str):
    here = place(tmp_path)
    path = written(name, here, None)
    connect(name, here)
    connect(name, here, start=Launch("/new/memp", ("serve",), {}))
    text = path.read_text()
    assert "/opt/my tools" not in text
    assert text.count("/new/memp") == (len(EVENTS[name]) if name in EVENTS else 1)
    disconnect(name, here)
    assert not path.exists()


@pytest.mark.parametrize("name", WITH_HOOKS)
def test_without_the_option_no_hook_is_written(tmp_path: Path, name: str):
    here = place(tmp_path)
    edits.apply(connecting(find(name), "user", here, LAUNCH, instruct=True), backups(here))
    assert not is_hooked(find(name), "user", here)


@pytest.mark.parametrize("name", IN_JSON)
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null 1",
        '{"hooks": []}',
        '{"hooks": {"EVENT": {}}}',
        "\x00",
        '{"hooks": {"EVENT": "x"}}',
        '{"a": 1} // mine',
        '{"a": [1,]}',
    ],
)
def test_a_file_that_is_broken_is_an_error_and_stays(tmp_path: Path, name: str, text: str):
    here = place(tmp_path)
    path = written(name, here, text.replace("EVENT", EVENTS[name][0].event))
    before = path.read_bytes()
    with pytest.raises(HostError, match=re.escape(str(path))):
        connect(name, here)
    assert path.read_bytes() == before
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_hook_gets_the_settings_that_are_options_and_the_rest_from_its_environment(tmp_path: Path):
    here = place(tmp_path)
    path = written("codex", here, None)
    connect("codex", here, start=Launch("/memp", ("serve",), {"MEMP_PROJECT": "shop", "MEMP_LIMIT": "2"}))
    assert commands(path)["SessionStart"] == ["/memp --project=shop hook codex start"]


def test_a_plugin_of_opencode_that_is_not_ours_stays(tmp_path: Path):
    here = place(tmp_path)
    path = written("opencode", here, "export const Mine = async () => ({})\n")
    with pytest.raises(HostError, match="no file of ours"):
        connect("opencode", here)
    disconnect("opencode", here)
    assert path.read_text().startswith("export const Mine")


def test_opencode_is_given_the_command_as_it_is(tmp_path: Path):
    here = place(tmp_path)
    path = written("opencode", here, None)
    connect("opencode", here)
    assert 'const COMMAND = ["/opt/my tools/memp", "--db=/tmp/m 1.db"] //' in path.read_text()


def test_a_host_without_hooks_says_so(tmp_path: Path):
    with pytest.raises(HostError, match="has no hooks"):
        connect("zed", place(tmp_path))


def test_the_terminal_shows_the_hooks_it_would_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CODEX_HOME", raising=False)
    assert main(["connect", "codex", "--hooks", "--dry-run"]) == 0
    assert "hook codex end" in capsys.readouterr().out
    assert not (tmp_path / ".codex").exists()
    assert main(["connect", "codex", "--hooks"]) == 0
    assert "trust them" in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / ".codex" / "hooks.json").exists()
    assert main(["connect", "--list"]) == 0
    assert "connected, hooks" in capsys.readouterr().out
    assert main(["disconnect", "codex"]) == 0
    assert not (tmp_path / ".codex" / "hooks.json").exists()


def test_every_host_with_hooks_can_be_asked():
    assert set(WITH_HOOKS) == set(ASKED)


def test_of_every_host_with_hooks_sessions_can_be_recorded():
    assert {name for name, host in ASKED.items() if host.tool_use is None} <= set(CLIENTS)


# The plugin of Claude Code


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_plugin_has_the_hooks_that_connect_writes():
    hooks = read(PLUGIN / "hooks" / "hooks.json")["hooks"]
    assert hooks == {
        wired.event: [
            {"hooks": [{"type": "command", "command": f"memp hook claude-code {wired.ours}", "timeout": wired.seconds}]}
        ]
        for wired in EVENTS["claude-code"]
    }


def test_the_plugin_has_the_version_and_the_server_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert read(PLUGIN / ".claude-plugin" / "plugin.json")["version"] == version
    assert read(PLUGIN / ".mcp.json") == {"mcpServers": {"memp": {"command": "memp", "args": ["serve"]}}}


def test_the_repository_and_the_folder_are_the_same_marketplace():
    ours, root = (read(folder / ".claude-plugin" / "marketplace.json") for folder in (PLUGIN, ROOT))
    (plugin,) = root["plugins"]
    assert (ROOT / plugin["source"]).resolve() == PLUGIN.resolve()
    assert {**root, "plugins": [{**plugin, "source": "./"}]} == ours


def test_the_skill_names_the_tools_that_there_are():
    skill = (PLUGIN / "skills" / "procedural-memory" / "SKILL.md").read_text(encoding="utf-8")
    assert skill.startswith("---\nname: procedural-memory\n")
    assert set(re.findall(r"`(\w+_\w+)`", skill)) == {"recall_procedure", "record_trajectory", "reflect_on_failure"}
