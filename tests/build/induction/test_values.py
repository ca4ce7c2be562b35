"""Values of one run: what its task names and an action takes whole, and where things were found."""

import pytest
from families import member

from memp.build.induction.values import answer_of, noun_words, own_values, places


@pytest.mark.parametrize(
    ("task", "nouns", "others"),
    [
        ("put the red mug in a box", {"mug", "box"}, {"put", "red"}),
        ("water two ferns", {"fern", "ferns"}, {"water", "two"}),
        ("drop table users from production", {"production"}, {"drop"}),
        ("run it", set[str](), {"run", "it"}),
    ],
)
def test_a_noun_is_known_by_what_stands_before_it(task: str, nouns: set[str], others: set[str]):
    words = noun_words(task)
    assert nouns <= words and words.isdisjoint(others)


def test_an_option_a_verb_and_a_part_of_a_word_are_no_values():
    steps = [("make test --fast", "ok"), ("clean up --now", "ok")]
    assert own_values(member("test it fast and clean up now", *steps)) == []


def test_a_value_is_taken_from_what_was_needed_only():
    assert own_values(member("Fix src/a.py", ("cat src/b.md", "x"), ("edit src/a.py", "saved"))) == ["src/a.py"]


def test_where_a_thing_was_found_is_known_by_what_was_done_next():
    each = member(
        "put a mug in basket.",
        ("go to shelf 1", "On the shelf 1, you see nothing."),
        ("go to bench 2", "On the bench 2, you see a mug 3."),
        ("take mug 3 from bench 2", "You take it."),
        ("put mug 3 in basket 1", "You put it down."),
    )
    assert places(each) == {"bench 2": "mug"}


def test_a_step_gives_an_answer_only_where_the_task_orders_its_verb():
    asked = member("Focus on the animal that lives longest", ("look around", "a hare, an owl"), ("focus on owl", "ok"))
    assert answer_of(asked) == "owl"
    noun = member("Prepare a pull request for the fix", ("git push", "ok"), ("request review from ana", "ok"))
    assert answer_of(noun) == ""
