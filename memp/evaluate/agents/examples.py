"""Runs of other domains (shell work, databases, offices): an irrelevant memory, and the example of a prompt's form."""

import json
from collections.abc import Iterator
from importlib.resources import files

from memp.domain.trajectory import Step
from memp.evaluate.environments.environment import Experience


def other_domains() -> Iterator[Experience]:
    """The runs of other_domains.json: none of them applies to any task of a benchmark."""
    text = files("memp.evaluate.agents").joinpath("other_domains.json").read_text(encoding="utf-8")
    for number, run in enumerate(json.loads(text), 1):
        steps = tuple(Step(action=action, observation=observation) for action, observation in run["steps"])
        yield Experience(task=run["task"], steps=steps, source=f"other_domains.json, {number}")
