"""The lexicon of verb classes holds together."""

import pytest

from memp.text.tasks.verb_classes import CLASS_OF, LIGHT, OPPOSED, SIDE_OF_CLASS, TO_LEARN

CLASSES = frozenset[str]().union(*CLASS_OF.values())


@pytest.mark.parametrize("pair", sorted(OPPOSED))
def test_opposites_are_two_classes_and_go_both_ways(pair: tuple[str, str]):
    assert pair[0] != pair[1] and {*pair} <= CLASSES and pair[::-1] in OPPOSED


def test_classes_that_are_spoken_of_exist_and_are_named_by_a_verb_of_theirs():
    assert SIDE_OF_CLASS.keys() | TO_LEARN <= CLASSES
    assert all(name in CLASS_OF[name] for name in CLASSES)


def test_light_verbs_are_written_as_the_classes_are():
    assert all(verb == verb.lower() and "_" not in verb for verb in LIGHT)
