"""What was passed is repeated in sentences without secrets, and cut."""

import pytest

from memp.text.quoting import quoted


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("p1", "p1"),
        (7, "7"),
        ("ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1fG3iJ5", "[redacted: api key]"),
        ("x" * 9_999, "x" * 40),
        ("a\x1b[31m\u200bb", "ab"),
    ],
)
def test_the_beginning_is_repeated_without_secrets(value: object, says: str):
    assert quoted(value) == says
