"""The floor: the cosine below which nothing is found."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from memp.embed import Vectors, unit
from memp.embed.calibrate import Pairs, calibrate, load_pairs, measure
from memp.embed.compiled import CompiledEmbedder
from memp.errors import EmbedderError


class Planned:
    """An encoder of texts that are angles in degrees."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        angles = np.radians([float(text) for text in texts])
        return unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def test_the_floor_separates_what_can_be_separated() -> None:
    pairs = Pairs(families=("a", "b"), stored=("0", "180"), asked=("20", "200"), unrelated=("90", "100", "80", "95"))
    floor = calibrate(Planned().encode, pairs)
    rates = measure(Planned().encode, pairs, floor)
    assert (rates.passed, rates.rejected_other, rates.rejected_unrelated) == (1.0, 1.0, 1.0)


def test_of_floors_that_do_the_same_the_lowest_is_chosen() -> None:
    pairs = Pairs(families=("a", "b"), stored=("0", "180"), asked=("10", "190"), unrelated=("60", "120"))
    assert calibrate(Planned().encode, pairs) == pytest.approx(0.51)


def test_a_query_of_the_same_family_is_not_held_against_the_floor() -> None:
    pairs = Pairs(families=("a", "a"), stored=("0", "5"), asked=("2", "3"), unrelated=("90", "95"))
    assert measure(Planned().encode, pairs, 0.9).rejected_other == 1.0


def test_the_default_models_floor_tells_task_from_task(compiled: CompiledEmbedder) -> None:
    rates = measure(compiled.encode, load_pairs("held_out"), compiled.identity.floor)
    assert rates.passed >= 0.5
    assert rates.rejected_unrelated >= 0.5
    off_topic = compiled.encode(["Write a sonnet about the smell of rain", "Who was the first king of Hungary?"])
    stored = compiled.encode(load_pairs("held_out").stored)
    assert (off_topic @ stored.T).max() < compiled.identity.floor


@pytest.mark.parametrize("content", [None, "{", '{"split": "calibrate"}', ""])
def test_unusable_calibration_pairs_are_a_sentence(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "pairs.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"pairs.jsonl"):
        load_pairs("calibrate", tmp_path / "pairs.jsonl")
