"""Small experiments of memp.evaluate in the tests' kitchen, and episodes of one."""

from tiny_kitchen import Walkable

from memp.evaluate.agents.likelihood import CopyingModel, LanguageModel
from memp.evaluate.experiments.decisions import Decisions
from memp.evaluate.experiments.results import Episode
from memp.memory import ProceduralMemory


def episode(arm: str, seed: int, task: str, won: bool) -> Episode:
    """An episode of five steps."""
    return Episode(arm=arm, seed=seed, task=task, kind="k", won=won, steps=5, invalid=0, lookups=1, tokens=10)


def asked_decisions(memory: ProceduralMemory, model: LanguageModel | None = None) -> Decisions:
    """The decisions of three tasks, asked of a model that copies where none is given."""
    kitchen = Walkable(["shelf 2", "shelf 3", "countertop 1"])
    model = model or CopyingModel()
    return Decisions(kitchen, kitchen.walkthrough, kitchen.tasks("test"), memory, kitchen.tasks("train"), model)
