"""One grammar of {placeholders}: what is one, how a task is bound to a template, and how near a miss is."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memp.text import templates

PLACEHOLDERS: list[tuple[str, list[str]]] = [
    ("{object}", ["object"]),
    ("put {object} in {place_2}", ["object", "place_2"]),
    ("{Service} {_x} {a1}", ["Service", "_x", "a1"]),
    ("{a} and {a}", ["a", "a"]),
    ("{} { } {1} {two words} {größe} {a-b}", []),
    ("{" + "a" * 41 + "} {" + "b" * 42 + "}", ["a" * 41]),
]


@pytest.mark.parametrize(("text", "names"), PLACEHOLDERS, ids=[text[:20] for text, _ in PLACEHOLDERS])
def test_a_placeholder_is_a_name_in_braces(text: str, names: list[str]):
    assert templates.names(text) == names
    assert [w for w in templates.words(text) if w[0] == "{"] == [f"{{{name}}}" for name in names]
    assert templates.substitute(text, lambda name: f"{{{name}}}") == text
    assert "".join(templates.pieces(text)) == text


def test_one_placeholder_alone_is_told_from_text_with_one_in_it():
    assert templates.name_of("{object}") == "object"
    assert [templates.name_of(text) for text in ("object", "{object} 1", "{two words}", "")] == [None] * 4


def test_numbered_placeholders_of_one_kind_are_alike():
    assert templates.unnumbered("take {object_2} from {source_12} and 3_4") == "take {object} from {source} and 3_4"


def test_what_other_languages_have_in_braces_is_no_placeholder_of_a_text_that_declares_none():
    text = "git log @{push}..HEAD@{1}; echo ${tag} ${HOME} {{chart}} {{ image }}; ssh deploy@{host} {name}"
    assert templates.meant(text) == ["host", "name"]


@pytest.mark.parametrize("start", ["copy ", "copy {", "copy {obj", "copy {object_2"])
def test_a_cut_leaves_no_half_of_a_placeholder(start: str):
    assert templates.without_cut(start) == "copy "
    assert templates.without_cut("copy {object}") == "copy {object}"


def test_all_braces_go_where_only_fixed_words_count():
    assert templates.without_braces("put {object} into {the box}").split() == ["put", "into"]


@pytest.mark.parametrize(
    ("template", "task", "share"),
    [
        ("put a {object} in {place}", "put a mug in drawer", 0.5),
        ("put a {object} in {place}", "clean a mug", 0.0),
        ("print ${HOME} twice", "print ${HOME} twice", 1.0),
        ("match {3} of {object}", "match {3} of mug", 3 / 4),
        ("", "put a mug in drawer", 0.0),
    ],
)
def test_the_share_of_a_task_that_is_the_templates_own(template: str, task: str, share: float):
    assert templates.fixed_share(template, task) == share


@pytest.mark.parametrize(
    ("template", "task", "near"),
    [
        ("put a hot {object} in {place}", "put a cool mug in drawer", True),
        ("put a hot {object} in {place}", "put a mug in drawer", True),
        ("put {object} in {place}", "put some hot mug in drawer", True),
        ("put a hot {object} in {place}", "put a hot mug in drawer", False),
        ("put a hot {object} in {place}", "clean a cool mug in drawer", False),
        ("put mug in drawer", "put cup in drawer", False),
        ("refund {order} as {reason}", "refund 7 as much too small", False),
        ("paint {wall} for {person}", "paint shed for my old aunt", False),
        ("put {object} in {place}", "put mug in drawer then", False),
        ("put {object} in {place}", "put 2 mugs in drawer", True),
    ],
)
def test_a_task_misses_a_template_by_one_word(template: str, task: str, near: bool):
    assert templates.misses_by_one(template, task) is near


def test_words_that_a_template_leaves_open_are_none_of_its_own():
    task = "Fix parser and all its tests: it crashes"
    assert templates.fixed_share("Fix parser ... it crashes", "Fix parser bug: it crashes") == 0.8
    assert templates.fixed_share("Fix ... crashes", "Fix parser tests crashes") == 0.5
    assert templates.fixed_share("Fix parser ... it crashes", task) == 0


@pytest.mark.parametrize("name", ["${HOME}", "{Foo}", "{3}", "{größe}"])
def test_a_task_that_speaks_of_braces_is_recalled(name: str, open_memory: Callable[..., Any]):
    memory = open_memory()
    task = f"Replace {name} in install.sh by a variable"
    memory.record(task, ["open install.sh -> #!/bin/sh", "edit install.sh -> saved"], "success")
    assert [match.procedure.id for match in memory.recall(task).matches] == [1]


def test_words_that_may_be_any_are_bound_to_nothing():
    template = "Add the dependency {name} to the ... project"
    assert templates.bind(template, "add the dependency numpy to the orders project") == {"name": "numpy"}
    assert templates.bind(template, "add the dependency numpy to the orders repository") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("item_2", True), ("a", True), ("Item", False), ("2nd", False), ("two words", False), ("", False)],
)
def test_names_by_rule_are_in_lower_case(text: str, name: bool):
    assert templates.is_name(text) is name


def test_the_kind_of_a_name_is_without_its_number():
    assert [templates.kind_of_name(name) for name in ("found_2", "found", "page_2_url")] == [
        "found",
        "found",
        "page_2_url",
    ]


@pytest.mark.parametrize(
    ("template", "task", "bound"),
    [
        ("put a {object} in {place}.", "Put the Mug in drawer", {"object": "Mug", "place": "drawer"}),
        ("put a clean {object} in {place}.", "put clean mug 2 in drawer 1!", {"object": "mug", "place": "drawer"}),
        ("find two {object}s and put them in {place}", "find two pens and put them in a jar",
         {"object": "pen", "place": "jar"}),
        ("put a {object} in {place}.", "put a clean mug in drawer.", None),
        ("put {object} in {place}", "put two pen in jar", None),
        ("put a {object} in {place}.", "clean the mug", None),
        ("bump {file} to {version}", "Bump Setup.cfg to 2.0", {"file": "Setup.cfg", "version": "2.0"}),
        ("copy {file} to {file}", "copy a.txt to b.txt", None),
        ("look around.", "Look  around", {}),
        ("look around.", "look back", None),
        ("{object}", "", None),
    ],
)  # fmt: skip
def test_a_template_fits_a_task_or_it_does_not(template: str, task: str, bound: dict[str, str] | None) -> None:
    assert templates.bind(template, task) == bound


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_taken_for_a_template_and_a_task(template: str, task: str):
    bound = templates.bind(template, task)
    assert bound is None or set(bound) == set(re.findall(r"\{([a-z][a-z0-9_]*)\}", template))


@pytest.mark.parametrize(
    ("template", "task", "values"),
    [
        ("refund {order}, reason: {reason}", "Refund W7, reason: it came too late, and broken", "it came too late, and broken"),
        ("refund {order} as {reason}", "Refund W7 as too small", "too small"),
        ("refund {order} as {reason}", "Refund W7 as small too", None),
        ("get the parcel out of {locker}", "Get the parcel out of locker 14", "locker 14"),
        ("get the parcel out of {place}", "Get the parcel out of locker 14", "locker"),
    ],
)  # fmt: skip
def test_a_value_is_what_stands_in_its_place(template: str, task: str, values: str | None):
    bound = templates.bind(template, task)
    assert (None if bound is None else [*bound.values()][-1]) == values
