"""Finding keys: by vector (vec0), by word (FTS5), by the facts of a procedure."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from memp.embed import Vectors
from memp.store.records import Hit, KeyKind
from memp.store.sql.rows import quoted, to_blob, to_hit
from memp.store.sqlite.base import ACTIVE_KEY, OnFile

_HIT = "k.owner, k.text, k.extra, k.template"


class Search(OnFile):
    """What Retrieve asks of the store."""

    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        if self.identity() is None:
            return []
        blob = to_blob(vector)
        found: list[tuple[int, float]] = []
        for scope in dict.fromkeys(scopes):
            rows = self._db.read(
                "SELECT key_id, distance FROM keys_vec WHERE embedding MATCH ? AND k = ? AND scope = ? AND kind = ?",
                (blob, limit, scope, kind),
            )
            found += [(int(key_id), 1.0 - float(distance)) for key_id, distance in rows]
        best = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]
        texts = {
            row[0]: row[1:]
            for row in self._db.read(
                f"SELECT k.id, {_HIT} FROM keys k WHERE k.id IN (SELECT value FROM json_each(?))",
                (json.dumps([key_id for key_id, _ in best]),),
            )
        }
        return [to_hit(texts[key_id], similarity) for key_id, similarity in best if key_id in texts]

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        if not terms:
            return []
        blob = None if vector is None or self.identity() is None else to_blob(vector)
        rows = self._db.read(
            # Distances of the few that are kept, not of all that share a word.
            f"""WITH best AS (
                SELECT k.id, bm25(keys_fts) AS rank FROM keys_fts f JOIN keys k ON k.id = f.rowid
                WHERE keys_fts MATCH ?2 AND k.kind = ?3 AND k.scope IN (SELECT value FROM json_each(?4)) AND {ACTIVE_KEY}
                ORDER BY rank, k.id LIMIT ?5)
            SELECT {_HIT}, iif(?1 IS NULL OR k.vector IS NULL, NULL, 1 - vec_distance_cosine(k.vector, ?1))
            FROM best JOIN keys k ON k.id = best.id ORDER BY best.rank, k.id""",
            (blob, " OR ".join(quoted(term) for term in terms), kind, json.dumps(list(scopes)), limit),
        )
        return [to_hit(row, row[4]) for row in rows]

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        found: dict[int, list[Vectors]] = {}
        for owner, blob in self._db.read(
            """SELECT owner, vector FROM keys WHERE kind = 'fact' AND vector IS NOT NULL
            AND owner IN (SELECT value FROM json_each(?)) ORDER BY id""",
            (json.dumps(list(owners)),),
        ):
            found.setdefault(owner, []).append(np.frombuffer(blob, dtype=np.float32))
        return {owner: np.stack(vectors) for owner, vectors in found.items()}

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        counts = self._db.read(
            "SELECT term, doc FROM keys_terms WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(list(terms)),),
        )
        return dict(counts), int(self._db.read("SELECT count(*) FROM keys WHERE kind NOT IN ('fact', 'run')")[0][0])
