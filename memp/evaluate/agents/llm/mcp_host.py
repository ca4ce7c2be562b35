"""A minimal MCP host: one server over stdio, whose tools a model gets as the server publishes them."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from memp.errors import MempError

READY_WITHIN = 120.0
"""Seconds to wait for the server's embedding model: a recall without it is another measure."""

CALL_TIMEOUT = 120.0


class HostError(MempError):
    """The memory's server does not start, or does not answer."""


class Host:
    """A server's tools, to be called from ordinary threads. `with` starts the server and ends it.

    `command` starts it with these variables of the environment and few others; its stderr goes to the file `log`.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._closing = ExitStack()
        self.instructions = ""
        self.definitions: list[dict[str, Any]] = []

    def __enter__(self) -> "Host":
        """Raises HostError: the server did not start."""
        from anyio.from_thread import start_blocking_portal
        from mcp.client import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client
        from mcp.shared.exceptions import MCPError

        program, *arguments = self._command
        parameters = StdioServerParameters(command=program, args=arguments, env=self._environment)
        with ExitStack() as starting:
            errors = starting.enter_context(self._log.open("a", encoding="utf-8"))
            self._portal = starting.enter_context(start_blocking_portal())
            client = Client(stdio_client(parameters, errlog=errors), read_timeout_seconds=CALL_TIMEOUT)
            try:
                self._client = starting.enter_context(self._portal.wrap_async_context_manager(client))
                listed = self._portal.call(self._client.list_tools).tools
            except (OSError, MCPError) as error:
                raise self._not_started(error) from error
            except ExceptionGroup as group:
                # Errors of the client while the server starts come in a group of its tasks.
                if (other := group.split((OSError, MCPError))[1]) is not None:
                    raise other from None
                raise self._not_started(group) from group
            self._closing = starting.pop_all()
        self.instructions = self._client.instructions or ""
        self.definitions = [
            {"name": tool.name, "description": tool.description or "", "input_schema": tool.input_schema}
            for tool in listed
        ]
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def call(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, bool]:
        """A tool's answer as text, and whether it is an error.

        Raises:
            HostError: the server is gone or does not answer.
        """
        from mcp.shared.exceptions import MCPError
        from mcp.types import TextContent

        try:
            result = self._portal.call(self._client.call_tool, name, dict(arguments))
        except (OSError, MCPError) as error:
            raise HostError(f"The memory's server did not answer {name} ({error}): see {self._log}.") from error
        texts = [block.text for block in result.content if isinstance(block, TextContent)]
        return "\n".join(texts), bool(result.is_error)

    def _not_started(self, error: Exception) -> HostError:
        return HostError(f"The memory's server did not start ({_innermost(error)}): see {self._log}.")

    def wait_until_ready(self) -> None:
        """Wait until recalls use the embedding model; until then a note in each answer says that they do not.

        Raises:
            HostError: it is not ready in time.
        """
        until = time.monotonic() + READY_WITHIN
        while (note := self._not_ready()) != "":
            if time.monotonic() > until:
                raise HostError(f"The memory's server is not ready after {READY_WITHIN:g} s: {note}")
            time.sleep(0.05)

    def _not_ready(self) -> str:
        text, error = self.call("recall_procedure", {"task": "Is the memory ready?"})
        if error:
            raise HostError(f"The memory's server cannot recall: {text}")
        return " ".join(json.loads(text).get("notes", ()))


def _innermost(error: Exception) -> Exception:
    if isinstance(error, ExceptionGroup):
        return _innermost(cast("ExceptionGroup[Exception]", error).exceptions[0])
    return error
