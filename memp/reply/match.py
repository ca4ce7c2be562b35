"""One match of a recall as text: its script, its example run, or both, and its pitfalls."""

import re
from collections.abc import Sequence
from dataclasses import replace

from memp.domain.pitfalls import distinct
from memp.domain.procedure import Form
from memp.domain.results import LeftOut, Match
from memp.domain.trajectory import Step
from memp.reply.conditions import decided
from memp.reply.pitfalls import pitfall_line
from memp.reply.values import MOST_FIT, ExampleReply, MatchReply
from memp.reply.worked import worked
from memp.text import templates
from memp.text.clips import clip_middle, clip_values
from memp.text.steps import parse_step

MAX_OBSERVATION = 1_000
"""Characters of an observation in the trajectory form, as far as the budget allows."""

MAX_ACTION = 240
"""Characters of an action of an example."""

MAX_VALUE = 100
"""Characters of a value that a parameter stood for."""

MOST_PITFALLS = 3
"""Pitfalls of one match."""

MOST_NAMES = 3
"""Names of another project that are told beside one step."""

_CUT = " [...] "


def match_reply(match: Match, form: Form, context: str = "") -> MatchReply:
    """A match as a model reads it; fields that would only repeat the goal or the steps are left out."""
    procedure, script = match.procedure, match.procedure.script
    facts = MatchReply(
        id=procedure.label,
        goal=script.goal,
        fit=round(min(match.score, MOST_FIT), 2),
        worked="" if match.track is None else worked(procedure, match.track),
        learned_in=match.learned_in,
        pitfalls=_pitfalls(match),
    )
    if form == "trajectory":
        return facts.model_copy(update={"example": _example(match, observations=True)})
    with_example = form == "proceduralization" and (match.same_task or _differs(match)) and _tells_more(match)
    return facts.model_copy(
        update={
            "when": "" if _says(script.when_to_use, script.goal) else script.when_to_use,
            "not_when": script.not_when,
            "before": [text for text in script.preconditions if not _repeats(text, " ".join(script.steps))],
            "parameters": _parameters(match, earlier=form != "script"),
            "steps": [marked_step(step, match) for step in script.steps],
            "now": decided(script.steps, context, match.bindings),
            "verify": "" if _repeats(script.verification, script.steps[-1]) else script.verification,
            "example": _example(match, observations=False) if with_example else None,
        }
    )


def marked_step(step: str, match: Match) -> str:
    """A step of a script that says which of the names in it are another project's: "fly deploy -a shop (shop-a's: shop)"."""
    mark = _mark(step, match)
    if not mark:
        return step
    parsed = parse_step(step)
    return str(replace(parsed, action=f"{parsed.action}{mark}"))


def _mark(text: str, match: Match) -> str:
    names = [name for name in match.theirs if name in text]
    return f" ({match.learned_in}'s: {', '.join(names[:MOST_NAMES])})" if names else ""


def _pitfalls(match: Match) -> list[str]:
    pitfalls = distinct(known.pitfall for known in match.pitfalls)
    lines = [pitfall_line(pitfall) for pitfall in pitfalls[:MOST_PITFALLS]]
    left = len(pitfalls) - len(lines)
    return [*lines, f"... and {left} more; recall with the error"] if left else lines


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

    A script alone is the abstract procedure (Memp, section 3.2): where earlier runs found a thing belongs to their trajectories.
    Of a parameter that is not said to be about another one, only what it stood for says what is meant.
    """
    texts: dict[str, str] = {}
    shown: dict[str, str] = {}
    for parameter in match.procedure.script.parameters:
        if parameter.name in match.bindings:
            texts[parameter.name] = f"= {match.bindings[parameter.name]}"
            continue
        counts = match.seen.get(parameter.name, ()) if earlier or not parameter.about(match.bindings) else ()
        seen = ", ".join(f"{clip_middle(value, MAX_VALUE)} {count}x" for value, count in counts)
        if seen:
            seen += _left_out(match.left_out.get(parameter.name))
            # The second of two things of a kind was found where the first was: that is said once.
            seen = f"so far: {shown[seen]}" if seen in shown else f"so far: {seen}"
            shown.setdefault(seen.removeprefix("so far: "), f"as {{{parameter.name}}}")
        texts[parameter.name] = "; ".join(filter(None, [parameter.description, seen]))
    return texts


def _left_out(left: LeftOut | None) -> str:
    """The end of a list of values: how much it does not tell."""
    if left is None:
        return ""
    if left.elsewhere and left.runs == left.of:
        return "; none of them is in your context"
    if left.elsewhere:
        return f"; elsewhere in {left.runs} of {left.of} runs"
    return f", and {left.values} more, {left.runs} of {left.of} runs"


def _tells_more(match: Match) -> bool:
    """Whether an example says what the steps leave open: another action, or which of several values this very task had."""
    several = any(len(counts) > 1 for name, counts in match.seen.items() if name not in match.bindings)
    return _differs(match) or several


def _differs(match: Match) -> bool:
    """Whether an example has an action that is a case of no step."""
    if match.example is None:
        return False
    cases = [_cases_of(parse_step(step).action) for step in match.procedure.script.steps]
    actions = [" ".join(step.action.split()) for step in match.example.steps]
    return any(not any(case.fullmatch(action) for case in cases) for action in actions)


def _cases_of(action: str) -> re.Pattern[str]:
    """The pattern of all actions that a step's action stands for: anything where it has a placeholder or was shortened."""
    pieces = re.split(rf"{templates.PLACEHOLDER}|{re.escape(_CUT)}", " ".join(action.split()))
    return re.compile(".+?".join(map(re.escape, pieces)), re.IGNORECASE | re.DOTALL)


def _example(match: Match, *, observations: bool) -> ExampleReply | None:
    if match.example is None:
        return None
    steps = [
        f"{_step(step, MAX_OBSERVATION if observations else 0)}{_mark(step.action, match)}"
        for step in match.example.steps
    ]
    return ExampleReply(task="" if match.same_task else clip_middle(match.example.task, 200), steps=steps)


def _step(step: Step, observation: int) -> str:
    seen = " ".join(step.observation.split())
    action = clip_values(step.action, MAX_ACTION)
    return f"{action} -> {ellipsis(seen, observation)}" if observation and seen else action


def ellipsis(text: str, most: int) -> str:
    """A text of at most `most` characters; one that was cut ends in dots."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def shorter_steps(steps: Sequence[str], most: int) -> list[str]:
    """Steps of at most `most` characters each, cut in the middle of what they write."""
    return [clip_values(step, most) for step in steps]
