"""Entities of a text: the shapes of its tokens, instances by number, and which of the things an observation shows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memp.text.entities import (
    Shape,
    counted_nouns,
    facts_of,
    key_of,
    keys_in_action,
    keys_in_observation,
    shape_of,
    task_terms,
    tokens_of,
    without_identifiers,
)


@pytest.mark.parametrize(
    ("token", "shape"),
    [("https://example.org/a", "url"), ("me@example.org", "email"), ("src/dates.py", "file"), ("src/memp", "path"),
     ("v2.1.0", "version"), ("2024-01-31", "number"), ("42", "number"), ("OPS-981", "id"), ("#12", "number"),
     ("parse_date", "name"), ("iPhone", "name"), ("NASA", "word"), ("mug", "word"), ("'red mug'", "text"),
     ("'dates.py'", "file"), ("-la", None), ("7", None), ("...", None), ("and/or", None), ("''", None)],
)  # fmt: skip
def test_a_token_has_a_shape(token: str, shape: Shape | None):
    assert shape_of(token) == shape


@pytest.mark.parametrize(
    ("one", "other"), [("./src/dates.py", "src/dates.py"), ("'Mug'", "mug"), ("`pip`.", "`pip`."), ("src/", "src")]
)
def test_two_mentions_of_a_thing_have_one_key(one: str, other: str):
    assert key_of(one) == key_of(other)


def test_a_sentence_ends_outside_of_its_last_token():
    assert tokens_of("Fix src/dates.py. Then run 'make test'.") == ["Fix", "src/dates.py", "Then", "run", "'make test'"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("restart the queue on web-24 for OPS-981", "restart the queue on for"),
        ("revert commit 1a2b3c4d5e of 2024-01-31", "revert commit of"),
        ("use utf-8 and sha-256 for 10.0.0.12", "use utf-8 and sha-256 for"),
        ("restart web-24 now", "restart web-24 now"),
    ],
)
def test_names_that_only_say_which_one_is_meant_are_left_out(text: str, kind: str):
    assert without_identifiers(text) == kind


def test_nouns_are_numbered_where_actions_and_observations_show_it():
    actions = ["take mug 1 from drawer 2", "go to drawer 3", "set volume 30", "sed -n 42p line 42"]
    assert counted_nouns(actions, ["you see a mug 1"]) == {"mug", "drawer"}
    assert counted_nouns(["look"], ["a mug 1"]) == frozenset()


def test_an_action_names_instances_elements_and_shaped_tokens():
    counted = frozenset(["mug", "drawer"])
    assert keys_in_action("take mug 1 from drawer 2", counted) == ("mug 1", "drawer 2")
    assert keys_in_action("click [1582]", counted) == ("[1582]", "1582")
    assert keys_in_action("$ cat src/dates.py README.md", counted) == ("src/dates.py", "readme.md")
    assert keys_in_action("take the red lamp", counted) == ("red", "lamp")


def test_an_observation_shows_the_things_that_actions_name():
    vocabulary = {"dates.py": ["src/dates.py"], "mug 1": ["mug 1"], "[12]": ["[12]"], "drawer": ["drawer"]}
    text = "dates.py: a mug 1, [12] link"
    assert keys_in_observation(text, vocabulary, frozenset(["mug"])) == {"src/dates.py", "mug 1", "[12]"}
    assert keys_in_observation("nothing", vocabulary, frozenset()) == set()


def test_a_task_names_words_and_two_words_as_one():
    assert task_terms("put the Soap Bar in 'drawer 2'") == {
        "soap": "Soap",
        "bar": "Bar",
        "put": "put",
        "drawer 2": "drawer 2",
        "soapbar": "Soap Bar",
    }


def test_the_first_word_of_a_task_is_no_proper_name():
    assert facts_of("Find New York and Los Angeles") == ("new york", "los angeles")


@pytest.mark.parametrize(
    ("task", "facts"),
    [
        ("put a clean saltshaker in drawer.", ("clean", "saltshaker", "drawer")),
        ("Clean some egg and put it in the microwave.", ("clean", "egg", "microwave")),
        ("find two pencil and put them in desk.", ("two", "pencil", "desk")),
        ("Bump setup.cfg to v2.1.0", ("bump", "setup.cfg", "v2.1.0")),
        ("Book a flight from New York to Oslo", ("book", "flight", "new york", "oslo")),
        ("the of and", ()),
    ],
)
def test_the_facts_of_a_task_are_its_content_words_and_names(task: str, facts: tuple[str, ...]) -> None:
    assert facts_of(task) == facts


def test_names_by_shape_come_first_where_there_are_too_many_facts() -> None:
    facts = facts_of("apple banana cherry melon lemon orange peach and src/fruit.py")
    assert len(facts) == 6
    assert facts[-1] == "src/fruit.py"


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_has_few_facts_each_once(task: str):
    facts = facts_of(task)
    assert len(facts) == len(set(facts)) <= 6
