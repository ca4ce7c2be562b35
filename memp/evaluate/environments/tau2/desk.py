"""A telecom desk in solo mode: the agent has the tools of the support and those of the customer's phone.

The ticket is the first observation. A task is won as soon as its environment's assertions hold; where the ticket cannot be
solved, by handing it to a human. A ticket that was handed over is closed: nothing can be done about it any more.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from memp.errors import InputError
from memp.evaluate.environments.calls import Signature, ToolCall, parse_call, write_signature
from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.environments.tau2.package import Telecom

TRANSFER = "transfer_to_human_agents"
CLOSED = "The ticket is closed: it was handed to a human agent."
NO_CALL = 'Error: write a call as name(argument="value", other=2.0), with a tool\'s name and its arguments.'

_READ = "read"


class Desk:
    """tau2's telecom environment, one ticket at a time."""

    def __init__(self, telecom: Telecom) -> None:
        self._telecom = telecom
        self._desk: Any = None
        self._task: Any = None

    def reset(self, task: Task) -> str:
        self._desk = None
        self._task = self._telecom.task(task.id)
        self._desk = self._telecom.desk(self._task)
        self._bills = len(self._desk.tools.db.bills)
        self._calls: list[Any] = []
        self._closed = False
        self._callable: Mapping[str, Any] = {**self._desk.tools.tools, **self._desk.user_tools.tools}
        self._tools = {name: _signature(name, tool) for name, tool in self._callable.items()}
        self._listed = tuple(sorted(map(write_signature, self._tools.values())))
        return str(self._task.ticket)

    def step(self, action: str) -> Transition:
        desk = self._started()
        if self._closed:
            return Transition(CLOSED, 0.0, False, refused=True)
        call = parse_call(action)
        if call is None:
            return Transition(NO_CALL, 0.0, False, refused=True)
        tool = self._callable.get(call.name)
        if tool is not None and (fault := self._telecom.fault(tool, call.arguments)):
            return Transition(f"Error: {fault}", 0.0, False, refused=True)
        answer = self._answer(desk, call)
        won = not answer.error and self._won(desk)
        return Transition(str(answer.content), float(won), won, refused=bool(answer.error))

    @property
    def admissible(self) -> tuple[str, ...]:
        """The signatures of all tools: calls of any of them are possible at any time."""
        self._started()
        return self._listed

    @property
    def tools(self) -> Mapping[str, Signature]:
        """The tools by name: those of the support first."""
        self._started()
        return self._tools

    @property
    def reads(self) -> tuple[str, ...]:
        """The tools that the package marks as ones that only read."""
        desk = self._started()
        return tuple(
            name for kit in (desk.tools, desk.user_tools) for name in kit.tools if kit.tool_type(name).value == _READ
        )

    def _answer(self, desk: Any, call: ToolCall) -> Any:
        asked = self._telecom.tool_call(call.name, call.arguments)
        answer = desk.get_response(asked)
        if not answer.error:
            self._calls.append(asked)
            self._closed = call.name == TRANSFER
        self._number_bills(desk)
        return answer

    def _number_bills(self, desk: Any) -> None:
        """Name new bills by their number: the package draws their ids, and no two runs would be alike."""
        for number, bill in enumerate(desk.tools.db.bills[self._bills :], self._bills + 1):
            name = f"B{2000 + number}"
            owner = desk.tools.get_customer_by_id(bill.customer_id)
            owner.bill_ids[owner.bill_ids.index(bill.bill_id)] = name
            bill.bill_id = name

    def _won(self, desk: Any) -> bool:
        """Whether the task's criteria hold that need no language model: its assertions, and for some its actions."""
        criteria = self._task.evaluation_criteria
        if not all(desk.run_env_assertion(one, raise_assertion_error=False) for one in criteria.env_assertions or ()):
            return False
        if "ACTION" not in {basis.value for basis in criteria.reward_basis}:
            return True
        return all(any(gold.compare_with_tool_call(call) for call in self._calls) for gold in criteria.actions)

    def _started(self) -> Any:
        if self._desk is None:
            raise InputError("No task has been started: call reset(task) first.")
        return self._desk


def _signature(name: str, tool: Any) -> Signature:
    parameters = inspect.signature(tool).parameters.values()
    empty = inspect.Parameter.empty
    return Signature(
        name,
        tuple(parameter.name for parameter in parameters if parameter.default is empty),
        tuple(parameter.name for parameter in parameters if parameter.default is not empty),
    )
