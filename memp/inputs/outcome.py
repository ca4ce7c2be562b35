"""Outcome of a run as a caller passes it: a word, a reward from 0 to 1, or nothing; and one line of evidence for it."""

from typing import cast, get_args

from memp.domain.results import UNKNOWN
from memp.domain.trajectory import (
    MAX_TEXT,
    Evidence,
    EvidenceKind,
)
from memp.errors import InputError
from memp.inputs.size import closed
from memp.text.quoting import quoted
from memp.text.redact import sanitise


def is_unknown(outcome: object) -> bool:
    """Whether a caller names no outcome: "unknown", null, or the words that models write for it."""
    return outcome is None or (isinstance(outcome, str) and outcome.strip().lower() in ("", UNKNOWN, "null", "none"))


def check_outcome(outcome: object) -> None:
    """Check an outcome that is read later.

    Raises:
        InputError: it is neither a word nor a reward.
    """
    if not is_unknown(outcome):
        parse_reward(outcome)


_REWARDS = {
    **dict.fromkeys(("success", "succeeded", "successful", "passed"), 1.0),
    **dict.fromkeys(("failure", "failed", "fail", "unsuccessful"), 0.0),
}
"""Words for success and failure that can mean nothing else. "done" and "ok" are none: a run can be over, and well or not."""


def parse_reward(outcome: object) -> float:
    """The reward in [0, 1] of an outcome: "success", "failure" or a word that means the same, or a number.

    Raises:
        InputError: it is neither, or outside [0, 1], or not finite.
    """
    if isinstance(outcome, str):
        word = outcome.strip().lower()
        if (reward := _REWARDS.get(word.rstrip(".! "))) is not None:
            return reward
        try:
            outcome = float(word)
        except ValueError:
            raise InputError(
                f'\'outcome\' is "{quoted(word)}": pass "success", "failure", "unknown", or a reward from 0 to 1.'
            ) from None
    if isinstance(outcome, bool) or not isinstance(outcome, int | float):
        raise InputError('\'outcome\' must be "success", "failure", "unknown", or a reward from 0 to 1.')
    # Written so that NaN fails too, and so that a number too large for a float is never turned into one.
    if not 0 <= outcome <= 1:
        # A whole number may have thousands of digits.
        shown = f"{outcome}" if isinstance(outcome, float) or abs(outcome) < 10**6 else "too large"
        raise InputError(f"'outcome' is {shown}: a reward lies between 0 (failed) and 1 (done).")
    return float(outcome)


def parse_evidence(value: str | None) -> tuple[Evidence, int]:
    """Evidence from one line, "check: pytest -q, exit 0", sanitised, and how many secrets were redacted in it.

    Without a known kind before the colon it is a claim.
    """
    text, secrets = sanitise(value or "")
    text = closed(text)
    kind, colon, detail = text.partition(":")
    word = kind.strip().lower()
    if colon and word in get_args(EvidenceKind):
        return Evidence(kind=cast(EvidenceKind, word), detail=detail.strip()[:MAX_TEXT]), secrets
    return Evidence(kind="claim", detail=text[:MAX_TEXT]), secrets
