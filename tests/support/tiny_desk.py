"""A repair desk for tests, worked by tool calls: a lamp and a fan, each with a fault that a reading shows."""

from memp.evaluate.environments.calls import parse_call
from memp.evaluate.environments.environment import Task, Transition

TICKET = "The lamp in room R7 is dark. Owner name: Ann Lee, room: R7"


class TinyDesk:
    """A task's id lists its faults: "unplugged", "switched off", "no fuse". Each is mended by one call, and a plug that is
    pulled where it was in is a fault again."""

    admissible = ("check_fuse()", "check_lamp(room)", "plug(room)", "put_fuse(box, fuse)", "toggle()", "zap(power=...)")

    def __init__(self, shelf: str = "F9") -> None:
        self._shelf = shelf
        self.calls: list[str] = []

    def reset(self, task: Task) -> str:
        self._faults = set(task.id.split(", "))
        self.calls = []
        return task.goal

    def step(self, action: str) -> Transition:
        self.calls.append(action)
        call = parse_call(action)
        if call is None:
            return Transition("Error: no call", 0.0, False, refused=True)
        text, refused = self._answer(call.name, dict(call.arguments))
        won = not self._faults and not refused
        return Transition(text, float(won), won, refused)

    def _answer(self, name: str, arguments: dict[str, object]) -> tuple[str, bool]:
        if name == "check_lamp" and arguments == {"room": "R7"}:
            plug = "out" if "unplugged" in self._faults else "in"
            return f"Plug: {plug}\nSwitch: {'off' if 'switched off' in self._faults else 'on'}", False
        if name == "check_fuse":
            used = "blown" if "no fuse" in self._faults else "good"
            return f'[{{"fuse": "F1", "state": "good"}}, {{"fuse": "{self._shelf}", "state": "{used}"}}]', False
        if name == "plug" and arguments == {"room": "R7"}:
            self._faults.discard("unplugged")
            return "Plugged in.", False
        if name == "toggle":
            self._faults ^= {"switched off"}
            return "Toggled.", False
        if name == "put_fuse" and arguments.get("fuse") == self._shelf:
            self._faults.discard("no fuse")
            return "A new fuse.", False
        return f"Error: {name} does not work so.", True


def ticket(*faults: str) -> Task:
    return Task(id=", ".join(faults), split="test", kind="lamp", goal=TICKET)
