"""bench/attack.py at a small size: nothing of the attacker's comes above candidate, nor unasked, nor before what was seen."""

import sys

import pytest
from attack import main


def test_a_small_attack_reaches_nothing_that_was_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setattr(
        sys, "argv", ["attack.py", "--tasks", "12", "--runs", "4", "--attacks", "typed", "sessions", "used"]
    )
    main()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert len(rows) == 12
    assert all(row[-2:] == ["0", "0"] for row in rows)
    seen = [row for row in rows if row[0] == "seen" and row[2] == "paraphrased"]
    assert all(row[6] == "0.0%" for row in seen)
