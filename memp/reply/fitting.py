"""Fit a recall's reply into a token budget: cut what a model misses least, first."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memp.reply.match import ellipsis, shorter_steps
from memp.reply.pitfalls import shorter_line
from memp.reply.values import ExampleReply, MatchReply, RecallReply, tokens
from memp.text.clips import clip_middle
from memp.text.steps import parse_step


def fitted(reply: RecallReply, budget: int) -> RecallReply:
    """The reply in at most `budget` tokens; a note says that something was cut.

    What does not fit goes in this order: the example's observations, the example beside steps (a part of it would mislead),
    pitfalls of other procedures, the length of its own, what the second and third match say beyond their goal, what should be
    seen after each step, then the less telling fields, steps that only some runs had, the fewest first, and last the later steps.
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


_MORE = re.compile(r"\.\.\. and (\d+) more")


def _without_checks(match: MatchReply, place: int) -> Mapping[str, Any]:
    """Without what should be seen after a step, but for the last one's, by which the whole is checked."""
    *before, last = match.steps or [""]
    return {"steps": [*(str(replace(parse_step(step), then="")) for step in before), last]} if match.steps else {}


def _essentials(match: MatchReply, place: int) -> Mapping[str, Any]:
    short = {name: ellipsis(text, 60) for name, text in match.parameters.items()}
    pitfalls = [text for text in match.pitfalls if not _MORE.match(text)]
    unnamed = sum(int(more[1]) for more in map(_MORE.match, match.pitfalls) if more)
    left = max(len(pitfalls) - 1, 0) + unnamed
    return {
        "goal": clip_middle(match.goal, 200),
        "pitfalls": [*(shorter_line(text, 100) for text in pitfalls[:1]), *([f"... and {left} more"] if left else [])],
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
    _each(_without_checks),
    _each(_essentials),
)


def _fewer_steps(reply: RecallReply) -> RecallReply | None:
    """The reply with a step less in its longest list, or None where nothing is left to cut."""
    if not reply.matches:
        return None
    first, *others = reply.matches
    if len(first.steps) > 2:
        first = first.model_copy(update={"steps": _fewer(first.steps)})
    elif first.example is not None and len(first.example.steps) > 2:
        steps = [step for step in first.example.steps if step != "[...]"]
        middle = len(steps) // 2
        shorter = ExampleReply(task=first.example.task, steps=[*steps[:middle], "[...]", *steps[middle + 2 :]])
        first = first.model_copy(update={"example": shorter})
    else:
        return None
    return reply.model_copy(update={"matches": [first, *others]})


_CUT = "[... later steps cut; raise MEMP_BUDGET to see them ...]"
_RARE = "[steps that few runs had are left out; raise MEMP_BUDGET to see them]"


def _fewer(steps: Sequence[str]) -> list[str]:
    """Steps without the one that the smallest share of runs had, the last one of those; without the last where all runs had
    all. Where a run began decides on its way, and what is common to all comes at the end as well."""
    kept = [step for step in steps if step not in (_CUT, _RARE)]
    shares = [parse_step(step).share for step in kept]
    least = min(shares)
    if least < 1:
        del kept[max(place for place, share in enumerate(shares) if share == least)]
        return [_RARE, *kept]
    kept = kept[:-1]
    notes = [_RARE] if _RARE in steps else []
    return [*notes, *kept, _CUT] if len(kept) > 1 else kept
