"""Every row of the catalog: where its files are on each system, and what is written there."""

import json
from pathlib import Path
from typing import get_args

import pytest
from paths import ROOT

from memp.errors import HostError
from memp_clients.hosts.catalog import HOSTS, SERVER, find
from memp_clients.hosts.configs import with_entry
from memp_clients.hosts.host import Host, Launch, Place, System

LAUNCH = Launch("/opt/memp", ("serve",), {"MEMP_PROJECT": "shop"})

USER_FILES: dict[str, dict[System, str]] = {
    "claude-code": dict.fromkeys(get_args(System), ".claude.json"),
    "claude-desktop": {
        "linux": ".config/Claude/claude_desktop_config.json",
        "macos": "Library/Application Support/Claude/claude_desktop_config.json",
        "windows": "AppData/Roaming/Claude/claude_desktop_config.json",
    },
    "codex": dict.fromkeys(get_args(System), ".codex/config.toml"),
    "cursor": dict.fromkeys(get_args(System), ".cursor/mcp.json"),
    "vscode": {
        "linux": ".config/Code/User/mcp.json",
        "macos": "Library/Application Support/Code/User/mcp.json",
        "windows": "AppData/Roaming/Code/User/mcp.json",
    },
    "gemini": dict.fromkeys(get_args(System), ".gemini/settings.json"),
    "opencode": dict.fromkeys(get_args(System), ".config/opencode/opencode.json"),
    "windsurf": dict.fromkeys(get_args(System), ".codeium/windsurf/mcp_config.json"),
    "zed": {
        "linux": ".config/zed/settings.json",
        "macos": ".config/zed/settings.json",
        "windows": "AppData/Roaming/Zed/settings.json",
    },
    "cline": dict.fromkeys(get_args(System), ".cline/data/settings/cline_mcp_settings.json"),
    "goose": {
        "linux": ".config/goose/config.yaml",
        "macos": ".config/goose/config.yaml",
        "windows": "AppData/Roaming/Block/goose/config/config.yaml",
    },
    "jetbrains": dict.fromkeys(get_args(System), ".junie/mcp/mcp.json"),
}

WRITTEN = {
    "claude-code": '{"type": "stdio", "command": "/opt/memp", "args": ["serve"], "env": {"MEMP_PROJECT": "shop"}}',
    "claude-desktop": '{"command": "/opt/memp", "args": ["serve"], "env": {"MEMP_PROJECT": "shop"}}',
    "vscode": '{"type": "stdio", "command": "/opt/memp", "args": ["serve"], "env": {"MEMP_PROJECT": "shop"}}',
    "opencode": '{"type": "local", "command": ["/opt/memp", "serve"], "enabled": true, '
    '"environment": {"MEMP_PROJECT": "shop"}}',
    "zed": '{"command": "/opt/memp", "args": ["serve"], "env": {"MEMP_PROJECT": "shop"}}',
    "cline": '{"command": "/opt/memp", "args": ["serve"], "env": {"MEMP_PROJECT": "shop"}, "disabled": false}',
}


def place(home: Path, system: System = "linux", **environment: str) -> Place:
    return Place(system, home, home / "project", home / "data", environment)


@pytest.mark.parametrize("system", get_args(System))
@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_each_host_has_its_file_on_each_system(host: Host, system: System, tmp_path: Path) -> None:
    assert host.configs("user", place(tmp_path, system))[-1] == tmp_path / USER_FILES[host.name][system]


def test_names_are_unique_and_each_row_says_where_its_facts_are_from() -> None:
    assert len({host.name for host in HOSTS}) == len(HOSTS) == len(USER_FILES)
    assert all(host.source.startswith("https://") and host.then.endswith(".") for host in HOSTS)
    assert find("Claude-Code").title == "Claude Code"
    with pytest.raises(HostError, match=r"no host 'emacs'.*claude-code, claude-desktop"):
        find("emacs")


@pytest.mark.parametrize(("name", "entry"), WRITTEN.items())
def test_an_entry_has_the_form_that_its_host_reads(name: str, entry: str) -> None:
    host = find(name)
    document = json.loads(with_entry(None, host.form, (host.servers, SERVER), host.entry(LAUNCH)))
    assert document == {host.servers: {"memp": json.loads(entry)}}


def test_codex_and_goose_have_forms_of_their_own() -> None:
    codex, goose = find("codex"), find("goose")
    assert with_entry(None, codex.form, (codex.servers, SERVER), codex.entry(LAUNCH)).decode() == (
        '[mcp_servers.memp]\ncommand = "/opt/memp"\nargs = ["serve"]\nenv = {MEMP_PROJECT = "shop"}\n'
    )
    assert with_entry(None, goose.form, (goose.servers, SERVER), goose.entry(LAUNCH)).decode() == (
        'extensions:\n  memp:\n    enabled: true\n    type: "stdio"\n    name: "memp"\n'
        '    description: "Procedural memory: how tasks were done before"\n    cmd: "/opt/memp"\n'
        '    args: ["serve"]\n    envs:\n      MEMP_PROJECT: "shop"\n    timeout: 300\n'
    )


@pytest.mark.parametrize(
    ("name", "variable", "value", "expected"),
    [
        ("claude-code", "CLAUDE_CONFIG_DIR", "work", "work/.claude.json"),
        ("codex", "CODEX_HOME", "work", "work/config.toml"),
        ("gemini", "GEMINI_CLI_HOME", "work", "work/.gemini/settings.json"),
        ("opencode", "XDG_CONFIG_HOME", "work", "work/opencode/opencode.json"),
        ("cline", "CLINE_DATA_DIR", "work", "work/settings/cline_mcp_settings.json"),
        ("cline", "CLINE_DIR", "work", "work/data/settings/cline_mcp_settings.json"),
        ("cline", "CLINE_MCP_SETTINGS_PATH", "work/mcp.json", "work/mcp.json"),
    ],
)
def test_a_hosts_own_variable_moves_its_file(
    name: str, variable: str, value: str, expected: str, tmp_path: Path
) -> None:
    moved = place(tmp_path, "linux", **{variable: str(tmp_path / value)})
    assert find(name).configs("user", moved)[-1] == tmp_path / expected


def test_what_a_host_has_not_is_empty(tmp_path: Path) -> None:
    here = place(tmp_path)
    no_project = [host.name for host in HOSTS if not host.configs("project", here)]
    assert no_project == ["claude-desktop", "windsurf", "cline", "goose"]
    untold = [host.name for host in HOSTS if not host.instructions("user", here)]
    assert untold == ["claude-desktop", "cursor", "jetbrains"]


def test_the_docs_name_each_host_with_its_files() -> None:
    rows = {
        line for line in (ROOT / "docs" / "clients.md").read_text(encoding="utf-8").splitlines() if line[:3] == "| ["
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for host in HOSTS:
        (row,) = [row for row in rows if row.startswith(f"| [{host.name}]({host.source}) | `{host.servers}` |")]
        for file in USER_FILES[host.name].values():
            assert f"`~/{file}`".replace("~/AppData/Roaming", "%APPDATA%") in row
        for file in (*host.project[-1:], *host.project_instruction_files[-1:]):
            assert f"`{file}`" in row
        assert f"`memp connect {host.name}`" in readme
