"""TextWorld's grammar files, parsed: the texts of a game, and how they follow from its facts.

A grammar file has blocks of JSON rules and one block for each action:

    grammar :: triple-quoted JSON ;
    action NAME { template :: "a command" ; feedback :: "an observation" ; grammar :: triple-quoted JSON ; }

A rule has a name and alternatives, each an optional condition and a right side; the first whose condition holds is
taken. A right side is made of

    text                      itself
    #name#                    the text of another rule
    {expression}              o.name, o.indefinite + ' ' + o.name, r.name or r.id
    {expression | query}      one text for each match of the query, `#name#` in place of the expression as well
    [{expression | query}]    the same as a list, by the rules list_empty, list_separator and list_last_separator

A query is "predicate(variable:type, ...) & ...": variables that are already known keep their value, different ones
stand for different objects, and matches come sorted by object.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from memp.errors import InputError
from memp.evaluate.environments.textworld.pddl import Variable


class Entity(NamedTuple):
    """An object as texts name it."""

    id: str
    name: str
    type: str
    indefinite: str = "a"
    definite: str = "the"


class Text(NamedTuple):
    """Literal text."""

    text: str


class Rule(NamedTuple):
    """#name#"""

    name: str


class Value(NamedTuple):
    """{expression}"""

    evaluate: Callable[[Mapping[str, Entity]], str]
    variables: frozenset[str]


class Match(NamedTuple):
    """predicate(variable:type, ...): one part of a query."""

    predicate: str
    variables: tuple[Variable, ...]


Query: TypeAlias = tuple[Match, ...]


class Each(NamedTuple):
    """{part | query}, and [...] around it where `listed`."""

    part: Rule | Value
    query: Query
    listed: bool


Symbol: TypeAlias = Text | Rule | Value | Each
Symbols: TypeAlias = tuple[Symbol, ...]


class Alternative(NamedTuple):
    """One expansion of a rule, which may be chosen where its condition holds."""

    condition: Query
    symbols: Symbols


class Command(NamedTuple):
    """The texts of an action: the player's command, and the observation after it."""

    template: Symbols
    feedback: Symbols


class Grammar(NamedTuple):
    """`commands` has the texts of each action by its name in lower case."""

    rules: Mapping[str, tuple[Alternative, ...]]
    commands: Mapping[str, Command]


_LEXEME = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<block>\"{3}.*?\"{3})
      | (?P<text>\"[^\"]*\")
      | (?P<word>[\w/-]+)
      | (?P<mark>::|[{};])""",
    re.VERBOSE | re.DOTALL,
)


def read_grammar(text: str) -> Grammar:
    """The grammar that a file's text defines.

    Raises:
        InputError: it is not a grammar of this form.
    """
    rules: dict[str, list[Alternative]] = {}
    commands: dict[str, Command] = {}
    words = _Words(text)
    while words.next:
        head = words.take()
        if head == "grammar":
            _add_rules(rules, words.field())
        elif head == "action":
            name = words.take().lower()
            fields = words.braced()
            if "template" not in fields or "feedback" not in fields:
                raise InputError(f"The game's grammar gives the action '{name}' no template or no feedback.")
            commands[name] = Command(read_symbols(fields["template"]), read_symbols(fields["feedback"]))
            _add_rules(rules, fields.get("grammar", "{}"))
        else:
            raise InputError(f"The game's grammar has '{head[:40]}' where 'grammar' or 'action' is expected.")
    return Grammar({name: tuple(alternatives) for name, alternatives in rules.items()}, commands)


class _Words:
    """The words of a grammar file, one at a time; `next` is "" at the end."""

    def __init__(self, text: str) -> None:
        self._words = _lexemes(text)
        self.next = next(self._words, "")

    def take(self, expected: str | None = None) -> str:
        word = self.next
        if not word or (expected is not None and word != expected):
            there = f"'{word[:40]}'" if word else "its end"
            raise InputError(f"The game's grammar has {there} where {expected or 'more'} is expected.")
        self.next = next(self._words, "")
        return word

    def field(self) -> str:
        """The quoted value of ":: VALUE ;"."""
        self.take("::")
        value = self.take()
        self.take(";")
        width = 3 if value.startswith('"""') else 1
        if not value.startswith('"'):
            raise InputError(f"The game's grammar has '{value[:40]}' where a quoted text is expected.")
        return value[width:-width]

    def braced(self) -> dict[str, str]:
        """The fields of "{ NAME :: VALUE ; ... }"."""
        self.take("{")
        fields: dict[str, str] = {}
        while self.next != "}":
            name = self.take()
            fields[name] = self.field()
        self.take("}")
        return fields


def _lexemes(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        lexeme = _LEXEME.match(text, position)
        if lexeme is None:
            line = text.count("\n", 0, position) + 1
            raise InputError(f"The game's grammar cannot be read in line {line}: {text[position : position + 40]!r}.")
        position = lexeme.end()
        if lexeme.lastgroup != "space":
            yield lexeme.group()


def _add_rules(rules: dict[str, list[Alternative]], block: str) -> None:
    """Adds the rules of a JSON block. Its lines that start with '#' are comments."""
    lines = [line for line in block.split("\n") if not line.lstrip().startswith("#")]
    try:
        parsed: object = json.loads("\n".join(lines))
    except json.JSONDecodeError as error:
        raise InputError(f"The game's grammar has a block that is not JSON: {error}.") from None
    if not isinstance(parsed, dict):
        raise InputError("The game's grammar has a block that is not a JSON object.")
    for name, alternatives in cast(dict[str, object], parsed).items():
        if not isinstance(alternatives, list):
            raise InputError(f"The game's grammar has no list of alternatives for '{name}'.")
        for alternative in cast(list[object], alternatives):
            rules.setdefault(name, []).append(_alternative(name, alternative))


def _alternative(name: str, value: object) -> Alternative:
    fields = cast(dict[str, object], value) if isinstance(value, dict) else {}
    right, condition = fields.get("rhs"), fields.get("condition", "")
    if not isinstance(right, str) or not isinstance(condition, str):
        raise InputError(f"The game's grammar has an alternative of '{name}' without a text 'rhs'.")
    return Alternative(read_query(condition), read_symbols(right))


_MATCH = re.compile(r"\s*([\w@.-]+)\s*\(([^()]*)\)\s*(&|$)")


@lru_cache(maxsize=1024)
def read_query(text: str) -> Query:
    """The parts of "predicate(variable:type, ...) & ...".

    Raises:
        InputError: it is not of this form.
    """
    parts: list[Match] = []
    position, more = 0, "&" if text.strip() else ""
    while more:
        part = _MATCH.match(text, position)
        if part is None:
            raise InputError(f"The game's grammar has a condition that cannot be read: '{text[:80]}'.")
        predicate, arguments, more = part.groups()
        names = [argument.split(":") for argument in arguments.split(",") if argument.strip()]
        parts.append(Match(predicate, tuple(Variable(pair[0].strip(), pair[-1].strip()) for pair in names)))
        position = part.end()
    return tuple(parts)


_BETWEEN = re.compile(r"\t*(?:^(?://.*|\s*)\n?)?", re.MULTILINE)
_SYMBOL = re.compile(
    r"""\[\{(?P<list>[^\[\]{}\n]+)\}\]
      | \{(?P<each>[^\[\]{}\n]+)\}
      | \#(?P<rule>[\w()/!<>\-\s,.]+)\#
      | "(?P<quoted>[^;|"<>\[\]\#{}]*)"
      | (?P<text>[^;|"<>\[\]\#{}]+)""",
    re.VERBOSE,
)


@lru_cache(maxsize=4096)
def read_symbols(text: str) -> Symbols:
    """The symbols of a right side.

    As in TextWorld, white space and // comments at the start of a line between two symbols are dropped, and so is
    everything from the first place on that is no symbol. (ALFWorld's own grammar has such a place, a lone brace.)

    Raises:
        InputError: an expression or a query in it cannot be read.
    """
    symbols: list[Symbol] = []
    position = 0
    while position < len(text):
        if between := _BETWEEN.match(text, position):
            position = between.end()
        symbol = _SYMBOL.match(text, position)
        if symbol is None:
            break
        position = symbol.end()
        body = symbol[symbol.lastgroup or 0]
        if symbol.lastgroup in ("text", "quoted"):
            symbols.append(Text(body))
        elif symbol.lastgroup == "rule":
            symbols.append(Rule(body))
        else:
            symbols.append(_each(body, listed=symbol.lastgroup == "list"))
    return tuple(symbols)


def _each(body: str, *, listed: bool) -> Symbol:
    expression, bar, query = body.partition("|")
    expression = expression.strip()
    is_rule = len(expression) > 2 and expression.startswith("#") and expression.endswith("#")
    part = Rule(expression[1:-1]) if is_rule else read_expression(expression)
    return Each(part, read_query(query) if bar else (), listed) if bar or listed else part


_LONGEST = 200


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Value:
    """An expression over objects: properties, quoted texts, `+` and `or`.

    Raises:
        InputError: it is anything else.
    """
    try:
        tree = ast.parse(text.strip() if len(text) <= _LONGEST else "", mode="eval")
    except (SyntaxError, ValueError):  # the latter for a null character
        raise InputError(f"The game's grammar has an expression that cannot be read: '{text[:80]}'.") from None
    variables = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Value(_expression(tree.body, text), variables)


def _expression(node: ast.expr, text: str) -> Callable[[Mapping[str, Entity]], str]:
    match node:
        case ast.Constant(value=str(value)):
            return lambda entities: value
        case ast.Name(id=variable):
            return lambda entities: _entity(entities, variable).name
        case ast.Attribute(value=ast.Name(id=variable), attr=name) if name in Entity._fields:
            position = Entity._fields.index(name)
            return lambda entities: _entity(entities, variable)[position]
        case ast.BinOp(left=first, op=ast.Add(), right=second):
            left, right = _expression(first, text), _expression(second, text)
            return lambda entities: left(entities) + right(entities)
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = [_expression(value, text) for value in values]
            return lambda entities: next(filter(None, [part(entities) for part in parts]), "")
        case _:
            raise InputError(f"The game's grammar has an expression that is not supported: '{text[:80]}'.")


def _entity(entities: Mapping[str, Entity], variable: str) -> Entity:
    if variable not in entities:
        raise InputError(f"The game's grammar writes about '{variable}', which its query does not find.")
    return entities[variable]
