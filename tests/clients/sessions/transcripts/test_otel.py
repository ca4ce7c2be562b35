"""Traces of OpenTelemetry: spans become steps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS
from session_logs import actions, tasks

from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestOtel:
    def test_spans_are_put_in_their_order_whatever_the_order_of_their_export(self) -> None:
        (found,) = tasks(SESSION_LOGS / "otel.jsonl")
        assert [action.partition("(")[0] for action in actions(found)] == ["search_flights", "book", "pay"]
        assert (found.task, found.tokens) == ("Book the cheapest flight to Rome on 3 May", 77)

    def test_without_tool_spans_the_messages_in_events_are_the_steps(self) -> None:
        (found,) = tasks(SESSION_LOGS / "otel_events.jsonl")
        assert found.steps == [
            {"action": 'weather(city="Paris")', "observation": "rain"},
            {"action": 'weather(city="Rome")', "observation": "sun"},
        ]

    def test_spans_that_come_after_their_traces_root_are_named(self, home: Path) -> None:
        lines = (SESSION_LOGS / "otel.jsonl").read_text().splitlines(keepends=True)
        (home / "late.jsonl").write_text("".join([lines[1], lines[0]]))
        found = list(read(str(home / "late.jsonl")))
        assert len([one for one in found if isinstance(one, Fault) and "a trace that was complete" in one.reason]) == 3
