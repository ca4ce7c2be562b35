"""The hosts that `memp connect` knows: one row each says where its files are and how a server is written in them.

A path is a template; its words in braces are folders that `Place.folders` works out for one system, home and environment.
Of several paths the one that exists is taken, else the last; so the last is the one that the host's documentation names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from memp.errors import HostError
from memp_clients.hosts.configs import Format

System = Literal["linux", "macos", "windows"]
Scope = Literal["user", "project"]
Paths = Mapping[System, tuple[str, ...]]

SERVER = "memp"
"""The name under which the server stands in every host."""


@dataclass(frozen=True)
class Launch:
    """How a host starts the server."""

    command: str
    arguments: tuple[str, ...] = ("serve",)
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Place:
    """One machine as the paths depend on it. `project` is the root of the project, `data` the folder of memp's own files."""

    system: System
    home: Path
    project: Path
    data: Path
    environment: Mapping[str, str]

    def folders(self) -> dict[str, str]:
        """What the words in braces stand for; each host's own variable goes before its default."""
        roaming = self._folder("APPDATA", self.home / "AppData" / "Roaming")
        local = self._folder("LOCALAPPDATA", self.home / "AppData" / "Local")
        xdg = self._folder("XDG_CONFIG_HOME", self.home / ".config")
        support = self.home / "Library" / "Application Support"
        cline = self._folder("CLINE_DATA_DIR", self._folder("CLINE_DIR", self.home / ".cline") / "data")
        folders = {
            "home": self.home,
            "roaming": roaming,
            "local": local,
            "xdg": xdg,
            "config": {"linux": xdg, "macos": support, "windows": roaming}[self.system],
            "claude_json": self._folder("CLAUDE_CONFIG_DIR", self.home),
            "claude": self._folder("CLAUDE_CONFIG_DIR", self.home / ".claude"),
            "codex": self._folder("CODEX_HOME", self.home / ".codex"),
            "gemini": self._folder("GEMINI_CLI_HOME", self.home) / ".gemini",
            "cline": self._folder("CLINE_DIR", self.home / ".cline"),
            "cline_settings": self._folder("CLINE_MCP_SETTINGS_PATH", cline / "settings" / "cline_mcp_settings.json"),
        }
        return {name: str(folder) for name, folder in folders.items()}

    def _folder(self, variable: str, default: Path) -> Path:
        value = self.environment.get(variable)
        return Path(value).expanduser() if value else default


@dataclass(frozen=True, kw_only=True)
class Host:
    """One MCP host.

    `servers` is the key that holds its servers; `entry` writes one. `user` and `project` are its configuration files, `told`
    and `told_in_project` the files of instructions that its agent reads, `hooks` and `hooks_in_project` the file of its hooks;
    empty where it has none. `head` begins a file of instructions where it is of ours alone. `then` says what a person does
    next, `source` where all this is documented.
    """

    name: str
    title: str
    form: Format = "jsonc"
    servers: str = "mcpServers"
    entry: Callable[[Launch], dict[str, Any]]
    user: Paths
    project: Sequence[str] = ()
    told: Paths
    told_in_project: Sequence[str] = ()
    head: str = ""
    hooks: str = ""
    hooks_in_project: str = ""
    then: str
    source: str

    def configs(self, scope: Scope, place: Place) -> list[Path]:
        """The configuration files that the host reads in a scope, the documented one last; empty where it reads none."""
        return _paths(self.user[place.system] if scope == "user" else self.project, place, scope)

    def instructions(self, scope: Scope, place: Place) -> list[Path]:
        """Likewise, the files of instructions."""
        return _paths(self.told[place.system] if scope == "user" else self.told_in_project, place, scope)

    def hook_file(self, scope: Scope, place: Place) -> Path | None:
        """The file of its hooks; None where it has none."""
        template = self.hooks if scope == "user" else self.hooks_in_project
        return _paths([template], place, scope)[0] if template else None


def find(name: str) -> Host:
    """The row of that name.

    Raises:
        HostError: there is none.
    """
    for host in HOSTS:
        if host.name == name.lower():
            return host
    raise HostError(f"There is no host {name!r}. Known are: {', '.join(host.name for host in HOSTS)}.")


def choose(paths: Sequence[Path]) -> Path:
    """The first that exists, else the last."""
    return next((path for path in paths if path.is_file()), paths[-1])


def _paths(templates: Sequence[str], place: Place, scope: Scope) -> list[Path]:
    if scope == "project":
        return [place.project.joinpath(*template.split("/")) for template in templates]
    folders = place.folders()
    return [Path(template.format_map(folders)) for template in templates]


def _on(*everywhere: str, linux: str = "", macos: str = "", windows: str | tuple[str, ...] = "") -> Paths:
    """Paths by system: those that hold everywhere, or one for each."""
    own: dict[System, str | tuple[str, ...]] = {"linux": linux, "macos": macos, "windows": windows}
    return {
        system: everywhere or ((paths,) if isinstance(paths, str) and paths else tuple(paths))
        for system, paths in own.items()
    }


def _plain(launch: Launch) -> dict[str, Any]:
    return {"command": launch.command, "args": list(launch.arguments), **_env("env", launch)}


def _typed(launch: Launch) -> dict[str, Any]:
    return {"type": "stdio", **_plain(launch)}


def _cline(launch: Launch) -> dict[str, Any]:
    return {**_plain(launch), "disabled": False}


def _opencode(launch: Launch) -> dict[str, Any]:
    command = [launch.command, *launch.arguments]
    return {"type": "local", "command": command, "enabled": True, **_env("environment", launch)}


def _goose(launch: Launch) -> dict[str, Any]:
    return {
        "enabled": True,
        "type": "stdio",
        "name": SERVER,
        "description": "Procedural memory: how tasks were done before",
        "cmd": launch.command,
        "args": list(launch.arguments),
        "envs": dict(launch.environment or {}),
        "timeout": 300,
    }


def _env(key: str, launch: Launch) -> dict[str, Any]:
    return {key: dict(launch.environment)} if launch.environment else {}


_ALWAYS_MDC = "---\ndescription: Procedural memory\nalwaysApply: true\n---\n"
_APPLY_TO_ALL = '---\napplyTo: "**"\n---\n'
_NEW_SESSION = "Start a new session."

HOSTS = (
    Host(
        name="claude-code",
        title="Claude Code",
        entry=_typed,
        user=_on("{claude_json}/.claude.json"),
        project=[".mcp.json"],
        told=_on("{claude}/CLAUDE.md"),
        told_in_project=["CLAUDE.md"],
        hooks="{claude}/settings.json",
        hooks_in_project=".claude/settings.local.json",
        then="Start a new session; `claude mcp list` shows the server. One of a project asks for approval first.",
        source="https://code.claude.com/docs/en/mcp",
    ),
    Host(
        name="claude-desktop",
        title="Claude Desktop",
        entry=_plain,
        user=_on(
            linux="{config}/Claude/claude_desktop_config.json",
            macos="{config}/Claude/claude_desktop_config.json",
            # Installed from the Store, the app sees a copy of its own, once it has written one.
            windows=(
                "{local}/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
                "{roaming}/Claude/claude_desktop_config.json",
            ),
        ),
        told=_on(),
        then="Quit the app and start it again. It reads no file of instructions: paste them into its settings.",
        source="https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    ),
    Host(
        name="codex",
        title="Codex",
        form="toml",
        servers="mcp_servers",
        entry=_plain,
        user=_on("{codex}/config.toml"),
        project=[".codex/config.toml"],
        told=_on("{codex}/AGENTS.override.md", "{codex}/AGENTS.md"),
        told_in_project=["AGENTS.override.md", "AGENTS.md"],
        hooks="{codex}/hooks.json",
        hooks_in_project=".codex/hooks.json",
        then="Start a new session; `codex mcp list` shows the server. A project's file counts once Codex trusts the project.",
        source="https://developers.openai.com/codex/mcp",
    ),
    Host(
        name="cursor",
        title="Cursor",
        entry=_typed,
        user=_on("{home}/.cursor/mcp.json"),
        project=[".cursor/mcp.json"],
        told=_on(),
        told_in_project=[".cursor/rules/memp.mdc"],
        head=_ALWAYS_MDC,
        hooks="{home}/.cursor/hooks.json",
        hooks_in_project=".cursor/hooks.json",
        then="Open Settings, Tools & MCP, and see that memp is on.",
        source="https://cursor.com/docs/mcp",
    ),
    Host(
        name="vscode",
        title="VS Code",
        servers="servers",
        entry=_typed,
        user=_on("{config}/Code/User/mcp.json"),
        project=[".vscode/mcp.json"],
        told=_on("{config}/Code/User/prompts/memp.instructions.md"),
        told_in_project=[".github/instructions/memp.instructions.md"],
        head=_APPLY_TO_ALL,
        then="Run `MCP: List Servers`, choose memp and start it; VS Code asks once whether you trust it.",
        source="https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
    ),
    Host(
        name="gemini",
        title="Gemini CLI",
        entry=_plain,
        user=_on("{gemini}/settings.json"),
        project=[".gemini/settings.json"],
        told=_on("{gemini}/GEMINI.md"),
        told_in_project=["GEMINI.md"],
        then="Start a new session; `gemini mcp list` shows the server where the folder is trusted.",
        source="https://geminicli.com/docs/tools/mcp-server/",
    ),
    Host(
        name="opencode",
        title="opencode",
        servers="mcp",
        entry=_opencode,
        # It reads all of them and merges.
        user=_on("{xdg}/opencode/opencode.jsonc", "{xdg}/opencode/opencode.json"),
        project=["opencode.jsonc", "opencode.json"],
        told=_on("{xdg}/opencode/AGENTS.md"),
        told_in_project=["AGENTS.md"],
        hooks="{xdg}/opencode/plugins/memp.js",
        hooks_in_project=".opencode/plugins/memp.js",
        then="Start a new session; `opencode mcp list` shows the server.",
        source="https://opencode.ai/docs/mcp-servers/",
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        entry=_plain,
        user=_on("{home}/.codeium/windsurf/mcp_config.json"),
        told=_on("{home}/.codeium/windsurf/memories/global_rules.md"),
        then="Press the refresh button of its MCP panel.",
        source="https://docs.windsurf.com/windsurf/cascade/mcp",
    ),
    Host(
        name="zed",
        title="Zed",
        servers="context_servers",
        entry=_plain,
        user=_on(
            linux="{xdg}/zed/settings.json",
            macos="{home}/.config/zed/settings.json",
            windows="{roaming}/Zed/settings.json",
        ),
        project=[".zed/settings.json"],
        told=_on(linux="{xdg}/zed/AGENTS.md", macos="{home}/.config/zed/AGENTS.md", windows="{roaming}/Zed/AGENTS.md"),
        # It reads the first of these only, in this order.
        told_in_project=[
            ".rules", ".cursorrules", ".windsurfrules", ".clinerules", ".github/copilot-instructions.md", "AGENT.md",
            "AGENTS.md",
        ],
        then="It starts the server at once; the agent panel's settings show it.",
        source="https://zed.dev/docs/ai/mcp",
    ),
    Host(
        name="cline",
        title="Cline",
        entry=_cline,
        user=_on("{cline_settings}"),
        told=_on("{cline}/rules/memp.md"),
        then="It starts the server at once; its MCP Servers panel shows it.",
        source="https://docs.cline.bot/getting-started/config",
    ),
    Host(
        name="goose",
        title="Goose",
        form="yaml",
        servers="extensions",
        entry=_goose,
        user=_on(
            linux="{xdg}/goose/config.yaml",
            macos="{home}/.config/goose/config.yaml",
            windows="{roaming}/Block/goose/config/config.yaml",
        ),
        told=_on(
            linux="{xdg}/goose/.goosehints",
            macos="{home}/.config/goose/.goosehints",
            windows="{roaming}/Block/goose/config/.goosehints",
        ),
        then=_NEW_SESSION,
        source="https://block.github.io/goose/docs/guides/config-files",
    ),
    Host(
        name="jetbrains",
        title="JetBrains (Junie)",
        entry=_plain,
        user=_on("{home}/.junie/mcp/mcp.json"),
        project=[".junie/mcp/mcp.json"],
        told=_on(),
        told_in_project=[".junie/AGENTS.md", "AGENTS.md", ".junie/guidelines.md", ".junie/AGENTS.md"],
        then="See Settings, Tools, Junie, MCP Settings. AI Assistant keeps its servers in its own settings page.",
        source="https://www.jetbrains.com/help/junie/model-context-protocol-mcp.html",
    ),
)  # fmt: skip
"""Every host; a new one is a row."""
