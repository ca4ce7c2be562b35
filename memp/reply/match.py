"""One match of a recall as text: its script, its example run, or both, and its pitfalls."""

import re
from collections.abc import Sequence

from memp.domain.procedure import Form, KnownPitfall, Pitfall
from memp.domain.results import Match
from memp.domain.trajectory import Step
from memp.reply.values import ExampleReply, MatchReply
from memp.text import templates

MOST_FIT = 0.99
"""The most that is said of a guess: it is never sure."""

MAX_OBSERVATION = 1_000
"""Characters of an observation in the trajectory form, as far as the budget allows."""


def match_reply(match: Match, form: Form) -> MatchReply:
    """A match as a model reads it; fields that would only repeat the goal or the steps are left out."""
    procedure, script = match.procedure, match.procedure.script
    facts = MatchReply(
        id=procedure.label,
        goal=script.goal,
        fit=round(min(match.score, MOST_FIT), 2),
        uses=procedure.uses,
        successes=procedure.successes,
        tier="trial" if procedure.trial == procedure.revision else procedure.tier,
        runs=len(procedure.trajectories),
        revision=procedure.revision,
        project=procedure.scope,
        pitfalls=[pitfall_line(p.pitfall) for p in match.pitfalls[:3]],
    )
    if form == "trajectory":
        return facts.model_copy(update={"example": _example(match, observations=True)})
    return facts.model_copy(
        update={
            "when": "" if _says(script.when_to_use, script.goal) else script.when_to_use,
            "not_when": script.not_when,
            "before": [text for text in script.preconditions if not _repeats(text, " ".join(script.steps))],
            "parameters": _parameters(match, earlier=form != "script"),
            "steps": list(script.steps),
            "verify": "" if _repeats(script.verification, script.steps[-1]) else script.verification,
            "example": _example(match, observations=False) if form == "proceduralization" else None,
        }
    )


def _says(text: str, goal: str) -> bool:
    """Whether a text only repeats the goal."""
    return goal.casefold().rstrip(".") in text.casefold()


_WORD = re.compile(rf"{templates.PLACEHOLDER}|\w+")
_EMPTY = frozenset("after the last step you should see using with to there is a an".split())


def _repeats(text: str, steps: str) -> bool:
    """Whether a text only says what steps say: "There is a sink.", "You put the {object} in/on the {place}."."""
    said = _EMPTY.union(_WORD.findall(steps.casefold()))
    return said.issuperset(_WORD.findall(text.casefold()))


def _parameters(match: Match, *, earlier: bool) -> dict[str, str]:
    """Each parameter with what it stands for here, or what it means and, with `earlier`, stood for before.

    A script alone is the abstract procedure (Memp, section 3.2); what earlier runs found belongs to their trajectories.
    """
    texts: dict[str, str] = {}
    shown: dict[str, str] = {}
    for parameter in match.procedure.script.parameters:
        if parameter.name in match.bindings:
            texts[parameter.name] = f"= {match.bindings[parameter.name]}"
            continue
        counts = match.seen.get(parameter.name, ()) if earlier else ()
        seen = ", ".join(f"{value} {count}x" for value, count in counts)
        if seen:
            # The second of two things of a kind was found where the first was: that is said once.
            seen = f"so far: {shown[seen]}" if seen in shown else f"so far: {seen}"
            shown.setdefault(seen.removeprefix("so far: "), f"as {{{parameter.name}}}")
        texts[parameter.name] = "; ".join(filter(None, [parameter.description, seen]))
    return texts


def _example(match: Match, *, observations: bool) -> ExampleReply | None:
    if match.example is None:
        return None
    steps = [_step(step, MAX_OBSERVATION if observations else 0) for step in match.example.steps]
    return ExampleReply(task="" if match.same_task else match.example.task[:200], steps=steps)


def _step(step: Step, observation: int) -> str:
    seen = " ".join(step.observation.split())
    action = step.action[:240]
    return f"{action} -> {ellipsis(seen, observation)}" if observation and seen else action


def ellipsis(text: str, most: int) -> str:
    """A text of at most `most` characters; one that was cut ends in dots."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def pitfall_line(pitfall: Pitfall) -> str:
    """A pitfall on one line: its trigger, what that leads to, and what to do instead."""
    parts = [pitfall.trigger]
    if pitfall.consequence:
        parts.append(f"leads to: {pitfall.consequence}")
    if pitfall.instead:
        parts.append(f"instead: {pitfall.instead}")
    return ellipsis(" | ".join(parts), 400)


def pitfall_lines(pitfalls: Sequence[KnownPitfall]) -> list[str]:
    """Pitfalls as a reply shows them."""
    return [pitfall_line(p.pitfall) for p in pitfalls]
