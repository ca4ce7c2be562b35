"""Origins: who passed a run to the memory, by which channel, and what that channel can have seen of how the run ended.

The channel decides what evidence is worth, never its words: what is typed into a tool is a claim, whatever it begins with
(docs/trust.md has what each host can prove).

    program    code that opens the memory itself speaks for its environment: an evaluation, an agent's own loop
    person     typed at a terminal
    trusted    a client that a person vouched for (`memp connect HOST --trusted`, MEMP_TRUSTED)
    hook       a session as its client's hooks or transcript show it, with each tool's own result
    log        a client's log that a person imported, with each tool's own result
    tool       a call of a tool, over MCP or from a script
    file       fields typed into a file that a person imported
"""

from collections.abc import Set
from typing import Literal

from memp.domain.trajectory import Value

Channel = Literal["program", "person", "trusted", "hook", "log", "tool", "file"]

TRUSTED: Set[Channel] = frozenset(("program", "person", "trusted"))
"""Channels that a person answers for: what came by one is not held back."""

SEEING: Set[Channel] = TRUSTED | frozenset(("hook", "log"))
"""Channels by which an outcome counts as its evidence says. By the others it is a claim."""

UNSEEING: Set[Channel] = frozenset(("tool", "file"))
"""Channels by which words come that somebody typed, and nobody saw."""

RECORDED: Set[Channel] = frozenset(("hook", "log"))
"""Channels by which one and the same session of a client may come: a hook at its end, and an import of its log."""

INDEPENDENT: Set[Channel] = frozenset(("program", "person"))
"""Channels by which each run is a witness of its own. By the others all runs of one session, or of one import, are one."""


class Origin(Value):
    """The origin of a run: its channel, the client, the session or the file by its name, and the import that it came with."""

    channel: Channel = "program"
    client: str = ""
    name: str = ""
    batch: str = ""

    @property
    def is_trusted(self) -> bool:
        """Whether a person answers for it."""
        return self.channel in TRUSTED

    @property
    def sees(self) -> bool:
        """Whether the evidence that comes by it counts as what it says."""
        return self.channel in SEEING

    def is_session_of(self, channel: Channel) -> bool:
        """Whether a session of this name that came by another channel is the same one."""
        return channel == self.channel or {channel, self.channel} <= RECORDED


PROGRAM = Origin()
"""A program that opens the memory itself."""


class KnownOrigin(Value):
    """An origin as it is stored: its id, how many runs it brought that count, and since when it is known."""

    id: int
    origin: Origin
    runs: int
    since: str

    @property
    def label(self) -> str:
        """The id as people see it: "o3"."""
        return f"o{self.id}"
