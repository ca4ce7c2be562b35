"""A laboratory for tests: two rooms, a box, jars and a heater. It speaks the grammar of laboratory commands."""

import re
from collections.abc import Sequence

from memp.evaluate.environments.environment import Task, Transition
from memp.evaluate.environments.laboratory import call_of

WRONG = "That was not it."


class TinyLaboratory:
    """`warm the tea.`: put the jar of tea on the heater, let it warm, then focus on it.

    A task's id says how the box is ("open", "closed"), and its goal what is in the jar. A second jar makes "jar" ambiguous.
    """

    TURNS = 4

    def __init__(self, jars: Sequence[str] = ("jar 2",), door: bool = True) -> None:
        self._jars = jars
        self._door = door

    def reset(self, task: Task) -> str:
        self._substance = task.goal.rstrip(".").split()[-1]
        self._open = task.id == "open"
        self._room = "study"
        self._at = dict.fromkeys(self._jars, "box")
        self._on = False
        self._warm = 0
        self._hour = 0
        self._asking: list[str] = []
        return self._look()

    def step(self, action: str) -> Transition:
        choices, self._asking = self._asking, []
        if action.isdecimal() and choices:
            action = choices[min(int(action), len(choices) - 1)]
        elif action not in self.admissible:
            return self._unknown(action)
        self._warm += self._on and self._at.get("heater") is None and "heater" in self._at.values()
        said = self._done(action)
        won = said == "You focus on it."
        return Transition(said, float(won), won or said == WRONG, refused=False)

    def _unknown(self, action: str) -> Transition:
        numbered = [a for a in self.admissible if re.sub(r" \d+\b", "", a) == action]
        if len(numbered) > 1:
            self._asking = numbered
            listed = " ".join(f"{number}: {one}" for number, one in enumerate(numbered))
            return Transition(f"Ambiguous request: {listed}", 0.0, False, refused=True)
        return Transition("No known action matches that input.", 0.0, False, refused=True)

    def _done(self, action: str) -> str:
        verb, args = call_of(action)
        if verb == "go":
            self._room = args[0]
            return f"You move to the {self._room}."
        if verb == "open":
            self._open = True
            return "The box is now open."
        if verb == "move":
            self._at[args[0]] = args[1]
            return f"You move the {args[0]} to the {args[1]}."
        if verb == "activate":
            self._on = True
            return "The heater is now activated."
        if verb == "look at":
            self._hour += 1
            return f"It is {self._hour} o’clock."
        if verb == "focus":
            warm = self._warm >= self.TURNS and self._at.get(args[0]) == "heater"
            return "You focus on it." if warm else WRONG
        return self._look() if verb == "look around" else "Time passes."

    def _look(self) -> str:
        if self._room == "study":
            return "This room is called the study. You see a desk."
        jars = " ".join(
            f"On the {at} is a {jar} of {self._state}." for jar, at in self._at.items() if at != "box" or self._open
        )
        return f"This room is called the pantry. The box is {'open' if self._open else 'closed'}. {jars}"

    @property
    def _state(self) -> str:
        return f"{'hot' if self._warm >= self.TURNS else 'cold'} {self._substance}"

    @property
    def admissible(self) -> tuple[str, ...]:
        if self._asking:
            return tuple(map(str, range(len(self._asking))))
        actions = ["look around", "wait1", "teleport to pantry", "teleport to study"]
        if self._room == "study":
            return tuple(sorted([*actions, "focus on desk", *(["go to pantry"] if self._door else [])]))
        if not self._open:
            actions.append("open box")
        for jar, at in self._at.items():
            if at != "box" or self._open:
                actions += [f"focus on {jar}", f"move {jar} to heater", f"move {jar} to box"]
        return tuple(sorted([*actions, "activate heater", "focus on heater", "examine clock"]))
