"""Parameters of a family: what differs between its runs, bound to the part of the task or of an observation it follows.

With one run, what its task names and an action takes whole may vary (memp.build.induction.single). With several, the slots of
the aligned steps are the parameters: slots in which the runs have the same values are one.
"""

import re
from collections.abc import Mapping, Sequence

from memp.build.induction.alignment import Column
from memp.build.induction.choices import add_choice, choice_of, chosen_text, describe_choice, mark_choices
from memp.build.induction.generalised import MOST_PARAMETERS, Generalised, Variable
from memp.build.induction.naming.names import Usage, Use, free_name, name_of, use_of
from memp.build.induction.naming.phrases import SLOT
from memp.build.induction.places import said_at_one_place
from memp.build.induction.slots import refined
from memp.build.induction.spans import Cores, common_cores, joined_phrases
from memp.build.induction.unification import Slot, by_variant, unify
from memp.build.induction.values import FOUND_OUT, LEAST_EVIDENCE, NEXT, answer_of, own_values, places
from memp.build.reading.members import Member
from memp.build.reading.mentions import in_all, names, squashed
from memp.text.atoms import noun_and_number

MOSTLY = 0.5
"""The share of runs whose task must name a value for it to come from the task."""


MADE_UP = "..."
"""What stands in a step for a text that each run made up."""

WHERE = "where "
"""How the description of a place begins, in which something was found."""

_AGAIN = "; another one, maybe in the same place"


def generalise(members: Sequence[Member], columns: Sequence[Column]) -> Generalised:
    """The steps of a family in general terms."""
    columns = with_one_answer(members, columns)
    columns = [v for one in columns for v in ([one] if choice_of(members, one) else by_variant(one, members))]
    general = Generalised(members, columns)
    for i, column in enumerate(columns):
        if choice := choice_of(members, column):
            add_choice(general, choice, i)
    patterns: list[list[str | Slot]] = []
    slots: list[list[Variable | None]] = []
    whole = [joined_phrases(unify(column, members), column, members) for column in columns]
    cores = common_cores(whole)
    for i, column in enumerate(columns):
        pattern = list(refined(whole[i], general, cores))
        patterns.append(pattern)
        slots.append([_variable(general, i, k, pattern, column, cores) for k in range(len(pattern))])
    mark_choices(general)
    general.variables.extend(_not_varied(general))
    said_at_one_place(general)
    made_up = _named(general)
    add_counters(general)
    texts = [
        "".join(
            part
            if isinstance(part, str)
            else _usual(part)
            if variable is None
            else _own_text(part)
            if variable in made_up
            else f"{{{variable.name}}}"
            for part, variable in zip(pattern, variables, strict=True)
        )
        for pattern, variables in zip(patterns, slots, strict=True)
    ]
    common = [text for text, column in zip(texts, columns, strict=True) if len(column) > 1]
    general.names = frozenset(name[0] for text in common for name in _NAME_WITH_VALUE.finditer(text))
    general.texts.extend(chosen_text(general, i) or _in_terms_of_all(general, i, text) for i, text in enumerate(texts))
    return general


_NAME_WITH_VALUE = re.compile(r"(?<![\w{}])(?:\{\w+\}[._-]\w+|\w+[._-]\{\w+\}|[^\W\d_]+\{\w+\})(?![\w{}])")
"""A value with a fixed part before or after it, in one name: "{table}_tmp", "v{version}"."""


def add_counters(general: Generalised) -> None:
    """The parameters for what counts up in loops: a step has them in braces already."""
    for m, member in enumerate(general.members):
        for counter in (counter for loop in member.loops for counter in loop.counters):
            known = next((v for v in general.variables if v.name == counter.name), None)
            if known is None and len(general.variables) < MOST_PARAMETERS:
                known = Variable({}, name=counter.name, description=counter.description)
                general.variables.append(known)
            if known is not None:
                known.values[m] = counter.span


def with_one_answer(members: Sequence[Member], columns: Sequence[Column]) -> Sequence[Column]:
    """The columns with the answers of all runs as one step, where each run ends with one: that some happened to have the same
    does not make it another step than that of the rest."""
    last = {m: member.actions[-1] for m, member in enumerate(members) if answer_of(member)}
    at = [i for i, column in enumerate(columns) if any(column.get(m) is action for m, action in last.items())]
    if len(last) < len(members) or len(at) < 2 or len({action.operation for action in last.values()}) > 1:
        return columns
    rest = [
        {m: a for m, a in column.items() if last[m] is not a} if i in at else column for i, column in enumerate(columns)
    ]
    return [*(column for column in rest if column), last]


def _not_varied(general: Generalised) -> list[Variable]:
    """Values that are equal in all runs for want of evidence: what one and the same task names, and where all runs happened to
    find something. Another run may have others, as if there were but one."""
    members = general.members
    known = {value.casefold() for variable in general.variables for value in variable.values.values()}
    alike = len(members) < LEAST_EVIDENCE or all(member.task == members[0].task for member in members)
    same = [v for v in own_values(members[0]) if all(member.says(v) for member in members)] if alike else []
    same = [value for value in same if not _is_chosen(general, value)]
    nouns = [{noun_and_number(place)[0] for place in places(member)} for member in members]
    answers = {answer_of(member) for member in members}
    fixed: list[Variable] = []
    for value in [*same, *sorted(in_all(nouns)), *(answers if len(answers) == 1 and "" not in answers else ())]:
        columns = [i for i, c in enumerate(general.columns) if any(names(squashed(a.text), value) for a in c.values())]
        if columns and value.casefold() not in known and len(general.variables) + len(fixed) < MOST_PARAMETERS:
            uses = [use_of(next(iter(general.columns[i].values())), value) for i in columns]
            values = dict.fromkeys(range(len(members)), value)
            description = FOUND_OUT if value in answers else ""
            fixed.append(Variable(values, uses, columns, description=description))
    return fixed


def _is_chosen(general: Generalised, value: str) -> bool:
    """Whether a phrase has a thing in it that a run chose: "yellow box" where that chose "yellow"."""
    return any(names(squashed(value), v.values[0]) for v in general.variables if v.options and 0 in v.values)


def _in_terms_of_all(general: Generalised, i: int, text: str) -> str:
    """The text of a step that only some runs have, with the values of all parameters that it has in each of these."""
    column = general.columns[i]
    if len(column) == 1:
        ((member, action),) = column.items()
        return general.substitute(action.text, member, near=i)
    texts = {general.substitute(text, m, near=i) for m in column}
    return texts.pop() if len(texts) == 1 else text


def _usual(slot: Slot) -> str:
    """The text that most runs have in a slot that is no parameter."""
    texts = list(slot.values.values())
    return max(dict.fromkeys(texts), key=texts.count)


def _own_text(slot: Slot) -> str:
    """The text of a step for one that each run made up: that there is one; of a word or a number the usual one."""
    return MADE_UP if _is_free(slot.values) else _usual(slot)


def _is_free(values: Mapping[int, str]) -> bool:
    """Whether most values are texts of several words; several values in quotes are none."""
    return 2 * sum(len(text.split()) > 1 and not _SEVERAL.search(text) for text in values.values()) > len(values)


_SEVERAL = re.compile(r"[\"'], ?[\"']")


def _variable(
    general: Generalised, i: int, k: int, pattern: Sequence[str | Slot], column: Column, cores: Cores
) -> Variable | None:  # fmt: skip
    """The variable of a part of a pattern: a known one with the same values, or a new one; None where it is none."""
    slot = pattern[k]
    if isinstance(slot, str) or not all(slot.values.values()):
        return None
    fitting = [v for v in general.variables if v.agrees(slot)]
    exact = [v for v in fitting if v.values.keys() >= slot.values.keys()]
    # Of several with the same values it is the one that was used last.
    variable = max(exact or fitting, key=lambda v: max(v.columns, default=-1), default=None)
    if variable is None:
        if len(general.variables) >= MOST_PARAMETERS:
            return None
        variable = Variable(dict(slot.values), is_core=slot.key in cores)
        general.variables.append(variable)
    for member, value in slot.values.items():
        variable.values.setdefault(member, value)
    variable.columns.append(i)
    action = next(iter(column.values()))
    before, after = (_fixed(part) for part in (pattern[:k], pattern[k + 1 :]))
    variable.uses.append(Use(action.operation, before, after, action.plain))
    near = [pattern[i] for i in (k - 2, k + 2) if 0 <= i < len(pattern) and _is_sign(pattern[(i + k) // 2])]
    variable.beside.update(text for part in near if isinstance(part, Slot) for text in part.values.values())
    return variable


def _is_sign(part: str | Slot) -> bool:
    return isinstance(part, str) and not any(map(str.isalnum, part))


def _fixed(pattern: Sequence[str | Slot]) -> str:
    """The fixed text of a part of a pattern; a sign stands for each slot, so that what is beside it is not beside another."""
    return "".join(part if isinstance(part, str) else SLOT for part in pattern)


def _named(general: Generalised) -> list[Variable]:
    """Names, origins and descriptions: first of what the tasks name, of which the others speak. Returned is what is no parameter:
    what each run made up."""
    made_up: list[Variable] = []
    answers = {m: answer_of(member) for m, member in enumerate(general.members)}
    for variable in general.variables:
        variable.origin = "choice" if variable.options else _origin(general, variable)
        if len(set(answers.values())) > 1 and variable.values == answers:
            variable.origin, variable.description = "own", FOUND_OUT
    for variable in sorted(general.variables, key=lambda v: (v.origin != "task", bool(v.options))):
        if variable.options:
            describe_choice(general, variable)
            continue
        if variable.origin != "task" and (thing := _shown_there(general, variable)):
            variable.origin = "shown"
            variable.description = f"{WHERE}{thing} is"
            variable.description += _AGAIN * any(
                variable.description == v.description for v in general.variables if v is not variable
            )
        elif variable.origin == "shown" and (step := _shown_by(general, variable)) >= 0:
            variable.description = f"step {step + 1} shows it"
        elif variable.origin == "own" and variable.description != FOUND_OUT and _is_made_up(general, variable):
            made_up.append(variable)
            continue
        name = "answer" if variable.description == FOUND_OUT else name_of(usage_of(general, variable))
        variable.name = free_name(name, variable.origin, general.taken())
    general.variables[:] = [variable for variable in general.variables if variable not in made_up]
    return made_up


def _is_made_up(general: Generalised, variable: Variable) -> bool:
    """Whether each run made a value up: one step takes it, and it is a text, most had the same, or it is a
    number that no task and no observation has."""
    if len(set(variable.columns)) > 1:
        return False
    values = list(variable.values.values())
    usual = 2 * max(map(values.count, values)) > len(values)
    if usual or _is_free(variable.values):
        return True
    return all(map(str.isdigit, values)) and not any(
        names(squashed(text), value)
        for m, value in variable.values.items()
        for text in (general.members[m].task, *(act.step.observation for act in general.members[m].run.acts))
    )


def usage_of(general: Generalised, variable: Variable) -> Usage:
    """A variable as its name is sought."""
    values = [(general.members[m], value) for m, value in variable.values.items()]
    others = variable.beside.union(*(v.values.values() for v in general.variables if v is not variable))
    return Usage(values, variable.uses, variable.origin, others, variable.description.startswith(WHERE))


def _origin(general: Generalised, variable: Variable) -> str:
    said = sum(_has(general.members[m], value, variable.is_core) for m, value in variable.values.items())
    if said > MOSTLY * len(variable.values) or said == len(variable.values):
        return "task"
    places = [
        general.members[m].shown_before(value, general.columns[variable.columns[0]][m].place)
        for m, value in variable.values.items()
        if m in general.columns[variable.columns[0]]
    ]
    return "shown" if places and all(place >= 0 for place in places) else "own"


def _has(member: Member, value: str, is_core: bool) -> bool:
    """Whether a task has a value, or one that stands in several names as a part of a name."""
    return member.says(value) or (
        is_core and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", member.task, re.I) is not None
    )


def _shown_there(general: Generalised, variable: Variable) -> str:
    """The thing that is found where a variable says: in most runs a step with it shows the thing, and one of the next steps
    acts on that; empty where there is none."""
    first = variable.columns[0]
    for later in range(first + 1, min(first + 1 + NEXT, len(general.columns))):
        there = [column for column in general.columns[first:later] if _mention(column, variable)]
        for other in general.variables:
            acted_on = other.origin == "task" and later in other.columns and first not in other.columns
            if acted_on and _is_shown(there, other.values):
                return f"{{{other.name}}}"
        for noun in sorted(_fixed_nouns(general.columns[later]) - _fixed_nouns(general.columns[first])):
            if _is_shown(there, dict.fromkeys(range(len(general.members)), noun)):
                return noun
    return ""


def _mention(column: Column, variable: Variable) -> bool:
    """Whether all steps of a column act on their run's value of a variable."""
    return all(m in variable.values and names(squashed(a.text), variable.values[m]) for m, a in column.items())


def _is_shown(columns: Sequence[Column], values: Mapping[int, str]) -> bool:
    """Whether in most runs one of these steps shows the run's value."""
    runs = {m for column in columns for m in column}
    shown = {
        m for column in columns for m, action in column.items()
        if m in values and names(squashed(action.observation), values[m])
    }  # fmt: skip
    return len(shown) > MOSTLY * len(runs)


def _fixed_nouns(column: Column) -> set[str]:
    """The nouns of instances that all steps of a column name."""
    return in_all([noun for noun, number in map(noun_and_number, action.atoms) if number] for action in column.values())


def _shown_by(general: Generalised, variable: Variable) -> int:
    """The column whose step shows a value first, in every run; -1 where that is no one step."""
    columns: set[int] = set()
    for m, value in variable.values.items():
        action = general.columns[variable.columns[0]].get(m)
        place = general.members[m].shown_before(value, action.place) if action else -1
        if action:
            columns.add(next((i for i, c in enumerate(general.columns) if m in c and c[m].place == place), -1))
    return columns.pop() if len(columns) == 1 else -1
