"""A fact base, and query evaluation: all variable bindings for which a PDDL condition holds.

A condition is compiled once per game to nested loop joins over indexed facts: the smallest set of candidates outermost,
each test as soon as its variables are bound. So one state's possible actions take microseconds, not a scan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from memp.errors import InputError
from memp.evaluate.environments.textworld.pddl import And, Atom, Exists, Forall, Formula, Not, Or, Variable

Row: TypeAlias = tuple[str, ...]
Rows: TypeAlias = dict[Row, None]
"""An ordered set: what depends on the order of facts is the same in every run."""

_NONE: Rows = {}


class Facts:
    """A set of facts, indexed by every argument, that can be set back to what it was at first.

    A fact that an action made false is kept as the fact "not_" + its predicate: TextWorld's grammars ask for those.
    (So "not_x" means that x was made false, not only that it is absent.)
    """

    def __init__(self, atoms: Iterable[Atom]) -> None:
        self._initial = tuple(dict.fromkeys(atoms))
        self._rows: dict[str, Rows] = {}
        self._index: dict[tuple[str, int], dict[str, Rows]] = {}
        self._changed = True
        self.reset()

    def reset(self) -> None:
        """Set the facts back to what they were at first."""
        if not self._changed:
            return
        self._changed = False
        for rows in self._rows.values():
            rows.clear()
        for index in self._index.values():
            index.clear()
        for predicate, row in self._initial:
            self._add(predicate, row)

    def add(self, atom: Atom) -> None:
        """Make a fact true."""
        self._changed = True
        self._add(*atom)
        self._discard("not_" + atom.predicate, atom.args)

    def discard(self, atom: Atom) -> None:
        """Make a fact false, and keep that it was made so."""
        self._changed = True
        self._discard(*atom)
        self._add("not_" + atom.predicate, atom.args)

    def rows(self, predicate: str) -> Rows:
        """The arguments of all facts with this predicate. Always the same object: do not change it."""
        return self._rows.setdefault(predicate, {})

    def index(self, predicate: str, position: int) -> dict[str, Rows]:
        """`rows` by their argument at a position. Always the same object: do not change it."""
        return self._index.setdefault((predicate, position), {})

    def arguments(self) -> set[str]:
        """Every object that some fact is about."""
        return {arg for rows in self._rows.values() for row in rows for arg in row}

    def _add(self, predicate: str, row: Row) -> None:
        self.rows(predicate)[row] = None
        for position, value in enumerate(row):
            self.index(predicate, position).setdefault(value, {})[row] = None

    def _discard(self, predicate: str, row: Row) -> None:
        rows = self.rows(predicate)
        if row in rows:
            del rows[row]
            for position, value in enumerate(row):
                del self.index(predicate, position)[value][row]


Slots: TypeAlias = list[str]
"""The values of all variables of a search; each has its own place."""

_Run: TypeAlias = Callable[[Slots, list[Row]], bool]
"""One loop with those inside it: it adds rows to the list; True stops the search."""

_Test: TypeAlias = Callable[[Slots], bool]


class Term(NamedTuple):
    """A variable's slot, or, where `slot` is negative, a constant."""

    slot: int
    value: str = ""


class _Pattern(NamedTuple):
    predicate: str
    terms: tuple[Term, ...]

    def slots(self) -> set[int]:
        return {term.slot for term in self.terms if term.slot >= 0}


class _Scope(NamedTuple):
    """The slot of each variable that is visible at one place of a formula."""

    slots: Mapping[str, int]

    def term(self, word: str) -> Term:
        if word in self.slots:
            return Term(self.slots[word])
        if word.startswith("?"):
            raise InputError(f"PDDL: the variable '{word}' is used where it is not declared.")
        return Term(-1, word)


class _Branch(NamedTuple):
    """One way to satisfy a condition: all patterns match, all tests hold, and every slot has a value of its type."""

    patterns: tuple[_Pattern, ...] = ()
    tests: tuple[tuple[Formula, _Scope], ...] = ()
    slots: tuple[int, ...] = ()

    def bound(self) -> set[int]:
        return {slot for pattern in self.patterns for slot in pattern.slots()}


class Search:
    """All values of `wanted` for which a condition holds, given the values of `given`.

    `members` has the objects of a type. Bound to one `Facts`: it sees every change of them.

    Raises:
        InputError: the condition uses a variable that nothing declares.
    """

    def __init__(
        self,
        facts: Facts,
        members: Callable[[str], frozenset[str]],
        condition: Formula,
        wanted: Sequence[Variable] = (),
        given: Sequence[Variable] = (),
    ) -> None:
        self._facts = facts
        self._members = members
        self._types: list[str] = []
        self._given = len(given)
        self._count = len(given) + len(wanted)
        scope = self._declare(_Scope({}), [*given, *wanted])
        self._runs = [
            self._plan(branch, frozenset(range(self._given)), range(self._count), self._collect)
            for branch in self._branches(condition, scope, _Branch())
        ]
        self._blank = [""] * (len(self._types) - self._given)

    def all(self, given: Row = ()) -> list[Row]:
        """The rows of values of `wanted`, each once. With nothing wanted: [()] where the condition holds, else []."""
        rows: list[Row] = []
        for run in self._runs:
            run([*given, *self._blank], rows)
        return list(dict.fromkeys(rows)) if len(rows) > 1 else rows

    def _collect(self, slots: Slots, rows: list[Row]) -> bool:
        rows.append(tuple(slots[self._given : self._count]))
        return self._count == self._given  # nothing is wanted: one proof is enough

    def _declare(self, scope: _Scope, variables: Iterable[Variable]) -> _Scope:
        slots = dict(scope.slots)
        for name, kind in variables:
            slots[name] = len(self._types)
            self._types.append(kind)
        return _Scope(slots)

    def _branches(self, part: Formula, scope: _Scope, branch: _Branch) -> list[_Branch]:
        """`branch`, extended by `part`; more than one where an `or` has to bind variables."""
        match part:
            case Atom(predicate, args) if predicate != "=":
                pattern = _Pattern(predicate, tuple(scope.term(arg) for arg in args))
                return [branch._replace(patterns=(*branch.patterns, pattern))]
            case Exists(variables, inner):
                inside = self._declare(scope, variables)
                slots = tuple(inside.slots[variable.name] for variable in variables)
                return self._branches(inner, inside, branch._replace(slots=branch.slots + slots))
            case And(parts):
                branches = [branch]
                for inner in sorted(parts, key=lambda p: isinstance(p, Or)):  # an `or` may only test what others bind
                    branches = [longer for shorter in branches for longer in self._branches(inner, scope, shorter)]
                return branches
            case Or(parts) if not self._free(part, scope) <= branch.bound() | set(range(self._given)):
                return [longer for inner in parts for longer in self._branches(inner, scope, branch)]
            case _:
                return [branch._replace(tests=(*branch.tests, (part, scope)))]

    def _free(self, part: Formula, scope: _Scope) -> set[int]:
        """The slots that a formula uses."""
        match part:
            case Atom(_, args):
                return {scope.slots[arg] for arg in args if arg in scope.slots}
            case Not(inner):
                return self._free(inner, scope)
            case And(parts) | Or(parts):
                return {slot for inner in parts for slot in self._free(inner, scope)}
            case Exists(variables, inner) | Forall(variables, inner):
                hidden = {variable.name for variable in variables}
                return self._free(inner, _Scope({n: s for n, s in scope.slots.items() if n not in hidden}))

    def _plan(self, branch: _Branch, bound: frozenset[int], needed: Iterable[int], end: _Run) -> _Run:
        """The loops of one branch, built from the outermost inwards."""
        ready = [test for test in branch.tests if self._free(*test) <= bound]
        if ready:
            tests = [self._test(formula, scope, bound) for formula, scope in ready]
            rest = branch._replace(tests=tuple(test for test in branch.tests if test not in ready))
            return _filter(tests, self._plan(rest, bound, needed, end))
        if branch.patterns:
            pattern = min(branch.patterns, key=lambda p: self._cost(p, bound))
            remaining = list(branch.patterns)
            remaining.remove(pattern)
            inner = self._plan(branch._replace(patterns=tuple(remaining)), bound | pattern.slots(), needed, end)
            return self._match(pattern, bound, inner)
        open_slots = sorted({*branch.slots, *needed} - bound)
        if not open_slots:
            return end
        slot = open_slots[0]
        return _scan(slot, sorted(self._members(self._types[slot])), self._plan(branch, bound | {slot}, needed, end))

    def _cost(self, pattern: _Pattern, bound: frozenset[int]) -> float:
        """About how many facts match, by the facts of now; an empty predicate may gain some."""
        if pattern.slots() <= bound:
            return 0
        cost = len(self._facts.rows(pattern.predicate)) or 0.5
        for position, term in enumerate(pattern.terms):
            if term.slot < 0 or term.slot in bound:
                cost = min(cost, cost / max(1, len(self._facts.index(pattern.predicate, position))))
        return cost

    def _match(self, pattern: _Pattern, bound: frozenset[int], inner: _Run) -> _Run:
        rows = self._facts.rows(pattern.predicate)
        known = [(i, term) for i, term in enumerate(pattern.terms) if term.slot < 0 or term.slot in bound]
        if len(known) == len(pattern.terms):
            return _check(rows, pattern.terms, inner)
        binds: dict[int, int] = {}
        checks = known[1:]
        for place in enumerate(pattern.terms):
            if place not in known and binds.setdefault(place[1].slot, place[0]) != place[0]:
                checks.append(place)  # the same variable again
        typed = [(position, slot, self._members(self._types[slot])) for slot, position in binds.items()]
        if not known:
            return _loop(lambda slots: rows, typed, checks, inner)
        index = self._facts.index(pattern.predicate, known[0][0])
        return _loop(_lookup(index, known[0][1]), typed, checks, inner)

    def _test(self, part: Formula, scope: _Scope, bound: frozenset[int]) -> _Test:
        match part:
            case Atom("=", (left, right)):
                a, b = scope.term(left), scope.term(right)
                return lambda slots: _value(a, slots) == _value(b, slots)
            case Atom(predicate, args):
                return _membership(self._facts.rows(predicate), tuple(scope.term(arg) for arg in args))
            case Not(inner):
                test = self._test(inner, scope, bound)
                return lambda slots: not test(slots)
            case And(parts):
                tests = [self._test(inner, scope, bound) for inner in parts]
                return lambda slots: all(test(slots) for test in tests)
            case Or(parts):
                tests = [self._test(inner, scope, bound) for inner in parts]
                return lambda slots: any(test(slots) for test in tests)
            case Exists(variables, inner):
                inside = self._declare(scope, variables)
                fresh = [inside.slots[variable.name] for variable in variables]
                known = bound | set(scope.slots.values()) - set(fresh)
                plans = [self._plan(b, known, fresh, _stop) for b in self._branches(inner, inside, _Branch())]
                return lambda slots: any(plan(slots, []) for plan in plans)
            case Forall(variables, inner):
                return self._test(Not(Exists(variables, Not(inner))), scope, bound)


def _stop(slots: Slots, rows: list[Row]) -> bool:
    return True


def _value(term: Term, slots: Slots) -> str:
    return slots[term.slot] if term.slot >= 0 else term.value


def _lookup(index: dict[str, Rows], key: Term) -> Callable[[Slots], Rows]:
    slot, value = key
    if slot < 0:
        return lambda slots: index.get(value, _NONE)
    return lambda slots: index.get(slots[slot], _NONE)


def _membership(rows: Rows, terms: Sequence[Term]) -> _Test:
    if len(terms) == 1 and terms[0].slot >= 0:
        slot = terms[0].slot
        return lambda slots: (slots[slot],) in rows
    return lambda slots: tuple([slots[slot] if slot >= 0 else value for slot, value in terms]) in rows


def _check(rows: Rows, terms: Sequence[Term], inner: _Run) -> _Run:
    test = _membership(rows, terms)
    return lambda slots, into: test(slots) and inner(slots, into)


def _filter(tests: Sequence[_Test], inner: _Run) -> _Run:
    def run(slots: Slots, into: list[Row]) -> bool:
        for test in tests:
            if not test(slots):
                return False
        return inner(slots, into)

    return run


def _scan(slot: int, values: Sequence[str], inner: _Run) -> _Run:
    def run(slots: Slots, into: list[Row]) -> bool:
        for value in values:
            slots[slot] = value
            if inner(slots, into):
                return True
        return False

    return run


def _loop(
    rows: Callable[[Slots], Rows],
    binds: Sequence[tuple[int, int, frozenset[str]]],
    checks: Sequence[tuple[int, Term]],
    inner: _Run,
) -> _Run:
    """A loop over rows: `binds` puts positions into slots, of the types' members only; `checks` compares positions."""

    def run(slots: Slots, into: list[Row]) -> bool:
        for row in rows(slots):
            for position, slot, members in binds:
                if row[position] not in members:
                    break
                slots[slot] = row[position]
            else:
                for position, (slot, value) in checks:
                    if row[position] != (slots[slot] if slot >= 0 else value):
                        break
                else:
                    if inner(slots, into):
                        return True
        return False

    return run
