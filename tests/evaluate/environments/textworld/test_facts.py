"""A search finds exactly what a plain reading of the condition finds."""

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memp.errors import InputError
from memp.evaluate.environments.textworld.facts import Facts, Row, Search
from memp.evaluate.environments.textworld.pddl import And, Atom, Exists, Forall, Formula, Not, Or, Variable

OBJECTS = {"a": "x", "b": "x", "c": "y"}
TYPES = ("x", "y", "object", "nobody")
ARITIES = {"p": 1, "q": 2, "=": 2}


def members(kind: str) -> frozenset[str]:
    return frozenset(id for id, own in OBJECTS.items() if kind in ("object", own))


def holds(part: Formula, facts: set[Atom], values: dict[str, str]) -> bool:
    """Evaluate a condition by its meaning, word for word."""
    match part:
        case Atom(predicate, args):
            row = tuple(values.get(arg, arg) for arg in args)
            return row[0] == row[1] if predicate == "=" else Atom(predicate, row) in facts
        case Not(inner):
            return not holds(inner, facts, values)
        case And(parts):
            return all(holds(inner, facts, values) for inner in parts)
        case Or(parts):
            return any(holds(inner, facts, values) for inner in parts)
        case Exists(variables, inner):
            return any(holds(inner, facts, values | found) for found in assignments(variables))
        case Forall(variables, inner):
            return all(holds(inner, facts, values | found) for found in assignments(variables))


def assignments(variables: Sequence[Variable]) -> Iterator[dict[str, str]]:
    names = [variable.name for variable in variables]
    for row in product(*(sorted(members(variable.type)) for variable in variables)):
        yield dict(zip(names, row, strict=True))


@st.composite
def formulas(draw: st.DrawFn, scope: tuple[str, ...], depth: int = 3) -> Formula:
    kind = draw(st.sampled_from(["atom"] if depth == 0 else ["atom", "not", "and", "or", "exists", "forall"]))
    if kind == "atom":
        predicate = draw(st.sampled_from(sorted(ARITIES)))
        word = st.sampled_from([*scope, "a", "c"])
        return Atom(predicate, tuple(draw(word) for _ in range(ARITIES[predicate])))
    if kind == "not":
        return Not(draw(formulas(scope, depth - 1)))
    if kind in ("and", "or"):
        parts = tuple(draw(st.lists(formulas(scope, depth - 1), max_size=3)))
        return And(parts) if kind == "and" else Or(parts)
    names = draw(st.lists(st.sampled_from(["?u", "?v", "?w"]), min_size=1, max_size=2, unique=True))
    variables = tuple(Variable(name, draw(st.sampled_from(TYPES))) for name in names)
    inner = draw(formulas((*scope, *names), depth - 1))
    return Exists(variables, inner) if kind == "exists" else Forall(variables, inner)


ATOMS = [Atom("p", (a,)) for a in OBJECTS] + [Atom("q", row) for row in product(OBJECTS, repeat=2)]


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.sampled_from(ATOMS)),
    st.sets(st.sampled_from(ATOMS)),
    formulas(("?given", "?first", "?second")),
    st.sampled_from(TYPES),
    st.sampled_from(sorted(OBJECTS)),
)
def test_a_search_agrees_with_the_meaning_of_its_condition(
    before: set[Atom], after: set[Atom], condition: Formula, kind: str, value: str
):
    facts = Facts(sorted(before))
    wanted = (Variable("?first", kind), Variable("?second", "object"))
    search = Search(facts, members, condition, wanted, (Variable("?given", "object"),))

    def expected(now: set[Atom]) -> list[Row]:
        found = assignments(wanted)
        return sorted(tuple(row.values()) for row in found if holds(condition, now, {"?given": value} | row))

    assert sorted(search.all((value,))) == expected(before)
    for atom in before - after:
        facts.discard(atom)
    for atom in after - before:
        facts.add(atom)
    assert sorted(search.all((value,))) == expected(after), "it sees changes"
    facts.reset()
    assert sorted(search.all((value,))) == expected(before)


def test_a_fact_made_false_is_known_as_such_until_it_is_true_again():
    facts = Facts([Atom("p", ("a",))])
    facts.discard(Atom("p", ("a",)))
    assert list(facts.rows("not_p")) == [("a",)]
    assert not facts.rows("p")
    facts.add(Atom("p", ("a",)))
    assert not facts.rows("not_p")
    assert facts.arguments() == {"a"}


def test_a_search_for_nothing_says_whether_the_condition_holds():
    facts = Facts([])
    search = Search(facts, members, Exists((Variable("?x", "x"),), Atom("p", ("?x",))))
    assert search.all() == []
    facts.add(Atom("p", ("a",)))
    facts.add(Atom("p", ("b",)))
    assert search.all() == [()]


def test_an_undeclared_variable_is_an_error():
    with pytest.raises(InputError, match="variable '\\?x'"):
        Search(Facts([]), members, Atom("p", ("?x",)))
