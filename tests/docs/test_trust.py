"""The documents say what the code does."""

import re
from typing import get_args

import pytest
from paths import ROOT

from memp.domain import trust
from memp.domain.trajectory import EvidenceKind
from memp.retrieve import ranking, uplift
from memp.update import retention

TRUST = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
ONE_LINE = " ".join(TRUST.split())


def test_the_table_of_weights_is_that_of_the_code():
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \| (yes|no) \|$", TRUST, re.MULTILINE)
    told = {kind: ((float(success), float(failure)), outside == "yes") for kind, success, failure, outside in rows}
    assert told == {kind: (trust.WEIGHTS[kind], kind in trust.OUTSIDE) for kind in get_args(EvidenceKind)}


@pytest.mark.parametrize(
    "sentence",
    [
        f"with each later use it counts {trust.DISCOUNT} times as much",
        f"exp(-{trust.SHARP} * max(0, {trust.NEAR} - cosine))",
        f"count {trust.ELSEWHERE} times",
        f"tasks; at most {trust.MOST_BASE}, since",
        f"all that is within {ranking.WINDOW} of the nearest is withheld",
        f"another task, where {ranking.MISSED_RUNS} or more tasks had that template",
        f"below the base rate with probability {trust.BETTER}",
        f"{trust.PRIOR_SHARE} times it the better that is known, worth {trust.PRIOR_STRENGTH} runs",
        f"by themselves count {trust.SUPPORT_WEIGHT} each",
        f"newest {trust.MOST_USES} uses and {trust.MOST_SOURCES} such runs",
        f"shrunk by {trust.BASE_SHRINK} runs",
        f"unless it fits better by {trust.TIER_MARGIN} (cosine)",
        f"**validated**: {trust.VALIDATING} successes",
        f"those of {trust.CLAIMING} sessions or more, on {trust.CLAIMING_DAYS} days or more",
        f"(a weight of {trust.LEAST_FAILED} or more)",
        f"until {trust.CLAIMING} sessions or more, on {trust.CLAIMING_DAYS} days or more, say so",
        f"in this context, with a probability over {trust.DOUBT}. A new",
        f"(a weight of {trust.LEAST_ALONE} or more, {trust.LEAST_FAILED} of it failed)",
        f"is withheld as well, from a probability of {trust.EVEN}.",
        f"relevance + {trust.USE_WEIGHT} * (posterior mean - 1/2)",
        f"A second match loses {ranking.SAME_AGAIN} ",
        f"imported memory at most {ranking.MOST_CLAIMED} count for this",
        f"better with probability {trust.BETTER} after {trust.VALIDATING} successes, dropped when it is worse with "
        f"probability {trust.BETTER} after 2 uses",
        f"after {trust.MOST_TRIAL} uses the higher mean wins",
        f"after {trust.LEAST_USES} uses or more",
        f"below the base rate with probability over {trust.SURE}",
        f"every {retention.ARCHIVE_EVERY} runs",
        f"fewer than {uplift.LEAST_RUNS} runs of either kind",
    ],
)
def test_the_numbers_of_trust_are_those_of_the_code(sentence: str):
    assert sentence in ONE_LINE
