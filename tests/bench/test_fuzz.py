"""bench/fuzz.py at its small size: random inputs end in no traceback, and each is answered."""

import pytest
from fuzz import KINDS, fuzz


@pytest.mark.parametrize(("kind", "count"), [("tools", 250), ("stdio", 60), ("importers", 200), ("terminal", 80)])
def test_random_inputs_are_answered(kind: str, count: int):
    assert kind in KINDS
    tried, findings = fuzz(kind, count, seed=14)
    assert tried >= count * 0.8 and findings == []
