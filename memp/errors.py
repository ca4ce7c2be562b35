"""The errors of memp, and who reads them.

Each is a sentence for its reader, a model or a person: what is wrong, and what to do next.

    MempError
    ├── InputError         what was passed cannot be used; call again, corrected
    ├── NotFoundError      an id names nothing in this memory
    ├── ConfigError        a setting (MEMP_*) is not usable
    ├── StoreError         the memory file: corrupt, made by a newer memp, or of another embedder; says what was stored
    │   ├── RevisedMeanwhileError  a revision was made from one that is no longer current
    │   ├── StoreBusyError     another process writes it; nothing was stored, try again
    │   ├── StoreReadOnlyError the file cannot be written; recall still works
    │   ├── StoreMovedError    the file was deleted or replaced while it was open; nothing was stored, open it again
    │   ├── StoreDamagedError  the file is damaged; nothing was changed
    │   ├── StrangeJournalError  the file lies beside the journal of another one; nothing was changed
    │   ├── EmptiedError       the file is empty, and there are backups of it; nothing was changed
    │   ├── StoreFullError     the disk is full; nothing was stored
    │   └── ChecksError        the signed checks beside it cannot be used; runs that point to one are claims
    ├── HostError          a client's configuration cannot be read or changed; it was left as it is
    ├── ServerError        no running server answered, or it refused; whoever asked does without it
    │   └── NoServerError      there is none
    ├── EmbedderError      the embedding model cannot be found, loaded or compiled
    └── LLMError           the language model gave no usable answer; the trajectory is kept
        ├── UnreachableError   no request will be answered: the model is not there, or nobody is logged in
        ├── UngroundedError    a script says what its runs do not; they stay as they are
        └── UnansweredError    this one request was refused, or its answer cut off; another may be answered
            └── RejectedError  the server took none of it: too long, or not of its form
"""

from typing import Self

NOTHING_STORED = "nothing was stored"
"""The note of a StoreError by which a caller knows that the call changed nothing."""

MAX_QUOTED = 40
"""Characters of what was passed that a sentence repeats."""


class MempError(Exception):
    """The base: `str(error)` is one sentence fit to show to a model or a person."""


class InputError(MempError):
    """An argument cannot be used."""


class NotFoundError(MempError):
    """An id names nothing in this memory."""


class ConfigError(MempError):
    """A setting is not usable."""


class StoreError(MempError):
    """The memory file cannot be used as it is.

    Args:
        problem: what is wrong; a whole sentence where no note follows.
        notes: what follows in the sentence, in this order: what to do, and NOTHING_STORED where that is known.
        kept: a sentence on what had been stored before the failure.

    Attributes:
        remedy: the notes on what to do; empty where the problem says it.
        stored: NOTHING_STORED, or the sentence on what had been; None where neither is known.
    """

    def __init__(self, problem: str, *notes: str, kept: str = "") -> None:
        super().__init__(problem, *notes)
        self.problem = problem
        self.notes = notes
        self.kept = kept

    @property
    def remedy(self) -> str:
        """The notes on what to do, without NOTHING_STORED."""
        return "; ".join(note for note in self.notes if note != NOTHING_STORED)

    @property
    def stored(self) -> str | None:
        """The note on what was stored, where that is known."""
        return self.kept or (NOTHING_STORED if NOTHING_STORED in self.notes else None)

    def with_kept(self, kept: str) -> Self:
        """The same error of a longer operation, a part of which had been stored before it failed."""
        return type(self)(self.problem, *self.notes, kept=" ".join(filter(None, [self.kept, kept])))

    def __str__(self) -> str:
        nothing = "nothing more was stored" if self.kept else NOTHING_STORED
        notes = [nothing if note == NOTHING_STORED else note for note in self.notes]
        sentence = f"{self.problem}: {'; '.join(notes)}." if notes else self.problem
        return f"{sentence} {self.kept}" if self.kept else sentence


class StoreBusyError(StoreError):
    """Another process held the memory file for longer than the busy timeout."""


class RevisedMeanwhileError(StoreError):
    """A revision was made from one that is no longer current; writing it would undo somebody's work."""


class StoreReadOnlyError(StoreError):
    """The memory file cannot be written."""


class StoreMovedError(StoreError):
    """The memory file was deleted or replaced while it was open."""


class StoreDamagedError(StoreError):
    """The memory file is damaged, or no file of SQLite's at all."""


class StrangeJournalError(StoreError):
    """The memory file lies beside the journal of another file."""


class EmptiedError(StoreError):
    """The memory file is empty, though there are backups of it."""


class StoreFullError(StoreError):
    """There is no room left for the memory file."""


class ChecksError(StoreError):
    """The signed checks beside a memory file, or their key, cannot be used."""


class HostError(MempError):
    """A client's configuration cannot be read or changed."""


class EmbedderError(MempError):
    """The embedding model cannot be found, loaded or compiled.

    Args:
        sentence: what is wrong, and all of what to do.
        brief: the same for a note, which is cut: without what only helps whole, as a command.
    """

    def __init__(self, sentence: str, brief: str = "") -> None:
        super().__init__(sentence)
        self.brief = brief or sentence


class ServerError(MempError):
    """No running server answered, or it refused; the sentence is a clause that says why."""


class NoServerError(ServerError):
    """There is no server to ask, which is no fault."""


class LLMError(MempError):
    """The language model gave no usable answer."""


class UnreachableError(LLMError):
    """The language model is not installed, or nobody is logged in to it: the next request would end alike."""


class UngroundedError(LLMError):
    """A script of a language model says what the runs that it was written from do not.

    `tokens` is what was spent on it.
    """

    def __init__(self, problem: str, tokens: int = 0) -> None:
        super().__init__(problem)
        self.tokens = tokens


class UnansweredError(LLMError):
    """The language model refused this one request, or its answer was cut off."""


class RejectedError(UnansweredError):
    """The server took none of this request: it is too long, or not of a form that it knows."""
