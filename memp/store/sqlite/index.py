"""Search indexes over keys: vec0 for vectors, FTS5 for words; and the queries on them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from memp.embed import Identity, Vectors
from memp.errors import StoreError
from memp.store.records import Hit, Key, KeyKind, check_embedder
from memp.store.sql.engine import Part, Reader, Row, Transaction
from memp.store.sql.statements import stored_identity
from memp.store.sqlite.dialect import from_blob
from memp.text.keywords import indexed

VEC_CHUNK = 64
"""Vectors in one vec0 chunk. Each (scope, kind) reserves at least one: 64 x 384 floats are 98 kB, the default 1.5 MB."""

_ACTIVE = """
    (k.kind NOT IN ('task', 'fact') OR EXISTS (SELECT 1 FROM procedures WHERE id = k.owner AND status = 'active'))
"""

# Facts and runs repeat words of tasks: in the word index they would only bend its counts.
_NOT_BY_WORD = ("fact", "run")
_BY_WORD = "kind NOT IN ('fact', 'run')"

_HIT = "k.owner, k.text, k.extra, k.template"


class SQLiteIndex:
    """`KeyIndex` on vec0 and FTS5."""

    def add(self, db: Transaction, keys: Sequence[tuple[int, Key]]) -> None:
        for key_id, key in keys:
            if key.kind not in _NOT_BY_WORD:
                _index_words(db, key_id, key.text, key.extra)
        if keys and stored_identity(db) is not None:
            _index_vectors(db, [key_id for key_id, _ in keys])

    def hide(self, db: Transaction, procedure_id: int) -> None:
        # The word index is asked for keys of active procedures only: see _ACTIVE.
        if stored_identity(db) is not None:
            db.run(
                "DELETE FROM keys_vec WHERE key_id IN (SELECT id FROM keys WHERE kind IN ('task', 'fact') AND owner = ?)",
                (procedure_id,),
            )

    def show(self, db: Transaction, procedure_id: int) -> None:
        if stored_identity(db) is not None:
            kept = "SELECT id FROM keys WHERE owner = ? AND kind IN ('task', 'fact') AND vector IS NOT NULL"
            _index_vectors(db, [row[0] for row in db.rows(kept, (procedure_id,))])

    def rebuild(self, db: Transaction) -> None:
        db.run("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
        for key_id, text, extra in db.rows(f"SELECT id, text, extra FROM keys WHERE {_BY_WORD}"):
            _index_words(db, key_id, text, extra)
        embedder = stored_identity(db)
        if embedder is not None:
            _drop_vectors(db)
            _make_vectors(db, embedder)
            _index_vectors(db, [row[0] for row in db.rows("SELECT id FROM keys WHERE vector IS NOT NULL")])

    def nearest(
        self, db: Reader, kind: KeyKind, vector: Vectors, scopes: Iterable[str], limit: int
    ) -> list[tuple[int, float]]:
        if stored_identity(db) is None:
            return []
        hits: list[tuple[int, float]] = []
        for scope in dict.fromkeys(scopes):
            rows = db.rows(
                "SELECT key_id, distance FROM keys_vec WHERE embedding MATCH ? AND k = ? AND scope = ? AND kind = ?",
                (vector, limit, scope, kind),
            )
            hits += [(key_id, 1.0 - distance) for key_id, distance in rows]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def faults(self, db: Reader) -> list[str]:
        """Where the indexes differ from the keys, in sentences."""
        return [*_vector_faults(db), *_word_faults(db)]


class SQLiteSearch(Part):
    """`Search` on vec0 and FTS5."""

    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        best = self._index.nearest(self._db, kind, vector, scopes, limit)[:limit]
        if not best:
            return []
        rows = self._db.rows(
            f"SELECT k.id, {_HIT} FROM keys k WHERE {self._db.dialect.within('k.id')}",
            ([key_id for key_id, _ in best],),
        )
        keys = {row[0]: row[1:] for row in rows}
        return [_to_hit((*keys[key_id], similarity)) for key_id, similarity in best if key_id in keys]

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        if not terms:
            return []
        dialect = self._db.dialect
        rows = self._db.rows(
            # Distances of the few that are kept, not of all that share a word.
            f"""WITH best AS (
                SELECT k.id, bm25(keys_fts) AS rank FROM keys_fts f JOIN keys k ON k.id = f.rowid
                WHERE keys_fts MATCH ?2 AND k.kind = ?3 AND {dialect.within("k.scope", "?4")} AND {_ACTIVE}
                ORDER BY rank, k.id LIMIT ?5)
            SELECT {_HIT}, {dialect.cosine("k.vector", "?1")}
            FROM best JOIN keys k ON k.id = best.id ORDER BY best.rank, k.id""",
            (vector, " OR ".join(_quoted(term) for term in terms), kind, list(scopes), limit),
        )
        return [_to_hit(row) for row in rows]

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        vectors: dict[int, list[Vectors]] = {}
        for owner, blob in self._db.rows(
            f"""SELECT owner, vector FROM keys WHERE kind = 'fact' AND vector IS NOT NULL
            AND {self._db.dialect.within("owner")} ORDER BY id""",
            (list(owners),),
        ):
            vectors.setdefault(owner, []).append(from_blob(blob))
        return {owner: np.stack(facts) for owner, facts in vectors.items()}

    def document_frequency(self, terms: Sequence[str], kind: KeyKind | None = None) -> tuple[Mapping[str, int], int]:
        if kind is not None:
            return self._frequency_among(terms, kind)
        counts = self._db.rows(
            f"SELECT term, doc FROM keys_terms WHERE {self._db.dialect.within('term')}", (list(terms),)
        )
        return dict(counts), self._db.value(f"SELECT count(*) FROM keys WHERE {_BY_WORD}")

    def _frequency_among(self, terms: Sequence[str], kind: KeyKind) -> tuple[Mapping[str, int], int]:
        """The same among the keys of one kind, of which the word index has no counts."""
        among = "SELECT count(*) FROM keys_fts f JOIN keys k ON k.id = f.rowid WHERE keys_fts MATCH ? AND k.kind = ?"
        counts = {term: self._db.value(among, (_quoted(term), kind)) for term in dict.fromkeys(terms)}
        return {t: n for t, n in counts.items() if n}, self._db.value(
            "SELECT count(*) FROM keys WHERE kind = ?", (kind,)
        )


class SQLiteKeyVectors(Part):
    """`KeyVectors` on vec0: vectors of the keys, as blobs beside their texts."""

    def identity(self) -> Identity | None:
        return stored_identity(self._db)

    def pending_keys(self, limit: int) -> list[tuple[int, str]]:
        return [
            (key_id, text)
            for key_id, text in self._db.rows(
                "SELECT id, text FROM keys WHERE vector IS NULL ORDER BY id LIMIT ?", (limit,)
            )
        ]

    def known_vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        rows = self._db.rows(
            f"""SELECT text, vector FROM keys WHERE vector IS NOT NULL AND {self._db.dialect.within("text")}
            GROUP BY text""",
            (list(texts),),
        )
        return {text: from_blob(blob) for text, blob in rows}

    def set_vectors(self, identity: Identity, ids: Sequence[int], vectors: Vectors) -> None:
        _check_vectors(vectors, (len(ids), identity.dimension))
        with self._db.write() as db:
            stored = stored_identity(db)
            if stored is None:
                _make_vectors(db, identity)
            else:
                check_embedder(stored, identity)
            for key_id, vector in zip(ids, vectors, strict=True):
                # Another process may have been faster; vec0 knows no upsert.
                if db.run("UPDATE keys SET vector = ? WHERE id = ? AND vector IS NULL", (vector, key_id)):
                    _index_vectors(db, [key_id])

    def forget_vectors(self) -> None:
        with self._db.write() as db:
            _drop_vectors(db)
            db.run("UPDATE keys SET vector = NULL")
            db.run("DELETE FROM meta WHERE name = 'embedder'")


def _make_vectors(db: Transaction, embedder: Identity) -> None:
    """Make an empty vec0 index for the vectors of an embedder, and note which that is."""
    db.run(
        f"""CREATE VIRTUAL TABLE keys_vec USING vec0 (
            key_id INTEGER PRIMARY KEY, scope TEXT PARTITION KEY, kind TEXT PARTITION KEY,
            embedding FLOAT[{embedder.dimension}] DISTANCE_METRIC=cosine, chunk_size={VEC_CHUNK})"""
    )
    db.run(
        """INSERT INTO meta (name, value) VALUES ('embedder', ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        (embedder.model_dump_json(),),
    )


def _drop_vectors(db: Transaction) -> None:
    db.run("DROP TABLE IF EXISTS keys_vec")


def _index_vectors(db: Transaction, ids: Iterable[int]) -> None:
    """Index those of the keys that have a vector and may be found."""
    for key_id in ids:
        db.run(
            f"""INSERT INTO keys_vec (key_id, scope, kind, embedding)
            SELECT k.id, k.scope, k.kind, k.vector FROM keys k
            WHERE k.id = ? AND k.vector IS NOT NULL AND {_ACTIVE}""",
            (key_id,),
        )


def _index_words(db: Transaction, key_id: int, text: str, extra: str) -> None:
    db.run("INSERT INTO keys_fts (rowid, body) VALUES (?, ?)", (key_id, indexed(f"{text}\n{extra}")))


def _vector_faults(db: Reader) -> Iterable[str]:
    if stored_identity(db) is None:
        return
    indexed = db.value("SELECT count(*) FROM keys_vec")
    expected = db.value(f"SELECT count(*) FROM keys k WHERE k.vector IS NOT NULL AND {_ACTIVE}")
    if indexed != expected:
        yield f"The vector index has {indexed} entries for {expected} keys: run `memp doctor --repair`."


def _word_faults(db: Reader) -> Iterable[str]:
    # Of the word index, quick_check sees what it is made of, and this which keys it covers.
    missing = db.value(f"SELECT count(*) FROM keys WHERE {_BY_WORD} AND id NOT IN (SELECT rowid FROM keys_fts)")
    left = db.value(f"SELECT count(*) FROM keys_fts WHERE rowid NOT IN (SELECT id FROM keys WHERE {_BY_WORD})")
    if missing or left:
        yield f"The word index lacks {missing} keys and has {left} that are none: run `memp doctor --repair`."


def _check_vectors(vectors: Vectors, shape: tuple[int, int]) -> None:
    """sqlite-vec 0.1.9 takes NaN without a word, and a vector of another length breaks every cosine."""
    if vectors.shape != shape:
        raise StoreError(f"The embedder gave vectors of shape {vectors.shape}, not {shape}: run `memp doctor`.")
    if not np.isfinite(vectors).all() or not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        raise StoreError("The embedder gave a vector that is not finite and of length 1: run `memp doctor`.")


def _quoted(term: str) -> str:
    # A NUL would end the query for FTS5.
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'


def _to_hit(row: Row) -> Hit:
    return Hit(owner=row[0], text=row[1], extra=row[2], template=row[3], similarity=row[4])
