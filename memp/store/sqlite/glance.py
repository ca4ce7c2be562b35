"""Read-only SQLite queries for hooks: the `Glance` of memp.light.peek on the memory file.

A hook loads this within its host's patience, so it imports apsw and nothing heavier: no numpy, pydantic or sqlite-vec.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from memp.errors import StoreError
from memp.light.peek import Known, Warned
from memp.light.project import NOWHERE, Place, settled

BUSY_MS = 200
"""Milliseconds to wait for a lock; readers seldom meet one."""

_IN = "IN (SELECT value FROM json_each(?))"
_IN_SCOPES = "IN (SELECT value FROM json_each(:scopes))"

_SOURCES = "sources s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.procedure_id = p.id"

# As memp.domain.projects has it: the project's own, validated by two projects independently, or nobody's. What names a folder
# and no project is some project's.
_NOBODYS = """(t.project = '' AND (coalesce(json_extract(t.provenance, '$.project'), '') = ''
    OR json_extract(t.provenance, '$.imported_from') IS NOT NULL))"""
_GENERAL = f"""(SELECT count(DISTINCT t.project) FROM {_SOURCES} AND t.project <> '' AND t.success = 1 AND t.outside = 1
    AND NOT EXISTS (SELECT 1 FROM credits c WHERE c.procedure_id = p.id AND c.trajectory_id = t.id)) > 1"""
_OWN = f"(:at <> '' AND (p.project = :at OR EXISTS (SELECT 1 FROM {_SOURCES} AND t.project = :at)))"
_NOT_FOREIGN = f"""({_OWN} OR {_GENERAL} OR EXISTS (SELECT 1 FROM {_SOURCES} AND {_NOBODYS})
    OR p.project = '' AND NOT EXISTS (SELECT 1 FROM {_SOURCES} AND t.project = ''))"""
_MET_HERE = f"""(NOT EXISTS (SELECT 1 FROM sightings WHERE pitfall_id = f.id)
        AND (p.id IS NULL OR p.project IN ('', :at))
    OR (SELECT max(:at <> '' AND t.project = :at OR {_NOBODYS}) OR count(DISTINCT nullif(t.project, '')) > 1 FROM sightings s
        JOIN trajectories t ON t.id = s.trajectory_id WHERE s.pitfall_id = f.id))"""

_MET_BY = """EXISTS (SELECT 1 FROM sightings s JOIN trajectories t ON t.id = s.trajectory_id
    LEFT JOIN origins o ON o.id = t.origin WHERE s.pitfall_id = f.id AND coalesce(o.channel, 'program')"""
_APPROVED = """EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = f.procedure_id AND a.actor = 'person'
    AND a.action IN ('validated', 'pinned', 'promoted', 'set revision') AND a.created_at >= f.created_at
    AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.procedure_id = a.procedure_id AND u.action = 'taken back'
        AND u.detail = a.action || ' of ' || a.created_at))"""

_SEEN = f"({_MET_BY} NOT IN ('tool', 'file')) OR {_APPROVED})"
"""Whether somebody saw a pitfall, or a person has spoken for its procedure since: what was only typed waits until it is asked
for. As memp.store.sql.origins has it."""

_ANSWERED = f"({_MET_BY} IN ('program', 'person', 'trusted')) OR {_APPROVED})"
"""Whether a person answers for a pitfall."""

WITH_ORIGINS = 9
"""The step of the schema from which on runs have an origin."""

WITH_PROJECTS = 4
"""The step of the schema from which on runs have a project; an older file is brought there by whoever opens it to write."""


class SQLiteGlance:
    """The memory file, open for reading.

    Raises:
        StoreError: it cannot be opened or read, here and in every method. A file that does not exist is one of them.
    """

    def __init__(self, path: str | os.PathLike[str], project: str = "", place: Place = NOWHERE) -> None:
        self._scopes = json.dumps([project, ""])
        self._place = place
        name, flags = os.path.abspath(path), apsw.SQLITE_OPEN_READONLY
        if not os.access(os.path.dirname(name), os.W_OK) and not os.path.exists(f"{name}-wal"):
            # WAL wants files beside it; where none can be made, nobody writes.
            from pathlib import Path

            name, flags = f"{Path(name).as_uri()}?immutable=1", flags | apsw.SQLITE_OPEN_URI
        try:
            self._file = apsw.Connection(name, flags=flags)
        except apsw.Error as error:
            raise StoreError(f"The memory {path} cannot be opened: {error}.") from error
        self._file.set_busy_timeout(BUSY_MS)
        self._path = path
        version = self._rows("PRAGMA user_version")[0][0]
        self._has_projects, self._has_origins = version >= WITH_PROJECTS, version >= WITH_ORIGINS
        self._at = self._settled()

    def _settled(self) -> str:
        """The project at hand, by the identity that the memory has for it."""
        if not self._place.identity or not self._has_projects:
            return ""
        return settled(self._place, dict(self._rows("SELECT identity, same_as FROM projects")))

    def close(self) -> None:
        self._file.close()

    def is_empty(self) -> bool:
        here = _NOT_FOREIGN if self._has_projects else "1"
        active = f"SELECT 1 FROM procedures p WHERE p.status = 'active' AND p.scope {_IN_SCOPES} AND {here} LIMIT 1"
        return not self._named(active)

    def of_project(self, most: int) -> list[Known]:
        if not self._at:
            return []
        rows = self._named(
            f"""SELECT p.id, json_extract(r.script, '$.goal'), p.tier, p.uses, p.successes
            FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE p.status = 'active' AND p.tier IN ('validated', 'pinned') AND p.scope {_IN_SCOPES} AND ({_OWN} OR {_GENERAL})
            ORDER BY {_OWN} DESC, p.successes DESC, p.id DESC LIMIT :most""",
            most=most,
        )
        return [Known(*row) for row in rows]

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        total = self._rows("SELECT count(*) FROM keys_fts_docsize")[0][0]
        return dict(self._rows(f"SELECT term, doc FROM keys_terms WHERE term {_IN}", (json.dumps(list(terms)),))), total

    def errors(self, terms: Sequence[str], limit: int) -> list[tuple[Warned, str]]:
        here = _MET_HERE if self._has_projects else "1"
        seen, answered = (_SEEN, _ANSWERED) if self._has_origins else ("1", "1")
        rows = self._named(
            f"""SELECT f.id, f.trigger, f.consequence, f.instead,
                (SELECT count(*) FROM sightings WHERE pitfall_id = f.id),
                p.id, coalesce(json_extract(r.script, '$.goal'), ''), {answered}, k.text
            FROM keys_fts JOIN keys k ON k.id = keys_fts.rowid JOIN pitfalls f ON f.id = k.owner
            LEFT JOIN procedures p ON p.id = f.procedure_id AND p.status = 'active'
            LEFT JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE keys_fts MATCH :words AND k.kind = 'error' AND k.scope {_IN_SCOPES} AND {here} AND {seen}
            AND (f.instead <> '' OR p.id IS NOT NULL) ORDER BY bm25(keys_fts), k.id LIMIT :most""",
            words=" OR ".join(f'"{term}"' for term in terms),
            most=limit,
        )
        return [(Warned(*row[:7], answered=bool(row[7])), row[8]) for row in rows]

    def _named(self, sql: str, **more: str | int) -> list[tuple[Any, ...]]:
        return self._rows(sql, {"scopes": self._scopes, "at": self._at, **more})

    def _rows(
        self, sql: str, bindings: Sequence[str | int] | Mapping[str, str | int] = ()
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        try:
            return self._file.execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise StoreError(f"The memory {self._path} cannot be read: {error}.") from error
