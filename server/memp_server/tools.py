"""The three MCP tools. Their signatures and docstrings are the schemas and descriptions that a host shows its model.

A tool parses nothing and decides nothing itself: it passes its arguments on to memp.memory.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import uuid4

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent
from pydantic import BeforeValidator, Field, WithJsonSchema

from memp.domain.origin import Origin
from memp.domain.procedure import Form
from memp.domain.results import Recall
from memp.domain.trajectory import MAX_TOKENS, Provenance
from memp.reply import (
    RecallReply,
    RecordReply,
    ReflectReply,
    Reply,
    Telling,
    recall_reply,
    record_reply,
    reflect_reply,
)
from memp_server.opening import LazyMemory
from memp_server.projects import CallProject

if TYPE_CHECKING:
    from memp.memory import ProceduralMemory

HOST_ARGUMENTS = frozenset({"task_progress", "wait_for_previous", "toolCallId", "sessionId", "chatInput", "action"})
"""Arguments that hosts add to every tool, for themselves: Cline, Gemini CLI, n8n. An error would come again
at each try (cline/cline#9684 is an agent that never got out). Other proxies begin such names with an underscore."""

# Each optional argument takes null as "not given", as some models write it; its schema names only the useful type.
# The type of a text is exactly `str`: of any other, the SDK would read JSON (an error's body, say) into an object first.
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value), WithJsonSchema({"type": "string"})]
Number = Annotated[int | None, WithJsonSchema({"type": "integer"})]
Texts = Annotated[list[str] | str | None, WithJsonSchema({"type": "array", "items": {"type": "string"}})]
Object = Annotated[dict[str, Any] | list[Any] | str | None, WithJsonSchema({"type": "object"})]
# Any value: the memory says what is wrong with it, and no union of types turns `true` into a reward of 1.
OutcomeArgument = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
_STEPS_SCHEMA = WithJsonSchema({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}})
StepsArgument = Annotated[
    list[Any] | str,
    _STEPS_SCHEMA,
    Field(
        description='What was done, in order: "action -> result" each, or {action, observation, thought, state}. Terse '
        "is fine; keep errors and how they were overcome."
    ),
]
OptionalSteps = Annotated[
    list[Any] | str | None, _STEPS_SCHEMA, Field(description="What was done, as for record_trajectory")
]
UsedArgument = Annotated[Texts, Field(description="Ids of the procedures you followed, no others")]
FactsArgument = Annotated[Texts, Field(description="3-5 key facts of the task")]
ScriptArgument = Annotated[
    Object,
    Field(
        description="Your own how-to for next time: {goal, steps, when_to_use, not_when, preconditions, parameters, "
        "verification, pitfalls: [{trigger, instead}]}; write what varies as {placeholders}"
    ),
]


LEAST_WAITING = 5
"""Procedures by rule from which on it is said, once, that a model could write them."""


class Tools:
    """The tools over one memory, each a method."""

    def __init__(self, opened: LazyMemory) -> None:
        self._opened = opened
        self._said_waiting = False
        self._projects = CallProject(opened)
        self._session = uuid4().hex[:12]

    def recall_procedure(
        self,
        ctx: Context[Any, Any],
        task: Annotated[str, Field(description="The task, in a sentence")],
        context: Annotated[Text, Field(description="Surroundings: tools, versions, what is in view")] = "",
        facts: FactsArgument = None,
        error: Annotated[Text, Field(description="The error or obstacle you are stuck at")] = "",
        limit: Annotated[Number, Field(ge=1, le=3, description="1 to 3 procedures")] = None,
        detail: Annotated[
            Form | None,
            WithJsonSchema({"enum": list(get_args(Form))}),
            Field(description="Steps, the closest past run, or both (default)"),
        ] = None,
    ) -> Annotated[CallToolResult, RecallReply]:
        """Call before starting any task of several steps, and again with error when stuck: how such a task was done before.

        Returns steps that worked, what to avoid, and how often they worked; or says that nothing applies. Marks in steps: {x}
        stands in parameters; if 'W': only where W was seen; until 'W' is seen: repeat; -> 'W': seen after it; (2 of 5 runs): only
        these did it; (why: ...): their reason; [...]: cut.
        """
        with self._opened.call() as memory:
            settings = self._opened.settings
            assert settings is not None, "the call has read them"
            budget = settings.budget

            def reply(recalled: Recall) -> RecallReply:
                doubts = [*self._opened.news(), *memory.doubts(recalled, self._opened.folder())]
                return recall_reply(recalled, budget=budget, doubts=doubts)

            told = Telling("tool", reply)
            memory.recall(
                task, context=context, facts=facts or (), error=error, limit=limit or settings.limit,
                form=detail or settings.detail, tell=told,
                provenance=_provenance(ctx, memory, memory.project_of(self._projects.of(ctx, memory))),
            )  # fmt: skip
            return _answer(told.reply)

    def record_trajectory(
        self,
        ctx: Context[Any, Any],
        task: Annotated[str, Field(description="The task, in a sentence, as you would ask for it again")],
        steps: StepsArgument,
        outcome: Annotated[
            OutcomeArgument,
            Field(description='"success", "failure", a reward from 0 to 1, or "unknown": then it is assessed'),
        ] = "unknown",
        evidence: Annotated[
            Text,
            Field(description='How you know: "check: pytest, exit 0", "environment: ...", "user: ..."; else a claim'),
        ] = "",
        used: UsedArgument = None,
        script: ScriptArgument = None,
        facts: FactsArgument = None,
        tokens: Annotated[Number, Field(ge=0, le=MAX_TOKENS, description="Tokens the run cost")] = None,
    ) -> Annotated[CallToolResult, RecordReply]:
        """Call when a task of several steps is over, well or not: the run is kept, and a success becomes a procedure.

        Only task and steps are needed. Credits exactly the procedures in used.
        """
        with self._opened.call() as memory:
            recorded = memory.record(
                task, steps, outcome, evidence=evidence, used=used or (), script=script, facts=facts or (), tokens=tokens,
                provenance=_provenance(ctx, memory, memory.settle(self._projects.of(ctx, memory))),
                origin=self._origin(ctx, memory),
            )  # fmt: skip
            recorded = replace(recorded, notes=[*self._opened.news(), *recorded.notes])
            return _answer(record_reply(recorded, waiting=self._waiting(memory, recorded.built)))

    def reflect_on_failure(
        self,
        ctx: Context[Any, Any],
        task: str,
        error: Annotated[str, Field(description="What went wrong, with the error text")],
        steps: OptionalSteps = None,
        trajectory: Annotated[Text, Field(description="The recorded run, like t5, instead of steps")] = "",
        used: UsedArgument = None,
        lesson: Annotated[Text, Field(description="What to do instead, in a sentence")] = "",
        revision: Annotated[
            Object, Field(description="The one procedure in used, mended: an object like script")
        ] = None,
    ) -> Annotated[CallToolResult, ReflectReply]:
        """Call when a task failed, above all after following a procedure: keeps the pitfall and mends the procedure.

        Without revision it returns what you need to write one: the procedure, where the run left it, the closest success.
        """
        with self._opened.call() as memory:
            reflected = memory.reflect(
                task, steps, error, used=used or (), lesson=lesson, revision=revision, trajectory=trajectory or None,
                provenance=_provenance(ctx, memory, memory.settle(self._projects.of(ctx, memory))),
                origin=self._origin(ctx, memory),
            )  # fmt: skip
            return _answer(reflect_reply(replace(reflected, notes=[*self._opened.news(), *reflected.notes])))

    def _origin(self, ctx: Context[Any, Any], memory: "ProceduralMemory") -> Origin:
        """Who calls: a client, in this server's session of this day. What it says is a claim, unless a person vouched for it."""
        session = f"{self._session} {datetime.now(UTC):%Y-%m-%d}"
        channel = "trusted" if memory.options.trusted else "tool"
        return Origin(channel=channel, client=_provenance(ctx, memory, "").origin, name=session)

    def _waiting(self, memory: "ProceduralMemory", built: int | None) -> int:
        """How many procedures wait for a language model beside the one that was just built; 0 where that was said before, or
        where they are few: of what it records itself an agent may pass the script."""
        waiting = 0 if self._said_waiting else len([i for i in memory.unwritten() if i != built])
        if waiting < LEAST_WAITING:
            return 0
        self._said_waiting = True
        return waiting


def description(tool: Callable[..., object]) -> str:
    """The docstring of a tool on one line, as hosts show it to their models."""
    return " ".join((tool.__doc__ or "").split())


def _answer(reply: Reply) -> CallToolResult:
    """The reply once as structure and once as the same JSON in text, for hosts that show only the one or the other."""
    return CallToolResult(content=[TextContent(type="text", text=reply.sent())], structured_content=reply.lean())


def _provenance(ctx: Context[Any, Any], memory: "ProceduralMemory", project: str) -> Provenance:
    """The memory's provenance with the project at hand and the client that calls, as it named itself."""
    params = ctx.request_context.session.client_params
    client = None if params is None else f"{params.client_info.name} {params.client_info.version}"[:200]
    return memory.options.provenance.model_copy(update={"client": client, "project": project or None})
