"""Members of a family: a run as it is aligned, and what its task and its observations explain."""

import pytest
from families import fetch, member

from memp.build.reading.mentions import is_only_ordered
from memp.build.reading.reduction import member_of


def test_letter_case_and_numbers_of_instances_are_not_compared():
    (one,) = member("tidy", ("Put Mug 1 in drawer 2", "ok")).actions
    (other,) = member("tidy", ("put mug 4 in drawer 3", "ok")).actions
    assert one.keys == other.keys and one.atoms != other.atoms


def test_what_stands_in_quotes_is_known():
    (action,) = member("say it", ('say("good day", 2)', "ok")).actions
    assert [a for a, quoted in zip(action.atoms, action.quoted, strict=True) if quoted and a != " "] == ["good", "day"]


@pytest.mark.parametrize(
    ("task", "value", "says"),
    [
        ("Restart the mugs in order", "mug", True),
        ("Wash two boxes", "box", True),
        ("Put the soap bar away", "soapbar", True),
        ("Fix parse_date, quickly", "parse_date", True),
        ("Release 'v1.2', now", "v1.2", True),
        ("Read dates.py", "date", False),
        ("anything", "", False),
    ],
)
def test_a_task_says_a_value_as_whole_words(task: str, value: str, says: bool):
    assert member(task).says(value) == says


def test_a_value_is_spelled_as_the_task_writes_it():
    each = member("Put the soap bar away")
    assert (each.spelling("soapbar"), each.spelling("towel")) == ("soap bar", "towel")


@pytest.mark.parametrize(
    ("task", "word", "ordered"),
    [
        ("Drop the column", "drop", True),
        ("Back it up. Drop the column", "drop", True),
        ("Clean it and drop it", "drop", True),
        ("Give it a drop of oil", "drop", False),
        ("Water and drop things", "drop", False),
        ("Drop, pears and plums", "drop", False),
        ("Archive (old) mails", "archive", True),
        ("Archive", "archive", True),
        ("Please archive it", "archive", True),
    ],
)
def test_a_verb_of_a_task_is_only_ordered(task: str, word: str, ordered: bool):
    assert is_only_ordered(task, word) == ordered
    assert member(task).handles(word) == (not ordered)


def test_the_first_step_that_showed_a_value_counts():
    each = member_of(fetch("mug", "shelf", "basket"))
    assert each.shown_before("mug 1", 2) == 0
    assert each.shown_before("mug 1", 0) == -1, "not before it was seen"
    assert each.shown_before("lamp", 4) == each.shown_before("", 4) == -1


def test_a_check_that_is_done_again_counts_once():
    each = member("fill it", ("gauge()", "10 litres"), ("fill(5)", "ok"), ("gauge()", "15 litres"), ("fill(5)", "ok"))
    assert each.checks == frozenset({"gauge()", "fill(5)"})
    once = each.without_repeated(frozenset({"gauge()"}))
    assert [action.text for action in once.actions] == ["gauge()", "fill(5)", "fill(5)"]
    assert each.without_repeated(frozenset()) is each


def test_a_step_that_showed_nothing_once_is_no_check():
    silent = member("fill it", ("fill(5)", ""), ("gauge()", "5 litres"), ("fill(5)", "ok"), ("gauge()", "10 litres"))
    assert silent.checks == frozenset({"gauge()"})


def test_what_a_run_did_only_before_its_first_change_is_its_beginning():
    each = member(
        "fill it",
        ("get_level()", "10 litres"), ("get_name()", "north tank"), ("fill(5)", "ok"), ("get_level()", "15 litres"),
        ("drain(2)", "ok"),
    )  # fmt: skip
    assert each.initial(frozenset()) == frozenset({"get_name()"})
    assert each.initial(frozenset({"fill(5)"})) == frozenset({"get_level()", "get_name()", "fill(5)"})


def test_the_operations_on_a_thing_are_those_of_the_steps_that_change_something():
    each = member(
        "move INV-77 to the archive",
        ('get_limits(plan="pro")', "9 invoices"),
        ('close_invoice(id="INV-77")', "ok"),
        ('archive(id="INV-77", year="2026")', "ok"),
    )
    assert each.operations_on(["inv-77"]) == frozenset({"close_invoice", "archive"})
    assert each.operations_on(["2026", "("]) == frozenset({"archive"})
    assert each.operations_on(["(", "pro", "unknown"]) == frozenset(), "what was only read is not taken"


def test_a_word_of_most_steps_of_a_program_is_an_argument():
    steps = [f"kubectl {verb} -n shop {name}" for verb, name in (("scale", "web"), ("patch", "web"), ("label", "db"))]
    each = member("prepare it", *((step, "ok") for step in steps))
    assert each.is_argument("shop", "kubectl") and not each.is_argument("web", "kubectl")
    assert not each.is_argument("shop", "helm"), "no step is of this program"
    more = member("prepare it", *((f"kubectl {verb}", "ok") for verb in ("top a", "cordon b", "drain c", "taint d")))
    assert not more.is_argument("shop", "kubectl")
