"""Recall for `memp recall` in a terminal, which asks a running server rather than load the model anew.

It is answered as that process would answer itself, and logged alike; where a setting that an answer depends on is another, or
the model is not loaded here, it is refused, and the terminal opens the memory by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from memp.domain.procedure import Form
from memp.light.local_socket import ASKED_IN_TERMINAL
from memp.light.project import Place

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.domain.results import Recall
    from memp.memory import ProceduralMemory
    from memp.reply import RecallReply

Text = Annotated[str, Field(max_length=60_000)]


class TerminalQuestion(BaseModel):
    """One `memp recall`: its arguments, the project and the folder it was called in, and its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory: tuple[int, int]
    settings: Mapping[Annotated[str, Field(max_length=40)], JsonValue]
    place: Place
    folder: Text
    task: Text
    context: Text | None
    facts: Annotated[Sequence[Text], Field(max_length=1_000)]
    error: Text | None
    limit: Annotated[int, Field(ge=1, le=3)]
    form: Form
    budget: Annotated[int, Field(ge=1, le=20_000)]


def refusal(question: TerminalQuestion, memory: "ProceduralMemory", settings: "Settings") -> str:
    """Why the terminal's own answer might be another; empty where it is the same."""
    if question.settings != settings.model_dump(mode="json", include=set(ASKED_IN_TERMINAL)):
        return "it has other settings than the terminal"
    return memory.by_words_since


def replied(question: TerminalQuestion, memory: "ProceduralMemory") -> Mapping[str, Any]:
    """The reply to a terminal.

    Raises:
        MempError: there is none.
    """
    from memp.reply import TERMINAL, Telling, recall_reply

    def reply(recalled: "Recall") -> "RecallReply":
        doubts = memory.doubts(recalled, question.folder)
        return recall_reply(recalled, budget=question.budget, doubts=doubts, wording=TERMINAL)

    told = Telling("terminal", reply)
    at = memory.project_of(question.place) if question.place.identity else ""
    memory.recall(
        question.task, context=question.context, facts=question.facts, error=question.error, limit=question.limit,
        form=question.form, provenance=replace(memory.options, at=at).provenance, tell=told,
    )  # fmt: skip
    return told.reply.lean()
