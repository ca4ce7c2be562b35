"""Reply values: the fields of each tool's answer, and its size in tokens."""

import json
from collections.abc import Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from memp.text.clips import CHARACTERS_PER_TOKEN
from memp.text.invisible import all_shown, shown

DEFAULT_BUDGET = 600
"""Tokens of a recall reply, unless the settings say otherwise."""

LEAST_BUDGET = 250
"""Below this, not even a few steps of one procedure fit."""

MAX_NOTE = 240
"""Characters of one note."""

MOST_FIT = 0.99
"""The most that is said of a guess: it is never sure."""


class Reply(BaseModel):
    """Only fields that say something are sent."""

    model_config = ConfigDict(frozen=True)

    def lean(self) -> dict[str, Any]:
        """The reply as it is sent: fields with their default are left out."""
        return self.model_dump(exclude_defaults=True)

    def sent(self) -> str:
        """The reply as a model gets it, as JSON."""
        return json.dumps(self.lean(), ensure_ascii=False, separators=(",", ":"))

    def shown(self) -> Self:
        """The reply with what nobody sees in its texts as escapes."""
        written = self.model_dump_json(exclude_defaults=True)
        return self if shown(written) == written else self.model_validate(all_shown(self.lean()))


class ExampleReply(Reply):
    """A run that ended well: its task and what was done."""

    task: str = ""
    """Left out where it is the task that was asked about."""
    steps: list[str]


class MatchReply(Reply):
    """A procedure that fits. `fit` is the probability that it applies, left out from .99; `worked` says how its runs ended; `now`
    which conditions of its steps the context decides; `learned_in` names the other project that it was learned in."""

    id: str
    goal: str
    fit: float = MOST_FIT
    worked: str = ""
    learned_in: str = ""
    pitfalls: list[str] = []
    when: str = ""
    not_when: str = ""
    before: list[str] = []
    parameters: dict[str, str] = {}
    steps: list[str] = []
    now: list[str] = []
    verify: str = ""
    example: ExampleReply | None = None


# These three have no docstring: it would stand in the tools' output schemas, which a host may show its model.


class RecallReply(Reply):
    on_error: list[str] = []
    matches: list[MatchReply]
    perhaps: str = ""
    pitfalls: list[str] = []
    next: str
    notes: list[str] = []


class RecordReply(Reply):
    trajectory: str = ""
    waiting: str = ""
    created: str = ""
    merged: str = ""
    revised: list[str] = []
    builder: str = ""
    credited: list[str] = []
    archived: list[str] = []
    changed: list[str] = []
    general: str = ""
    pitfalls: int = 0
    assessed: str = ""
    next: str
    notes: list[str] = []


class ReflectReply(Reply):
    trajectory: str = ""
    waiting: str = ""
    pitfalls: int = 0
    revised: list[str] = []
    credited: list[str] = []
    archived: list[str] = []
    changed: list[str] = []
    material: dict[str, Any] = {}
    next: str
    notes: list[str] = []


MOST_NOTES = 120
"""Tokens of a reply's notes, all together."""


def bounded(notes: Sequence[str]) -> list[str]:
    """Notes within their budget, each once: the first ones, and how many more there are."""
    kept: list[str] = []
    once = [note for note in dict.fromkeys(notes) if note]
    for note in once:
        short = note if len(note) <= MAX_NOTE else f"{note[: MAX_NOTE - 3].rstrip()}..."
        if sum(map(len, [*kept, short])) > MOST_NOTES * CHARACTERS_PER_TOKEN:
            break
        kept.append(short)
    left = len(once) - len(kept)
    return [*kept, *([f"... and {left:,} more notes"] if left else [])]


def tokens(reply: Reply) -> int:
    """The size of a reply in tokens, as characters / 4."""
    return -(-len(reply.model_dump_json(exclude_defaults=True)) // CHARACTERS_PER_TOKEN)
