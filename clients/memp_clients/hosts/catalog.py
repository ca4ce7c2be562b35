"""The table of MCP hosts that `memp connect` knows: where each has its files, and how a server and hooks are written in them.

A new host is a row. host.py says what its fields mean.
"""

from collections.abc import Callable
from typing import Any

from memp.errors import HostError
from memp_clients.hosts.host import Host, JsonHooks, Launch, Paths, PluginFile, Remote, System, Wiring

SERVER = "memp"
"""The name under which the server stands in every host."""


def find(name: str) -> Host:
    """The host of that name.

    Raises:
        HostError: there is none.
    """
    for host in HOSTS:
        if host.name == name.lower():
            return host
    raise HostError(f"There is no host {name!r}. Known are: {', '.join(host.name for host in HOSTS)}.")


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


def _goose_at(remote: Remote) -> dict[str, Any]:
    common = {key: value for key, value in _goose(Launch("")).items() if key not in ("cmd", "args", "envs", "type")}
    return {**common, "type": "streamable_http", "uri": remote.url, "headers": remote.headers}


def _at(key: str, headers: str = "headers", **more: Any) -> Callable[[Remote], dict[str, Any]]:
    """An entry with the address and the headers under these keys."""
    return lambda remote: {**more, key: remote.url, headers: remote.headers}


def _env(key: str, launch: Launch) -> dict[str, Any]:
    return {key: dict(launch.environment)} if launch.environment else {}


def _grouped_hook(command: str, seconds: int) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": command, "timeout": seconds}]}


def _flat_hook(command: str, seconds: int) -> dict[str, Any]:
    return {"command": command, "timeout": seconds}


_ALWAYS_MDC = "---\ndescription: Procedural memory\nalwaysApply: true\n---\n"
_APPLY_TO_ALL = '---\napplyTo: "**"\n---\n'
_NEW_SESSION = "Start a new session."

HOSTS = (
    Host(
        name="claude-code",
        title="Claude Code",
        entry=_typed,
        remote=_at("url", type="http"),
        user=_on("{claude_json}/.claude.json"),
        project=[".mcp.json"],
        instruction_files=_on("{claude}/CLAUDE.md"),
        project_instruction_files=["CLAUDE.md"],
        hooks=JsonHooks(
            user="{claude}/settings.json",
            project=".claude/settings.local.json",
            entry=_grouped_hook,
            events=(
                Wiring("SessionStart", "start", 10),
                Wiring("UserPromptSubmit", "prompt", 20),
                Wiring("PostToolUseFailure", "tool", 10),
                Wiring("SessionEnd", "end", 10),
            ),
        ),
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
        instruction_files=_on(),
        then="Quit the app and start it again. It reads no file of instructions: paste them into its settings.",
        source="https://modelcontextprotocol.io/docs/develop/connect-local-servers",
    ),
    Host(
        name="codex",
        title="Codex",
        form="toml",
        servers="mcp_servers",
        entry=_plain,
        remote=_at("url", "http_headers"),
        user=_on("{codex}/config.toml"),
        project=[".codex/config.toml"],
        instruction_files=_on("{codex}/AGENTS.override.md", "{codex}/AGENTS.md"),
        project_instruction_files=["AGENTS.override.md", "AGENTS.md"],
        hooks=JsonHooks(
            user="{codex}/hooks.json",
            project=".codex/hooks.json",
            entry=_grouped_hook,
            events=(
                Wiring("SessionStart", "start", 10),
                Wiring("UserPromptSubmit", "prompt", 20),
                Wiring("PostToolUse", "tool", 10),
                Wiring("SessionEnd", "end", 3),
            ),
            then="Codex runs new hooks once you have looked at them: type /hooks in a session and trust them.",
        ),
        then="Start a new session; `codex mcp list` shows the server. A project's file counts once Codex trusts the project.",
        source="https://developers.openai.com/codex/mcp",
    ),
    Host(
        name="cursor",
        title="Cursor",
        entry=_typed,
        remote=_at("url"),
        user=_on("{home}/.cursor/mcp.json"),
        project=[".cursor/mcp.json"],
        instruction_files=_on(),
        project_instruction_files=[".cursor/rules/memp.mdc"],
        head=_ALWAYS_MDC,
        hooks=JsonHooks(
            user="{home}/.cursor/hooks.json",
            project=".cursor/hooks.json",
            entry=_flat_hook,
            events=(
                Wiring("sessionStart", "start", 10),
                Wiring("beforeSubmitPrompt", "prompt", 20),
                Wiring("postToolUse", "tool", 10),
                Wiring("postToolUseFailure", "tool", 10),
                Wiring("sessionEnd", "end", 10),
            ),
            head={"version": 1},
        ),
        then="Open Settings, Tools & MCP, and see that memp is on.",
        source="https://cursor.com/docs/mcp",
    ),
    Host(
        name="vscode",
        title="VS Code",
        form="jsonc",
        servers="servers",
        entry=_typed,
        remote=_at("url", type="http"),
        user=_on("{config}/Code/User/mcp.json"),
        project=[".vscode/mcp.json"],
        instruction_files=_on("{config}/Code/User/prompts/memp.instructions.md"),
        project_instruction_files=[".github/instructions/memp.instructions.md"],
        head=_APPLY_TO_ALL,
        then="Run `MCP: List Servers`, choose memp and start it; VS Code asks once whether you trust it.",
        source="https://code.visualstudio.com/docs/agents/reference/mcp-configuration",
    ),
    Host(
        name="gemini",
        title="Gemini CLI",
        form="json-comments",
        entry=_plain,
        remote=_at("httpUrl"),
        user=_on("{gemini}/settings.json"),
        project=[".gemini/settings.json"],
        instruction_files=_on("{gemini}/GEMINI.md"),
        project_instruction_files=["GEMINI.md"],
        then="Start a new session; `gemini mcp list` shows the server where the folder is trusted.",
        source="https://geminicli.com/docs/tools/mcp-server/",
    ),
    Host(
        name="opencode",
        title="opencode",
        form="jsonc",
        servers="mcp",
        entry=_opencode,
        remote=_at("url", type="remote", enabled=True),
        # It reads all of them and merges.
        user=_on("{xdg}/opencode/opencode.jsonc", "{xdg}/opencode/opencode.json"),
        project=["opencode.jsonc", "opencode.json"],
        instruction_files=_on("{xdg}/opencode/AGENTS.md"),
        project_instruction_files=["AGENTS.md"],
        hooks=PluginFile(
            user="{xdg}/opencode/plugins/memp.js", project=".opencode/plugins/memp.js", template="opencode.js"
        ),
        then="Start a new session; `opencode mcp list` shows the server.",
        source="https://opencode.ai/docs/mcp-servers/",
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        entry=_plain,
        remote=_at("serverUrl"),
        user=_on("{home}/.codeium/windsurf/mcp_config.json"),
        instruction_files=_on("{home}/.codeium/windsurf/memories/global_rules.md"),
        then="Press the refresh button of its MCP panel.",
        source="https://docs.windsurf.com/windsurf/cascade/mcp",
    ),
    Host(
        name="zed",
        title="Zed",
        form="jsonc",
        servers="context_servers",
        entry=_plain,
        remote=_at("url"),
        user=_on(
            linux="{xdg}/zed/settings.json",
            macos="{home}/.config/zed/settings.json",
            windows="{roaming}/Zed/settings.json",
        ),
        project=[".zed/settings.json"],
        instruction_files=_on(
            linux="{xdg}/zed/AGENTS.md", macos="{home}/.config/zed/AGENTS.md", windows="{roaming}/Zed/AGENTS.md"
        ),
        # It reads the first of these only, in this order.
        project_instruction_files=[
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
        remote=_at("url", type="streamableHttp", disabled=False),
        user=_on("{cline_settings}"),
        instruction_files=_on("{cline}/rules/memp.md"),
        then="It starts the server at once; its MCP Servers panel shows it.",
        source="https://docs.cline.bot/getting-started/config",
    ),
    Host(
        name="goose",
        title="Goose",
        form="yaml",
        servers="extensions",
        entry=_goose,
        remote=_goose_at,
        user=_on(
            linux="{xdg}/goose/config.yaml",
            macos="{home}/.config/goose/config.yaml",
            windows="{roaming}/Block/goose/config/config.yaml",
        ),
        instruction_files=_on(
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
        instruction_files=_on(),
        project_instruction_files=[".junie/AGENTS.md", "AGENTS.md", ".junie/guidelines.md", ".junie/AGENTS.md"],
        then="See Settings, Tools, Junie, MCP Settings. AI Assistant keeps its servers in its own settings page.",
        source="https://www.jetbrains.com/help/junie/model-context-protocol-mcp.html",
    ),
)  # fmt: skip
"""Every host; a new one is a row."""
