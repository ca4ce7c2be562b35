"""Small families of runs from several fields, for the tests of Build: a text game, a shell, tool calls, a laboratory, words."""

from collections.abc import Sequence

from memp.build.families import family_of, join
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Step, Trajectory

Shown = tuple[str, str]
"""An action and what it showed."""


def run_of(task: str, *steps: Shown, reward: float = 1.0) -> Trajectory:
    """A run of these steps."""
    return Trajectory(task=task, steps=tuple(Step(action=a, observation=o) for a, o in steps), reward=reward)


def member(task: str, *steps: Shown) -> Member:
    """The same, read and reduced."""
    return member_of(run_of(task, *steps))


def chores(task: str, *actions: str) -> Trajectory:
    """A run in plain words."""
    return run_of(task, *((action, "done") for action in actions))


def joins(runs: list[Trajectory], new: Trajectory, *, used: bool = False) -> bool:
    """Whether a run is one more of the family of these."""
    return join(family_of([member_of(run) for run in runs]), member_of(new), used=used) is not None


def fetch(thing: str, found: str, goal: str, number: int = 1) -> Trajectory:
    """A text game: something is found, taken and put elsewhere."""
    return run_of(
        f"put a {thing} in {goal}.",
        (f"go to {found} 3", f"On the {found} 3, you see a {thing} {number}."),
        (f"take {thing} {number} from {found} 3", f"You pick up the {thing} {number} from the {found} 3."),
        (f"go to {goal} 1", f"On the {goal} 1, you see nothing."),
        (f"put {thing} {number} in {goal} 1", f"You put the {thing} {number} in the {goal} 1."),
    )


def release(version: str, *more: Shown) -> Trajectory:
    """A shell: a version is tagged and pushed."""
    return run_of(
        f"Tag and push version {version}",
        ("git status --short", "nothing to commit"),
        (f"git tag v{version}", ""),
        *more,
        (f"git push origin v{version}", f"* [new tag] v{version}"),
    )


def order(number: str, status: str, *more: Shown) -> Trajectory:
    """Tool calls: an order is looked up and dealt with."""
    return run_of(
        f"The customer wants order {number} dealt with.",
        (f'get_order(order_id="{number}")', f'{{"order": "{number}", "status": "{status}"}}'),
        *more,
        (f'close_ticket(order_id="{number}")', '{"ok": true}'),
    )


def dilution(sample: str, ratio: str) -> Trajectory:
    """A laboratory, in plain words."""
    return run_of(
        f"Dilute the sample {sample} to {ratio}",
        ("open the cabinet", "You see a pipette and a flask."),
        ("take the pipette", "You hold the pipette."),
        (f"dilute {sample} to {ratio}", f"The sample {sample} is at {ratio} now."),
    )


FAMILIES: Sequence[Sequence[Trajectory]] = (
    (fetch("mug", "shelf", "basket"), fetch("pen", "bench", "crate", 7), fetch("cup", "table", "drawer")),
    (release("1.4.0"), release("2.0.1", ("git log -3", "a b c")), release("3.1.0")),
    (
        order("A-1044", "pending", ('cancel(order_id="A-1044")', '{"ok": true}')),
        order("B-2077", "pending", ('cancel(order_id="B-2077")', '{"ok": true}')),
        order("C-3055", "delivered"),
    ),
    (dilution("S17", "1:10"), dilution("S42", "1:50")),
)
"""Runs of like tasks, family by family."""
