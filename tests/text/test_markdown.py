"""Untrusted text in a Markdown file stays text: no block, no tag, nothing that a host runs or fills in."""

import pytest

from memp.text.markdown import block, phrase, value


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("plain text, 3 * 4", "plain text, 3 * 4"),
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("> quote", "\\> quote"),
        ("---", "\\---"),
        ("```sh", "\\```sh"),
        ("[a]: https://example.org", "\\[a]: https://example.org"),
        ("a <b>bold</b> <!-- hidden -->", "a &lt;b>bold&lt;/b> &lt;!-- hidden -->"),
        ("x < y and a <- b", "x < y and a <- b"),
        ("run !`ls` and ![x](y)", "run ! `ls` and ! [x](y)"),
        ("cost $1 of $ARGUMENTS", "cost \\$1 of \\$ARGUMENTS"),
        ("${CLAUDE_X} and ${HOME}", "$\\{CLAUDE_X} and ${HOME}"),
        ("read @secrets.txt, me@example.org", "read \\@secrets.txt, me@example.org"),
        ("a\U000e0041\ufe0f b", "a[U+E0041 U+FE0F] b"),
    ],
)
def test_what_would_act_is_neutralised(text: str, inert: str):
    assert block(text) == phrase(text) == inert


def test_lines_stay_within_their_item():
    assert block("one\n\n# two\u2028- three", "  ") == "one\n  \\# two\n  \\- three"
    assert phrase("one\n# two") == "one # two"


def test_a_value_of_frontmatter_is_one_short_line():
    assert value("a <b>\n--- c", 40) == "a ‹b› -- c"
    assert value("x" * 50, 20) == "x" * 17 + "..."
    assert value("run !`ls`", 40) == "run ! `ls`"
