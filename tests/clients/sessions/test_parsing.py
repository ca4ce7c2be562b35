"""A line of JSON is parsed only where its value fits in memory."""

import json

import pytest

from memp_clients.sessions.parsing import TOO_MANY, parsed


@pytest.mark.parametrize("part", [b"{},", b"[],", b'{"a":1},', b"300,", b'"ab",', b"1e5,"])
def test_a_line_of_many_small_values_is_refused(part: bytes):
    assert parsed(b"[" + part * 4_000_000 + b"0]") == TOO_MANY


def test_a_long_text_is_parsed_as_long_as_its_letters_fit():
    text = "x" * 30_000_000
    assert parsed(json.dumps({"a": text}).encode()) == {"a": text}
    assert parsed(json.dumps({"a": f"{text}\U0001f600"}, ensure_ascii=False).encode()) == TOO_MANY
    assert parsed(json.dumps({"a": f"{text}é"}, ensure_ascii=False).encode()) == {"a": f"{text}é"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'"words"', "text, not a trajectory"), (b"\xff", "not UTF-8"), (b"{", "not JSON"),
        (b"9" * 5_000, "a number too long"), (b"[" * 100_000, "nested too deep"),
    ],
)  # fmt: skip
def test_what_is_no_json_says_why(data: bytes, reason: str):
    said = parsed(data)
    assert isinstance(said, str) and reason in said
