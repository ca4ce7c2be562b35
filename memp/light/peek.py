"""A glance into the memory file by words alone, for a hook that has no time to load anything: apsw, and nothing heavier.

It only reads. What is found by meaning is memory.recall's; here stand the two questions that need none: which pitfall is
this error, and what is known of this project.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from memp.errors import StoreError
from memp.text.keywords import KEYWORD_FLOOR, MOST_TERMS, POOL, idf, terms

MAX_ERROR = 8_000
"""Characters of an error that are looked at: both its ends, as a log begins with the command and ends with the failure."""

LEAST_SHARE = 0.6
"""The idf-weighted share of a remembered error's words that must stand in the new one. Words alone cannot tell what an
error means, and a wrong warning costs more than none. Chosen on the seven pairs of tests/test_glance.py."""

_IN = "IN (SELECT value FROM json_each(?))"

_QUOTED = re.compile(r"""['"`\u2018\u201c]([^\s'"`\u2018\u2019\u201c\u201d]{2,60})['"`\u2019\u201d]""")
_GENERIC = frozenset(
    "bash shell command exit code status error errors failed failure exception traceback line file".split()
)
"""Words that stand in errors of every kind."""

BUSY_MS = 200
"""Milliseconds to wait for a lock; readers seldom meet one."""


class Warned(NamedTuple):
    """A pitfall that fits an error: what shows it, what it leads to, what to do instead, and how many runs met it.

    `procedure` is the id of the one it belongs to and `goal` that one's, where it is in recall.
    """

    id: int
    trigger: str
    consequence: str
    instead: str
    seen: int
    procedure: int | None
    goal: str


class _Seen(NamedTuple):
    """A new error: its own words, these and the command's, and both as they are."""

    told: list[str]
    words: list[str]
    text: str


class Known(NamedTuple):
    """A procedure by its id, what it is for, and how often it was used and went well."""

    id: int
    goal: str
    tier: str
    uses: int
    successes: int


class Glance:
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
        """Whether no procedure of the project, or of none, is in recall."""
        found = self._read(f"SELECT 1 FROM procedures WHERE status = 'active' AND scope {_IN} LIMIT 1", self._scopes)
        return not found

    def of_project(self, name: str, most: int) -> list[Known]:
        """The validated procedures that were learned in a folder of that name, the most successful first."""
        rows = self._read(
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

    def pitfalls(self, error: str, most: int, *, command: str = "") -> list[Warned]:
        """The pitfalls whose error this is, by its words, best first; those that say neither what to do instead nor
        belong to a procedure are of no use and left out. `command` is what failed: remembered errors may name it."""
        told = error if len(error) <= MAX_ERROR else f"{error[: MAX_ERROR // 2]}\n{error[-MAX_ERROR // 2 :]}"
        seen = _Seen(terms(told), terms(f"{command[:MAX_ERROR]}\n{told}"), f"{command}\n{error}")
        total, rarity = self._rarity(seen.words)
        known = sorted((word for word in seen.words if word in rarity), key=lambda word: -rarity[word])[:MOST_TERMS]
        if not known:
            return []
        rows = self._read(
            f"""SELECT f.id, f.trigger, f.consequence, f.instead,
                (SELECT count(*) FROM sightings WHERE pitfall_id = f.id),
                p.id, coalesce(json_extract(r.script, '$.goal'), ''), k.text
            FROM keys_fts JOIN keys k ON k.id = keys_fts.rowid JOIN pitfalls f ON f.id = k.owner
            LEFT JOIN procedures p ON p.id = f.procedure_id AND p.status = 'active'
            LEFT JOIN revisions r ON r.procedure_id = p.id AND r.number = p.revision
            WHERE keys_fts MATCH ? AND k.kind = 'error' AND k.scope {_IN}
            AND (f.instead <> '' OR p.id IS NOT NULL) ORDER BY bm25(keys_fts), k.id LIMIT {POOL}""",
            " OR ".join(f'"{word}"' for word in known),
            self._scopes,
        )
        scored: dict[Warned, float] = {}
        for row in rows:
            score = self._fit(row[7], seen, total)
            if score is not None:
                scored[Warned(*row[:7])] = score
        return sorted(scored, key=lambda found: (-scored[found], -found.seen, found.id))[:most]

    def _fit(self, trigger: str, seen: "_Seen", total: int) -> float | None:
        """The word score of a remembered error in the new one; None where it is another error."""
        if any(name not in seen.text for name in _QUOTED.findall(trigger)):
            return None  # The same kind of error, of another thing.
        words = [word for word in terms(trigger) if word not in _GENERIC and not word.isdecimal()]
        _, rarity = self._rarity(words)
        weight = {word: rarity.get(word, idf(0, total)) for word in words}
        shared = sum(value for word, value in weight.items() if word in seen.words)
        # That the same command failed says little: the words of the error itself decide.
        score = sum((value / idf(0, total)) ** 2 for word, value in weight.items() if word in seen.told)
        return score if shared >= LEAST_SHARE * sum(weight.values()) and score >= KEYWORD_FLOOR else None

    def _rarity(self, words: Sequence[str]) -> tuple[int, dict[str, float]]:
        """How many keys there are, and the inverse document frequency of the words that stand in one."""
        total = int(self._read("SELECT count(*) FROM keys WHERE kind NOT IN ('fact', 'run')")[0][0])
        wanted = json.dumps(list(words))
        rows = self._read(f"SELECT term, doc FROM keys_terms WHERE term {_IN}", wanted)
        return total, {str(term): idf(int(count), total) for term, count in rows}

    def _read(self, sql: str, *bindings: object) -> list[tuple[Any, ...]]:
        try:
            return self._file.execute(sql, bindings).fetchall()  # pyright: ignore[reportArgumentType]
        except apsw.Error as error:
            raise StoreError(f"The memory {self._path} cannot be read: {error}.") from error
