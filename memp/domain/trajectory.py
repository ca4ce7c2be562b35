"""Trajectories: the runs of an agent on a task, with their reward and how that is known.

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
"""The source of an outcome: an environment's reward, a check's exit status, a person, a language model that judged
the run, rules over the run (memp.build.assessment), or the agent alone. What each weighs: memp.domain.trust.WEIGHTS."""

MAX_TEXT = 20_000
"""Characters kept of a task, an observation, a thought or a state; the middle of a longer one is cut, and a note says so."""

MAX_TOKENS = 10**15
"""The most tokens that a run may have cost; more is a mistake, and no number that the store could keep."""

SUCCESS_REWARD = 0.5
"""A reward of at least this counts as a success, unless the settings say otherwise."""


class Value(BaseModel):
    """A frozen value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def dumped(value: object) -> object:
    """A `Value` as plain data, without what it leaves open; anything else as it is."""
    return value.model_dump(exclude_none=True) if isinstance(value, Value) else value


class Step(Value):
    """One step: the action, the observation after it, and, where known, the thought before it and the state it left."""

    action: str
    observation: str = ""
    thought: str | None = None
    state: str | None = None


_VERSION = re.compile(r"\s+v?\d[\w.+-]*$")


class Evidence(Value):
    """The source of an outcome, and what it says in detail: "pytest -q, exit 0"."""

    kind: EvidenceKind = "claim"
    detail: str = ""


class Provenance(Value):
    """Who recorded a trajectory, and where.

    `source` is the record's name in the file it was imported from. `environment` is a fingerprint of where it ran:
    versions, a container's name, what makes old steps doubtful when it changes. `imported_from` is the exported memory
    that it came in with: digest, its name there, and the day of the import.
    """

    client: str | None = None
    model: str | None = None
    project: str | None = None
    source: str | None = None
    environment: str | None = None
    imported_from: str | None = None

    @property
    def origin(self) -> str:
        """The client without its version."""
        return _VERSION.sub("", self.client or "")

    @property
    def context(self) -> str:
        """Project, model, client and environment, which a procedure's worth may depend on, joined by slashes."""
        return "/".join((self.project or "", self.model or "", self.origin, self.environment or ""))


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No agent's run is older; a record that says so has a clock that was never set."""


def happened(at: datetime | None, now: datetime | None = None) -> datetime:
    """The time that a foreign record gives, in UTC (without a zone it is UTC already).

    `now` where it gives none, or one in the future or before `EARLIEST`.
    """
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

    `reward` lies in [0, 1]; `tokens` is what the run cost, where the caller knows it; `created_at` is when it ended, in UTC.
    """

    task: str
    steps: tuple[Step, ...]
    reward: float = Field(ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    provenance: Provenance = Provenance()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    tokens: int | None = None

    def succeeded(self, threshold: float = SUCCESS_REWARD) -> bool:
        """Whether the reward reaches a threshold."""
        return self.reward >= threshold

    def digest(self) -> str:
        """Sha256 over task, steps and reward: the identity that makes recording idempotent."""
        content = [self.task, [[s.thought, s.action, s.observation, s.state] for s in self.steps], self.reward]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
