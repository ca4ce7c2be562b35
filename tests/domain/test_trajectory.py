"""Trajectories as values: identity, success, provenance, and the time that a foreign record gives."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from memp.domain.trajectory import EARLIEST, Provenance, Step, Trajectory, dumped, happened

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
RUN = Trajectory(task="t", steps=(Step(action="a", observation="b"),), reward=0.5)


def test_the_digest_is_of_the_content_alone():
    assert RUN.model_copy(update={"created_at": NOW, "tokens": 7}).digest() == RUN.digest()
    others = [{"task": "u"}, {"reward": 1.0}, {"steps": (Step(action="a", observation="b", state="s"),)}]
    assert len({RUN.digest(), *(RUN.model_copy(update=other).digest() for other in others)}) == 4


def test_success_is_a_reward_from_a_threshold_on():
    assert RUN.succeeded() and RUN.succeeded(0.5) and not RUN.succeeded(0.6)


@pytest.mark.parametrize("reward", [-0.1, 1.1, float("nan")])
def test_a_reward_lies_between_0_and_1(reward: float):
    with pytest.raises(ValidationError):
        Trajectory(task="t", steps=(), reward=reward)


@pytest.mark.parametrize(
    ("client", "origin"),
    [("Claude Code 2.1.0", "Claude Code"), ("codex v0.5-beta", "codex"), ("memp", "memp"), (None, "")],
)
def test_the_origin_is_the_client_without_its_version(client: str | None, origin: str):
    assert Provenance(client=client).origin == origin


def test_the_context_is_all_that_worth_may_depend_on():
    assert Provenance(client="codex 1.2", model="m", project="p", source="s").context == "p/m/codex/"
    assert Provenance().context == "///"


@pytest.mark.parametrize(
    ("at", "when"),
    [
        (None, NOW),
        (NOW - timedelta(days=1), NOW - timedelta(days=1)),
        (datetime(2026, 1, 30), datetime(2026, 1, 30, tzinfo=UTC)),
        (datetime(2026, 1, 30, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 29, 22, tzinfo=UTC)),
        (NOW + timedelta(seconds=1), NOW),
        (EARLIEST - timedelta(seconds=1), NOW),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), NOW),
    ],
    ids=["none", "before", "no zone", "another zone", "the future", "a clock never set", "no day in UTC"],
)
def test_a_foreign_time_is_believed_where_it_can_be(at: datetime | None, when: datetime):
    assert happened(at, NOW) == when


def test_a_value_is_dumped_without_what_it_leaves_open():
    assert dumped(Step(action="a")) == {"action": "a", "observation": ""}
    assert dumped("a") == "a" and dumped(None) is None
