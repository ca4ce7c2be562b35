"""Matching blocks of two sequences."""

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.matching import Block, matching_blocks, unequal_and_equal

TEXTS = st.lists(st.sampled_from("ab c"), max_size=12)


@given(TEXTS, TEXTS)
def test_they_are_those_of_difflib_without_junk(a: list[str], b: list[str]):
    theirs = SequenceMatcher(None, a, b, autojunk=False)
    assert matching_blocks(a, b) == [tuple(block) for block in theirs.get_matching_blocks() if block.size]
    assert list(unequal_and_equal(a, b)) == [
        (slice(i, to_i), slice(j, to_j), tag == "equal") for tag, i, to_i, j, to_j in theirs.get_opcodes()
    ]


def test_the_longest_comes_first_and_others_stand_on_either_side_of_it():
    a, b = "put the red mug on the shelf".split(), "put a mug on the high shelf".split()
    assert matching_blocks(a, b) == [Block(0, 0, 1), Block(3, 2, 3), Block(6, 6, 1)]
