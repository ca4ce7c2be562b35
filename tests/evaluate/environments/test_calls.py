"""Tool calls as text: `name(argument="value")`, and the signatures by which tools are listed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.evaluate.environments.calls import (
    MAX_CALL,
    Signature,
    ToolCall,
    parse_call,
    parse_signature,
    write_call,
    write_signature,
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), VALUES, max_size=3))
def test_a_written_call_is_read_back(arguments: dict[str, Any]):
    assert parse_call(write_call("set_light", arguments)) == ToolCall("set_light", arguments)


def test_values_are_also_read_as_python_writes_them():
    call = parse_call("set_light( room='the hall', on=True, level=None )")
    assert call == ToolCall("set_light", {"room": "the hall", "on": True, "level": None})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "look around",
        "f(",
        "f(a)",
        "f(a=)",
        "f(a=1 b=2)",
        "f(a=b)",
        "f(a=1",
        "f() now",
        "f(a={x})",
        "f" * MAX_CALL + "()",
    ],
)
def test_any_other_text_is_no_call(text: str):
    assert parse_call(text) is None


def test_deep_nesting_is_no_call_rather_than_a_crash():
    assert parse_call(f"f(a={'[' * 9_000})") is None


def test_a_signature_is_read_back_and_a_call_without_arguments_is_its_own():
    signature = Signature("find", ("name", "born"), ("limit",))
    assert parse_signature(write_signature(signature)) == signature
    assert write_signature(Signature("look", ())) == write_call("look")
    assert parse_signature("look around") is None
