"""The tests' kitchen as a benchmark: a world that needs no data."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tiny_kitchen import Kitchen, run_with_mug_at

from memp.domain.trajectory import Step
from memp.evaluate.environments.environment import Benchmark, Environment, Experience, Task, evenly

PLACES = ("shelf 1", "shelf 2", "shelf 3", "countertop 1")


class KitchenWorld:
    """The kitchen of the tests as a benchmark's data. It needs no folder."""

    def __init__(self, folder: Path) -> None:
        self._kitchen = Kitchen(PLACES)

    def splits(self) -> tuple[str, ...]:
        return ("test", "train")

    def tasks(self, split: str) -> tuple[Task, ...]:
        return tuple(task.model_copy(update={"split": split}) for task in self._kitchen.tasks(split))

    def environment(self, keep: int = 1) -> Environment:
        return Kitchen(PLACES)

    def walkthrough(self, task: Task) -> Sequence[str]:
        put = ["go to cabinet 1", "open cabinet 1", "move mug 1 to cabinet 1"]
        return [f"go to {task.id}", f"take mug 1 from {task.id}", *put]

    def runs(self, source: str, most: int | None) -> Iterable[Experience]:
        for task in evenly(self.tasks("train"), most):
            pairs = [text.partition(" -> ")[::2] for text in run_with_mug_at(task.id)]
            steps = tuple(Step(action=action, observation=observation) for action, observation in pairs)
            yield Experience(task=task.goal, steps=steps, source=f"{source} {task.id}")


KITCHEN = Benchmark(
    name="kitchen",
    title="the tests' kitchen",
    summary="mugs are put into cabinets",
    data="any folder",
    open=KitchenWorld,
    train="train",
    final="test",
    smoke="test",
    sources=("expert",),
    solutions="expert",
    actions="commands",
    rules="go to R | open R | take O from R | move O to R | look",
    limits="there is but one kitchen.",
    without=("robustness",),
)
