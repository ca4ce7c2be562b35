"""Host: one row of the catalog of MCP hosts, and what its paths depend on.

A path is a template; its words in braces are folders that `Place.folders` works out for one system, home and environment.
Of several paths the one that exists is taken, else the last; so the last is the one that the host's documentation names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from memp_clients.hosts.configs import ConfigFormat

System = Literal["linux", "macos", "windows"]
Scope = Literal["user", "project"]
Paths = Mapping[System, tuple[str, ...]]


@dataclass(frozen=True)
class Launch:
    """The command with which a host starts the server."""

    command: str
    arguments: tuple[str, ...] = ("serve",)
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Remote:
    """The address of a server that runs already, and the token that it asks for."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers that let a client in."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Place:
    """One machine as the paths depend on it. `project` is the root of the project, `data` the folder of memp's own files."""

    system: System
    home: Path
    project: Path
    data: Path
    environment: Mapping[str, str]

    def folders(self) -> dict[str, str]:
        """The folders that the words in braces stand for; each host's own variable goes before its default."""
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


@dataclass(frozen=True)
class Wiring:
    """One event of a host, by its name, and the event of `memp hook` that answers it; the host waits `seconds` for it."""

    event: str
    ours: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class JsonHooks:
    """Hooks in a file of JSON, `user` or `project` by scope, that holds an array for each event, in which others have theirs.

    `entry` writes one of the command and the seconds that the host waits; `head` is what such a file must hold besides.
    `then` says what a person does next.
    """

    user: str
    project: str
    events: Sequence[Wiring]
    entry: Callable[[str, int], dict[str, Any]]
    head: Mapping[str, Any] = field(default_factory=dict[str, Any])
    then: str = ""


@dataclass(frozen=True, kw_only=True)
class PluginFile:
    """Hooks in a file that is ours alone, `user` or `project` by scope, made of a `template` in memp_clients.hooks."""

    user: str
    project: str
    template: str
    then: str = ""


@dataclass(frozen=True, kw_only=True)
class Host:
    """One MCP host.

    `form` is what the host's own reader takes; where that is not known it is the strict one, whose files every reader takes.
    `servers` is the key that holds its servers; `entry` writes one that it starts, `remote` one that it reaches over HTTP with a
    token; None where no file of it takes both. `user` and `project` are its configuration files,
    `instruction_files` and `project_instruction_files` those with instructions that its agent reads; empty where it has
    none. `head` begins a file of instructions where it is of ours alone. `then` says what a person does next, `source`
    where all this is documented.
    """

    name: str
    title: str
    form: ConfigFormat = "json"
    servers: str = "mcpServers"
    entry: Callable[[Launch], dict[str, Any]]
    remote: Callable[[Remote], dict[str, Any]] | None = None
    user: Paths
    project: Sequence[str] = ()
    instruction_files: Paths
    project_instruction_files: Sequence[str] = ()
    head: str = ""
    hooks: JsonHooks | PluginFile | None = None
    then: str
    source: str

    def configs(self, scope: Scope, place: Place) -> list[Path]:
        """The configuration files that the host reads in a scope, the documented one last; empty where it reads none."""
        return _paths(self.user[place.system] if scope == "user" else self.project, place, scope)

    def instructions(self, scope: Scope, place: Place) -> list[Path]:
        """The files of instructions that its agent reads in a scope, the documented one last; empty where it reads none."""
        by_user = scope == "user"
        return _paths(self.instruction_files[place.system] if by_user else self.project_instruction_files, place, scope)

    def hook_file(self, scope: Scope, place: Place) -> Path | None:
        """The file of its hooks; None where it has none."""
        if self.hooks is None:
            return None
        return _paths([self.hooks.user if scope == "user" else self.hooks.project], place, scope)[0]


def choose(paths: Sequence[Path]) -> Path:
    """The first that exists, else the last."""
    return next((path for path in paths if path.is_file()), paths[-1])


def _paths(templates: Sequence[str], place: Place, scope: Scope) -> list[Path]:
    if scope == "project":
        return [place.project.joinpath(*template.split("/")) for template in templates]
    folders = place.folders()
    return [Path(template.format_map(folders)) for template in templates]
