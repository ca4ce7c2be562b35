"""Effects of a procedure: what doing as it says would do that a person wants to know first."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from memp.domain.procedure import Pitfall, Procedure, Script
from memp.domain.trajectory import Step
from memp.text.clips import clip_middle
from memp.text.effects.form import Effect
from memp.text.effects.recognised import effects_in

MAX_SHOWN = 160
"""Characters of a step that are quoted for its effect."""


class Place(NamedTuple):
    """A part of a script, as a person finds it: "step 2", "goal"; and its text."""

    name: str
    text: str


class Located(NamedTuple):
    """An effect, and the parts of the script that have it: one, or the first and the last of several that have it together."""

    effect: Effect
    places: tuple[Place, ...]

    def __str__(self) -> str:
        quotes = (f'{place.name}: "{clip_middle(" ".join(place.text.split()), MAX_SHOWN)}"' for place in self.places)
        return f"{self.effect} ({', '.join(quotes)})"


def effects_of(script: Script, example: Iterable[Step] = ()) -> tuple[Effect, ...]:
    """The effects of a script and of the run that is shown beside it."""
    return effects_in([*(place.text for place in _places(script)), *(step.action for step in example)])


def located_effects(script: Script) -> tuple[Located, ...]:
    """The effects of a script, each with where it is."""
    places = _places(script)
    return tuple(Located(effect, _of_effect(effect, places)) for effect in effects_of(script))


def warning_of(procedure: Procedure, example: Iterable[Step] = ()) -> str:
    """The sentence on what a procedure that is told would do that a person wants to know first, and whether one has approved it;
    empty where it does nothing of the kind."""
    *others, last = effects_of(procedure.script, example) or ("",)
    if not last:
        return ""
    effects = f"{', '.join(others)} and {last}" if others else last
    approved = "no person has" if procedure.tier == "candidate" else "a person has"
    return f"Warning: {procedure.label} {effects}; {approved} approved it"


def why_held_back(procedure: Procedure) -> str:
    """What `is_held_back` goes by, as clauses without a subject ("is in quarantine: ..."); empty where it is not."""
    clauses: list[str] = []
    if procedure.is_quarantined:
        clauses.append("is in quarantine, as only one source speaks for it")
    if procedure.tier == "candidate":
        clauses += map(str, located_effects(procedure.script))
    return "; ".join(clauses)


def effects_of_run(steps: Iterable[Step]) -> tuple[Effect, ...]:
    """The effects of what a run did, as far as its actions say."""
    return effects_in(step.action for step in steps)


def effects_of_pitfall(pitfall: Pitfall) -> tuple[Effect, ...]:
    """The effects of what a pitfall says to do instead."""
    return effects_in(_parts(pitfall))


def is_unapproved(procedure: Procedure) -> bool:
    """Whether a procedure is told to nobody before a person approves it: its own origin alone speaks for it, and it would do what
    a person wants to know first."""
    return procedure.is_quarantined and bool(effects_of(procedure.script))


def is_held_back(procedure: Procedure) -> bool:
    """Whether a procedure is only told to who asks for it: its own origin alone speaks for it, or it would do what a person has
    to approve first."""
    return procedure.is_quarantined or (procedure.tier == "candidate" and bool(effects_of(procedure.script)))


def _places(script: Script) -> list[Place]:
    """All parts of a script that its effects are read from."""
    words = {"goal": script.goal, "when": script.when_to_use, "not when": script.not_when}
    named = [
        *words.items(),
        *(("before", text) for text in script.preconditions),
        *((f"parameter {{{one.name}}}", one.description) for one in script.parameters),
        ("check", script.verification),
        *((f"step {number}", text) for number, text in enumerate(script.steps, 1)),
        *(("pitfall", text) for pitfall in script.pitfalls for text in _parts(pitfall)),
    ]
    return [Place(name, text) for name, text in named]


def _of_effect(effect: Effect, places: Sequence[Place]) -> tuple[Place, ...]:
    """The first part that has an effect by itself, else the first and the last of the fewest that have it together."""
    texts = [place.text for place in places]
    alone = next((place for place in places if effect in effects_in([place.text])), None)
    if alone is not None:
        return (alone,)
    end = next((n for n in range(1, len(texts) + 1) if effect in effects_in(texts[:n])), len(texts))
    start = next((n for n in range(end - 1, 0, -1) if effect in effects_in(texts[n:end])), 0)
    return places[start], places[end - 1]


def _parts(pitfall: Pitfall) -> Iterable[str]:
    return pitfall.trigger, pitfall.consequence, pitfall.instead
