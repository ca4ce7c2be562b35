"""Outcomes and evidence as callers pass them."""

import pytest

from memp.domain.trajectory import Evidence
from memp.errors import InputError
from memp.inputs.outcome import parse_evidence, parse_reward


@pytest.mark.parametrize(
    ("outcome", "reward"),
    [
        ("success", 1.0), (" Failure ", 0.0), ("0.5", 0.5), (1, 1.0), (0.25, 0.25), ("Success!", 1.0), ("succeeded", 1.0),
        ("successful", 1.0), ("Passed.", 1.0), ("failed", 0.0), ("failure.", 0.0), ("FAIL", 0.0), ("unsuccessful", 0.0),
    ],
)  # fmt: skip
def test_an_outcome_is_a_reward(outcome: object, reward: float):
    assert parse_reward(outcome) == reward


@pytest.mark.parametrize(
    "outcome", ["maybe", "done", "ok", "not failed", "success?", "!", True, None, 2, -0.1, float("nan"), 10**400, "nan"]
)
def test_what_is_no_outcome_is_refused(outcome: object):
    with pytest.raises(InputError, match="'outcome' "):
        parse_reward(outcome)


@pytest.mark.parametrize(
    ("line", "evidence"),
    [
        ("check: pytest -q, exit 0", Evidence(kind="check", detail="pytest -q, exit 0")),
        ("USER : said so", Evidence(kind="user", detail="said so")),
        ("guess: fine", Evidence(detail="guess: fine")),
        ("it ran", Evidence(detail="it ran")),
        (None, Evidence()),
    ],
)
def test_evidence_is_a_kind_and_a_detail(line: str | None, evidence: Evidence):
    assert parse_evidence(line) == (evidence, 0)


def test_a_secret_in_the_evidence_is_counted():
    assert parse_evidence("check: curl -u me:hunter22") == (
        Evidence(kind="check", detail="curl -u me:[redacted: secret]"), 1,
    )  # fmt: skip
