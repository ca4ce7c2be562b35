"""Fit a recall's reply into a token budget: cut what a model misses least, first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memp.reply.match import ellipsis, shorter_steps
from memp.reply.pitfalls import shorter_line
from memp.reply.values import ExampleReply, MatchReply, RecallReply, tokens
from memp.text.clips import clip_middle


def fitted(reply: RecallReply, budget: int) -> RecallReply:
    """The reply in at most `budget` tokens; a note says that something was cut.

    What does not fit goes in this order: the example's observations, the example beside steps (a part of it would mislead),
    pitfalls of other procedures, the length of its own, what the second and third match say beyond their goal, then the less
    telling fields, and last the later steps.
    """
    if tokens(reply) <= budget:
        return reply
    reply = reply.model_copy(update={"notes": [*reply.notes, f"cut to fit {budget} tokens"]})
    for smaller in _SMALLER:
        reply = smaller(reply)
        if tokens(reply) <= budget:
            break
    while tokens(reply) > budget and (shorter := _fewer_steps(reply)) is not None:
        reply = shorter
    return reply if tokens(reply) <= budget else _each(_bare)(reply)


def _each(change: Callable[[MatchReply, int], Mapping[str, Any]]) -> Callable[[RecallReply], RecallReply]:
    def smaller(reply: RecallReply) -> RecallReply:
        matches = [match.model_copy(update=change(match, place)) for place, match in enumerate(reply.matches)]
        return reply.model_copy(update={"matches": matches})

    return smaller


def _short_observations(most: int) -> Callable[[MatchReply, int], Mapping[str, Any]]:
    def smaller(match: MatchReply, place: int) -> Mapping[str, Any]:
        if match.example is None:
            return {}
        steps = [ellipsis(step, most) for step in match.example.steps]
        return {"example": ExampleReply(task=match.example.task, steps=steps)}

    return smaller


def _without_example(match: MatchReply, place: int) -> Mapping[str, Any]:
    return {"example": None} if match.steps else {}


def _short_pitfalls(match: MatchReply, place: int) -> Mapping[str, Any]:
    return {"pitfalls": [shorter_line(text, 120) for text in match.pitfalls]}


def _only_goal(match: MatchReply, place: int) -> Mapping[str, Any]:
    names = ["pitfalls", "when", "not_when", "before", "parameters", "steps", "now", "verify", "example"]
    return {name: MatchReply.model_fields[name].default for name in names} if place else {}


def _essentials(match: MatchReply, place: int) -> Mapping[str, Any]:
    short = {name: ellipsis(text, 60) for name, text in match.parameters.items()}
    left = len(match.pitfalls) - 1
    return {
        "goal": clip_middle(match.goal, 200),
        "pitfalls": [shorter_line(text, 100) for text in match.pitfalls[:1]]
        + ([f"... and {left} more"] if left > 0 else []),
        "when": "",
        "not_when": ellipsis(match.not_when, 120),
        "before": [],
        "parameters": dict(list(short.items())[:8]),
        "steps": shorter_steps(match.steps, 200),
        "verify": ellipsis(match.verify, 120),
    }


def _bare(match: MatchReply, place: int) -> Mapping[str, Any]:
    steps = shorter_steps(match.steps[:3], 80)
    return {
        "goal": clip_middle(match.goal, 80),
        "pitfalls": [],
        "parameters": {},
        "not_when": "",
        "verify": "",
        "steps": steps,
        "now": [],
    }


def _without_warnings(reply: RecallReply) -> RecallReply:
    """Without the pitfalls of procedures that are not shown, where one is."""
    return reply.model_copy(update={"pitfalls": []}) if reply.matches else reply


def _few_pitfalls(reply: RecallReply) -> RecallReply:
    short = {name: [shorter_line(text, 100) for text in getattr(reply, name)[:2]] for name in ("pitfalls", "on_error")}
    return reply.model_copy(update=short)


_SMALLER: Sequence[Callable[[RecallReply], RecallReply]] = (
    _each(_short_observations(160)),
    _each(_short_observations(90)),
    _each(_without_example),
    _without_warnings,
    _each(_short_pitfalls),
    _each(_only_goal),
    _few_pitfalls,
    _each(_essentials),
)


def _fewer_steps(reply: RecallReply) -> RecallReply | None:
    """The reply with one step less in its longest list, or None where nothing is left to cut."""
    if not reply.matches:
        return None
    first = reply.matches[0]
    if len(first.steps) > 2:
        kept = [step for step in first.steps if not step.startswith("[...")][:-1]
        gone = len(first.steps) - len(kept)
        marker = "[... later steps cut; raise MEMP_BUDGET to see them ...]" if gone else ""
        first = first.model_copy(update={"steps": [*kept, marker]} if len(kept) > 1 else {"steps": kept})
    elif first.example is not None and len(first.example.steps) > 2:
        steps = [step for step in first.example.steps if step != "[...]"]
        middle = len(steps) // 2
        shorter = ExampleReply(task=first.example.task, steps=[*steps[:middle], "[...]", *steps[middle + 2 :]])
        first = first.model_copy(update={"example": shorter})
    else:
        return None
    return reply.model_copy(update={"matches": [first, *reply.matches[1:]]})
