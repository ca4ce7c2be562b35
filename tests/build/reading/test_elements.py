"""Elements of web pages are called by what the page said of them, and not by their numbers."""

import pytest
from families import run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.extractive.script import extract, extract_family
from memp.build.reading.elements import labelled

PAGE = "[12] link 'Orders'\n[15] button \"Log out\"\n[17] textbox ''"


def labels(*steps: tuple[str, str]) -> list[str]:
    return labelled(run_of("t", *steps).steps)


def test_a_number_is_what_it_was_called_on_the_page_seen_last():
    assert labels(("open shop", PAGE), ("click [12]", "[12] link 'Refunds'"), ("click [12]", "ok")) == [
        "open shop", "click [link 'Orders']", "click [link 'Refunds']",
    ]  # fmt: skip


def test_a_number_that_no_page_explained_stays():
    assert labels(("click [99]", PAGE), ("click [17]", "ok")) == ["click [99]", "click [17]"]


def test_quotes_of_either_kind_are_read():
    assert labels(("open shop", PAGE), ("click [15]", "ok"))[1] == "click [button 'Log out']"


@pytest.mark.parametrize(
    ("shown", "called"),
    [
        ("[12] link Orders of today", "link 'Orders of today'"),
        ("[12]  Button  Log out  [13] link Help", "button 'Log out'"),
        ("[12] link Orders: 3 open", "link 'Orders'"),
        ("[12] StaticText Total (all)", "statictext 'Total'"),
        ("[12] link one two three four five six", "link 'one two three four five'"),
        ("* [12] menuitem\tExport", "menuitem 'Export'"),
        ("[12] link 42 orders", None),
        ("[12] link", None),
        ("12 link Orders", None),
    ],
)
def test_a_label_without_quotes_goes_up_to_a_sign_or_two_spaces(shown: str, called: str | None):
    assert labels(("open shop", shown), ("click [12]", "ok"))[1] == (f"click [{called}]" if called else "click [12]")


def test_several_elements_of_one_line_have_each_their_label():
    page = "[3] textbox Name  [4] button Send"
    assert labels(("open form", page), ("type [3] [Bo]", "ok"), ("click [4]", "ok"))[1:] == [
        "type [textbox 'Name'] [Bo]", "click [button 'Send']",
    ]  # fmt: skip


SNAPSHOT = '- link "Book" [ref=e12] [cursor=pointer]\n- button "Pay now" [active] [ref=e13]'


@pytest.mark.parametrize(
    ("page", "action", "called"),
    [
        (SNAPSHOT, 'browser_click {"ref":"e12"}', 'browser_click {"ref":"[link \'Book\']"}'),
        (SNAPSHOT, "click(ref='e13')", "click(ref='[button \"Pay now\"]')"),
        (SNAPSHOT, "click @e13", "click [button 'Pay now']"),
        ('uid=1_5 button "Save"', 'click {"uid":"1_5"}', 'click {"uid":"[button \'Save\']"}'),
        (SNAPSHOT, 'browser_click {"ref":"e14"}', 'browser_click {"ref":"e14"}'),
        (SNAPSHOT, "open e12.html", "open e12.html"),
    ],
    ids=["in quotes", "in single quotes", "after @", "mark before", "not shown", "part of a name"],
)
def test_a_mark_of_a_snapshot_is_what_the_element_was_called(page: str, action: str, called: str):
    assert labels(("look", page), (action, "ok"))[1] == called


def test_a_script_speaks_of_elements_whatever_their_numbers_were():
    def run(number: int, name: str):
        page = f"[{number}] link 'Orders'\n[{number + 1}] link '{name}'"
        return run_of(
            f"Show the order of {name}", ("open shop", page), (f"click [{number + 1}]", f"The order of {name}")
        )

    assert "click [link '" in extract(run(3, "Bo")).script.steps[-1]
    steps = extract_family([run(3, "Bo"), run(77, "Cy")]).script.steps
    assert not any("[4]" in step or "[78]" in step for step in steps) and "click [link '{" in steps[-1]


@given(
    st.lists(st.tuples(st.text("click []123 ab", max_size=12), st.text("[]123 link 'ab'\n", max_size=40)), max_size=5)
)
def test_a_run_has_as_many_actions_as_before_and_those_without_a_number_stay(steps: list[tuple[str, str]]):
    actions = labels(*steps)
    assert len(actions) == len(steps)
    assert all(new == old for new, (old, _) in zip(actions, steps, strict=True) if "[" not in old)


def test_elements_of_a_snapshot_are_named_by_what_it_calls_them():
    page = '- textbox "E-mail" [ref=e4]\n- button "Sign in" [disabled] [ref=e9] [cursor=pointer]'
    assert labels(
        ('open(url="https://shop.test")', page),
        ('type(ref="e4", text="ana@shop.test")', "ok"),
        ('{"tool": "click", "ref": "e9"}', "ok"),
        ('click(ref="e7")', "ok"),
    )[1:] == [
        'type(ref="[textbox \'E-mail\']", text="ana@shop.test")',
        '{"tool": "click", "ref": "[button \'Sign in\']"}',
        'click(ref="e7")',
    ]


def test_a_number_is_the_mark_of_an_element_only_where_it_stands_as_one():
    page = "uid=22 button 'Save'"
    actions = labels(
        ("page()", page), ("sleep 22", ""), ("click('22')", ""), ("click(uid=22)", ""), ("set_guests(22)", "")
    )
    assert actions[1:] == ["sleep 22", "click('[button \"Save\"]')", "click(uid=[button 'Save'])", "set_guests(22)"]
