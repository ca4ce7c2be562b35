"""Text generation by a TextWorld grammar: rules expanded from the facts of a game and the names of its objects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from memp.errors import InputError
from memp.evaluate.environments.textworld.facts import Facts, Row
from memp.evaluate.environments.textworld.grammar import (
    Each,
    Entity,
    Grammar,
    Match,
    Query,
    Rule,
    Symbol,
    Symbols,
    Text,
    Value,
)
from memp.evaluate.environments.textworld.pddl import Variable

Bindings: TypeAlias = Mapping[str, str]
"""The object that each variable stands for."""


class Reads(NamedTuple):
    """The inputs of a text: the predicates of its queries, and the variables that it names anywhere."""

    predicates: frozenset[str]
    variables: frozenset[str]


def reads(grammar: Grammar, symbols: Symbols) -> Reads:
    """The inputs of the text of `symbols`, with those of the rules that it refers to."""
    matches: list[Match] = []
    variables: set[str] = set()
    seen: set[str] = set()
    pending = list(symbols)
    while pending:
        symbol = pending.pop()
        if isinstance(symbol, Each):
            matches.extend(symbol.query)
            symbol = symbol.part
        if isinstance(symbol, Value):
            variables |= symbol.variables
        if isinstance(symbol, Rule) and symbol.name not in seen:
            seen.add(symbol.name)
            for alternative in grammar.rules.get(symbol.name, ()):
                matches.extend(alternative.condition)
                pending.extend(alternative.symbols)
    variables |= {name for match in matches for name, _ in match.variables}
    return Reads(frozenset(match.predicate for match in matches), frozenset(variables))


_DEEPEST = 50
"""Rules inside rules; ALFWorld's go four deep."""


class Narrator:
    """Writes texts by a grammar, from facts and the names of their objects."""

    def __init__(
        self, grammar: Grammar, facts: Facts, entities: Mapping[str, Entity], is_a: Callable[[str, str], bool]
    ) -> None:
        self._grammar = grammar
        self._facts = facts
        self._entities = entities
        self._is_a = is_a
        self._depth = 0

    def write(self, symbols: Symbols, bindings: Bindings) -> str:
        """The text of `symbols`.

        Raises:
            InputError: the grammar uses a rule, a variable or an object's property that does not exist.
        """
        return "".join([self._symbol(symbol, bindings) for symbol in symbols])

    def _symbol(self, symbol: Symbol, bindings: Bindings) -> str:
        match symbol:
            case Text(text):
                return text
            case Rule(name):
                return self.rule(name, bindings)
            case Value(evaluate, variables):
                return evaluate({name: self._entities[bindings[name]] for name in variables if name in bindings})
            case Each(part, query, listed):
                texts = [self._symbol(part, match) for match in self._matches(query, bindings)]
                return self._listed(texts, bindings) if listed else "".join(texts)

    def rule(self, name: str, bindings: Bindings) -> str:
        """The text of the first alternative of a rule that applies."""
        symbols = self._chosen(name, bindings)
        if self._depth > _DEEPEST:
            raise InputError(f"The game's grammar never comes to an end at the rule '{name}'.")
        self._depth += 1
        try:
            return self.write(symbols, bindings)
        finally:
            self._depth -= 1

    def _chosen(self, name: str, bindings: Bindings) -> Symbols:
        for condition, symbols in self._grammar.rules.get(name, ()):
            if not condition or next(self._matches(condition, bindings), None) is not None:
                return symbols
        raise InputError(f"The game's grammar has no rule '{name}' that applies.")

    def _listed(self, texts: Sequence[str], bindings: Bindings) -> str:
        if not texts:
            return self.rule("list_empty", bindings)
        if len(texts) == 1:
            return texts[0]
        separator = self.rule("list_separator", bindings)
        return separator.join(texts[:-1]) + self.rule("list_last_separator", bindings) + texts[-1]

    def _matches(self, query: Query, bindings: Bindings) -> Iterator[Bindings]:
        if not query:
            yield bindings
            return
        (predicate, variables), rest = query[0], query[1:]
        for row in sorted(self._rows(predicate, variables, bindings)):
            extended = dict(bindings)
            for value, (name, kind) in zip(row, variables, strict=True):
                known = extended.get(name)
                if known is None:
                    if value in extended.values() or not self._is_a(self._entities[value].type, kind):
                        break
                    extended[name] = value
                elif known != value:
                    break
            else:
                yield from self._matches(rest, extended)

    def _rows(self, predicate: str, variables: Sequence[Variable], bindings: Bindings) -> list[Row]:
        """Candidates: the facts that agree with the first variable that is already known."""
        for position, (name, _) in enumerate(variables):
            if name in bindings:
                rows = self._facts.index(predicate, position).get(bindings[name], {})
                break
        else:
            rows = self._facts.rows(predicate)
        return [row for row in rows if len(row) == len(variables)]
