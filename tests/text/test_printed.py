"""Commands whose purpose is to print a secret."""

import hypothesis
from hypothesis import strategies as st

from memp.text.secrets import printed


@hypothesis.settings(max_examples=200)
@hypothesis.given(st.from_regex(printed._PRINTS.compiled))
def test_no_command_is_passed_over_for_lack_of_a_hint(command: str) -> None:
    hypothesis.assume(len(command) <= 20_000)
    assert printed.prints_secret(command)
