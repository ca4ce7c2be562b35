"""Recipes: a recall's answer as steps to try in another room, with what is known of their parameters.

Only the reply is read (`memp.reply.MatchReply`), as any agent could: the abstract steps, in the grammar of
memp.text.steps, then the run beside them, with the words in which its task differs replaced by those of this task.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from memp.evaluate.agents.plan import COUNT
from memp.reply import ExampleReply, MatchReply
from memp.text import templates
from memp.text.steps import ScriptStep, parse_step

_WORD = re.compile(r"[^\W_]+")
MOST_REPLACED = 4
"""Words of a phrase in which two tasks of one form may differ; more are another sentence."""


_EITHER = re.compile(r"(.+ or .+): which of them\b")
"""What a reply says of a parameter that is one of several things, which a run has to find out."""


class Recipe(NamedTuple):
    """Steps with {parameters}, the values of those that are bound, how often others stood for something before, and the things
    of which a parameter is one."""

    steps: tuple[ScriptStep, ...]
    values: Mapping[str, str]
    history: Mapping[str, Mapping[str, int]]
    options: Mapping[str, Sequence[str]] = {}

    def fill(self, text: str, chosen: Mapping[str, str]) -> str:
        """A text with the values of its parameters, those that were `chosen` in this play too; others stay."""
        values = {**chosen, **self.values}
        return templates.substitute(text, lambda name: values.get(name, f"{{{name}}}"))


def recipes_of(match: MatchReply, task: str) -> Iterator[Recipe]:
    """The recipes of a match in the order in which they are tried."""
    values, history = _parameters(match)
    if match.steps:
        steps = tuple(parse_step(step) for step in match.steps if not step.startswith("["))
        yield Recipe(steps, values, history, _options(match, values))
    if match.example is not None:
        yield Recipe(_transferred(match.example, task), {}, {})


def _parameters(match: MatchReply) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    values: dict[str, str] = {}
    history: dict[str, dict[str, int]] = {}
    for name, text in match.parameters.items():
        if text.startswith("= "):
            values[name] = text[2:].strip()
        before = text.partition("so far: ")[2]
        same = templates.name_of(before.removeprefix("as "))
        counts = {value.strip(): int(count) for value, count in COUNT.findall(before)} or history.get(same or "", {})
        if counts:
            history[name] = counts
    return values, history


def _options(match: MatchReply, values: Mapping[str, str]) -> dict[str, list[str]]:
    """The things of which a parameter is one, with the values of those that are parameters themselves."""
    either = {name: found[1] for name, text in match.parameters.items() if (found := _EITHER.match(text))}
    return {
        name: [templates.substitute(one, lambda known: values.get(known, f"{{{known}}}")) for one in text.split(" or ")]
        for name, text in either.items()
    }


def _transferred(example: ExampleReply, task: str) -> tuple[ScriptStep, ...]:
    """The actions of a run, for this task. A run has no conditions: its text is taken as it stands."""
    actions = [step.partition(" -> ")[0] for step in example.steps if not step.startswith("[")]
    instead = differences(example.task, task) if example.task else {}
    return tuple(ScriptStep(replaced(action, instead)) for action in actions)


def differences(before: str, now: str) -> dict[str, str]:
    """The phrases in which a task's words differ from those of another one of its form, each with what stands instead."""
    ours, theirs = _WORD.findall(before.lower()), _WORD.findall(now.lower())
    instead: dict[str, str] = {}
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "replace" and max(b - a, d - c) <= MOST_REPLACED:
            instead.setdefault(" ".join(ours[a:b]), " ".join(theirs[c:d]))
    return instead


def replaced(text: str, instead: Mapping[str, str]) -> str:
    """A text with phrases replaced all at once, so that two may change places."""
    if not instead:
        return text
    phrases: Sequence[str] = sorted(instead, key=len, reverse=True)
    either = "|".join(map(re.escape, phrases))
    return re.sub(rf"\b(?:{either})\b", lambda match: instead[match[0].lower()], text, flags=re.IGNORECASE)
