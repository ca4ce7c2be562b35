"""Names of parameters: what a value is, where the runs say so, else where it comes from."""

from collections.abc import Sequence

import pytest
from families import member
from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.naming.names import Usage, Use, free_name, name_of
from memp.build.induction.naming.phrases import identifier, singular
from memp.build.reading.members import Member
from memp.text import templates
from memp.text.templates import names


def name(*cases: tuple[str, str], before: str = "do ", operation: str = "do", origin: str = "task") -> str:
    """The name of a parameter of these tasks and values."""
    values = [(member(task), value) for task, value in cases]
    return name_of(Usage(values, [Use(operation, before)] * len(values), origin))


@pytest.mark.parametrize(
    ("before", "expected"),
    [('get_order(order_id="', "order_id"), ("get(reservationId=", "reservation_id"), ("deploy --target ", "target")],
)
def test_a_value_has_the_name_of_the_argument_that_it_is_passed_as(before: str, expected: str):
    assert name(("Handle A-1044", "A-1044"), ("Handle B-2", "B-2"), before=before) == expected


def test_a_plain_argument_is_named_after_the_call():
    cases = [("Handle A-1044", "A-1044"), ("Handle B-2077", "B-2077")]
    assert name(*cases, before='get_order(id="', operation="get_order") in ("order_id", "id")


def test_an_identifier_has_the_name_before_it_in_the_task_and_a_plain_word_the_noun_after_it():
    assert name(("Merge the branch fix/login", "fix/login"), ("Merge the branch fix/x", "fix/x")) == "branch"
    assert name(("Add a column to the users table", "users"), ("Add one to the orders table", "orders")) == "table"


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        ("https://a.test/x", "https://b.test/y", "url"),
        ("src/a.py", "b.md", "file"),
        ("1.4.0", "2.0.1", "version"),
        ("a@b.test", "c@d.test", "email"),
    ],
)
def test_without_a_word_beside_it_a_value_is_named_by_its_shape(value: str, other: str, expected: str):
    assert name((f"Handle {value}", value), (f"Handle {other}", other)) == expected


def test_otherwise_the_name_says_where_the_value_comes_from():
    cases = [("Wash mug", "mug"), ("Wash cup", "cup")]
    assert [name(*cases, origin=origin) for origin in ("task", "shown", "own")] == ["item", "found", "text"]


def called(*runs: Member, values: Sequence[str], origin: str = "task", operation: str = "do") -> str:
    """The name of a parameter with these values in runs with steps."""
    return name_of(Usage([*zip(runs, values, strict=True)], [Use(operation, "do ", "", True)] * len(runs), origin))


def test_a_value_has_the_key_under_which_the_runs_show_it():
    runs = [
        member(f"Look after {code}", ("look_up()", f'{{"tracking_code": "{code}"}}'), (f"hold {code} now", "ok"))
        for code in ("zulu", "kilo", "golf")
    ]
    assert called(*runs, values=["zulu", "kilo", "golf"]) == "tracking_code"


def test_a_value_has_the_kind_that_stands_before_it():
    runs = [
        member(f"Look after {name}", (f"kubectl rollout restart deployment/{name}", "restarted"))
        for name in ("checkout", "search", "billing")
    ]
    assert called(*runs, values=["checkout", "search", "billing"]) == "deployment"


def test_a_path_is_no_kind():
    runs = [member(f"Tidy {name}", (f"rm src/lib/{name} -f", "ok")) for name in ("alpha", "beta")]
    assert called(*runs, values=["alpha", "beta"]) != "lib"


def test_a_value_has_the_noun_that_most_runs_put_beside_it():
    def run(shown: str, code: str) -> Member:
        return member("Get the parcel out of its locker", ("ask()", shown.format(code)), (f"unlock {code}", "ok"))

    codes = ["B-41", "C-72", "D-93", "E-14"]
    most = ["It is in locker {}", "the locker {} is yours", "your locker {}", "take {}"]
    runs = [run(shown, code) for shown, code in zip(most, codes, strict=True)]
    assert called(*runs, values=codes, origin="shown") == "locker"
    few = [run(shown, code) for shown, code in zip(["your locker {}", "take {}", "see {}", "{}"], codes, strict=True)]
    assert called(*few, values=codes, origin="shown") == "id", "one run of four is no usage"
    assert called(runs[0], values=codes[:1], origin="shown") == "id", "nor is a single run"


def test_a_verb_of_the_steps_is_no_name():
    runs = [member(f"Please book {town}", (f"book {town}", "ok")) for town in ("Oslo", "Rome", "Bern")]
    assert called(*runs, values=["Oslo", "Rome", "Bern"], operation="book") == "item"


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        ("db1.internal", "web.example", "host"),
        ("shop.example", "www.a-b.org", "host"),
        ("2026-03-01", "2025-12-24", "date"),
        ("24.12.2025", "1/3/2026", "date"),
        ("PX-1201", "QZ-9911", "id"),
        ("1200", "37", "number"),
    ],
)
def test_hosts_dates_and_numbers_are_named_by_their_form(value: str, other: str, expected: str):
    assert name((f"Handle {value}", value), (f"Handle {other}", other)) == expected


def test_a_form_that_only_some_values_have_names_nothing():
    assert name(("Handle 2026-03-01", "2026-03-01"), ("Handle mug", "mug"), origin="shown") == "found"


def test_a_phrase_of_one_run_is_called_by_its_noun_and_a_word_is_not_called_itself():
    assert name(("Wash the red mug", "red mug")) == "mug"
    assert name(("Wash the mug", "mug")) == "item"


def test_several_values_are_called_by_the_noun_that_all_end_with():
    assert name(("Wash red mug", "red mug"), ("Wash tin mug", "tin mug")) == "mug"
    assert name(("Wash red mug", "red mug"), ("Wash tin cup", "tin cup")) == "item"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Realm is {}", "the realm {} please", "realm"),
        ("Push it (branch {}) today", "off the branch {}", "branch"),
        ("Restart it on the console of the balancer ({})", "Open the balancer's console ({})", "console"),
        ("The till wrote {} again", "The shop wrote {} again", "name"),
    ],
)
def test_a_noun_that_the_syntax_puts_to_a_value_names_it(first: str, second: str, expected: str):
    assert name((first.format("ax-q"), "ax-q"), (second.format("by-r"), "by-r")) == expected


def test_a_column_of_a_table_names_what_stands_in_it():
    table = "NAME    AGE   CONTAINERS   IMAGES\nshop    12d   {}         reg/x"
    runs = [member("Set it", ("list", table.format(value)), (f"set {value}=1", "ok")) for value in ("web", "api")]
    assert called(*runs, values=["web", "api"], origin="shown") == "container"


def test_what_the_task_calls_the_object_of_the_verb_names_it():
    runs = [
        member("Boil it. First, focus on the substance.", (f"focus on {value}", "ok")) for value in ("ice", "gallium")
    ]
    usage = Usage([*zip(runs, ("ice", "gallium"), strict=True)], [Use("focus", "focus on ", "", True)], "shown")
    assert name_of(usage) == "substance"


def test_what_qualifies_a_word_is_no_name_of_it():
    assert name(("Put a hot apple away", "apple"), ("Put a hot bun away", "bun")) == "item"
    assert name(("Boil orange juice", "orange"), ("Boil apple juice", "apple")) == "juice"


def test_the_noun_of_commands_names_what_they_take():
    runs = [member("The second run fails", (f"gh run view {value}", "ok")) for value in ("71", "82")]
    uses = [Use("gh run", "gh run view "), Use("gh run", "sleep 3; gh run watch ")]
    assert name_of(Usage([*zip(runs, ("71", "82"), strict=True)], uses, "shown")) == "run"


def test_a_value_that_turns_up_is_told_from_one_of_the_same_name_in_the_task():
    assert free_name("version", "shown", {"version": "task"}) == "found_version"
    assert free_name("version", "shown", {"version": "shown"}) == "version_2"
    assert free_name("version", "task", {"version": "shown"}) == "version_2"


def test_a_name_that_is_taken_has_a_number():
    assert templates.numbered("item", ()) == "item"
    assert templates.numbered("item", ("item",)) == "item_2"
    assert templates.numbered("item", ("item", "item_2")) == "item_3"


@given(st.text(max_size=60))
def test_an_identifier_is_a_placeholders_name_or_nothing(text: str):
    for made in (identifier(text), singular(text)):
        assert made == "" or names(f"{{{made}}}") == [made]


@given(st.text("ab c/._-19'\"=", min_size=1, max_size=20), st.sampled_from(["task", "shown", "own"]))
def test_every_name_can_stand_in_braces(value: str, origin: str):
    made = name((f"do {value} now", value), origin=origin)
    assert names(f"{{{made}}}") == [made]
