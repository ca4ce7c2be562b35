"""The review card: what was just learned and what waits for a person, shown in the host by MCP Apps (`MEMP_CARD=1`).

https://github.com/modelcontextprotocol/ext-apps, specification/2026-01-26/apps.mdx: a tool names a `ui://` page, which the host
shows in a sandboxed frame beside the tool's answer, and which may call tools that no model sees (`visibility: ["app"]`).

A card decides what only a person may. So its tool and its page are told to no client that does not name the extension, and the
tool refuses whoever does not have the key that stands in the page. A host that lets its model read such pages and call such
tools, against the specification, lets it approve: that it does not is the host's word.
"""

import secrets
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from mcp.server.apps import Apps, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, ListToolsResult, TextContent, Tool

from memp.errors import InputError
from memp_server.opening import LazyMemory

if TYPE_CHECKING:
    from memp.domain.procedure import Ref, Script
    from memp.memory import ProceduralMemory
    from memp.update.deciding import Act
    from memp.update.review import Waiting

URI = "ui://memp/review.html"
TOOL = "review_card"

MOST_WAITING = 20
MOST_LINES = 120
MOST_CHARACTERS = 1_000
"""Of a line that a card shows; what does not fit is not approved by a card."""

ACTS = ("approve", "reject", "pin")
"""What a card decides."""

_KEY = "MEMP_CARD_KEY"
"""The place of the key in the page."""


class ReviewCard(Apps):
    """The extension: a page, and the tool behind it."""

    def __init__(self, opened: LazyMemory) -> None:
        super().__init__()
        self._opened = opened
        self._key = secrets.token_urlsafe(24)
        self._made: set[int] = set()  # The decisions of cards, which alone a card takes back.
        page = files("memp_server").joinpath("card.html").read_text(encoding="utf-8")
        self.add_html_resource(URI, page.replace(_KEY, self._key), name="memp: review", prefers_border=True)
        self.tool(resource_uri=URI, visibility=["app"], name=TOOL, description="For the review card alone.")(
            self.review_card
        )

    def review_card(
        self, ctx: Context[Any, Any], key: str, name: str = "", act: str = "", state: str = "", reason: str = "", undo: int = 0
    ) -> CallToolResult:  # fmt: skip
        """What waits for a person, one of it whole (`name`, like p12 or p12r3); with `act` after that decision on it."""
        if not (client_supports_apps(ctx) and secrets.compare_digest(key.encode(), self._key.encode())):
            raise InputError("This card is of a server that ended: run the tool again for a new one.")
        with self._opened.call() as memory:
            said: dict[str, Any] = {}
            if undo:
                from memp.update.undoing import take_back

                if undo not in self._made:
                    raise InputError("There is no decision of this card's to take back.")
                said = {"said": take_back(memory.store, memory.options.seen, number=undo)}
            elif act:
                said = _decided(memory, name, act, state, reason)
                self._made.update([said["undo"]] if "undo" in said else [])
            shown = {**said, **_shown(memory, "" if act else name)}
        return CallToolResult(content=[TextContent(type="text", text="")], structured_content=shown)

    async def hidden(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: of a client that shows no cards, the tool is not there, and no tool names the page."""
        calls = ctx.method == "tools/call" and (ctx.params or {}).get("name") == TOOL
        if calls and not client_supports_apps(ctx):
            raise MCPError(INVALID_PARAMS, f"There is no tool {TOOL}.")
        result = await call_next(ctx)
        if ctx.method != "tools/list" or client_supports_apps(ctx):
            return result
        listed = (
            ListToolsResult.model_validate(result) if isinstance(result, Mapping) else cast(ListToolsResult, result)
        )
        return listed.model_copy(update={"tools": [_plain(tool) for tool in listed.tools if tool.name != TOOL]})

    def read(self, uri: str, context: Context[Any, Any] | None) -> list[ReadResourceContents]:
        """The page.

        Raises:
            MCPError: there is no such page, or the client shows none.
        """
        for binding in self.resources() if context is not None and client_supports_apps(context) else ():
            if str(binding.resource.uri) == uri:
                text = cast(Any, binding.resource).text
                return [
                    ReadResourceContents(content=text, mime_type=binding.resource.mime_type, meta=binding.resource.meta)
                ]
        raise MCPError(INVALID_PARAMS, f"There is no page at {uri[:200]}.", {"uri": uri})


def _plain(tool: Tool) -> Tool:
    meta = dict(tool.meta or {})
    meta.pop("ui", None)
    return tool.model_copy(update={"meta": meta})


def _decided(memory: "ProceduralMemory", name: str, act: str, state: str, reason: str) -> dict[str, Any]:
    """Carry out a decision on what the card shows as `state`.

    Raises:
        InputError, NotFoundError: there is no such decision, or it cannot be made.
        RevisedMeanwhileError: the procedure is not as it was shown.
    """
    from memp.errors import RevisedMeanwhileError
    from memp.store.find import find_procedure
    from memp.update import review
    from memp.update.deciding import decide

    ref, store = _ref(name), memory.store
    if act not in ACTS:
        raise InputError("There is no such decision.")
    with store.transaction():
        procedure = find_procedure(store, ref.procedure_id, memory.options.seen)
        if state != review.state_of(store, procedure):
            raise RevisedMeanwhileError(f"{name} is not as it was shown, so nothing was changed: look at it again.")
        done = decide(store, memory.options, ref, cast("Act", act), reason)
    return {"said": done.sentence, **({"undo": done.number} if done.number is not None else {})}


def _shown(memory: "ProceduralMemory", name: str) -> dict[str, Any]:
    """What waits, and the one of this name, or the first, whole."""
    from memp.errors import NotFoundError
    from memp.store.find import find_procedure
    from memp.store.records import ProceduresWanted
    from memp.update import review

    store, scopes = memory.store, memory.options.seen
    wanted = ProceduresWanted(waits=True, sort="waiting")
    ids = store.browse_procedures(wanted, scopes, 0, MOST_WAITING)
    waiting = [
        (f"p{procedure.id}" + (f"r{revision.number}" if revision else ""), (revision or procedure).script.goal)
        for procedure in store.procedures(ids)
        for _, revision in review.waits_of(store, procedure)
    ][:MOST_WAITING]
    one = None
    try:
        if name:
            find_procedure(store, _ref(name).procedure_id, scopes)
            one = review.look(store, _ref(name))
    except NotFoundError:
        pass  # It was forgotten meanwhile: what waits is shown.
    if one is None and waiting:
        one = review.look(store, _ref(waiting[0][0]))
    return {
        "waiting": [{"name": label, "goal": _first(goal)} for label, goal in waiting],
        "total": store.count_procedures(wanted, scopes),
        **({"one": _whole(memory, one)} if one is not None else {}),
    }


def _whole(memory: "ProceduralMemory", one: "Waiting") -> dict[str, Any]:
    from memp.domain.effects import located_effects
    from memp.update import review

    shown, now = one.proposal or one.current, one.current
    fields = _fields(shown.script)
    lines = [[mark, *map(_first, pair)] for mark, *pair in _beside(_fields(now.script), fields)] if one.proposal else [
        ["", "", _first(line)] for line in fields
    ]  # fmt: skip
    whole = len(lines) <= MOST_LINES and all(len(line) <= MOST_CHARACTERS for line in (*fields, *_fields(now.script)))
    return {
        "name": one.label,
        "state": review.state_of(memory.store, one.procedure),
        "kind": one.kind if one.proposal else one.procedure.tier,
        "archived": one.procedure.status == "archived",
        "goal": _first(shown.script.goal),
        "reason": _first(shown.reason),
        "effects": [_first(str(effect)) for effect in located_effects(shown.script)],
        "uses": one.uses.uses, "successes": one.uses.successes, "outside": one.outside,
        "revision": one.proposal is not None,
        "lines": lines[:MOST_LINES],
        "whole": whole,
        "from": [f"t{run} {_first(task)}" for run, task in [*one.sources.items()][:5]],
    }  # fmt: skip


def _fields(script: "Script") -> list[str]:
    """All that a script says, a line each: what an agent is told, a person is shown."""
    named = [("Goal", script.goal), ("When", script.when_to_use), ("Not when", script.not_when)]
    return [
        *(f"{name}: {text}" for name, text in named if text),
        *(f"Before: {text}" for text in script.preconditions),
        *(f"{number}. {step}" for number, step in enumerate(script.steps, 1)),
        *(f"Check: {text}" for text in [script.verification] if text),
        *(f"{{{one.name}}}: {one.description}" for one in script.parameters),
        *(f"Pitfall: {one.trigger} {one.consequence} -> {one.instead}" for one in script.pitfalls),
    ]


def _beside(now: Sequence[str], then: Sequence[str]) -> list[tuple[str, str, str]]:
    """Lines as they are and as they would be, marked "" (the same), "-" (gone) or "+" (new), in their order."""
    rows: list[tuple[str, str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(a=now, b=then, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [("", line, line) for line in now[a:b]]
        else:
            rows += [*(("-", line, "") for line in now[a:b]), *(("+", "", line) for line in then[c:d])]
    return rows


def _first(text: str) -> str:
    """A text of the memory as a person may see it: cut, and with the characters that nobody sees as escapes."""
    from memp.text.invisible import shown

    return shown(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}...")


def _ref(name: str) -> "Ref":
    from memp.inputs.references import reference

    return reference(name[:40])
