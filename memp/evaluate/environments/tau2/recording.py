"""The recorded technician: the runs that a memory of tau2's telecom desk is built from.

It solves a ticket by the task's own solution, and reads like someone who knows which tools only read, and nothing else:
all of them before the first change and again after each one, so that a run shows which readings each change had, and which
not. Nothing says which reading decides; that is for Build to find.

The arguments of a reading come from the ticket (the phone number, an app that it names) or from the customer's record (the
customer, and the line with that number).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from memp.domain.trajectory import Step
from memp.evaluate.environments.calls import ToolCall, write_call
from memp.evaluate.environments.environment import Task
from memp.evaluate.environments.tau2.desk import TRANSFER, Desk

_NUMBER = re.compile(r"\b\d{3}-\d{3}-\d{4}\b")
_APP = re.compile(r"\b(\w+) app\b")

_RECORD, _DETAILS = "get_customer_by_phone", "get_details_by_id"
_SAME_RECORD = frozenset(("get_customer_by_id", "get_customer_by_name"))
"""Readings that show the customer's record, which the phone number has shown already."""


def recorded(desk: Desk, task: Task, solution: tuple[ToolCall, ...]) -> tuple[Step, ...]:
    """The steps of a run that solves a task by its solution."""
    return tuple(_Technician(desk, desk.reset(task)).work(solution))


class _Technician:
    def __init__(self, desk: Desk, ticket: str) -> None:
        self._desk = desk
        self._known: dict[str, str] = {}
        for name, pattern in (("phone_number", _NUMBER), ("app_name", _APP)):
            if match := pattern.search(ticket):
                self._known[name] = match[match.re.groups]

    def work(self, solution: tuple[ToolCall, ...]) -> Iterator[Step]:
        looked_up = list(self._identify())
        yield from looked_up
        yield from self._read({step.action for step in looked_up})
        for call in solution:
            yield self._do(call.name, call.arguments)
            if call.name != TRANSFER:
                yield from self._read()

    def _identify(self) -> Iterator[Step]:
        """Look the customer up, and the customer's lines until one has the ticket's number."""
        number = self._known["phone_number"]
        yield (step := self._do(_RECORD, {"phone_number": number}))
        customer = _object(step.observation)
        self._known["customer_id"] = customer["customer_id"]
        for line in customer["line_ids"]:
            yield (step := self._do(_DETAILS, {"id": line}))
            if _object(step.observation)["phone_number"] == number:
                self._known |= {"line_id": line, "id": line}
                return

    def _read(self, but: Collection[str] = ()) -> Iterator[Step]:
        """Every reading whose arguments are known, `but` those that were just made."""
        for name in self._desk.reads:
            needed = self._desk.tools[name].needed
            if name in _SAME_RECORD or any(argument not in self._known for argument in needed):
                continue
            arguments = {argument: self._known[argument] for argument in needed}
            if write_call(name, arguments) not in but:
                yield self._do(name, arguments)

    def _do(self, name: str, arguments: Mapping[str, Any]) -> Step:
        action = write_call(name, arguments)
        return Step(action=action, observation=self._desk.step(action).observation)


def _object(answer: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(answer))
