"""A kitchen for tests: three kinds of place, one kind of which is closed, and mugs. It speaks ALFWorld's grammar."""

from collections.abc import Sequence

from memp.evaluate.environments.environment import Task, Transition

NOTHING = "Nothing happens."


class Kitchen:
    """`put a mug in cabinet.`: a task's id says where the mug is, "shelf 2", and whether its file is broken."""

    PLACES = ("cabinet 1", "cabinet 2", "countertop 1", "shelf 1", "shelf 2", "shelf 3")

    def __init__(self, at: Sequence[str] = ("shelf 2", "shelf 3", "countertop 1")) -> None:
        self._tasks = tuple(Task(id=place, split="test", kind="put", goal="put a mug in cabinet.") for place in at)

    def splits(self) -> tuple[str, ...]:
        return ("test",)

    def tasks(self, split: str) -> tuple[Task, ...]:
        return self._tasks

    def reset(self, task: Task) -> str:
        self._mug, self._here, self._open = task.id, "", set[str]()
        return f"You see {', '.join(f'a {place}' for place in self.PLACES)}. Your task is to: {task.goal}"

    def step(self, action: str) -> Transition:
        if action not in self.admissible:
            return Transition(NOTHING, 0.0, False)
        words = action.split()
        if words[0] == "go":
            self._here = action.removeprefix("go to ")
            return self._seen(f"You arrive at {self._here}. ")
        if words[0] == "open":
            self._open.add(self._here)
            return self._seen(f"You open the {self._here}. ")
        if words[0] == "take":
            self._mug = "hand"
            return Transition(f"You pick up the mug 1 from the {self._here}.", 0.0, False)
        if words[0] == "move":
            self._mug = self._here
            won = self._here.startswith("cabinet")
            return Transition(f"You move the mug 1 to the {self._here}.", float(won), won)
        return Transition("You look around.", 0.0, False)

    def _seen(self, said: str) -> Transition:
        if self._closed:
            return Transition(f"{said}The {self._here} is closed.", 0.0, False)
        return Transition(
            f"{said}On the {self._here}, you see {'a mug 1' if self._mug == self._here else 'nothing'}.", 0, False
        )

    @property
    def _closed(self) -> bool:
        return self._here.startswith("cabinet") and self._here not in self._open

    @property
    def admissible(self) -> tuple[str, ...]:
        found = [f"go to {place}" for place in self.PLACES if place != self._here] + ["look"]
        if self._closed:
            found.append(f"open {self._here}")
        elif self._here:
            found += [f"take mug 1 from {self._here}"] if self._mug == self._here else []
            found += [f"move mug 1 to {self._here}"] if self._mug == "hand" else []
        return tuple(sorted(found))


def run_with_mug_at(place: str) -> list[str]:
    """An expert's run: knows where the mug is."""
    return [
        f"go to {place} -> On the {place}, you see a mug 1.",
        f"take mug 1 from {place} -> You pick up the mug 1 from the {place}.",
        "go to cabinet 1 -> The cabinet 1 is closed.",
        "open cabinet 1 -> You open the cabinet 1. In it, you see nothing.",
        "put mug 1 in/on cabinet 1 -> You put the mug 1 in/on the cabinet 1.",
    ]


class Walkable(Kitchen):
    """A kitchen whose expert knows where the mug is; and a second type of task, so that there is a wrong one."""

    def tasks(self, split: str) -> tuple[Task, ...]:
        if split == "train":
            return (Task(id="w", split="train", kind="find", goal="find the lost key and turn it"),)
        return super().tasks(split)

    def walkthrough(self, task: Task) -> Sequence[str]:
        opened = [f"open {task.id}"] if task.id.startswith("cabinet") else []
        moved = ["go to cabinet 1", "open cabinet 1", "move mug 1 to cabinet 1"]
        return [f"go to {task.id}", *opened, f"take mug 1 from {task.id}", *moved]


def way(task: Task) -> list[str]:
    """The commands that win a task."""
    return [
        f"go to {task.id}",
        f"take mug 1 from {task.id}",
        "go to cabinet 1",
        "open cabinet 1",
        "move mug 1 to cabinet 1",
    ]
