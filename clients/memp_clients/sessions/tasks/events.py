"""Events of a session: what a transcript's parser yields, and memp_clients.sessions.tasks.split reads."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple


class Verdict(NamedTuple):
    """An outcome, with the evidence for it as "kind: detail"."""

    outcome: Literal["success", "failure"]
    evidence: str


@dataclass(frozen=True, slots=True)
class About:
    """Metadata that holds from here on; None leaves it as it was. Another session ends the task that is open."""

    session: str | None = None
    client: str | None = None
    model: str | None = None
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A message under the user's name; `place` says where it stands. `whole` keeps it from being taken apart: it is the
    task, whatever it says; without words, the log does not hold what was asked."""

    text: str
    place: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the agent, thought or said."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A tool call; `arguments` is an object or text."""

    id: str
    name: str
    arguments: object


@dataclass(frozen=True, slots=True)
class Answered:
    """A tool call's result. Without an id it belongs to the last call; without a status the text may show it.

    `running` is the handle under which the command goes on in the background, where it does; `refused`: the user did not let
    the call be made.
    """

    id: str
    text: str
    failed: bool = False
    status: int | None = None
    running: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The user took back what was asked at `place` and all that came after it, or the last `turns` messages with what
    came of them: neither is history."""

    place: str = ""
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    """The user interrupted the agent."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that were paid for: input and output, without what came out of a cache."""

    tokens: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The record says itself how the task ended, or, with a reason, that nothing tells: then nothing else is guessed."""

    verdict: Verdict | None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """The time at which what follows happened; None where the record has none."""

    at: datetime | None


Event = About | Asked | Said | Called | Answered | TakenBack | Stopped | Spent | Ended | When


def merged(before: About, now: About) -> About:
    """The metadata that hold after `now`."""
    names = ("session", "client", "model", "folder")
    return replace(before, **{name: value for name in names if (value := getattr(now, name)) is not None})
