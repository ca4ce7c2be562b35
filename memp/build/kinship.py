"""Kinship of runs: whether a run is for the same kind of task as those of a family that it is aligned with.

Most of what they do has to correspond, and nothing that only some do may be what their tasks ask for: "heat some apple" is no
case of "put some apple in the fridge", however alike the steps are.
"""

from collections.abc import Sequence

from memp.build.extractive.steps import is_cut_off
from memp.build.induction.alignment import Column
from memp.build.induction.branching.branches import branches_of
from memp.build.induction.branching.timelines import Timelines
from memp.build.induction.completeness import is_act
from memp.build.induction.generalised import Generalised, Variable
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import is_only_ordered
from memp.text import templates
from memp.text.entities import IDENTIFYING, shape_of
from memp.text.keywords import terms
from memp.text.tasks.gist import gist
from memp.text.tasks.verbs import agreement, asked

LEAST_SHARED = 0.6
"""The share of acts that must correspond: of a new run's or of those that most exemplars have, whichever are fewer."""

LEAST_OF_ALL = 0.35
"""The same share of whichever are more: most of a run must not be something else."""

LEAST_UNLIKE = 0.8
LEAST_SAME = 3
"""The share for a task in quite other words, where so many or more runs of the family have a task that reads the same."""

LEAST_THINGS = 0.5
"""The share of the things that shared steps act on which must be the same, or what the tasks name, in one kind of task."""

LEAST_USED = 0.4
"""The same for a run that says that it followed the procedure."""

MOST_UNEXPLAINED = 0.3
"""The share of the acts that only some runs have, and that no observation explains, where the runs have less in common."""

LEAST_DISTINCT = 4
LEAST_WORDS = 8
"""Different operations, or words, of steps that all have in the same order: so many are no coincidence, whatever else the
runs do."""

ALIKE = 0.5
"""The share of their words (Jaccard index) from which on two tasks read alike."""


def may_share(exemplars: Sequence[Member], new: Member) -> bool:
    """Whether a run does about what the first exemplar does: cheaper than to align them."""
    ours, theirs = operations_of(exemplars[0]), operations_of(new)
    return 2 * len(ours & theirs) >= min(len(ours), len(theirs))


def operations_of(member: Member) -> set[str]:
    """The operations of the steps that do something; of all of them where none does."""
    return {action.operation for action in _acts(member.actions)}


def shared_of(members: Sequence[Member], columns: Sequence[Column], *, alike: bool = False) -> float:
    """The share of acts of the last run and the others that correspond, but for those that mended an error. `alike`: it has the
    very task of one of them."""
    usual = [column for column in columns if not _is_fix(members, column)]
    return _shared(usual, len(members) - 1, alike=alike)


def is_kin(general: Generalised, shared: float, *, used: bool, alike: bool) -> bool:
    """Whether the last run is for the same kind of task as the others, with which it shares that part of its acts.

    Args:
        used: the run says that it followed their procedure.
        alike: it has the very task of one of them.
    """
    if _is_for_another_verb(general) or not _is_one_task(general):
        return False
    if used:
        return True
    if shared < LEAST_UNLIKE and _is_unlike(general):
        return False
    return alike or not _is_coincidence(general)


def _is_fix(members: Sequence[Member], column: Column) -> bool:
    """Whether a step mended an error of the runs that have it, or is the one that failed, done again: another run may not have
    met it."""
    return all(members[m].mends(action) for m, action in column.items())


def _acts(actions: Sequence[Action]) -> list[Action]:
    """The steps that do something; all of them where none does."""
    needed = [action for action in actions if action.needed]
    return [action for action in needed if action.kind in ("act", "effect")] or needed


def _shared(columns: Sequence[Column], new: int, *, alike: bool = False) -> float:
    """The share of acts that correspond: of the new run's, or of those that most exemplars have, whichever are fewer; 0 where
    most of the others have none that does. Where their task is the same (`alike`), readings count as well, and one of the runs
    may have ended early."""
    acts = [column for column in columns if is_act(column)] or list(columns)
    by_acts = _share(acts, new, LEAST_OF_ALL)
    return max(by_acts, _share(columns, new, 0.0)) if alike else by_acts


def _share(acts: Sequence[Column], new: int, least: float) -> float:
    usual = [column for column in acts if 2 * len(column.keys() - {new}) >= new]
    own = [column for column in acts if new in column]
    both = sum(new in column for column in usual)
    fewer, more = sorted((len(usual), len(own)))
    return both / max(fewer, 1) if both >= least * more else 0.0


def _is_one_task(general: Generalised) -> bool:
    """Whether what only some runs do is not what their tasks ask for."""
    acts = [i for i, c in enumerate(general.columns) if is_act(c) and not _is_fix(general.members, c)]
    partial = [i for i in acts if len(general.columns[i]) < len(general.members) and not is_cut_off(general, i)]
    if not partial:
        return True
    tasks = _task_words(general)
    if all(words == tasks[0] for words in tasks):
        return True
    if any(_is_asked_for(general, i, tasks) for i in partial):
        return False
    if any(_is_told_by_a_word(general, i, tasks) for i in partial):
        return False
    shared = [i for i in acts if i not in partial]
    if _common_things(general, shared) < LEAST_THINGS:
        return False
    if _is_distinct(general, shared):
        return True
    branches = branches_of(general.once(Timelines), partial)
    unexplained = sum(not b.covered or not all(c.speaks or c.gone for c in b.conditions) for b in branches)
    return unexplained <= MOST_UNEXPLAINED * len(acts)


def _task_words(general: Generalised) -> list[set[str]]:
    """The words of each task without the values in it."""
    return [
        set(terms(templates.without_braces(general.substitute(member.task, m, of_task=True))))
        for m, member in enumerate(general.members)
    ]


def _common_things(general: Generalised, shared: Sequence[int]) -> float:
    """The share of what the steps that all have act on which is the same in all, or what their tasks name or where that was
    found. Runs that only do the same to other things each are not of one kind: everybody opens and moves something."""
    known = {v.name for v in general.variables if _is_known(v)}
    same = total = 0
    for i in shared:
        operation = _words(next(iter(general.columns[i].values())).operation)
        names = templates.names(general.texts[i])
        fixed = len(set(terms(templates.without_braces(general.texts[i]))) - operation)
        same += fixed + sum(name in known for name in names)
        total += fixed + len(names)
    return same / total if total else 1.0


def _is_known(variable: Variable) -> bool:
    """Whether a parameter's values are no matter of chance: tasks name them, or they are identifiers that were shown, or where
    what the task names was found."""
    shown = variable.origin == "shown"
    particular = shown and all(shape_of(value) in IDENTIFYING for value in variable.values.values())
    return variable.origin in ("task", "choice") or particular or (shown and variable.description.startswith("where "))


def _is_distinct(general: Generalised, columns: Sequence[int]) -> bool:
    """Whether steps have so many different operations or words that it is no coincidence that all runs have them."""
    operations = {next(iter(general.columns[i].values())).operation for i in columns}
    words = {word for i in columns for word in terms(templates.without_braces(general.texts[i]))}
    return len(operations) >= LEAST_DISTINCT or len(words) >= LEAST_WORDS


def _is_coincidence(general: Generalised) -> bool:
    """Whether a run has nothing in common with the others but a few steps that could be anybody's, "read, edit, run the
    tests": its task has no word of theirs, and no step takes what a task names."""
    *others, last = [set(terms(member.task)) for member in general.members]
    if any(variable.origin == "task" for variable in general.variables) or any(last & other for other in others):
        return False
    shared = [i for i, column in enumerate(general.columns) if len(column) == len(general.members)]
    return not _is_distinct(general, shared)


def _is_unlike(general: Generalised) -> bool:
    """Whether the last task is in quite other words than those of the others, which all read the same."""
    *others, last = _task_words(general)
    same = len(others) >= LEAST_SAME and all(other == others[0] for other in others)
    return same and len(last & others[0]) < ALIKE * len(last | others[0])


def _is_for_another_verb(general: Generalised) -> bool:
    """Whether no run's task has a verb that asks for what the last one does, and it reads like another but for its verb, or asks
    for the opposite of all: who was told to revoke something, and granted it, did another thing, whatever its outcome."""
    *others, last = [general.substitute(m.task, i, of_task=True) for i, m in enumerate(general.members)]
    agreements = [(other, agreement(asked(gist(other)), asked(gist(last)))) for other in others]
    if any(agreed.same == 1 for _, agreed in agreements):
        return False
    *ours, theirs = _task_words(general)
    if all(agreed.opposite for _, agreed in agreements):
        return any(len(words & theirs) >= ALIKE * min(len(words), len(theirs)) > 0 for words in ours)
    return any((agreed.opposite or agreed.other) and _is_one_word(other, last) for other, agreed in agreements)


def _is_one_word(one: str, other: str) -> bool:
    """Whether two tasks differ in one word."""
    ours, theirs = one.casefold().split(), other.casefold().split()
    return len(ours) == len(theirs) and sum(a != b for a, b in zip(ours, theirs, strict=True)) == 1


def _is_told_by_a_word(general: Generalised, i: int, tasks: Sequence[set[str]]) -> bool:
    """Whether the tasks of the runs with a step, and of those without, read alike but for some words: then it is these words
    that ask for it. Tasks in quite different words say nothing of the kind, nor where the same task is on both sides; nor words
    that each run has its own of, as "spring" and "autumn", where the step acts on what all runs act on; nor another verb for the
    same, as "put" and "move", where a run without the step does nothing else instead."""
    column = general.columns[i]
    if _acts_on_the_same(general, i) and not _recurs(column, tasks):
        return False
    others = [m for m in range(len(tasks)) if m not in column]
    if any(tasks[m] == tasks[n] for m in column for n in others):
        return False
    instead = {m for other in general.columns if is_act(other) and other.keys().isdisjoint(column) for m in other}
    return any(
        len(tasks[m] & tasks[n]) >= ALIKE * len(tasks[m] | tasks[n])
        and (n in instead or _telling(general, m, tasks) - tasks[n])
        for m in column
        for n in others
    )


def _telling(general: Generalised, m: int, tasks: Sequence[set[str]]) -> set[str]:
    """The words of a task that may ask for one more step: neither its order itself nor a number."""
    task = general.members[m].task
    return {word for word in tasks[m] if not any(map(str.isdigit, word)) and not is_only_ordered(task, word)}


def _acts_on_the_same(general: Generalised, i: int) -> bool:
    """Whether a step only does one more thing to what steps that all runs have act on."""
    known = general.once(_things_of_all)
    return all((own := _things(general, {m: a})) and own <= known for m, a in general.columns[i].items())


def _things_of_all(general: Generalised) -> frozenset[str]:
    """The things that steps which all runs have act on."""
    shared = [column for column in general.columns if len(column) == len(general.members)]
    return frozenset[str]().union(*(_things(general, column) for column in shared))


def _things(general: Generalised, column: Column) -> frozenset[str]:
    """The content of steps besides what they do."""
    return frozenset(
        word
        for m, action in column.items()
        for i, atom in enumerate(action.atoms)
        if not general.members[m].is_operation(action, i)
        for word in set(terms(atom)) - _words(action.operation)
    )


def _recurs(column: Column, tasks: Sequence[set[str]]) -> bool:
    """Whether a word stands in several tasks of the runs with a step, or of those without, and in none of the others."""
    ours = [tasks[m] for m in column]
    theirs = [tasks[m] for m in range(len(tasks)) if m not in column]
    return any(
        sum(word in task for task in one) > 1 and not any(word in task for task in other)
        for one, other in ((ours, theirs), (theirs, ours))
        for word in set[str]().union(*one)
    )


def _is_asked_for(general: Generalised, i: int, tasks: Sequence[set[str]]) -> bool:
    """Whether the tasks of the runs with a step speak of its operation, and no other run's does; no other run has it anywhere,
    nor is it a word that what all do has as well."""
    column = general.columns[i]
    operation = next(iter(column.values())).operation
    others = [m for m in range(len(tasks)) if m not in column]
    theirs = [{action.operation for action in general.members[m].actions} for m in others]
    if any(operation in operations for operations in theirs):
        return False
    words = _words(operation).difference(*(_words(" ".join(operations)) for operations in theirs))
    return any(all(word in tasks[m] for m in column) and not any(word in tasks[m] for m in others) for word in words)


def _words(operation: str) -> set[str]:
    return set(terms(operation.replace("_", " ").replace("-", " ")))
