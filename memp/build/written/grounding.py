"""Faithfulness check (groundedness): is what a script of a language model says in the runs that it was written from?

Each step must be a command that some run has, or be marked as untried; a condition must have been seen; and no identifier,
path, address, version, number or option may stand in the script that no run, task or draft has. A model that writes of what it
knows about such tools in general, or that mixes two runs up, is found by that; whether a step was needed is not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from memp.build.written.answer import UNTRIED
from memp.domain.procedure import Script
from memp.domain.trajectory import Trajectory
from memp.text import templates
from memp.text.entities import key_of, shape_of, tokens_of
from memp.text.names import OPTION
from memp.text.steps import ScriptStep, parse_step
from memp.text.vocabulary import STOP

MOST_UNTRIED = 0.5
"""The share of the steps from which on a script is not of its runs any more, however it is marked."""

LEAST_SAME = 0.5
"""The share of its words that a step in prose must have of one step of a run."""

MOST_FAULTS = 8
"""Faults that are told, of a longer list."""

_WORD = re.compile(r"[぀-ヿ㐀-鿿가-힯]|[^\W\d_]+")
_QUOTED = re.compile(r"`([^`\n]+)`")
_STEP_NUMBER = re.compile(r"\bsteps? \d{1,2}(?:(?: to | and |, ?|-)\d{1,2})*", re.IGNORECASE)
_ABBREVIATION = re.compile(r"(?:[a-z]\.)+[a-z]?", re.IGNORECASE)
_HOLE = re.compile(rf"{templates.PLACEHOLDER}|\.\.\.|…")
_CHUNK = re.compile(rf"\S*{templates.PLACEHOLDER}\S*")
_PIECE = re.compile(r"\w(?:[\w./:@#-]*\w)?")

LEAST_PIECE = 3
"""Letters and digits of a part of a word beside a placeholder that say something."""


@dataclass(frozen=True)
class Ground:
    """The material of a script: each step of the runs as (action, all that it says), and all texts.

    The steps of drafts, such as the script that the rules made of the runs, count as steps too.
    """

    steps: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, runs: Sequence[Trajectory], drafts: Iterable[Script] = (), more: Iterable[str] = ()) -> "Ground":
        """The ground of these runs and drafts; `more` are texts, such as an error that was met."""
        steps = [
            (s.action, " ".join(filter(None, (s.action, s.observation, s.thought, s.state))))
            for r in runs
            for s in r.steps
        ]
        texts = [*(run.task for run in runs), *(whole for _, whole in steps), *more]
        for draft in drafts:
            steps += [(parse_step(step).action, step) for step in draft.steps]
            texts += _texts(draft)
        return cls(tuple(steps), tuple(texts))

    @cached_property
    def all_text(self) -> str:
        """Every text, as it is compared."""
        return _normal("\n".join(self.texts))

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The actions of the runs, as they are compared."""
        return tuple(dict.fromkeys(_normal(action) for action, _ in self.steps))

    @cached_property
    def words(self) -> tuple[frozenset[str], ...]:
        """The words of each step."""
        return tuple(dict.fromkeys(frozenset(_WORD.findall(_normal(whole))) for _, whole in self.steps))

    def has(self, text: str) -> bool:
        """Whether a text stands somewhere as whole words."""
        text = _normal(text).strip()
        at = self.all_text.find(text)
        while at >= 0:
            before, after = self.all_text[at - 1 : at] if at else "", self.all_text[at + len(text) : at + len(text) + 1]
            if not (_joins(before, text[:1]) or _joins(text[-1:], after)):
                return True
            at = self.all_text.find(text, at + 1)
        return False

    def did(self, command: str) -> bool:
        """Whether an action has a command, whatever its placeholders stand for."""
        parts = [part for part in _HOLE.split(_normal(command)) if part.strip()]
        return bool(parts) and any(_in_order(parts, action) for action in self.actions)

    def resembles(self, prose: str) -> bool:
        """Whether a step of a run has most of the words of one in prose."""
        words = {word for word in _WORD.findall(_normal(templates.without_braces(prose))) if word not in STOP}
        return bool(words) and any(len(words & own) >= LEAST_SAME * len(words) for own in self.words)


def faults_of(script: Script, ground: Ground, *, of_runs: bool = True) -> list[str]:
    """The faults of a script that is not grounded, in sentences for its author; empty where all of it is.

    With `of_runs` its steps must be those of the runs; a revision may have others, which is what its trial is for.
    """
    faults = [*_steps(script, ground)] if of_runs else []
    untried = sum(step.startswith(UNTRIED) for step in script.steps)
    if of_runs and untried > MOST_UNTRIED * len(script.steps):
        faults.append(f"{untried} of {len(script.steps)} steps are {UNTRIED}: write what the runs did")
    foreign = list(dict.fromkeys(token for text in _texts(script) for token in _foreign(text, script, ground)))
    faults += [f'"{token[:80]}" is in no run: leave it out, or write what the runs have' for token in foreign]
    return faults if len(faults) <= MOST_FAULTS else [*faults[:MOST_FAULTS], f"and {len(faults) - MOST_FAULTS} more"]


def _steps(script: Script, ground: Ground) -> Iterator[str]:
    for number, text in enumerate(script.steps, 1):
        if text.startswith(UNTRIED):
            continue
        step = parse_step(text)
        if not _was_done(step.action, ground):
            yield f'step {number} ("{text[:80]}") is in no run: take a command as a run has it, or begin it with {UNTRIED}'
        yield from (
            f"'{words[:80]}' in step {number} was never seen: quote an observation, or leave it out"
            for words in _seen_words(step)
            if not ground.has(templates.without_braces(words))
        )


def _was_done(action: str, ground: Ground) -> bool:
    """Whether the runs did this: each command in backticks, or the whole of it, or in other words."""
    commands = [command for command in _QUOTED.findall(action) if len(command.split()) > 1 or "(" in command]
    if commands:
        return all(ground.did(command) for command in commands)
    bare = action.replace("`", "")
    return ground.did(bare) or ground.resembles(bare)


def _seen_words(step: ScriptStep) -> list[str]:
    return [words for words in (step.when, step.unless, step.until, step.then) if words]


def _foreign(text: str, script: Script, ground: Ground) -> Iterator[str]:
    """The identifiers of a text that nothing has."""
    known = {parameter.name for parameter in script.parameters}
    whole = _CHUNK.sub(" ", _STEP_NUMBER.sub(" ", text.replace("`", " ")))
    for token in tokens_of(whole):
        bare = token.strip("\"'")
        for part in tokens_of(bare) if " " in bare else [bare]:
            if _is_identifier(part) and part not in known and not ground.has(key_of(part)):
                yield part
    for chunk in _CHUNK.findall(text):
        for part in _HOLE.split(chunk):
            yield from (
                piece
                for piece in _PIECE.findall(part)
                if sum(map(str.isalnum, piece)) >= LEAST_PIECE and _normal(piece) not in ground.all_text
            )


def _is_identifier(token: str) -> bool:
    """Whether a token names one thing of many, or is an option: not a word, nor a name that only has capitals inside."""
    if OPTION.fullmatch(token):
        return True
    shape = shape_of(token)
    if shape in (None, "word", "text") or _ABBREVIATION.fullmatch(token):
        return False
    return shape != "name" or any(c.isdigit() or c in "_./@" for c in token)


def _texts(script: Script) -> list[str]:
    """All that a script says."""
    pitfalls = [text for p in script.pitfalls for text in (p.trigger, p.consequence, p.instead)]
    return [
        script.goal, script.when_to_use, script.not_when, *script.preconditions, *script.steps, script.verification,
        *(parameter.description for parameter in script.parameters), *pitfalls,
    ]  # fmt: skip


def _normal(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split())


def _joins(one: str, other: str) -> bool:
    """Whether two neighbouring signs are of one word."""
    return bool(one and other) and (one.isalnum() or one == "_") and (other.isalnum() or other == "_")


def _in_order(parts: Sequence[str], action: str) -> bool:
    """Whether the fixed parts of a command stand in an action one after the other, with something between them."""
    at = 0
    for part in parts:
        place = action.find(part, at)
        if place < 0:
            return False
        # What stands in the place of the placeholder has a sign at least.
        at = place + len(part) + 1
    return True
