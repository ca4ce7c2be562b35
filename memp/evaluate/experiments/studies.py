"""Studies: the experiments of the paper and of robustness, each with the arms that it compares.

A study has one or more groups; within one, each arm is compared with the group's `none` and with the paper's arm.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from memp.evaluate.experiments.arms import ARMS, BUILD, NONE, PAPER, RETRIEVE, VERBATIM, Arm
from memp.evaluate.experiments.faults import FAULTS
from memp.reply import DEFAULT_BUDGET

NOISE = 0.2
WEAK_STEPS = 15
"""The weak agent: every fifth step is random, and it has half the steps."""

RUNS = 300
"""Runs in each memory of the transfer study, the strong agent's and the weak one's alike."""

MISHAPS = 150
"""Train games that are played with each fault, so that the memory has pitfalls of it."""

MOST = 10
"""Procedures in a recall at the end of the scaling curve."""


class Group(NamedTuple):
    """Arms that are compared, each with the arms named `none` and `paper`; printed without the `prefix` of their names."""

    title: str
    prefix: str
    arms: tuple[Arm, ...]
    none: str
    paper: str


def _group(title: str, prefix: str, arms: Iterable[Arm], **changes: object) -> Group:
    named = tuple(arm.model_copy(update={"name": prefix + arm.name, **changes}) for arm in arms)
    return Group(title, prefix, named, prefix + NONE, prefix + PAPER)


class Study(NamedTuple):
    """An experiment: the question, and its arms in groups."""

    name: str
    title: str
    asks: str
    groups: tuple[Group, ...]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every arm once."""
        return tuple({arm.name: arm for group in self.groups for arm in group.arms}.values())


def _of(*names: str) -> tuple[Arm, ...]:
    return tuple(ARMS[name] for name in names)


def _scaling() -> tuple[Group, ...]:
    alone = _of(NONE, PAPER)

    def group(title: str, prefix: str, ks: Iterable[int], **asked: object) -> Group:
        named = [Arm(name=f"{prefix}k={k}", k=k).model_copy(update=asked) for k in ks]
        return Group(title, prefix, (*alone, *named), NONE, PAPER)

    every, few = range(1, MOST + 1), (1, 2, 3, 5, MOST)
    return (
        group("At most 600 tokens, whatever k is", "600 tokens, ", every, budget=DEFAULT_BUDGET),
        group("As long as it needs to be", "uncut, ", every, budget=VERBATIM),
        group("Random scripts, at most 600 tokens", "random, ", few, form="script", retrieve="random"),
        group("Random scripts, uncut", "random uncut, ", few, form="script", retrieve="random", budget=VERBATIM),
    )


def _transfer() -> tuple[Group, ...]:
    def group(title: str, who: str, own: Arm, other: Arm, **player: object) -> Group:
        facts = other.model_copy(update={"name": PAPER, "retrieve": "facts"})
        return _group(title, f"{who}, ", (ARMS[NONE], own, other, facts), **player)

    strong, weak = Arm(name="strong memory", contents="expert"), Arm(name="weak memory", contents="weak")
    return (
        group("The weak agent plays", "weak", weak, strong, noise=NOISE, limit=WEAK_STEPS),
        group("The strong agent plays", "strong", strong, weak),
    )


TROUBLED: tuple[Arm, ...] = (
    ARMS[NONE],
    Arm(name=PAPER, retrieve="facts", pitfalls=False, again=False, contents="mishaps"),
    Arm(name="steps alone", pitfalls=False, again=False, contents="mishaps"),
    Arm(name="retry habit", pitfalls=False, again=False, retry=True, contents="mishaps"),
    Arm(name="second look-up", pitfalls=False, contents="mishaps"),
    Arm(name="pitfalls", again=False, contents="mishaps"),
    Arm(name="both", contents="mishaps"),
)
"""Recall's answer with and without pitfalls, an agent with and without a second look-up; and one that, with neither,
does a failed step once more by habit."""

CALM = "calm, "
"""The prefix of the arms in which nothing goes wrong."""


def _robustness() -> tuple[Group, ...]:
    return (
        _group("Nothing goes wrong", CALM, TROUBLED),
        *(_group(kind.title, f"{fault}, ", TROUBLED, fault=fault) for fault, kind in FAULTS.items()),
    )


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        Study(
            "build",
            "Build (the paper's table 1)",
            "Does a memory help, and in which form?",
            (_group("Forms of memory, and controls", "", _of(*BUILD)),),
        ),
        Study(
            "retrieve",
            "Retrieve (the paper's table 2)",
            "Does it matter how a procedure is chosen?",
            (_group("Ways to retrieve", "", _of(*RETRIEVE)),),
        ),
        Study(
            "scaling",
            "Retrieval scaling (the paper's figure 5b)",
            "Do more procedures in an answer help, and what do they cost?",
            _scaling(),
        ),
        Study(
            "transfer",
            "Transfer (the paper's figure 5a)",
            "Does a memory made by one agent help another?",
            _transfer(),
        ),
        Study(
            "robustness",
            "Robustness",
            "When something goes wrong, how often does a run recover, instead of starting over?",
            _robustness(),
        ),
    )
}

POINTS = (0, 1, 2, 5, 10, 20, 45, 100, 200, 500)
"""Train tasks after which a learning curve is measured, as far as there are so many; and after the last."""


def points(tasks: int) -> tuple[int, ...]:
    """The points of a curve over so many train tasks."""
    return (*(point for point in POINTS if point < tasks), tasks)


def curve(points: Sequence[int]) -> Study:
    """The study of a learning curve: each group has an arm for each point. Before the first task there is no memory."""

    def group(title: str, prefix: str, *, again: bool = True, pitfalls: bool = True) -> Group:
        names = {point: f"{prefix}{point} tasks" for point in points}
        arms = (
            Arm(name=name, contents="train" if point else None, again=again, pitfalls=pitfalls)
            for point, name in names.items()
        )
        return Group(title, prefix, tuple(arms), names[points[0]], "")

    return Study(
        "curve",
        "Learning curve",
        "How many train tasks does a memory need that starts empty, and which part of a recall carries it? Before each task "
        "is shown as a person solved it, the agent has tried it by itself and reflected on each message that it got.",
        (
            group("All that recalls say", ""),
            group("The first answer alone: nothing is looked up a second time", "first answer, ", again=False),
            group("Runs alone: the first answer, without pitfalls", "runs alone, ", again=False, pitfalls=False),
        ),
    )


def arms_at(study: Study, point: int) -> tuple[Arm, ...]:
    """The arms of a learning curve at a point."""
    return tuple(arm for group in study.groups for arm in group.arms if arm.name == f"{group.prefix}{point} tasks")
