"""A text game in plain Python: a PDDL problem played through a TextWorld grammar.

Commands, texts, their order and their spelling are those of TextWorld's own engine, which plans with Fast Downward
and makes a few steps a second; this one makes thousands. Where the texts of TextWorld part from the meaning of PDDL,
this one keeps to the latter: there a conditional effect is told as if its condition held, lists are sorted by type
first, and an object has the type of the action's parameter. No game of ALFWorld's depends on any of the three.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from memp.errors import InputError
from memp.evaluate.environments.textworld.facts import Facts, Row, Search
from memp.evaluate.environments.textworld.grammar import Command, Entity, Grammar
from memp.evaluate.environments.textworld.narrator import Narrator, Reads, reads
from memp.evaluate.environments.textworld.pddl import (
    TRUE,
    Action,
    And,
    Atom,
    Domain,
    Effect,
    Formula,
    Not,
    Problem,
    Variable,
)

NOTHING_HAPPENS = "Nothing happens."
"""The observation after a command that is not possible."""


class _Lifted(NamedTuple):
    """An atom over an action's parameters: each argument is the parameter's position, or an object's id."""

    predicate: str
    terms: tuple[int | str, ...]

    def at(self, row: Row) -> Atom:
        return Atom(self.predicate, tuple([row[term] if isinstance(term, int) else term for term in self.terms]))


def _lift(atom: Atom, variables: Sequence[Variable]) -> _Lifted:
    places = {variable.name: place for place, variable in enumerate(variables)}
    return _Lifted(atom.predicate, tuple(places.get(arg, arg) for arg in atom.args))


class _Change(NamedTuple):
    """One effect of an action; `search` finds its own variables where it has some, or a condition."""

    adds: bool
    atom: _Lifted
    search: Search | None

    def atoms(self, row: Row) -> list[Atom]:
        if self.search is None:
            return [self.atom.at(row)]
        return [self.atom.at(row + more) for more in self.search.all(row)]


class _Move:
    """An action of the domain in one game: its preconditions, its command and its effects."""

    def __init__(
        self, action: Action, search: Search, changes: tuple[_Change, ...], texts: Command, reads: Reads, lasting: bool
    ) -> None:
        """`reads` are the inputs of the command's text; `lasting` says that no action changes them."""
        self.search = search
        self.texts = texts
        self._changes = changes
        self._names = [variable.name.removeprefix("?") for variable in action.parameters]
        self._idle = _idle_cases(action, changes)
        names = reads.variables if reads.variables <= set(self._names) else self._names
        self._read = [place for place, name in enumerate(self._names) if name in names]
        self._known: dict[Row, str] | None = {} if lasting else None

    def bindings(self, row: Row) -> dict[str, str]:
        """The objects by the names that the grammar knows them by."""
        return dict(zip(self._names, row, strict=True))

    def command(self, row: Row, narrator: Narrator) -> str:
        """The command by which a player does it."""
        if self._known is None:
            return narrator.write(self.texts.template, self.bindings(row))
        key = tuple([row[place] for place in self._read])
        if key not in self._known:
            self._known[key] = narrator.write(self.texts.template, self.bindings(row))
        return self._known[key]

    def outcome(self, row: Row) -> tuple[list[Atom], list[Atom]]:
        """(what becomes true, what becomes false); what would be both becomes true."""
        added = [atom for change in self._changes if change.adds for atom in change.atoms(row)]
        removed = [atom for change in self._changes if not change.adds for atom in change.atoms(row)]
        return added, [atom for atom in removed if atom not in added]

    def idle(self, row: Row) -> bool:
        """Whether its effects hold already, as of going to where one is. Such actions are not offered."""
        return bool(self._idle) and all(any(case.at(row) for case in cases) for cases in self._idle)


class _Equal(NamedTuple):
    """Two atoms over an action's parameters are one where these pairs of terms are equal."""

    pairs: tuple[tuple[int | str, int | str], ...]

    def at(self, row: Row) -> bool:
        for first, second in self.pairs:
            a = row[first] if isinstance(first, int) else first
            b = row[second] if isinstance(second, int) else second
            if a != b:
                return False
        return True


def _idle_cases(action: Action, changes: Sequence[_Change]) -> list[list[_Equal]]:
    """For each change, when the precondition already has it, or another change undoes it; [] if one never is."""
    true, false = ([_lift(atom, action.parameters) for atom in atoms] for atoms in _required(action.precondition))
    false += [change.atom for change in changes if change.adds]
    cases: list[list[_Equal]] = []
    for change in changes:
        candidates = true if change.adds else false
        same = [other for other in candidates if other.predicate == change.atom.predicate]
        if change.search is not None or not same:
            return []
        cases.append([_Equal(tuple(zip(change.atom.terms, other.terms, strict=True))) for other in same])
    return cases


def _required(condition: Formula) -> tuple[list[Atom], list[Atom]]:
    """(the facts that a condition asks for outright, those that it excludes)."""
    match condition:
        case Atom():
            return [condition], []
        case Not(Atom() as part):
            return [], [part]
        case And(parts):
            pairs = [_required(part) for part in parts]
            return [atom for true, _ in pairs for atom in true], [atom for _, false in pairs for atom in false]
        case _:
            return [], []


class TextGame:
    """One game. `reset` starts it; before that there are no commands.

    Raises:
        InputError: the grammar lacks the texts of an action, or an action is about what is not declared.
    """

    def __init__(self, domain: Domain, problem: Problem, grammar: Grammar, names: Mapping[str, str]) -> None:
        """`names` says how texts call an object; one that is not in it goes by its id."""
        self._domain = domain
        self._objects = problem.objects
        self._facts = Facts(problem.facts)
        self._kinds: dict[str, frozenset[str]] = {}
        self._by_type: dict[str, list[str]] = {}
        for id, kind in problem.objects.items():
            self._by_type.setdefault(kind, []).append(id)
        entities = {id: Entity(id, names.get(id, id), kind) for id, kind in problem.objects.items()}
        self._narrator = Narrator(grammar, self._facts, entities, domain.is_a)
        changing = {effect.atom.predicate for action in domain.actions for effect in action.effects}
        changing |= {"not_" + predicate for predicate in changing}
        self._moves = [self._move(action, grammar, changing) for action in domain.actions]
        self._goal = Search(self._facts, self._members, problem.goal)
        self._commands: dict[str, tuple[_Move, Row]] | None = None

    def _members(self, kind: str) -> frozenset[str]:
        if kind not in self._kinds:
            kinds = [own for own in self._by_type if self._domain.is_a(own, kind)]
            self._kinds[kind] = frozenset(id for own in kinds for id in self._by_type[own])
        return self._kinds[kind]

    def _move(self, action: Action, grammar: Grammar, changing: set[str]) -> _Move:
        if action.name not in grammar.commands:
            raise InputError(f"The game's grammar has no texts for the action '{action.name}'.")
        search = Search(self._facts, self._members, action.precondition, action.parameters)
        changes = tuple(self._change(effect, action) for effect in action.effects)
        texts = grammar.commands[action.name]
        inputs = reads(grammar, texts.template)
        return _Move(action, search, changes, texts, inputs, lasting=inputs.predicates.isdisjoint(changing))

    def _change(self, effect: Effect, action: Action) -> _Change:
        atom = _lift(effect.atom, action.parameters + effect.variables)
        for term in atom.terms:
            if isinstance(term, str) and term not in self._objects:
                raise InputError(f"PDDL: an effect of '{action.name}' is about '{term}', which does not exist.")
        if effect.condition == TRUE and not effect.variables:
            return _Change(effect.adds, atom, None)
        search = Search(self._facts, self._members, effect.condition, effect.variables, action.parameters)
        return _Change(effect.adds, atom, search)

    def reset(self) -> str:
        """Starts the game afresh; its introduction."""
        self._facts.reset()
        self._commands = None
        return self._narrator.rule("intro", {})

    def text(self, rule: str) -> str:
        """The text of one rule of the grammar in the state of now."""
        return self._narrator.rule(rule, {})

    def step(self, command: str) -> str:
        """Does what a command says; the observation. An impossible command changes nothing."""
        possible = self._possible().get(command.strip())
        if possible is None:
            return NOTHING_HAPPENS
        move, row = possible
        added, removed = move.outcome(row)
        for atom in removed:
            self._facts.discard(atom)
        for atom in added:
            self._facts.add(atom)
        self._commands = None
        return self._narrator.write(move.texts.feedback, move.bindings(row))

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that are possible now, sorted."""
        return tuple(sorted(self._possible()))

    @property
    def won(self) -> bool:
        """Whether the goal holds now. A later command can undo it."""
        return bool(self._goal.all())

    def _possible(self) -> dict[str, tuple[_Move, Row]]:
        """The commands that are possible now, each with its action and objects."""
        if self._commands is None:
            self._commands = {}
            for move in self._moves:
                for row in move.search.all():
                    if not move.idle(row):
                        self._commands.setdefault(move.command(row, self._narrator), (move, row))
        return self._commands
