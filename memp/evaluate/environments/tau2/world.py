"""tau2-bench's telecom domain as a benchmark: its splits, the runs to learn from, and its row in the table.

The package's splits are kept: 74 tickets to learn from, 40 to be measured on. `other` are the 2,171 of its full set that
are in neither.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from memp.domain.trajectory import Step
from memp.errors import InputError
from memp.evaluate.environments.calls import ToolCall, write_call
from memp.evaluate.environments.environment import Benchmark, Experience, Task, evenly
from memp.evaluate.environments.tau2.desk import TRANSFER, Desk
from memp.evaluate.environments.tau2.package import telecom
from memp.evaluate.environments.tau2.recording import recorded

TRAIN, TEST, OTHER = "train", "test", "other"
TECHNICIAN, SOLUTION = "technician", "solution"

HANDED_OVER = "handed over"
"""The kind of the tickets that cannot be solved: they are won by handing them to a human."""

_KINDS = {"mms_issue": "picture messages", "mobile_data_issue": "mobile data", "service_issue": "service"}

RULES = """You solve a ticket at a phone company's support desk. You work alone: besides the tools of the support you have \
those of the customer's phone. You call one tool at a time, written as name(argument="value", other=2.0).

Tools of the support: get_customer_by_phone(phone_number) | get_customer_by_id(customer_id) | \
get_customer_by_name(full_name, dob) | get_details_by_id(id) | get_bills_for_customer(customer_id) | \
get_data_usage(customer_id, line_id) | suspend_line(customer_id, line_id, reason) | resume_line(customer_id, line_id) | \
send_payment_request(customer_id, bill_id) | enable_roaming(customer_id, line_id) | disable_roaming(customer_id, line_id) \
| refuel_data(customer_id, line_id, gb_amount) | transfer_to_human_agents(summary)
Tools of the phone: check_status_bar() | check_network_status() | check_network_mode_preference() | run_speed_test() | \
check_sim_status() | check_data_restriction_status() | check_apn_settings() | check_wifi_status() | \
check_wifi_calling_status() | check_vpn_status() | check_installed_apps() | check_app_status(app_name) | \
check_app_permissions(app_name) | can_send_mms() | check_payment_request() | set_network_mode_preference(mode) | \
toggle_airplane_mode() | reseat_sim_card() | toggle_data() | toggle_roaming() | toggle_data_saver_mode() | \
set_apn_settings(apn_settings) | reset_apn_settings() | toggle_wifi() | toggle_wifi_calling() | connect_vpn() | \
disconnect_vpn() | grant_app_permission(app_name, permission) | reboot_device() | make_payment()
The ticket ends by itself when it is solved. Hand it to a human only if it cannot be solved: after that nothing can be done \
about it. The number of calls is limited."""
"""How actions are written, as a language model is told it."""


class TelecomWorld:
    """The tickets of tau2's telecom domain. They lie in the package, so the folder is not read.

    Raises:
        ConfigError: the package, or one that it needs, is not installed.
        InputError: its files are broken.
    """

    def __init__(self, folder: Path) -> None:
        self._telecom = telecom()
        splits = self._telecom.splits
        apart = {*splits[TRAIN], *splits[TEST]}
        self._ids = {
            TRAIN: splits[TRAIN],
            TEST: splits[TEST],
            OTHER: [id for id in splits["full"] if id not in apart],
        }
        self._sources = {TECHNICIAN: self._recorded, SOLUTION: self._solved}

    def splits(self) -> tuple[str, ...]:
        return tuple(sorted(self._ids))

    def tasks(self, split: str) -> tuple[Task, ...]:
        if split not in self._ids:
            raise InputError(f"There is no split '{split}' in tau2, only: {', '.join(self.splits())}.")
        return tuple(self._task(id, split) for id in self._ids[split])

    def environment(self, keep: int = 1) -> Desk:
        return Desk(self._telecom)

    def walkthrough(self, task: Task) -> Sequence[str]:
        return [write_call(call.name, call.arguments) for call in self._solution(task.id)]

    def runs(self, source: str, most: int | None) -> Iterable[Experience]:
        desk = self.environment()
        for task in evenly(self.tasks(TRAIN), most):
            yield Experience(task=task.goal, steps=self._sources[source](desk, task), source=task.id)

    def _task(self, id: str, split: str) -> Task:
        ticket = self._telecom.tickets[id]
        handed = any(call.name == TRANSFER for call in self._solution(id))
        kind = HANDED_OVER if handed else _KINDS[id[1:].partition("]")[0]]
        return Task(id=id, split=split, kind=kind, goal=ticket["ticket"])

    def _solution(self, id: str) -> tuple[ToolCall, ...]:
        actions = self._telecom.tickets[id]["evaluation_criteria"]["actions"]
        return tuple(ToolCall(action["name"], action["arguments"]) for action in actions)

    def _recorded(self, desk: Desk, task: Task) -> tuple[Step, ...]:
        return recorded(desk, task, self._solution(task.id))

    def _solved(self, desk: Desk, task: Task) -> tuple[Step, ...]:
        desk.reset(task)
        return tuple(Step(action=a, observation=desk.step(a).observation) for a in self.walkthrough(task))


TAU2 = Benchmark(
    name="tau2",
    title="tau2-bench's telecom tickets",
    summary="Telecom support tickets (tau2-bench), done by a script with and without the memory. Needs the package tau2.",
    data="",
    open=TelecomWorld,
    train=TRAIN,
    final=TEST,
    smoke=OTHER,
    sources=(TECHNICIAN, SOLUTION),
    solutions=SOLUTION,
    actions="calls",
    rules=RULES,
    limits="one customer of one phone company, whose tickets read alike; five texts stand for all of them.",
    without=("scaling", "transfer", "robustness", "update"),
    steps=300,
    handed=HANDED_OVER,
)
