"""Texts that are cut: never longer than asked for, and never inside a placeholder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.text.clips import clip, clip_middle, first_line
from memp.text.templates import names

TEXTS = st.lists(st.sampled_from(["{source_file}", "{a}", "word ", "x", "\n", "é", " "]), max_size=60).map("".join)


@given(TEXTS, st.integers(10, 120))
def test_a_cut_text_is_no_longer_than_asked_for_and_begins_as_before(text: str, limit: int):
    cut = clip(text, limit)
    assert len(cut) <= limit and text.startswith(cut.removesuffix(" [...]"))
    assert (cut == text) == (len(text) <= limit)


@given(TEXTS, st.integers(10, 120))
def test_no_cut_makes_a_placeholder_that_was_not_there(text: str, limit: int):
    assert set(names(clip(text, limit))) <= set(names(text))
    assert set(names(clip_middle(text, limit))) <= set(names(text))


@given(TEXTS, st.integers(10, 120))
def test_without_its_middle_a_text_is_no_longer_than_asked_for(text: str, limit: int):
    assert len(clip_middle(text, limit)) <= limit


def test_a_command_keeps_both_ends():
    cut = clip_middle("python train.py " + "--flag 1 " * 40 + "--out runs/last", 60)
    assert cut.startswith("python train.py") and " [...] " in cut and cut.endswith("--out runs/last")


def test_a_placeholder_at_a_cut_goes_as_a_whole():
    text = "copy {source_file} to {target_file}"
    assert all("{" not in clip(text, length).replace("{source_file}", "") for length in range(12, 30))
    cut = clip_middle("x" * 40 + "{target_file} y" + "z" * 40, 60)
    assert cut.count("{") == cut.count("}")


@pytest.mark.parametrize(("text", "line"), [("", ""), ("\n \n", ""), ("\n  done \nmore", "done"), ("one", "one")])
def test_the_first_line_is_the_first_that_says_something(text: str, line: str):
    assert first_line(text) == line
