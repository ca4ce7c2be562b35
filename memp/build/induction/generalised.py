"""A family in general terms: its columns as texts with {placeholders}, and the variables that these stand for."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from memp.build.induction.alignment import Column
from memp.build.induction.naming.names import Use
from memp.build.induction.unification import Slot
from memp.build.reading.members import Member
from memp.build.reading.mentions import spaced_in
from memp.text import templates
from memp.text.secrets.marks import MARK
from memp.text.templates import PLACEHOLDER
from memp.text.vocabulary import QUOTES

WorkT = TypeVar("WorkT")

LEAST_MANY = 6
"""Runs from which on chance can be counted, and is: what only one or two of them did is mostly their habit, and in what they
saw something is always theirs alone."""

MOST_PARAMETERS = 16
"""Parameters of a script; what differs beyond them is told as the first run had it."""

ALMOST_ALL = 0.8
"""Of `LEAST_MANY` runs or more, the share in which two places must have the same value for it to be one parameter."""

_NUMBER_OF_INSTANCE = re.compile(r"(\{\w+\}) \d{1,3}(?![\w/:-]|\.\w)")
"""The number of an instance whose noun is a parameter: it differs from run to run."""


@dataclass
class Variable:
    """A parameter: its value in each run, the steps that take it, and where it comes from; `beside` are other values in the same
    phrase; `is_core`: it stands in several names."""

    values: dict[int, str]
    uses: list[Use] = field(default_factory=list[Use])
    columns: list[int] = field(default_factory=list[int])
    beside: set[str] = field(default_factory=set[str])
    is_core: bool = False
    name: str = ""
    description: str = ""
    origin: str = "own"
    options: tuple["Variable", ...] = ()
    """Those that a choice is one of; one that is the same in all runs has no name."""

    @property
    def text(self) -> str:
        """How a step says it."""
        return f"{{{self.name}}}" if self.name else next(iter(self.values.values()))

    def agrees(self, slot: Slot) -> bool:
        """Whether a slot has the same value in every run that both know, letter case aside, and there is one; among many runs
        in all but few, as some runs do odd things."""
        common = self.values.keys() & slot.values.keys()
        same = sum(self.values[m].casefold() == slot.values[m].casefold() for m in common)
        needed = ALMOST_ALL * len(common) if len(common) >= LEAST_MANY else len(common)
        return bool(common) and same >= needed


@dataclass
class Generalised:
    """The columns of a family as texts with {placeholders}, and its variables in the order of their first use."""

    members: Sequence[Member]
    columns: Sequence[Column]
    texts: list[str] = field(default_factory=list[str])
    variables: list[Variable] = field(default_factory=list[Variable])
    names: frozenset[str] = frozenset()
    """Names of several parts in which steps of several runs take a value, as "{table}_tmp"."""

    def once(self, work: Callable[["Generalised"], WorkT]) -> WorkT:
        """The result of a piece of work on the family, which is done once: nothing of the family may change after that."""
        if work not in self._done:
            self._done[work] = work(self)
        return cast(WorkT, self._done[work])

    @cached_property
    def _done(self) -> dict[object, object]:
        return {}

    def values(self, member: int) -> dict[str, str]:
        """Name to value in one run; what a run found out to be its choice is no other run's."""
        return {v.name: v.values[member] for v in self.variables if member in v.values and not v.options}

    def substitute(self, text: str, member: int, *, of_task: bool = False, near: int = 0) -> str:
        """A text of one run with its values replaced by {placeholders}; `of_task`: only by those that come from tasks. Of two
        with the same value it is the one that is used nearest to the column `near`."""
        known = [v for v in self.variables if v.values.get(member) and (v.origin == "task" or not of_task)]
        known = [v for v in known if not v.options]
        if of_task:
            names = {v.values[member].casefold(): v.name for v in _nearest_last(known, near)}
            names |= {self.members[member].spelling(value).casefold(): name for value, name in names.items()}
            return replaced(text, names, plural=True)
        said = text.casefold()
        here = _nearest_last([v for v in known if v.values[member].casefold() in said], near)
        text = self._with_names(text, member)
        text = replaced(text, {v.values[member].casefold(): v.name for v in here})
        inside = [v for v in here if v.is_core or _has_parts(v)]
        text = replaced(text, {v.values[member].casefold(): v.name for v in inside}, inside=True)
        for variable in here:
            text = _in_names(text, variable, variable.values[member])
            text = _in_paths(text, variable, variable.values[member])
        if len(self.members) == 1:
            return text
        instances = {v.name for v in known if v.values[member].split(" ")[-1].casefold() in self._counted}
        return _NUMBER_OF_INSTANCE.sub(lambda match: match[1] if match[1][1:-1] in instances else match[0], text)

    def _with_names(self, text: str, member: int) -> str:
        """A text of one run with those of its names in general terms that are made of a value and something else."""
        for own, name in self._own_names[member] if self.names else ():
            if own.casefold() in text.casefold():
                text = re.sub(rf"{_KEPT}|{_either([own], text)}", _put(name), text, flags=re.IGNORECASE)
        return text

    @cached_property
    def _own_names(self) -> Sequence[Sequence[tuple[str, str]]]:
        """The names of several parts as each run has them, the longest first; they are known last of all."""
        every = [self.values(m) for m in range(len(self.members))]
        names = sorted(self.names, key=len, reverse=True)
        return [
            [
                (templates.substitute(name, lambda part, values=values: values[part]), name)
                for name in names
                if all(part in values for part in templates.names(name))
            ]
            for values in every
        ]

    def taken(self) -> dict[str, str]:
        """The names that are taken, each with the origin of its parameter: also what a run itself has in braces, as in
        "${tag}", which stays as it is."""
        return dict.fromkeys(self._braced, "own") | {v.name: v.origin for v in self.variables if v.name}

    @cached_property
    def _braced(self) -> Sequence[str]:
        return [
            name
            for member in self.members
            for text in (
                member.task,
                *(f"{a.step.action} {a.step.observation}" for a in member.run.acts),
                *(a.text for a in member.actions),
            )
            for name in templates.names(text)
        ]

    @cached_property
    def _counted(self) -> Set[str]:
        """The nouns that name instances by number in one of the runs."""
        return frozenset[str]().union(*(member.run.counted for member in self.members))


def _nearest_last(variables: list[Variable], near: int) -> list[Variable]:
    """Variables in the order in which they are put in a text: of two with the same value the one that is used nearest to a column
    comes last, and is the one that is named."""
    if len(variables) > 1:
        variables.sort(key=lambda v: -min((abs(i - near) for i in v.columns), default=0))
    return variables


def _put(name: str) -> Callable[[re.Match[str]], str]:
    """A replacement by a name; a placeholder stays."""
    return lambda match: name if match[1] else match[0]


LEAST_TELLING = 5
"""Letters of a value of several parts from which on it means the same wherever it stands: "orders-copy", not "v1"."""

_PART_OF_NAME = re.compile(r"[^\W\d_]+[/=:@.-]\Z")

_SEVERAL_PARTS = re.compile(r"[^\W\d]\w*(?:[-_]\w+)+")


def _in_names(text: str, variable: Variable, value: str) -> str:
    """A text with a value as a parameter also in names that other steps take with it: "stacks/{stack}"."""
    if value not in text:
        return text
    ending = (use for use in variable.uses if use.after[:1] in ("", " ", *QUOTES))
    leads = {match[0] for use in ending if (match := _PART_OF_NAME.search(use.before))}
    for lead in sorted(leads):
        text = re.sub(
            rf"(?<!\w){re.escape(lead + value)}(?!\w)", lambda _, lead=lead: f"{lead}{{{variable.name}}}", text
        )
    return text


LEAST_FOLDER = 3
"""Letters of a value of the task from which on a part of a path that is just this is named after it: "bob" in "/srv/bob"."""


def _in_paths(text: str, variable: Variable, value: str) -> str:
    """A text with a value of the task as a parameter where it is a whole part of a path: "/srv/{user}"."""
    if variable.origin != "task" or len(value) < LEAST_FOLDER or f"/{value}" not in text:
        return text
    return re.sub(rf"(?<=/){re.escape(value)}(?![\w.-])", lambda _: f"{{{variable.name}}}", text)


def _has_parts(variable: Variable) -> bool:
    """Whether a value of the task means the same within any name, as it has several parts itself: "orders-copy.example.com"."""
    return variable.origin == "task" and all(
        len(value) >= LEAST_TELLING and _SEVERAL_PARTS.fullmatch(value) for value in variable.values.values()
    )


def replaced(text: str, names: Mapping[str, str], *, plural: bool = False, inside: bool = False) -> str:
    """`text` with {placeholders} for values, whole words and the longest first; of "mugs" only "mug" with `plural`, and with
    `inside` also the parts of a name between signs."""
    said = text.casefold()
    # Most texts say few of the values: a pattern of the others takes long to compile.
    names = {value: name for value, name in names.items() if value in said}
    if not names:
        return text
    either = rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)" if inside else _either(names, text, plural=plural)
    pattern = re.compile(rf"{_KEPT}|{either}", re.IGNORECASE)

    def named(match: re.Match[str]) -> str:
        name = names.get((match[1] or "").casefold())
        return f"{{{name}}}" if name else match[0]

    return pattern.sub(named, text)


_KEPT = f"(?-i:{PLACEHOLDER}|{MARK})"
"""A placeholder and the mark of a secret, which stay: a placeholder has letters of both cases already, and `re` would take long
to find that out."""


def _either(values: Iterable[str], text: str, *, plural: bool = False) -> str:
    """A pattern for any of the values in a text, as whole words: "src" is not a part of "src/dates.py"."""
    options = [
        ("" if "/" in value or "." in value else r"(?<!\w[./-])") + re.escape(value)
        for value in sorted(values, key=lambda value: (-len(value), value))
    ]
    spaced = spaced_in(text)
    after = rf"(?!{spaced}|[/.-]\w)"
    return f"(?<!{spaced})({'|'.join(options)})" + (f"(?=(?:e?s)?{after})" if plural else after)
