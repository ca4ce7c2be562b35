"""Procedures as Skills over MCP (SEP-2640, extension io.modelcontextprotocol/skills).

https://github.com/modelcontextprotocol/ext-skills, specification/stable/skills.mdx: `skills/list` and `skills/get` give
entries, each with the digest of a SKILL.md that `resources/read` gives. Clients of both protocol eras are answered; the
handshake of the older one has no place to declare an extension.

What is served is data of past runs. None of it stands in the instructions or in the tools' descriptions.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CacheableResult,
    PaginatedRequestParams,
    PaginatedResult,
    RequestParams,
    Resource,
)
from pydantic import BaseModel

from memp.errors import MempError

if TYPE_CHECKING:
    from memp.memory import ProceduralMemory
    from memp.skills import Skill

T = TypeVar("T")

IDENTIFIER = "io.modelcontextprotocol/skills"
MIME_TYPE = "text/markdown"

MOST_LISTED = 100
"""Skills in the catalog: a host shows its model the description of each. The others are served by their URI."""

_URI = re.compile(r"skill://memp/[a-z0-9-]{1,64}-p([0-9]{1,18})/SKILL\.md")


class SkillResource(BaseModel):
    """A file of a skill: its URI, the digest of its bytes ("sha256:..."), and how many there are."""

    uri: str
    digest: str
    size: int


class SkillEntry(BaseModel):
    """A skill: the URI of its SKILL.md, the frontmatter of that, and all its files."""

    uri: str
    frontmatter: dict[str, Any]
    resources: list[SkillResource]


class ListSkillsResult(PaginatedResult, CacheableResult):
    """The answer to skills/list: one page."""

    skills: list[SkillEntry]
    result_type: str = "complete"


class GetSkillParams(RequestParams):
    """What skills/get is asked for: the URI of a SKILL.md."""

    uri: str


class GetSkillResult(CacheableResult):
    """The answer to skills/get."""

    skill: SkillEntry
    result_type: str = "complete"


class Skills(Extension):
    """The skills of a memory, opened when the first of them is asked for."""

    identifier = IDENTIFIER

    def __init__(self, memory: "Callable[[], ProceduralMemory]") -> None:
        self._memory = memory

    def methods(self) -> Sequence[MethodBinding]:
        return (
            MethodBinding("skills/list", PaginatedRequestParams, self._list),
            MethodBinding("skills/get", GetSkillParams, self._get),
        )

    async def listed(self) -> list[Resource]:
        """The SKILL.md of each skill in the catalog.

        Raises:
            MCPError: the memory cannot be read.
        """
        return [
            Resource(uri=_uri(s), name=s.name, description=s.description, mime_type=MIME_TYPE, size=len(s.content))
            for s in await _on_a_thread(self._catalog)
        ]

    async def read(self, uri: str) -> list[ReadResourceContents]:
        """The text of one SKILL.md.

        Raises:
            MCPError: there is no such skill, or the memory cannot be read.
        """
        skill = await _on_a_thread(partial(self._find, uri))
        return [ReadResourceContents(content=skill.text, mime_type=MIME_TYPE)]

    async def _list(self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams) -> ListSkillsResult:
        if params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "skills/list gives one page: call it without a cursor.")
        return ListSkillsResult(skills=[_entry(skill) for skill in await _on_a_thread(self._catalog)])

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: GetSkillParams) -> GetSkillResult:
        return GetSkillResult(skill=_entry(await _on_a_thread(partial(self._find, params.uri))))

    def _catalog(self) -> "list[Skill]":
        from memp.skills import fit_for_skills, skill_of

        memory = self._memory()
        chosen = fit_for_skills(memory.store, memory.options.scopes)[:MOST_LISTED]
        return [skill_of(memory.store, procedure, counts=False) for procedure in chosen]

    def _find(self, uri: str) -> "Skill":
        from memp.skills import fit_for_skills, skill_of

        memory = self._memory()
        ids = [int(named[1])] if (named := _URI.fullmatch(uri)) else []
        for procedure in fit_for_skills(memory.store, memory.options.scopes, ids=ids):
            skill = skill_of(memory.store, procedure, counts=False)
            if _uri(skill) == uri:
                return skill
        raise MCPError(INVALID_PARAMS, f"No skill is served at {uri[:200]}.", {"uri": uri})


async def _on_a_thread(work: Callable[[], T]) -> T:
    """The store blocks; other requests go on meanwhile."""
    try:
        return await anyio.to_thread.run_sync(work)
    except MempError as error:
        raise MCPError(INTERNAL_ERROR, str(error)) from error


def _uri(skill: "Skill") -> str:
    return f"skill://memp/{skill.name}/SKILL.md"


def _entry(skill: "Skill") -> SkillEntry:
    """What a host needs to show a skill and to check what it reads."""
    file = SkillResource(uri=_uri(skill), digest=skill.digest, size=len(skill.content))
    return SkillEntry(uri=file.uri, frontmatter=skill.frontmatter, resources=[file])
