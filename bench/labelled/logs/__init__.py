"""Logs of four clients, as their documentation and their own sources say that they write them, made from a scenario."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labelled.logs import claude_code, codex, gemini_cli, opencode
from labelled.scenario import Scenario

CLIENTS: Mapping[str, Callable[[Scenario], Any]] = {
    "claude-code": claude_code.records,
    "codex": codex.records,
    "gemini-cli": gemini_cli.records,
    "opencode": opencode.records,
}


def rendered(scenario: Scenario, client: str) -> str:
    """The log of a client as text."""
    records = CLIENTS[client](scenario)
    if client == "opencode":
        return json.dumps(records, ensure_ascii=False)
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def logs(scenarios: list[Scenario]) -> Iterator[tuple[Scenario, str]]:
    """Each scenario with the client that writes it: they take turns."""
    names = list(CLIENTS)
    for at, scenario in enumerate(scenarios):
        yield scenario, names[at % len(names)]


def plain(text: str) -> str:
    """A text for comparison: without marks and spaces."""
    return re.sub(r"\W+", "", text).casefold()
