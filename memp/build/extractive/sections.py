"""The sections of a script beside goal and steps: preconditions, parameters, verification and pitfalls."""

from collections.abc import Mapping, Sequence

from memp.build.extractive.rendering import MAX_LINE
from memp.build.induction.generalised import Generalised, Variable
from memp.build.lessons import recovered
from memp.domain.procedure import Parameter, Pitfall
from memp.text import templates
from memp.text.atoms import noun_and_number
from memp.text.clips import clip
from memp.text.failures.detection import failure_of
from memp.text.keywords import terms

MOST_OWN = 6
"""Things of one run only that are named as such."""


def preconditions_of(general: Generalised) -> tuple[str, ...]:
    """A line that says which things are those of the one run: another run may find others."""
    variables = {value.casefold() for value in general.values(0).values()}
    own: dict[str, None] = {}
    for column in general.columns:
        for noun, number in map(noun_and_number, column[0].atoms):
            if number and noun.casefold() not in variables:
                own[f"{noun} {number}"] = None
    return (f"Of one run only, yours may differ: {', '.join(list(own)[:MOST_OWN])}",) if own else ()


def parameters_of(general: Generalised, names: Sequence[str]) -> tuple[Parameter, ...]:
    """The parameters that steps name, and those that their descriptions speak of."""
    known: Mapping[str, Variable] = {variable.name: variable for variable in general.variables}
    wanted = dict.fromkeys(name for name in names if name in known)
    for name in list(wanted):
        wanted.update(dict.fromkeys(templates.names(known[name].description)))
    return tuple(Parameter(name=name, description=known[name].description) for name in wanted if name in known)


def verification_of(general: Generalised) -> str:
    """The last line that all runs end with; none with one run, which cannot tell a completion signal from its own answer."""
    if len(general.members) < 2:
        return ""
    ends = [
        [
            general.substitute(line.strip(), m)
            for line in member.run.acts[-1].step.observation.splitlines()
            if line.strip()
        ]
        for m, member in enumerate(general.members)
    ]
    common = [line for line in ends[0] if all(line in other for other in ends[1:]) and terms(line)]
    common = [line for line in common if failure_of(line) is None]  # The last step's error is no sign that all is done.
    return f'After the last step you should see: "{clip(common[-1], MAX_LINE)}"' if common else ""


def pitfalls_of(general: Generalised, called: Mapping[str, str] | None = None) -> tuple[Pitfall, ...]:
    """The pitfalls of the last run. `called` are the names that another script has for the parameters: what it has none for
    is told as the run had it."""
    last = len(general.members) - 1
    values = general.values(last)
    names = {variable.name: variable.name for variable in general.variables} if called is None else called

    def in_its_terms(text: str) -> str:
        return templates.substitute(
            general.substitute(text, last),
            lambda name: f"{{{names[name]}}}" if name in names else values.get(name, f"{{{name}}}"),
        )

    member = general.members[last]
    in_loops = {i for loop in member.loops for i in range(loop.wait.start, loop.wait.end)}
    return recovered(member.run, in_its_terms, in_loops)
