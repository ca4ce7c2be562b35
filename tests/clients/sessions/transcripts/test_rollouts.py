"""Rollouts of agents in ALFWorld, as an expert's successes."""

import pytest
from trajectory_files import ROLLOUT

from memp.errors import InputError
from memp_clients.sessions.reader import parse


class TestRollouts:
    def test_a_rollout_is_an_experts_success_with_the_game_as_its_source(self) -> None:
        entry = parse(ROLLOUT)
        assert entry.task == "look at the book."
        assert (entry.outcome, entry.evidence) == ("success", "environment: an expert's rollout")
        assert entry.provenance.source == ROLLOUT["game"]
        assert entry.steps == [
            {"action": "go to desk 1", "observation": "On the desk 1, you see a book 2."},
            {"thought": "There it is.", "action": "take book 2 from desk 1", "observation": "You pick up the book 2."},
        ]

    def test_the_callers_outcome_wins_and_claims_no_environment(self) -> None:
        entry = parse(ROLLOUT, "failure")
        assert (entry.outcome, entry.evidence) == ("failure", "")

    def test_a_turn_without_text_is_refused(self) -> None:
        with pytest.raises(InputError, match="no text in 'value'"):
            parse({"conversations": [{"from": "gpt", "value": None}]})
