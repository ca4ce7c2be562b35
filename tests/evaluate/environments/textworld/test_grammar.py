"""Texts follow from facts by the grammar, as TextWorld writes them."""

import pytest
import tiny_world

from memp.errors import InputError
from memp.evaluate.environments.textworld.facts import Facts
from memp.evaluate.environments.textworld.grammar import (
    Each,
    Entity,
    Match,
    Rule,
    Text,
    read_expression,
    read_grammar,
    read_query,
    read_symbols,
)
from memp.evaluate.environments.textworld.narrator import Narrator, reads
from memp.evaluate.environments.textworld.pddl import Atom, Variable

ENTITIES = {
    "me": Entity("me", "me", "player"),
    "hall": Entity("hall", "hall", "room"),
    "x1": Entity("x1", "apple", "thing", indefinite="an"),
    "x2": Entity("x2", "", "thing"),
    "x3": Entity("x3", "box", "thing"),
}
FACTS = [Atom("at", ("me", "hall")), *(Atom("in", (thing, "hall")) for thing in ("x3", "x1", "x2"))]
LISTS = '"list_empty": [{"rhs": "nothing"}], "list_separator": [{"rhs": ", "}], "list_last_separator": [{"rhs": "& "}]'


def write(symbols: str, rules: str = "", facts: list[Atom] = FACTS, **bindings: str) -> str:
    grammar = read_grammar(f'grammar :: """{{{rules}}}""";')
    narrator = Narrator(grammar, Facts(facts), ENTITIES, lambda kind, ancestor: ancestor in (kind, "object"))
    return narrator.write(read_symbols(symbols), bindings)


def test_texts_and_properties_stand_side_by_side():
    assert write("Take {t.indefinite + ' ' + t.name} or {u.name or u.id}!", t="x1", u="x2") == "Take an apple or x2!"


def test_a_bare_variable_is_the_objects_name():
    assert write("go to {t}", t="x3") == "go to box"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], "nothing"),
        ([Atom("in", ("x1", "hall"))], "an apple"),
        ([Atom("in", ("x3", "hall")), Atom("in", ("x1", "hall"))], "an apple& a box"),
        ([Atom("in", (x, "hall")) for x in ("x3", "x2", "x1")], "an apple, a x2& a box"),
    ],
)
def test_a_list_is_sorted_by_object_and_separated_by_the_grammars_rules(facts: list[Atom], expected: str):
    rules = LISTS + ', "thing(t)": [{"rhs": "{t.indefinite} {t.name or t.id}"}]'
    assert write("[{#thing(t)# | in(t:thing, r:room)}]", rules, facts) == expected


def test_matches_outside_a_list_are_joined_without_a_separator():
    assert write("{t.id | in(t:thing, r:room)}") == "x1x2x3"


def test_a_query_keeps_what_is_known_and_gives_different_variables_different_objects():
    assert write("{t.id | in(t:thing, r:room)}", t="x3") == "x3"
    assert write("{t.id | in(t:thing, r:room)}", u="x3") == "x1x2"
    assert write("{t.id | in(t:room, r:room)}") == "", "of another type"
    assert write("{t.id | in(t:object, r:object) & at(p:player, r:room)}") == "x1x2x3"


def test_the_first_alternative_whose_condition_holds_is_taken():
    rules = '"a": [{"condition": "at(t:thing, r:room)", "rhs": "1"}, {"condition": "at(p:player, r:room)", "rhs": "2"}]'
    assert write("#a#", rules) == "2"


def test_space_at_the_start_of_a_line_between_symbols_is_dropped_and_a_stray_brace_ends_the_text():
    assert read_symbols("\n  Hello\n  you #a#\n\n{b.id}} and more")[:2] == (Text("Hello\n  you "), Rule("a"))
    assert write("\n  [{t.id | at(t:player, r:room)}]\n  x} lost") == "me\n  x"
    assert read_symbols('"quoted"// not a comment') == (Text("quoted"), Text("// not a comment"))
    assert read_symbols("// a comment\ntext") == (Text("text"),)


def test_a_query_is_read_into_its_parts():
    assert read_query(" in(t:thing, r:room) & not_lit(t) ") == (
        Match("in", (Variable("t", "thing"), Variable("r", "room"))),
        Match("not_lit", (Variable("t", "t"),)),
    )
    assert read_query("") == ()


def test_a_grammar_file_has_rules_and_the_texts_of_actions():
    grammar = read_grammar(tiny_world.GRAMMAR)
    assert set(grammar.commands) == {"walk", "pick", "drop", "unlock", "switch", "ring", "wish"}
    assert grammar.commands["pick"].template[0] == Text("get ")
    assert len(grammar.rules["light"]) == 2, "an action's own rules are the grammar's"
    assert isinstance(grammar.commands["unlock"].template[1], Each)


def test_it_is_known_what_a_text_depends_on():
    grammar = read_grammar(tiny_world.GRAMMAR)
    assert reads(grammar, grammar.commands["drop"].template) == (frozenset(), {"t"})
    assert reads(grammar, grammar.commands["walk"].feedback) == ({"at", "in"}, {"p", "r", "t"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('grammar :: """{}"""', "its end where ;"),
        ("grammar :: word;", "'word' where a quoted text"),
        ('grammar :: """{""";', "not JSON"),
        ('grammar :: """[]""";', "not a JSON object"),
        ('grammar :: """{"a": "b"}""";', "no list of alternatives for 'a'"),
        ('grammar :: """{"a": [{"text": "b"}]}""";', "an alternative of 'a' without a text"),
        ('grammar :: """{"a": ["b"]}""";', "an alternative of 'a' without a text"),
        ('grammar :: """{"a": [{"rhs": "b", "condition": "in t"}]}""";', "condition that cannot be read: 'in t'"),
        ('grammar :: """{"a": [{"rhs": "b", "condition": "in(t) &"}]}""";', "condition that cannot be read"),
        ('action go { template :: "go"; }', "gives the action 'go' no template or no feedback"),
        ('action go { template :: "{1}"; feedback :: "x"; }', "not supported: '1'"),
        ('action go { template :: "{t.}"; feedback :: "x"; }', "cannot be read: 't.'"),
        ('action go { template :: "go";', "its end"),
        ("rule go", "'rule' where 'grammar' or 'action'"),
        ("grammar :: ''", "cannot be read in line 1"),
    ],
)
def test_a_broken_grammar_is_an_error_that_says_where(text: str, message: str):
    with pytest.raises(InputError) as error:
        read_grammar(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "code", ["__import__('os')", "t.__class__", "t.name.upper", "open", "t.name * 9", "t[0]", "'a\0'"]
)
def test_an_expression_is_never_run_as_code(code: str):
    if code == "open":
        with pytest.raises(InputError, match="does not find"):
            read_expression(code).evaluate({})
    else:
        with pytest.raises(InputError, match="expression"):
            read_expression(code)


@pytest.mark.parametrize(
    ("symbols", "rules", "message"),
    [
        ("#b#", "", "no rule 'b'"),
        ("#a#", '"a": [{"condition": "lit(t:thing)", "rhs": "x"}]', "no rule 'a' that applies"),
        ("#a#", '"a": [{"rhs": "#a#"}]', "never comes to an end"),
        ("{u.name}", "", "writes about 'u'"),
    ],
)
def test_a_grammar_that_lacks_something_is_an_error(symbols: str, rules: str, message: str):
    with pytest.raises(InputError) as error:
        write(symbols, rules)
    assert message in str(error.value)
