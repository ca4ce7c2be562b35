"""Conditions of steps, decided by the surroundings that were told: which of them hold now, and which steps need not be done.

A condition is words that are looked for, or a number beside words (memp.text.steps). Of one that the surroundings do not
speak of nothing is said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from memp.text import templates
from memp.text.clauses import CLAUSE, NUMBER
from memp.text.steps import ScriptStep, parse_step


def decided(steps: Sequence[str], context: str, bindings: Mapping[str, str]) -> list[str]:
    """The conditions of steps that the surroundings decide: "step 3 holds: 'is closed'", "skip step 4: 'is open'"."""
    return list(_decided(steps, _plain(context), bindings)) if context else []


def _decided(steps: Sequence[str], context: str, bindings: Mapping[str, str]) -> Iterator[str]:
    for number, text in enumerate(steps, 1):
        step = parse_step(text)
        words = templates.substitute(step.when or step.unless, lambda name: bindings.get(name, f"{{{name}}}"))
        holds = _holds(step, _plain(words), context) if words else None
        if holds is None:
            continue
        reason = f"'{words}'{f' {step.bound}' if step.bound else ''}"
        if holds != bool(step.unless):
            yield f"step {number} holds: {reason}"
        else:
            yield f"skip step {number}: {reason}{'' if holds else ' is not so'}"


def _holds(step: ScriptStep, words: str, context: str) -> bool | None:
    """Whether the words of a condition, or the number beside them, are so; None where the context says nothing of them."""
    if not step.bound:
        return True if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", context) else None
    readings = [float(number) for number, label in _readings(context) if words in label]
    if not readings:
        return None
    bound = float(step.bound[2:])
    return readings[-1] < bound if step.bound[0] == "<" else readings[-1] > bound


def _readings(context: str) -> Iterator[tuple[str, str]]:
    """Each clause with one number: that number, and the words beside it."""
    for clause in CLAUSE.findall(context):
        numbers = NUMBER.findall(clause)
        if len(numbers) == 1:
            yield numbers[0], " ".join(NUMBER.sub(" ", clause).split()).strip(" :=\"'")


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.replace("’", "'").casefold().split()) for line in text.splitlines())
