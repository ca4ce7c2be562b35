"""Choices: the one of several like things that a task names, with which a run ends after it found out which.

"If it conducts, put it in the red box, else in the blue box": a run acts on one of two things that its task names in like
words, or in a list, and another run may have to act on the other. Such a value is no parameter that the task fills in, and
none run's answer is the rule. Only the last step that changes something is looked at: what an earlier one took decides
nothing more.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from memp.build.induction.generalised import Generalised, Variable, replaced
from memp.build.induction.naming.names import free_name, use_of
from memp.build.induction.values import LEAST_EVIDENCE
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import squashed
from memp.text.vocabulary import AND_OR, DETERMINERS, OR, STOP

BEFORE, AFTER = 2, 1
"""Words before and after two things that must be the same for a task to name them in like words: "in the red box"."""

MOST_WORDS = 3
"""Words of a thing."""

TO_DECIDE = "which of them is to be found out in this run"

_TOKEN = re.compile(r"[\w'’/-]+(?:[.:@][\w'’/-]+)*|[^\w\s]")


class Choice(NamedTuple):
    """In each run the thing that the last step took, and the things that the task names, in the order of the task."""

    taken: Mapping[int, str]
    options: Sequence[Mapping[int, str]]

    def of(self, option: int) -> list[int]:
        """The runs that took an option."""
        return [m for m, value in self.taken.items() if self.options[option][m] == value]


def choice_of(members: Sequence[Member], column: Mapping[int, Action]) -> Choice | None:
    """The choice that a step is; None where it is none, or not in all runs."""
    if len(column) < len(members) or any(members[m].last_act is not action for m, action in column.items()):
        return None
    pairs: dict[int, tuple[str, tuple[str, ...]]] = {}
    for m, action in column.items():
        pair = next(_alternatives(members[m], action), None)
        if pair is None or (pairs and len(pair[1]) != len(next(iter(pairs.values()))[1])):
            return None
        pairs[m] = pair
    options = [{m: named[k] for m, (_, named) in pairs.items()} for k in range(len(pairs[0][1]))]
    return Choice({m: taken for m, (taken, _) in pairs.items()}, options)


def _alternatives(member: Member, action: Action) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each thing of a step that the task names beside others, in like words or in a list, on which the run did not act, with all
    of them."""
    task = member.task_text.split()
    text = squashed(action.text)
    done = frozenset(action.operation.split())
    others = " ".join(squashed(other.text) for other in member.actions if other.operation == action.operation)
    for named in _lists(member.task):
        taken = [name for name in named if f" {name} " in text and done.isdisjoint(name.split())]
        if len(taken) == 1 and not any(f" {name} " in f" {others} " for name in named if name != taken[0]):
            yield taken[0], named
    for size in range(1, MOST_WORDS + 1):
        alike = _named_alike(task, size)
        for i in range(BEFORE, len(task) - size - AFTER + 1):
            named = alike[_frame(task, i, size)]
            thing = " ".join(task[i : i + size])
            if len(named) < 2 or f" {thing} {task[i + size]} " not in text:
                continue
            if not any(f" {name} " in f" {others} " for name in named if name != thing):
                yield thing, named


def _named_alike(task: Sequence[str], size: int) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For the words around each thing of a task all things that stand between such words."""
    things: dict[tuple[str, ...], dict[str, None]] = {}
    for i in range(BEFORE, len(task) - size - AFTER + 1):
        things.setdefault(_frame(task, i, size), {})[" ".join(task[i : i + size])] = None
    return {frame: tuple(names) for frame, names in things.items()}


def _lists(task: str) -> Iterator[tuple[str, ...]]:
    """The lists of a task, each of things of equally many words: "pump A, pump B or pump C"; two things need an "or". Those of
    more words come first: in "red box or blue box" nobody chooses between a box and blue."""
    words = [word.casefold() for word in _TOKEN.findall(task) if word not in DETERMINERS]
    for size in range(MOST_WORDS, 0, -1):
        start = 0
        while start < len(words):
            named, end = _list_at(words, start, size)
            if named:
                yield named
            start = max(end, start + 1)


def _list_at(words: Sequence[str], start: int, size: int) -> tuple[tuple[str, ...], int]:
    """The list of things that begins at a word, and where it ends; no things where none begins there."""
    named, commas, end = [words[start : start + size]], 0, start + size
    last = ""
    while not last and end < len(words):
        comma = words[end] == ","
        after = end + comma
        joined = after < len(words) and _joins(words[after], listed=comma or commas > 0)
        if not (comma or joined):
            break
        named.append(words[after + joined : after + joined + size])
        commas, end, last = commas + comma, after + joined + size, words[after] if joined else ""
    names = tuple(dict.fromkeys(" ".join(name) for name in named))
    whole = all(len(name) == size and all(map(_is_of_thing, name)) for name in named)
    enough = len(names) == len(named) > (1 if last in OR else 2)
    return (names, end) if whole and enough else ((), start)


def _joins(word: str, *, listed: bool) -> bool:
    return word in (AND_OR if listed else OR)


def _is_of_thing(word: str) -> bool:
    return word[0].isalnum() and (len(word) == 1 or word not in STOP)


def _frame(task: Sequence[str], start: int, size: int) -> tuple[str, ...]:
    end = start + size
    return (*task[start - BEFORE : start], *task[end : end + AFTER])


# In general terms


def add_choice(general: Generalised, choice: Choice, i: int) -> None:
    """The parameters of a choice: the things that the tasks name, and the one that is to be found out."""
    action = next(iter(general.columns[i].values()))
    use = use_of(action, choice.taken[min(general.columns[i])])
    options = [Variable(dict(values), [use], [i]) for values in choice.options]
    taken = Variable(dict(choice.taken), [use], [i], options=tuple(options))
    general.variables += [*(option for option in options if not _is_constant(general, option)), taken]


def _is_constant(general: Generalised, option: Variable) -> bool:
    """Whether the tasks of all runs name the same thing to choose, and are enough for that to be no chance."""
    several = len(general.members) >= LEAST_EVIDENCE and len({member.task for member in general.members}) > 1
    return several and len({value.casefold() for value in option.values.values()}) == 1


def mark_choices(general: Generalised) -> None:
    """Mark a value that only the last step of each run takes, and that is in every run one of two others, now this, now that:
    that it is one of them is what the runs have in common."""
    for variable in general.variables:
        ends = [
            i for i in variable.columns
            if len(general.columns[i]) == len(general.members)
            and all(general.members[m].last_act is action for m, action in general.columns[i].items())
        ]  # fmt: skip
        if variable.options or ends != variable.columns:
            continue
        others = [v for v in general.variables if v is not variable and v.values.keys() >= variable.values.keys()]
        for one, other in combinations(others, 2):
            if _is_either(variable, one, other):
                variable.options = (one, other)
                break


def _is_either(variable: Variable, one: Variable, other: Variable) -> bool:
    """Whether a value is in every run that of one of two other parameters, and in some that of each."""
    which = [
        (value.casefold() == one.values[m].casefold(), value.casefold() == other.values[m].casefold())
        for m, value in variable.values.items()
    ]
    return all(a != b for a, b in which) and len(set(which)) > 1


def chosen_text(general: Generalised, i: int) -> str:
    """The text of a step that takes a choice; empty where it takes none."""
    variable = next((v for v in general.variables if v.options and i in v.columns), None)
    if variable is None:
        return ""
    member, action = next(iter(general.columns[i].items()))
    text = replaced(action.text, {variable.values[member].casefold(): variable.name})
    return general.substitute(text, member, near=i)


def describe_choice(general: Generalised, variable: Variable) -> None:
    """Name the parameter of a choice, and say between what it is."""
    variable.origin = "choice"
    variable.name = free_name("choice", "choice", general.taken())
    variable.description = f"{' or '.join(option.text for option in variable.options)}: {TO_DECIDE}"
