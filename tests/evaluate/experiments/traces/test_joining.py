"""Which runs end as one procedure when they are recorded."""

from pathlib import Path
from typing import Any

from labelled_runs import LAMPS, LETTERS, lamp, run

from memp.evaluate.experiments.traces.joining import joined_others, siblings_joined, would_take
from memp.evaluate.experiments.traces.labels import LabelledFamily
from memp.evaluate.experiments.traces.study import opener


def families(*labelled: dict[str, Any]) -> list[LabelledFamily]:
    return [LabelledFamily.model_validate(one) for one in labelled]


def test_siblings_that_do_the_same_end_as_one_procedure_in_every_order():
    (lamps,) = families(LAMPS)
    assert siblings_joined(lamps, opener("hashing")) == (12, 12)


def test_runs_that_have_nothing_in_common_join_none():
    soup = run("soup", "Cook soup.", "peel carrots", "boil water", "stir it")
    mixed = {**LAMPS, "runs": [LAMPS["runs"][0], LETTERS["runs"][0], soup]}
    assert siblings_joined(families(mixed)[0], opener("hashing")) == (0, 12)


def test_two_families_in_one_memory_stay_apart():
    both = families(LAMPS, LETTERS)
    assert joined_others(both, opener("hashing")) == {"lamp": (0, 3), "letter": (0, 3)}
    assert would_take(both) == {"lamp": (0, 3), "letter": (0, 3)}


def test_a_run_that_joins_another_family_is_counted():
    rooms = ("hall", "shed", "loft")
    other = {**LAMPS, "family": "light", "runs": [{**lamp(9, room), "id": f"light-{room}"} for room in rooms]}
    assert sum(many for many, _ in joined_others(families(LAMPS, other), opener("hashing")).values()) == 3
    assert would_take(families(LAMPS, other))["lamp"] == (3, 3)
    apart = {**LAMPS, "same_procedure": False}
    assert joined_others(families(apart), opener("hashing"))["lamp"] == (2, 3), "runs that should stay apart did not"


def test_a_memory_is_left_nowhere(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    siblings_joined(families(LAMPS)[0], opener("hashing"))
    assert not list(tmp_path.iterdir())
