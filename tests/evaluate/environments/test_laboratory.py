"""Laboratory commands are parsed into a verb and the things that they name."""

import pytest

from memp.evaluate.environments.laboratory import call_of, is_choice, likeness, without_places


@pytest.mark.parametrize(
    ("action", "verb", "args"),
    [
        ("use thermometer in inventory on water in pot", "use", ("thermometer in inventory", "water in pot")),
        ("move the Red box to table", "move", ("the red box", "table")),
        ("pour jug into flower pot 2", "pour", ("jug", "flower pot 2")),
        ("pour jug in sink", "pour", ("jug", "sink")),
        ("drop cup", "put down", ("cup",)),
        ("examine cup", "look at", ("cup",)),
        ("teleport to hall", "go", ("hall",)),
        ("connect wire terminal 1 to lamp", "connect", ("wire terminal 1", "lamp")),
        ("look around", "look around", ()),
        ("activate sink", "activate", ("sink",)),
        ("wait1", "wait1", ()),
    ],
)
def test_a_command_has_a_verb_and_things(action: str, verb: str, args: tuple[str, ...]):
    assert call_of(action) == (verb, args)


def test_a_number_alone_answers_a_question():
    assert is_choice("0")
    assert not is_choice("pot 0")


def test_names_are_alike_by_their_words():
    assert 0.5 < likeness("flower pot 2", "flower pot 8") < likeness("flower pot 2", "flower pot 2") == 1
    assert likeness("the cup", "cup") == 1
    assert likeness("red box", "green box") < 0.5
    assert likeness("", "") == 0


def test_a_thing_can_be_named_without_its_place():
    assert without_places("use Probe in hand on tea in cup in sink") == "use Probe on tea in cup"
    assert without_places("look in cup") == "look in cup"
