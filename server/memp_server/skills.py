"""Serve procedures as Skills over MCP (SEP-2640, extension io.modelcontextprotocol/skills).

https://github.com/modelcontextprotocol/ext-skills, specification/stable/skills.mdx: `skills/list` and `skills/get` give
entries, each with the digest of a SKILL.md that `resources/read` gives. Clients of both protocol eras are answered; the
handshake of the older one has no place to declare an extension.

What is served is data of past runs. None of it stands in the instructions or in the tools' descriptions.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CacheableResult,
    ListResourcesResult,
    PaginatedRequestParams,
    PaginatedResult,
    RequestParams,
    Resource,
)
from pydantic import BaseModel

from memp.errors import MempError
from memp.light.project import NOWHERE, Place, named

if TYPE_CHECKING:
    from memp.domain.procedure import Procedure
    from memp.exchange.skills import Skill
    from memp.memory import ProceduralMemory

T = TypeVar("T")

IDENTIFIER = "io.modelcontextprotocol/skills"
MIME_TYPE = "text/markdown"
DIRECTORY = "inode/directory"
FILE = "SKILL.md"
FOLDER = "references"
EXAMPLE = "references/example.md"

MOST_LISTED = 100
"""Skills in the catalog, the project's own first: a host shows its model the description of each. The others, also what was
learned in other projects, are served by their URI."""

_URI = re.compile(r"(skill://memp/[a-z0-9-]{1,64}-p([0-9]{1,18}))(?:/(SKILL\.md|references(?:/example\.md)?)?)?")


class SkillResource(BaseModel):
    """A file of a skill: its URI, the digest of its bytes ("sha256:..."), and how many there are."""

    uri: str
    digest: str
    size: int


class SkillEntry(BaseModel):
    """A skill: the URI of its SKILL.md, the frontmatter in it, and all its files."""

    uri: str
    frontmatter: dict[str, Any]
    resources: list[SkillResource]


class ListSkillsResult(PaginatedResult, CacheableResult):
    """The answer to skills/list: one page."""

    skills: list[SkillEntry]
    result_type: str = "complete"


class GetSkillParams(RequestParams):
    """The parameters of skills/get: the URI of a SKILL.md."""

    uri: str


class GetSkillResult(CacheableResult):
    """The answer to skills/get."""

    skill: SkillEntry
    result_type: str = "complete"


class ReadDirectoryParams(PaginatedRequestParams):
    """The parameters of resources/directory/read: the URI of a skill's folder, or of one in it."""

    uri: str


class ServedSkill(NamedTuple):
    """A skill as it is served: what its SKILL.md says, and its files by their path."""

    skill: "Skill"
    files: Mapping[str, bytes]

    @property
    def folder(self) -> str:
        """The URI of the skill's folder."""
        return f"skill://memp/{self.skill.name}"


class Skills(Extension):
    """The MCP extension: the skills of a memory, which is opened when the first of them is asked for."""

    identifier = IDENTIFIER

    def __init__(
        self, call: "Callable[[], AbstractContextManager[ProceduralMemory]]", place: Callable[[], Place] = lambda: NOWHERE
    ) -> None:  # fmt: skip
        self._call = call
        self._place = place

    def settings(self) -> dict[str, Any]:
        return {"directoryRead": True}

    def methods(self) -> Sequence[MethodBinding]:
        return (
            MethodBinding("skills/list", PaginatedRequestParams, self._list),
            MethodBinding("skills/get", GetSkillParams, self._get),
            MethodBinding("resources/directory/read", ReadDirectoryParams, self._directory),
        )

    async def listed(self) -> list[Resource]:
        """List the SKILL.md of each skill in the catalog, as resources.

        Raises:
            MCPError: the memory cannot be read.
        """
        return [_listed(served) for served in await _on_a_thread(self._catalog)]

    async def read(self, uri: str) -> list[ReadResourceContents]:
        """Read one file of a skill.

        Raises:
            MCPError: there is no such skill, or the memory cannot be read.
        """
        served, path = await _on_a_thread(partial(self._find, uri))
        if path not in served.files:
            raise _none_at(uri)
        return [ReadResourceContents(content=served.files[path].decode(), mime_type=MIME_TYPE)]

    async def _list(self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams) -> ListSkillsResult:
        if params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "skills/list gives one page: call it without a cursor.")
        return ListSkillsResult(skills=[_entry(served) for served in await _on_a_thread(self._catalog)])

    async def _get(self, ctx: ServerRequestContext[Any, Any], params: GetSkillParams) -> GetSkillResult:
        served, path = await _on_a_thread(partial(self._find, params.uri))
        if path != FILE:
            raise _none_at(params.uri)
        return GetSkillResult(skill=_entry(served))

    async def _directory(self, ctx: ServerRequestContext[Any, Any], params: ReadDirectoryParams) -> ListResourcesResult:
        if params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "resources/directory/read gives one page: call it without a cursor.")
        served, path = await _on_a_thread(partial(self._find, params.uri))
        example = [name for name in served.files if name == EXAMPLE]
        if path == "":
            folder = Resource(uri=f"{served.folder}/{FOLDER}", name=FOLDER, mime_type=DIRECTORY)
            return ListResourcesResult(resources=[_listed(served), *([folder] if example else [])])
        if path == FOLDER and example:
            return ListResourcesResult(resources=[_file(served, EXAMPLE)])
        raise MCPError(INVALID_PARAMS, f"{params.uri[:200]} is no folder of a skill.", {"uri": params.uri})

    def _catalog(self) -> list[ServedSkill]:
        with self._call() as memory:
            at = self._project(memory)
            return [_served(memory, procedure, at) for procedure in self._shown(memory, at)[:MOST_LISTED]]

    def _project(self, memory: "ProceduralMemory") -> str:
        """The project at hand; empty where there is none."""
        project = memory.options.project
        return memory.project_of(named(project) if project else self._place())

    def _shown(self, memory: "ProceduralMemory", project: str, ids: Sequence[int] | None = None) -> list["Procedure"]:
        """The procedures that are skills in this project, of `ids` where those are given."""
        from memp.exchange.skills import fit_for_skills, not_foreign

        return not_foreign(memory.store, fit_for_skills(memory.store, memory.options.scopes, ids=ids), project)

    def _find(self, uri: str) -> tuple[ServedSkill, str]:
        """Find the skill that a URI names, and the path in its folder; empty for the folder itself."""
        parsed = _URI.fullmatch(uri)
        if parsed is None:
            raise _none_at(uri)
        with self._call() as memory:
            at = self._project(memory)
            for procedure in self._shown(memory, at, [int(parsed[2])]):
                served = _served(memory, procedure, at)
                if served.folder == parsed[1]:
                    return served, parsed[3] or ""
        raise _none_at(uri)


async def _on_a_thread(work: Callable[[], T]) -> T:
    """The store blocks; other requests go on meanwhile."""
    try:
        return await anyio.to_thread.run_sync(work)
    except MempError as error:
        raise MCPError(INTERNAL_ERROR, str(error)) from error


def _none_at(uri: str) -> MCPError:
    return MCPError(INVALID_PARAMS, f"No skill is served at {uri[:200]}.", {"uri": uri})


def _served(memory: "ProceduralMemory", procedure: "Procedure", project: str) -> ServedSkill:
    from memp.exchange.skills import example_of, skill_of

    skill = skill_of(memory.store, procedure, project, counts=False)
    example = example_of(memory.store, procedure, project)
    return ServedSkill(skill, {FILE: skill.content, **({EXAMPLE: example.encode()} if example else {})})


def _listed(served: ServedSkill) -> Resource:
    """A SKILL.md as resources are listed."""
    skill = served.skill
    return Resource(
        uri=f"{served.folder}/{FILE}", name=skill.name, description=skill.description, mime_type=MIME_TYPE,
        size=len(skill.content),
    )  # fmt: skip


def _file(served: ServedSkill, path: str) -> Resource:
    name = path.rpartition("/")[2]
    return Resource(uri=f"{served.folder}/{path}", name=name, mime_type=MIME_TYPE, size=len(served.files[path]))


def _entry(served: ServedSkill) -> SkillEntry:
    """A skill as skills/list and skills/get give it: what a host needs to show it and to check what it reads."""
    from memp.exchange.skills import digest_of

    files = [
        SkillResource(uri=f"{served.folder}/{path}", digest=digest_of(content), size=len(content))
        for path, content in served.files.items()
    ]
    return SkillEntry(uri=files[0].uri, frontmatter=served.skill.frontmatter, resources=files)
