"""Planning domains and problems in PDDL, read into frozen values.

    s-expressions --> Domain   types, predicates, actions (parameters, precondition, effects)
                  --> Problem  objects, facts, goal

Read are typing and the :adl conditions and effects: and, or, not, imply, exists, forall, when, =. Costs
(`increase`, functions, metrics) are skipped: they guide a planner and change nothing in a game. As in most planners
everything is lower-cased, every type is a kind of `object`, and a type that nothing is declared with has no members.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from memp.errors import InputError

Expression: TypeAlias = "str | list[Expression]"
"""A word, or a list in parentheses."""

ROOT_TYPE = "object"


class Variable(NamedTuple):
    """A typed variable; its name starts with '?'."""

    name: str
    type: str


class Atom(NamedTuple):
    """A predicate over variables and objects: a condition, or, without variables, a fact."""

    predicate: str
    args: tuple[str, ...]


class Not(NamedTuple):
    """Negation."""

    part: "Formula"


class And(NamedTuple):
    """Conjunction; true without parts."""

    parts: "tuple[Formula, ...]"


class Or(NamedTuple):
    """Disjunction."""

    parts: "tuple[Formula, ...]"


class Exists(NamedTuple):
    """Existential quantifier over typed variables."""

    variables: tuple[Variable, ...]
    part: "Formula"


class Forall(NamedTuple):
    """Universal quantifier over typed variables."""

    variables: tuple[Variable, ...]
    part: "Formula"


Formula: TypeAlias = Atom | Not | And | Or | Exists | Forall

TRUE = And(())


class Effect(NamedTuple):
    """`atom` becomes true (`adds`) or false for all `variables` where `condition` held before the action."""

    variables: tuple[Variable, ...]
    condition: Formula
    atom: Atom
    adds: bool


class Action(NamedTuple):
    """Action schema: parameters, precondition and effects."""

    name: str
    parameters: tuple[Variable, ...]
    precondition: Formula
    effects: tuple[Effect, ...]


class Domain(NamedTuple):
    """`supertypes` has each type's parent, `arities` each predicate's number of arguments."""

    name: str
    supertypes: Mapping[str, str]
    arities: Mapping[str, int]
    constants: Mapping[str, str]
    actions: tuple[Action, ...]

    def is_a(self, kind: str, ancestor: str) -> bool:
        """Whether the type `kind` is `ancestor` or below it."""
        seen: set[str] = set()
        while kind != ancestor:
            if kind in seen or kind not in self.supertypes:
                return ancestor == ROOT_TYPE
            seen.add(kind)
            kind = self.supertypes[kind]
        return True


class Problem(NamedTuple):
    """`objects` has each object's type, the domain's constants among them."""

    name: str
    objects: Mapping[str, str]
    facts: tuple[Atom, ...]
    goal: Formula


@lru_cache(maxsize=8)
def read_domain(text: str) -> Domain:
    """The domain that `text` defines. All of ALFWorld's games share one, so it is kept.

    Raises:
        InputError: it is not a PDDL domain, or uses what is not read here.
    """
    name, sections = _definition(text, "domain")
    types: dict[str, str] = {}
    arities: dict[str, int] = {"=": 2}
    constants: dict[str, str] = {}
    for head, body in sections:
        if head == ":types":
            types.update(_typed(body))
        elif head == ":constants":
            constants.update(_typed(body))
        elif head == ":predicates":
            for declaration in body:
                predicate, *args = _list(declaration, "a predicate's declaration")
                arities[_word(predicate, "a predicate")] = len(_typed(args))
        elif head not in (":requirements", ":functions", ":action"):
            raise InputError(f"PDDL: the domain's section '{head}' is not supported.")
    actions = tuple(_action(body, arities) for head, body in sections if head == ":action")
    return Domain(name, types, arities, constants, actions)


def read_problem(text: str, domain: Domain) -> Problem:
    """The problem that `text` defines.

    Raises:
        InputError: it is not a PDDL problem, or names a predicate or an object that is not declared.
    """
    name, sections = _definition(text, "problem")
    parts = dict(sections)
    for head in (":init", ":goal"):
        if head not in parts:
            raise InputError(f"PDDL: the problem has no {head} section.")
    objects = dict(domain.constants) | dict(_typed(parts.get(":objects", [])))
    facts: list[Atom] = []
    for item in parts[":init"]:
        entry = _list(item, "a fact")
        if entry[0] in ("=", "not"):  # an initial cost, or what is false anyway
            continue
        atom = _atom(entry, domain.arities)
        for arg in atom.args:
            if arg not in objects:
                raise InputError(f"PDDL: {_show(entry)} is about '{arg}', which is not among the objects.")
        facts.append(atom)
    if len(parts[":goal"]) != 1:
        raise InputError("PDDL: the goal must be one condition.")
    return Problem(name, objects, tuple(facts), _formula(parts[":goal"][0], domain.arities))


_TOKEN = re.compile(r"[()]|\?[^\s()?]*|[^\s()?]+")
_COMMENT = re.compile(r";[^\n]*")
_DEEPEST = 100


def read_expressions(text: str) -> list[Expression]:
    """The s-expressions of a text, lower-cased and without comments.

    Raises:
        InputError: the parentheses do not match.
    """
    current: list[Expression] = []
    outer: list[list[Expression]] = []
    for token in _TOKEN.findall(_COMMENT.sub("", text).lower()):
        if token == "(":
            outer.append(current)
            current = []
            if len(outer) > _DEEPEST:
                raise InputError(f"PDDL: more than {_DEEPEST} '(' are nested: a ')' must be missing.")
        elif token == ")":
            if not outer:
                raise InputError("PDDL: there is a ')' without its '('.")
            inner, current = current, outer.pop()
            current.append(inner)
        else:
            current.append(token)
    if outer:
        raise InputError(f"PDDL: {len(outer)} '(' without a ')': the text ends too early.")
    return current


def _definition(text: str, kind: str) -> tuple[str, list[tuple[str, list[Expression]]]]:
    """(name, sections) of "(define (KIND name) (:section ...) ...)"."""
    expressions = read_expressions(text)
    body = expressions[0] if len(expressions) == 1 else ""
    if not isinstance(body, list) or len(body) < 2 or body[0] != "define":
        raise InputError(f"PDDL: expected one (define ({kind} ...) ...).")
    title = _list(body[1], f"(define ({kind} NAME)")
    if len(title) != 2 or title[0] != kind:
        raise InputError(f"PDDL: expected (define ({kind} NAME) ...), not {_show(title)}.")
    sections: list[tuple[str, list[Expression]]] = []
    for part in body[2:]:
        head, *rest = _list(part, f"a section of the {kind}")
        sections.append((_word(head, "a section's name"), rest))
    return _word(title[1], "a name"), sections


def _typed(items: Sequence[Expression]) -> list[Variable]:
    """The pairs (name, type) of "a b - t c": without a type it is `object`."""
    variables: list[Variable] = []
    pending: list[str] = []
    words = iter(items)
    for item in words:
        word = _word(item, "a name")
        if word != "-":
            pending.append(word)
            continue
        kind = _word(next(words, ""), "a type after '-'")
        variables.extend(Variable(name, kind) for name in pending)
        pending = []
    variables.extend(Variable(name, ROOT_TYPE) for name in pending)
    return variables


def _action(body: list[Expression], arities: Mapping[str, int]) -> Action:
    if len(body) % 2 == 0:
        raise InputError(f"PDDL: {_show([':action', *body])} is not a name followed by pairs of a key and a value.")
    name = _word(body[0], "an action's name")
    fields = {_word(key, f"a part of '{name}'"): value for key, value in zip(body[1::2], body[2::2], strict=True)}
    parameters = tuple(_typed(_list(fields.get(":parameters", []), f"the parameters of '{name}'", empty=True)))
    precondition = _formula(fields.get(":precondition", []), arities)
    effects = tuple(_effects(fields.get(":effect", []), arities, (), TRUE))
    return Action(name, parameters, precondition, effects)


def _formula(item: Expression, arities: Mapping[str, int]) -> Formula:
    entry = _list(item, "a condition", empty=True)
    if not entry:
        return TRUE
    head, *rest = entry
    if head in ("exists", "forall"):
        variables, part = _quantified(entry)
        kind = Exists if head == "exists" else Forall
        return kind(variables, _formula(part, arities))
    if head not in ("and", "or", "not", "imply"):
        return _atom(entry, arities)
    parts = tuple(_formula(part, arities) for part in rest)
    if head == "not" and len(parts) == 1:
        return Not(parts[0])
    if head == "imply" and len(parts) == 2:
        return Or((Not(parts[0]), parts[1]))
    if head in ("not", "imply"):
        raise InputError(f"PDDL: {_show(entry)} has the wrong number of parts.")
    return And(parts) if head == "and" else Or(parts)


def _effects(
    item: Expression, arities: Mapping[str, int], variables: tuple[Variable, ...], condition: Formula
) -> Iterator[Effect]:
    entry = _list(item, "an effect", empty=True)
    head = entry[0] if entry else "and"
    if head == "and":
        for part in entry[1:]:
            yield from _effects(part, arities, variables, condition)
    elif head == "forall":
        more, part = _quantified(entry)
        yield from _effects(part, arities, variables + more, condition)
    elif head == "when" and len(entry) == 3:
        yield from _effects(entry[2], arities, variables, And((condition, _formula(entry[1], arities))))
    elif head == "not" and len(entry) == 2:
        yield Effect(variables, condition, _atom(_list(entry[1], "an effect"), arities), adds=False)
    elif head not in ("increase", "decrease", "assign"):
        yield Effect(variables, condition, _atom(entry, arities), adds=True)


def _quantified(entry: list[Expression]) -> tuple[tuple[Variable, ...], Expression]:
    if len(entry) != 3:
        raise InputError(f"PDDL: {_show(entry)} needs a list of variables and one condition.")
    variables = tuple(_typed(_list(entry[1], "a list of variables", empty=True)))
    return variables, entry[2]


def _atom(entry: list[Expression], arities: Mapping[str, int]) -> Atom:
    words = [word for word in entry if isinstance(word, str)]
    if len(words) != len(entry):
        raise InputError(f"PDDL: expected a predicate and its arguments, not {_show(entry)}.")
    predicate, *args = words
    if predicate not in arities:
        raise InputError(f"PDDL: {_show(entry)} uses the predicate '{predicate}', which the domain does not declare.")
    if len(args) != arities[predicate]:
        raise InputError(f"PDDL: {_show(entry)} must have {arities[predicate]} arguments.")
    return Atom(predicate, tuple(args))


def _list(item: Expression, what: str, *, empty: bool = False) -> list[Expression]:
    if isinstance(item, str) or not (item or empty):
        raise InputError(f"PDDL: expected {what} in parentheses, not {_show(item)}.")
    return item


def _word(item: Expression, what: str) -> str:
    if not isinstance(item, str) or not item:
        raise InputError(f"PDDL: expected {what}, not {_show(item)}.")
    return item


def _show(item: Expression) -> str:
    """The expression as text, cut to a line."""
    text = item if isinstance(item, str) else "(" + " ".join(map(_show, item)) + ")"
    return text if len(text) <= 80 else text[:77] + "..."
