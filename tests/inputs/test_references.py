"""One grammar of ids, for tools and terminal: p12, p12r3, t5."""

import pytest

from memp.domain.procedure import Ref
from memp.errors import InputError
from memp.inputs.references import Id, parse_id, reference, references, trajectory_id


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("p12", Id("p", 12)),
        (" P12R3 ", Id("p", 12, 3)),
        ("t5", Id("t", 5)),
        ("7", Id("", 7)),
        ("7r2", Id("", 7, 2)),
        ("p" + "9" * 18, Id("p", 10**18 - 1)),
        *((text, None) for text in ("", "p", "r3", "t5r2", "p1r", "x7", "p1 2", "p-1", "1.0", "p" + "9" * 19)),
    ],
)
def test_an_id_is_a_letter_a_number_and_maybe_a_revision(text: str, parsed: Id | None):
    assert parse_id(text) == parsed


def test_references_are_each_once_and_the_first_revision_counts():
    assert references(["p12r3", 7, "p12", "P7"]) == (Ref(procedure_id=12, revision=3), Ref(procedure_id=7))
    assert references("p12") == references(12) == (Ref(procedure_id=12),)
    assert references([]) == ()


@pytest.mark.parametrize(
    "used", ["p1, p2r3", "p1 p2r3", '["p1", "p2r3"]', ["p1, p2r3"], ["p1", None, "p2r3"], "p1;p2r3,"]
)
def test_several_may_stand_in_one_text(used: list[object] | str):
    assert references(used) == (Ref(procedure_id=1), Ref(procedure_id=2, revision=3))


@pytest.mark.parametrize("used", [None, "", "null", "None", [None], ["null"], "[]"])
def test_null_names_none(used: list[object] | str | None):
    assert references(used) == ()


@pytest.mark.parametrize("used", [["t5"], ["p1", True], [1.5], "p1 and p2", ["\x1b[31mnone of them\x1b[0m"]])
def test_what_is_no_procedure_is_refused(used: list[object] | str):
    with pytest.raises(InputError, match=r"'used' has \"[^\x1b]*\": pass ids as recall_procedure gave them"):
        references(used)


@pytest.mark.parametrize("name", ["t1", "", "p1;p2"])
def test_a_name_on_the_terminal_is_of_a_procedure(name: str):
    with pytest.raises(InputError, match="is no procedure"):
        reference(name)


def test_a_name_on_the_terminal_may_be_of_a_revision():
    assert reference("p12r3") == Ref(procedure_id=12, revision=3)


@pytest.mark.parametrize(("value", "number"), [("t5", 5), (5, 5), (" T5 ", 5), ("5", 5)])
def test_a_trajectory_is_named_by_its_id(value: object, number: int):
    assert trajectory_id(value) == number


@pytest.mark.parametrize("value", ["p5", "t5r1", "5r1", "", None, True, 5.0])
def test_what_is_no_trajectory_is_refused(value: object):
    with pytest.raises(InputError, match="pass the id that record_trajectory gave"):
        trajectory_id(value)
