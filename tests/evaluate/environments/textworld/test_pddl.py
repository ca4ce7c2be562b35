"""PDDL is read as written; what is broken is said in a sentence."""

import pytest
import tiny_world

from memp.errors import InputError
from memp.evaluate.environments.textworld.pddl import (
    TRUE,
    And,
    Atom,
    Exists,
    Forall,
    Not,
    Or,
    Variable,
    read_domain,
    read_expressions,
    read_problem,
)


def test_expressions_are_lower_cased_and_have_no_comments():
    assert read_expressions("(A (b?c) ; not this )\n D)") == [["a", ["b", "?c"], "d"]]


def test_a_domain_has_its_types_predicates_and_actions():
    domain = read_domain(tiny_world.DOMAIN)
    assert domain.name == "tiny"
    assert domain.is_a("box", "thing")
    assert domain.is_a("box", "object")
    assert not domain.is_a("thing", "box")
    assert domain.arities["inside"] == 2
    assert domain.constants == {"hall": "room"}
    assert [action.name for action in domain.actions] == ["walk", "pick", "drop", "unlock", "switch", "ring", "wish"]


def test_conditions_keep_their_structure():
    ring = read_domain(tiny_world.DOMAIN).actions[5]
    box = (Variable("?b", "box"),)
    assert ring.precondition == Forall(box, Or((Not(Atom("in", ("?b", "hall"))), Atom("open", ("?b",)))))
    wish = read_domain(tiny_world.DOMAIN).actions[6]
    assert isinstance(wish.precondition, Exists)
    assert wish.precondition.variables == (Variable("?c", "thing,"), Variable("?r", "room")), "the comma is the file's"


def test_effects_are_flat_and_costs_are_skipped():
    domain = read_domain(tiny_world.DOMAIN)
    walk, switch, ring = domain.actions[0], domain.actions[4], domain.actions[5]
    assert [(effect.adds, effect.atom.args) for effect in walk.effects] == [(False, ("?p", "?a")), (True, ("?p", "?b"))]
    assert switch.effects[0].condition == And((TRUE, Atom("lit", ("?t",))))
    assert ring.effects[0].variables == (Variable("?t", "thing"), Variable("?r", "room"))


def test_a_problem_has_its_objects_and_facts_with_the_domains_constants():
    problem = read_problem(tiny_world.PROBLEM, read_domain(tiny_world.DOMAIN))
    assert problem.objects["hall"] == "room"
    assert problem.objects["chest_1"] == "box"
    assert Atom("in", ("ball_2", "cellar")) in problem.facts
    assert all(fact.predicate != "=" for fact in problem.facts)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(door hall attic)", "(door hall attic", "'(' without a ')'"),
        ("(door hall attic)", "(door hall attic))", "')' without its '('"),
        ("(door hall attic)", "(gate hall attic)", "predicate 'gate'"),
        ("(door hall attic)", "(door hall)", "must have 2 arguments"),
        ("(door hall attic)", "(door hall roof)", "'roof', which is not among the objects"),
        ("(door hall attic)", "door", "expected a fact"),
        ("(door hall attic)", "(door (hall) attic)", "a predicate and its arguments"),
        ("(door hall attic)", "(" * 101, "more than 100"),
        ("(:init", "(:start", "no :init section"),
        ("(define (problem tiny-1)", "(define (plan tiny-1)", "expected (define (problem NAME) ...)"),
        ("(not (= ?b1 ?b2))", "(not)", "wrong number of parts"),
        ("(exists (?t - thing)", "(exists", "list of variables"),
        ("(exists (?t - thing)", "(exists (?t -)", "a type after '-'"),
    ],
)
def test_a_broken_problem_is_an_error_that_says_where(old: str, new: str, message: str):
    with pytest.raises(InputError) as error:
        read_problem(tiny_world.PROBLEM.replace(old, new, 1), read_domain(tiny_world.DOMAIN))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(:requirements", "(:axiom", "':axiom' is not supported"),
        (":effect (open ?b))", ":effect)", "followed by pairs"),
        ("(:action unlock", "(:action", "followed by pairs"),
        (":effect (open ?b)", ":effect open", "expected an effect"),
        (":parameters (?p - player)", ":parameters player", "the parameters of 'ring'"),
        ("(held ?t - thing)", "((held) ?t - thing)", "expected a predicate"),
        (tiny_world.DOMAIN, "", "expected one (define (domain"),
        (tiny_world.DOMAIN, "(define domain)", "(define (domain NAME)"),
    ],
)
def test_a_broken_domain_is_an_error_that_says_where(old: str, new: str, message: str):
    with pytest.raises(InputError) as error:
        read_domain(tiny_world.DOMAIN.replace(old, new, 1))
    assert message in str(error.value)


def test_types_that_are_their_own_parent_do_not_hang():
    domain = read_domain("(define (domain d) (:types a - b b - a))")
    assert domain.is_a("a", "b")
    assert not domain.is_a("a", "c")
    assert domain.is_a("a", "object")
