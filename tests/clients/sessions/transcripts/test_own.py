"""memp's own format: every field is taken over, and wrong ones are named."""

from typing import Any

import pytest
from trajectory_files import OWN

from memp.errors import InputError
from memp_clients.sessions.reader import parse


class TestOwnFormat:
    def test_every_field_is_taken_over(self) -> None:
        entry = parse(
            {
                **OWN,
                "evidence": {"kind": "check", "detail": "curl, exit 0"},
                "script": {"steps": ["x"]},
                "used": ["p1"],
                "facts": ["port", "nginx"],
                "provenance": {"client": "codex", "model": "m", "unknown": 1},
                "tokens": 12,
                "id": "run-7",
            }
        )
        assert (entry.task, entry.steps, entry.outcome) == (OWN["task"], OWN["steps"], "success")
        assert entry.evidence == "check: curl, exit 0"
        assert (entry.script, entry.used, entry.facts, entry.tokens) == (
            {"steps": ["x"]},
            ["p1"],
            ["port", "nginx"],
            12,
        )
        assert entry.provenance.model_dump(exclude_none=True) == {"client": "codex", "model": "m", "source": "run-7"}

    def test_a_reward_is_an_outcome_and_zero_is_not_missing(self) -> None:
        assert parse({"task": "t", "steps": ["a"], "reward": 0}).outcome == 0

    @pytest.mark.parametrize(
        ("outcome", "reward", "taken"),
        [("success", 0.9, "success"), ("failure", 0.2, "failure"), (0.5, 0.5, 0.5), ("unknown", 1, 1), (None, 0, 0)],
    )
    def test_an_outcome_may_stand_beside_its_reward(self, outcome: object, reward: object, taken: object) -> None:
        assert parse({**OWN, "outcome": outcome, "reward": reward}).outcome == taken

    @pytest.mark.parametrize(("outcome", "reward"), [("success", 0), ("failure", 1), (0.5, 0.6), ("1", 0)])
    def test_they_must_agree_unless_the_caller_decides(self, outcome: object, reward: object) -> None:
        both = {**OWN, "outcome": outcome, "reward": reward}
        with pytest.raises(InputError, match="pass one of them"):
            parse(both)
        assert parse(both, "failure").outcome in ("failure", outcome)

    def test_the_callers_outcome_goes_before_the_records_own(self) -> None:
        assert parse({"task": "t", "steps": ["a"]}, "failure").outcome == "failure"
        assert parse({"task": "t", "steps": ["a"]}).outcome is None
        overruled = parse(OWN, "failure")
        assert (overruled.outcome, overruled.evidence) == ("failure", "user: said by --outcome")
        assert overruled.overruled
        alike = parse(OWN, "success")
        assert (alike.outcome, alike.evidence, alike.overruled) == ("success", "", False)
        assert parse({**OWN, "outcome": "no such word"}, "failure").outcome == "failure"

    @pytest.mark.parametrize(
        "wrong", [{"tokens": "many"}, {"tokens": -1}, {"used": 7}, {"facts": {}}, {"evidence": 3}, {"error": ["x"]}]
    )
    def test_a_field_of_the_wrong_type_is_named(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InputError, match=f"'{next(iter(wrong))}' must be"):
            parse({**OWN, **wrong})
