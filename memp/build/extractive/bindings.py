"""Bindings of a run under its family's script: what the parameters stood for in it, and the template of its task."""

from collections.abc import Mapping

from memp.build.extractive.steps import steps_of
from memp.build.induction.generalised import Generalised
from memp.domain.procedure import Draft, Script
from memp.text import templates
from memp.text.entities import facts_of
from memp.text.steps import parse_step


def draft_of(script: Script, general: Generalised, member: int, called: Mapping[str, str]) -> Draft:
    """The draft of one run under a script: what its parameters stood for there, and the template of the task. `called` are the
    script's names for the parameters of the family (`renamed`)."""
    bindings = {called[name]: value for name, value in general.values(member).items() if name in called}
    task = general.members[member].task
    template = general.substitute(templates.spread(task), member, of_task=True)
    # A parameter that no step of the script takes is told as the run had it.
    values = general.values(member)
    template = templates.substitute(
        template, lambda name: f"{{{called[name]}}}" if name in called else values.get(name, f"{{{name}}}")
    )
    return Draft(script=script, facts=facts_of(task), bindings=bindings, template=template, builder="extractive")


def renamed(script: Script, general: Generalised) -> dict[str, str]:
    """The names that a script has for the parameters of its family, by the steps that are alike but for names."""
    declared = {parameter.name for parameter in script.parameters}
    left = [parse_step(step).action for step in script.steps]
    called: dict[str, str] = {}
    for step in general.once(steps_of):
        alike = next((action for action in left if _nameless(action) == _nameless(step.action)), None)
        if alike is not None:
            left.remove(alike)
            for name, other in zip(templates.names(step.action), templates.names(alike), strict=True):
                called.setdefault(name, other)
    named = set(called.values())
    called |= {v.name: v.name for v in general.variables if v.name not in called and v.name in declared - named}
    return {name: other for name, other in called.items() if other in declared}


def _nameless(action: str) -> str:
    return templates.substitute(action, lambda _: "{}")
