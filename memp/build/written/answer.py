"""A script as a language model is asked for it, and as the memory keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, Field

from memp.domain.procedure import MAX_STEPS, Script
from memp.inputs.script import parse_script
from memp.text.steps import parse_step

UNTRIED = "(untried)"
"""How a step begins that no run has."""


class PitfallAnswer(BaseModel):
    """What went wrong, how it shows, and what to do instead."""

    trigger: str
    consequence: str = ""
    instead: str = ""


class ParameterAnswer(BaseModel):
    """A {placeholder}, and what it stood for."""

    name: str
    description: str = ""
    values: list[str] = Field(
        default_factory=list[str], description="What it stood for in each run, in the order of the runs"
    )


class ScriptAnswer(BaseModel):
    """What a language model is asked for."""

    goal: str = Field(description="The task in one sentence, with what varies as {placeholders}")
    when_to_use: str = Field("", description="When this procedure fits")
    not_when: str = Field("", description="When it does not fit")
    preconditions: list[str] = Field(default_factory=list, description="What must hold before step 1")
    parameters: list[ParameterAnswer] = Field(
        default_factory=list[ParameterAnswer], description="Each {placeholder}, without braces, and what it stands for"
    )
    steps: list[str] = Field(min_length=1, max_length=MAX_STEPS, description="Imperative steps that led to success")
    verification: str = Field("", description="How to see that the task is done")
    pitfalls: list[PitfallAnswer] = Field(
        default_factory=list[PitfallAnswer], description="What went wrong, how it shows, what to do instead"
    )
    facts: list[str] = Field(default_factory=list, description="3 to 6 key facts or keywords of the task")

    def values(self) -> Mapping[str, Sequence[str]]:
        """What each parameter stood for in the runs, in their order, where the model says so."""
        return {parameter.name.strip("{} "): parameter.values for parameter in self.parameters if parameter.values}


def script_of(answer: ScriptAnswer) -> Script:
    """A language model's answer as a Script, cleaned and without secrets.

    Raises:
        InputError: it is none that can be kept.
    """
    fields = answer.model_dump(exclude={"facts": True, "parameters": {"__all__": {"values"}}})
    return parse_script(fields, answer.goal)


def unquoted(script: Script) -> Script:
    """A script whose steps have no backticks around what is a command as a whole: as the rules write steps."""
    return script.model_copy(update={"steps": tuple(map(_unquoted, script.steps))})


def _unquoted(text: str) -> str:
    mark = f"{UNTRIED} " if text.startswith(UNTRIED) else ""
    step = parse_step(text.removeprefix(UNTRIED).strip())
    inner = step.action.strip()
    if len(inner) < 3 or inner[0] != "`" or inner[-1] != "`" or "`" in inner[1:-1]:
        return text
    return f"{mark}{replace(step, action=inner[1:-1].strip())}"
