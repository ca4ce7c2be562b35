"""Results files: their lines."""

import pytest

from memp.evaluate.experiments.results import Line


class Unnamed(Line):
    won: bool


def test_a_line_that_does_not_say_which_it_is_cannot_be_made():
    with pytest.raises(TypeError, match="key"):
        Unnamed(won=True)  # type: ignore[abstract]
    with pytest.raises(TypeError, match="key"):
        Unnamed.model_validate_json('{"won": true}')
