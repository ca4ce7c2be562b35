"""Which value a parameter stands for, and whether a person would name it so."""

import pytest

from memp.evaluate.experiments.traces.naming import LabelledValue, is_made_of, is_named_so, stands_for

VERSION = LabelledValue(("new_version", "version"), {0: "1.4.0", 1: "2.0.1"})
BEFORE = LabelledValue(("old_version", "previous_tag"), {0: "1.3.2", 1: "2.0.0"})
SHOP = LabelledValue(("project", "repo"), {0: "shop", 1: "clinic"})


@pytest.mark.parametrize(
    ("texts", "value", "stands"),
    [
        ({0: "1.4.0", 1: "2.0.1"}, VERSION, True),
        ({0: "v1.4.0", 1: "v2.0.1"}, VERSION, True),
        ({0: "'1.4.0'"}, VERSION, True),
        ({0: "1.4.0", 1: "2.0.0"}, VERSION, False),
        ({0: "~/shop", 1: "~/clinic"}, SHOP, True),
        ({0: "src/all/projects/shop", 1: "src/clinic"}, SHOP, True),
        ({0: "Project shop", 1: "clinic"}, SHOP, True),
        ({0: "a word on shop", 1: "a word on clinic"}, SHOP, True),
        ({0: "a word on shop", 1: "more words on clinic"}, SHOP, False),
        ({0: "workshop", 1: "clinic"}, SHOP, False),
        ({2: "shop"}, SHOP, False),
    ],
)
def test_a_parameter_stands_for_a_value_with_the_same_text_in_every_run(
    texts: dict[int, str], value: LabelledValue, stands: bool
):
    assert stands_for(texts, value) is stands


@pytest.mark.parametrize(
    ("texts", "made"),
    [
        ({0: "host/shop:1.4.0", 1: "host/clinic:2.0.1"}, True),
        ({0: "1.4", 1: "2.0"}, True),
        ({0: "Dear all, shop 1.4.0 is out", 1: "clinic 2.0.1, at last, has been put on the shelf"}, False),
        ({0: "lasts", 1: "target"}, False),
        ({}, False),
    ],
)
def test_a_parameter_is_made_of_values_where_none_of_its_text_is_made_up(texts: dict[int, str], made: bool):
    assert is_made_of(texts, [VERSION, SHOP]) is made


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("version", VERSION, True),
        ("version_2", VERSION, True),
        ("release_version", VERSION, True),
        ("NewVersion", VERSION, False),
        ("version", BEFORE, False),
        ("tag", BEFORE, True),
        ("item", SHOP, False),
        ("repos", SHOP, True),
        ("project_name", SHOP, True),
        ("id", LabelledValue(("ticket_id",), {}), False),
        ("ticket", LabelledValue(("ticket_id",), {}), True),
        ("record locator", LabelledValue(("locator",), {}), True),
    ],
)
def test_a_name_is_a_persons_if_it_is_listed_or_has_its_head_word(name: str, value: LabelledValue, right: bool):
    assert is_named_so(name, value, [VERSION, BEFORE, SHOP]) is right
