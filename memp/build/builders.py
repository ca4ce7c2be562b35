"""Builders: write the script of one trajectory, and the keys that its procedure is found by.

Memp, section 3.2: m = B(tau, r). The trajectory itself is kept by the store, so its three forms (trajectory, script,
proceduralization) are all in one record, and the form is chosen when it is recalled. What is built here is the script,
by one of four builders:

    caller      the LLM that ran the task passed a script with its record: nothing else is asked
    claude      Claude abstracts it, through the Messages API, and it is held against the run (memp.build.written)
    model       the same, later, by whichever model `memp distill` asks (memp.update.distilling)
    extractive  a deterministic algorithm, no LLM: memp.build.extractive.script

B sees the reward: none of them is given a failed run to make steps of.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from memp.build.extractive.script import extract
from memp.build.written.request import run_request
from memp.build.written.writer import write
from memp.domain.procedure import Builder, Draft, Script
from memp.domain.trajectory import SUCCESS_REWARD, Trajectory
from memp.errors import LLMError
from memp.llm import LLM
from memp.store.records import MAX_KEY, Key
from memp.text import templates
from memp.text.entities import facts_of


def from_caller(script: Script, trajectory: Trajectory, facts: Sequence[str]) -> Draft:
    """The calling LLM's own script."""
    return _draft(script, trajectory, facts, "caller")


def from_llm(trajectory: Trajectory, facts: Sequence[str], llm: LLM) -> Draft:
    """The script that a language model abstracts from the run.

    Raises:
        LLMError: no usable answer, after one repair.
        UngroundedError: the script says what the run does not, also after the repair.
    """
    written = write(llm, run_request(trajectory))
    return _draft(written.script, trajectory, facts or tuple(written.answer.facts), "claude")


def from_rules(trajectory: Trajectory, facts: Sequence[str], threshold: float) -> Draft:
    """The extractive script."""
    draft = extract(trajectory, threshold)
    return draft.model_copy(update={"facts": tuple(facts)}) if facts else draft


class Source(NamedTuple):
    """The material of a script: the run, its caller's key facts and script, the language model, and the least reward
    of a success."""

    run: Trajectory
    facts: Sequence[str] = ()
    script: Script | None = None
    llm: LLM | None = None
    threshold: float = SUCCESS_REWARD


def _caller(source: Source) -> Draft:
    assert source.script is not None, "ScriptBuilder.author names the caller only where there is a script"
    return from_caller(source.script, source.run, source.facts)


def _claude(source: Source) -> Draft:
    if source.llm is None:
        raise LLMError("MEMP_BUILDER is 'claude', but no key or base URL is configured: set MEMP_API_KEY.")
    return from_llm(source.run, source.facts, source.llm)


def _extractive(source: Source) -> Draft:
    return from_rules(source.run, source.facts, source.threshold)


BUILDERS: Mapping[Builder, Callable[[Source], Draft]] = {
    "caller": _caller,
    "claude": _claude,
    "extractive": _extractive,
}


def _draft(script: Script, trajectory: Trajectory, facts: Sequence[str], builder: Builder) -> Draft:
    bindings = templates.bind(script.goal, trajectory.task) or {}
    return Draft(
        script=script,
        facts=tuple(facts) or facts_of(trajectory.task),
        bindings=bindings,
        template=script.goal if bindings else "",
        builder=builder,
    )


def keys_of(draft: Draft, task: str) -> list[Key]:
    """The texts a procedure is found by: the task as it was put, the caller's or Claude's goal, and the key facts."""
    script = draft.script
    words = "\n".join(filter(None, [script.goal, script.when_to_use, *draft.facts]))
    keys = [Key(kind="task", text=task[:MAX_KEY], extra=words, template=draft.template)]
    if draft.builder != "extractive":
        keys += script_keys(script)
    return keys + [Key(kind="fact", text=fact) for fact in draft.facts]


def script_keys(script: Script) -> list[Key]:
    """The text that a script adds to what its procedure is found by: its goal (ReMe: the usage scenario is the key)."""
    return [Key(kind="task", text=script.goal[:MAX_KEY], extra=script.when_to_use)]
