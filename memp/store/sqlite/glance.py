"""Read-only SQLite queries for hooks: the `Glance` of memp.light.peek on the memory file.

A hook loads this within its host's patience, so it imports apsw and nothing heavier: no numpy, pydantic or sqlite-vec.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apsw

from memp.errors import StoreError
from memp.light.peek import Known, Warned

BUSY_MS = 200
"""Milliseconds to wait for a lock; readers seldom meet one."""

_IN = "IN (SELECT value FROM json_each(?))"


class SQLiteGlance:
    """The memory file, open for reading.

    Raises:
        StoreError: it cannot be opened or read, here and in every method. A file that does not exist is one of them.
    """

    def __init__(self, path: Path, project: str = "") -> None:
        self._scopes = json.dumps([project, ""])
        name, flags = str(path), apsw.SQLITE_OPEN_READONLY
        if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
            # WAL wants files beside it; where none can be made, nobody writes.
            name, flags = f"{path.absolute().as_uri()}?immutable=1", flags | apsw.SQLITE_OPEN_URI
        try:
            self._file = apsw.Connection(name, flags=flags)
        except apsw.Error as error:
            raise StoreError(f"The memory {path} cannot be opened: {error}.") from error
        self._file.set_busy_timeout(BUSY_MS)
        self._path = path

    def close(self) -> None:
        self._file.close()

    def is_empty(self) -> bool:
        active = f"SELECT 1 FROM procedures WHERE status = 'active' AND scope {_IN} LIMIT 1"
        return not self._rows(active, self._scopes)

    def of_project(self, name: str, most: int) -> list[Known]:
        rows = self._rows(
            f"""SELECT p.id, json_extract(r.script, '$.goal'), p.tier, p.uses, p.successes
            FROM procedures p JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE p.status = 'active' AND p.tier IN ('validated', 'pinned') AND p.scope {_IN}
            AND EXISTS (SELECT 1 FROM sources s JOIN trajectories t ON t.id = s.trajectory_id
                WHERE s.procedure_id = p.id AND json_extract(t.provenance, '$.project') = ?)
            ORDER BY p.successes DESC, p.id DESC LIMIT ?""",
            self._scopes,
            name,
            most,
        )
        return [Known(*row) for row in rows]

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        total = self._rows("SELECT count(*) FROM keys WHERE kind NOT IN ('fact', 'run')")[0][0]
        return dict(self._rows(f"SELECT term, doc FROM keys_terms WHERE term {_IN}", json.dumps(list(terms)))), total

    def errors(self, terms: Sequence[str], limit: int) -> list[tuple[Warned, str]]:
        rows = self._rows(
            f"""SELECT f.id, f.trigger, f.consequence, f.instead,
                (SELECT count(*) FROM sightings WHERE pitfall_id = f.id),
                p.id, coalesce(json_extract(r.script, '$.goal'), ''), k.text
            FROM keys_fts JOIN keys k ON k.id = keys_fts.rowid JOIN pitfalls f ON f.id = k.owner
            LEFT JOIN procedures p ON p.id = f.procedure_id AND p.status = 'active'
            LEFT JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE keys_fts MATCH ? AND k.kind = 'error' AND k.scope {_IN}
            AND (f.instead <> '' OR p.id IS NOT NULL) ORDER BY bm25(keys_fts), k.id LIMIT ?""",
            " OR ".join(f'"{term}"' for term in terms),
            self._scopes,
            limit,
        )
        return [(Warned(*row[:7]), row[7]) for row in rows]

    def _rows(self, sql: str, *bindings: str | int) -> list[tuple[Any, ...]]:
        try:
            return self._file.execute(sql, bindings).fetchall()
        except apsw.Error as error:
            raise StoreError(f"The memory {self._path} cannot be read: {error}.") from error
