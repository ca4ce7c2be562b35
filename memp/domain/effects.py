"""Effects of a procedure: what doing as it says would do that a person wants to know first."""

from collections.abc import Iterable

from memp.domain.procedure import Pitfall, Procedure, Script
from memp.domain.trajectory import Step
from memp.text.effects.form import Effect
from memp.text.effects.recognised import effects_in


def effects_of(script: Script, example: Iterable[Step] = ()) -> tuple[Effect, ...]:
    """The effects of a script and of the run that is shown beside it."""
    parameters = (parameter.description for parameter in script.parameters)
    words = (script.goal, script.when_to_use, script.not_when, *script.preconditions, *parameters, script.verification)
    pitfalls = (part for pitfall in script.pitfalls for part in _parts(pitfall))
    return effects_in([*words, *script.steps, *pitfalls, *(step.action for step in example)])


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


def _parts(pitfall: Pitfall) -> Iterable[str]:
    return pitfall.trigger, pitfall.consequence, pitfall.instead
