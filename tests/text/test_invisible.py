"""What nobody sees is shown as escapes; scripts and emoji stay as they are spelt."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from memp.text.invisible import all_shown, shown

TAGGED = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all")
ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng") + "\U000e007f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    "text",
    [
        "plain words", "❤\ufe0f and ✔\ufe0e", "1\ufe0f\u20e3 #\ufe0f\u20e3", FAMILY, "\U0001f44d\U0001f3fd\u200d♂\ufe0f", ENGLAND,
        "\U0001f3f3\ufe0f\u200d\U0001f308", "می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී", "葛\U000e0100城", "\u2268\ufe00",
        "\u1820\u180b", "\u1100\u1160", "é ü ß", "日本語", "x\u0301\u034f\u0323",
    ],
)  # fmt: skip
def test_what_scripts_and_emoji_are_spelt_with_stays(text: str):
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\U000e0041b", "a[U+E0041]b"),
        (f"run{TAGGED}", "run[U+E0069 U+E0067 U+E006E U+E006F U+E0072 U+E0065 U+E0020 U+E0061 and 2 more]"),
        ("\U0001f3f4" + TAGGED[:2], "\U0001f3f4[U+E0069 U+E0067]"),
        (ENGLAND + TAGGED[:1], ENGLAND + "[U+E0069]"),
        ("a\ufe0f", "a[U+FE0F]"),
        ("❤\ufe0f\ufe01\ufe02", "❤\ufe0f[U+FE01 U+FE02]"),
        ("a\U000e0100", "a[U+E0100]"),
        ("葛\U000e0100\U000e0101", "葛\U000e0100[U+E0101]"),
        ("pa\u200dss", "pa[U+200D]ss"),
        ("می\u200c\u200d\u200cخ", "می\u200c[U+200D U+200C]خ"),
        ("\u200dx", "[U+200D]x"),
        ("a\u3164b\uffa0", "a[U+3164]b[U+FFA0]"),
        ("a\u034fb", "a[U+034F]b"),
        ("a\u2060\ufeff", "a[U+2060 U+FEFF]"),
    ],
)
def test_what_is_hidden_is_named(text: str, says: str):
    assert shown(text) == says


@given(st.text(alphabet=st.characters(categories=["Cf", "Mn", "Cn", "So", "Lo", "Lu"]), max_size=30))
def test_showing_again_changes_nothing_and_no_tag_is_left_but_of_a_flag(text: str):
    once = shown(text)
    assert shown(once) == once
    assert "\U0001f3f4" in text or not any("\U000e0000" <= letter <= "\U000e00ff" for letter in once)


def test_a_nest_of_texts_is_shown_whole():
    assert all_shown({"a\ufe00": ["b\U000e0041", 1, None, ("c",)]}) == {"a[U+FE00]": ["b[U+E0041]", 1, None, ["c"]]}
