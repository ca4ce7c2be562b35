"""Trajectories: what an agent did on a task, and how it ended.

Memp, section 3.1: tau = (s0, a0, o1, s1, a1, o2, ... sT), with a reward r = R(env, sT, tau) in [0, 1].
A trajectory is immutable. Its identity is its content: recording the same run twice is one trajectory.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EvidenceKind = Literal["environment", "check", "user", "judge", "rules", "claim"]
"""Where an outcome is known from: an environment's reward, a check's exit status, a person, a language model that judged
the run, rules over the run (memp.build.assessment), or the agent alone. What each weighs: memp.domain.trust.WEIGHTS."""

MAX_TEXT = 20_000
"""Characters kept of a task, an observation, a thought or a state; the middle of a longer one is cut, which is said."""

MAX_TOKENS = 10**15
"""The most that a run is taken to have cost; more is a mistake, and no number that the store could keep."""

SUCCESS_REWARD = 0.5
"""A reward of at least this counts as a success, unless the settings say otherwise."""


class Value(BaseModel):
    """A frozen value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def dumped(value: object) -> object:
    """A `Value` as plain data, without what it leaves open; anything else as it is."""
    return value.model_dump(exclude_none=True) if isinstance(value, Value) else value


class Step(Value):
    """One step: the action, what was seen after it, and, where known, the thought before it and the state it left."""

    action: str
    observation: str = ""
    thought: str | None = None
    state: str | None = None


_VERSION = re.compile(r"\s+v?\d[\w.+-]*$")


class Evidence(Value):
    """How the outcome is known."""

    kind: EvidenceKind = "claim"
    detail: str = ""


class Provenance(Value):
    """Who recorded a trajectory, and where."""

    client: str | None = None
    model: str | None = None
    project: str | None = None
    source: str | None = None
    """The record's name in the file it was imported from."""
    environment: str | None = None
    """A fingerprint of where it ran: versions, a container's name, what makes old steps doubtful when it changes."""
    imported_from: str | None = None
    """The exported memory that it came in with: digest, its name there, and the day of the import."""

    @property
    def origin(self) -> str:
        """The client without its version."""
        return _VERSION.sub("", self.client or "")

    @property
    def context(self) -> str:
        """Project, model, client and environment: what a procedure's worth may depend on."""
        return "/".join((self.project or "", self.model or "", self.origin, self.environment or ""))


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No agent's run is older; what says so has a clock that was never set."""


def happened(at: datetime | None, now: datetime | None = None) -> datetime:
    """When something happened, in UTC, by what a foreign record says (without a zone: UTC); now where that says nothing,
    lies in the future, or before `EARLIEST`."""
    now = now or datetime.now(UTC)
    if at is None:
        return now
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:  # A day of the year 1 or 9999, which has none in another zone.
        return now
    return at if EARLIEST <= at <= now else now


class Trajectory(Value):
    """A run of an agent on a task.

    `reward` lies in [0, 1]; `tokens` is what the run cost, where the caller knows it.
    """

    task: str
    steps: tuple[Step, ...]
    reward: float = Field(ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    provenance: Provenance = Provenance()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    tokens: int | None = None

    def succeeded(self, threshold: float = SUCCESS_REWARD) -> bool:
        return self.reward >= threshold

    def digest(self) -> str:
        """Sha256 over task, steps and reward: the identity that makes recording idempotent."""
        content = [self.task, [[s.thought, s.action, s.observation, s.state] for s in self.steps], self.reward]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
