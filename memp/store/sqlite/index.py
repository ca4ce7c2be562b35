"""Search indexes over keys: blocks of short codes for vectors, FTS5 for words; and the queries on them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from memp.embed import Identity, Vectors
from memp.errors import StoreError
from memp.store.records import Hit, Key, KeyKind, check_embedder
from memp.store.sql.engine import Part, Reader, Transaction
from memp.store.sql.statements import stored_identity
from memp.store.sqlite.dialect import from_blob
from memp.store.sqlite.mirror import Mirrors
from memp.store.sqlite.preselection import TABLE, add_vectors, remove_keys
from memp.store.sqlite.words import ACTIVE, best_by_words, quoted
from memp.text.keywords import indexed

# Facts and runs repeat words of tasks: in the word index they would only bend its counts.
_NOT_BY_WORD = ("fact", "run")
BY_WORD = "kind NOT IN ('fact', 'run')"

# Most keys are facts, and one strategy alone asks for them.
_NOT_IN_BLOCKS = ("fact",)
IN_BLOCKS = "k.kind <> 'fact'"

_HIT = "k.owner, k.text, k.extra, k.template"

BATCH = 10_000
"""Vectors that are read at once to make the index anew."""


class SQLiteIndex:
    """`KeyIndex` on blocks and FTS5."""

    def __init__(self) -> None:
        self._mirrors = Mirrors()

    def add(self, db: Transaction, keys: Sequence[tuple[int, Key]]) -> None:
        for key_id, key in keys:
            if key.kind not in _NOT_BY_WORD:
                _index_words(db, key_id, key.text, key.extra)
        _index_vectors(db, [key_id for key_id, _ in keys])

    def hide(self, db: Transaction, procedure_id: int) -> None:
        # The word index is asked for keys of active procedures only: see ACTIVE.
        for (scope, kind), ids in _by_place(db, procedure_id).items():
            remove_keys(db, scope, kind, ids)

    def show(self, db: Transaction, procedure_id: int) -> None:
        _index_vectors(db, [key_id for ids in _by_place(db, procedure_id).values() for key_id in ids])

    def rebuild(self, db: Transaction) -> None:
        db.run("INSERT INTO keys_fts (keys_fts) VALUES ('delete-all')")
        for key_id, text, extra in db.rows(f"SELECT id, text, extra FROM keys WHERE {BY_WORD}"):
            _index_words(db, key_id, text, extra)
        rebuild_blocks(db)

    def nearest(
        self, db: Reader, kind: KeyKind, vector: Vectors, scopes: Iterable[str], limit: int
    ) -> list[tuple[int, float]]:
        near = f"""SELECT k.id, {db.dialect.cosine("v.vector", "?1")} AS near
            FROM keys k JOIN vectors v ON v.id = k.vector_id WHERE"""
        best = "ORDER BY near DESC, k.id LIMIT ?3"
        hits: list[tuple[int, float]] = []
        for scope in dict.fromkeys(scopes):
            if kind in _NOT_IN_BLOCKS:
                sql = f"{near} k.kind = ?4 AND k.scope = ?2 AND {ACTIVE} {best}"
                rows = db.rows(sql, (vector, scope, limit, kind))
            else:
                likely = self._mirrors.likeliest(db, scope, kind, vector, limit)
                rows = db.rows(f"{near} {db.dialect.within('k.id', '?2')} {best}", (vector, likely, limit))
            hits += [(key_id, cosine) for key_id, cosine in rows]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def faults(self, db: Reader) -> list[str]:
        """Where the indexes differ from the keys, in sentences."""
        return [*_vector_faults(db), *_word_faults(db)]


class SQLiteSearch(Part):
    """`Search` on blocks and FTS5."""

    def nearest(self, kind: KeyKind, vector: Vectors, scopes: Sequence[str], limit: int) -> list[Hit]:
        best = self._index.nearest(self._db, kind, vector, scopes, limit)[:limit]
        if not best:
            return []
        rows = self._db.rows(
            f"SELECT k.id, {_HIT} FROM keys k WHERE {self._db.dialect.within('k.id')}",
            ([key_id for key_id, _ in best],),
        )
        keys = {key_id: (owner, text, extra, template) for key_id, owner, text, extra, template in rows}
        return [Hit(*keys[key_id], similarity) for key_id, similarity in best if key_id in keys]

    def lexical(
        self, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int, vector: Vectors | None = None
    ) -> list[Hit]:
        best = best_by_words(self._db, kind, terms, scopes, limit)
        if not best:
            return []
        rows = self._db.rows(
            f"""SELECT k.id, {_HIT}, {self._db.dialect.cosine("v.vector", "?1")} FROM keys k
            LEFT JOIN vectors v ON v.id = k.vector_id WHERE {self._db.dialect.within("k.id", "?2")}""",
            (vector, best),
        )
        keys = {row[0]: row[1:] for row in rows}
        return [Hit(*keys[key_id]) for key_id in best if key_id in keys]

    def fact_vectors(self, owners: Sequence[int]) -> Mapping[int, Vectors]:
        vectors: dict[int, list[Vectors]] = {}
        for owner, blob in self._db.rows(
            f"""SELECT k.owner, v.vector FROM keys k JOIN vectors v ON v.id = k.vector_id
            WHERE k.kind = 'fact' AND {self._db.dialect.within("k.owner")} ORDER BY k.id""",
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
        # As many as there are keys `BY_WORD`: one row of a few bytes for each.
        return dict(counts), self._db.value("SELECT count(*) FROM keys_fts_docsize")

    def _frequency_among(self, terms: Sequence[str], kind: KeyKind) -> tuple[Mapping[str, int], int]:
        """The same among the keys of one kind, of which the word index has no counts."""
        among = "SELECT count(*) FROM keys_fts f JOIN keys k ON k.id = f.rowid WHERE keys_fts MATCH ? AND k.kind = ?"
        counts = {term: self._db.value(among, (quoted(term), kind)) for term in dict.fromkeys(terms)}
        return {t: n for t, n in counts.items() if n}, self._db.value(
            "SELECT count(*) FROM keys WHERE kind = ?", (kind,)
        )


class SQLiteKeyVectors(Part):
    """`KeyVectors`: one vector for each text that keys have, as a blob."""

    def identity(self) -> Identity | None:
        return stored_identity(self._db)

    def known_vectors(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        rows = self._db.rows(
            f"""SELECT k.text, v.vector FROM keys k JOIN vectors v ON v.id = k.vector_id
            WHERE {self._db.dialect.within("k.text")} GROUP BY k.text""",
            (list(texts),),
        )
        return {text: from_blob(blob) for text, blob in rows}

    def set_vectors(self, identity: Identity, ids: Sequence[int], vectors: Vectors) -> None:
        _check_vectors(vectors, (len(ids), identity.dimension))
        with self._db.write() as db:
            stored = stored_identity(db)
            if stored is None:
                _note_embedder(db, identity)
            else:
                check_embedder(stored, identity)
            # Another process may have been faster.
            given = [key_id for key_id, vector in zip(ids, vectors, strict=True) if _give(db, key_id, vector)]
            _index_vectors(db, given)

    def stored_vectors(self, after: int, limit: int) -> list[tuple[int, str, Vectors]]:
        rows = self._db.rows(
            """SELECT v.id, k.text, v.vector FROM vectors v JOIN keys k ON k.vector_id = v.id
            WHERE v.id > ? GROUP BY v.id ORDER BY v.id LIMIT ?""",
            (after, limit),
        )
        return [(vector_id, text, from_blob(blob)) for vector_id, text, blob in rows]

    def drop_vectors(self, ids: Sequence[int]) -> None:
        with self._db.write() as db:
            within = db.dialect.within
            db.run(f"UPDATE keys SET vector_id = NULL WHERE {within('vector_id')}", (list(ids),))
            db.run(f"DELETE FROM vectors WHERE {within('id')}", (list(ids),))
            rebuild_blocks(db)

    def forget_vectors(self) -> None:
        with self._db.write() as db:
            db.run("DELETE FROM keys_blocks")
            db.run("UPDATE keys SET vector_id = NULL WHERE vector_id IS NOT NULL")
            db.run("DELETE FROM vectors")
            db.run("DELETE FROM meta WHERE name = 'embedder'")


def rebuild_blocks(db: Transaction) -> None:
    """Make the index of vectors anew."""
    db.run("DROP TABLE IF EXISTS keys_blocks")
    for statement in TABLE:
        db.run(statement)
    ids = [
        row[0]
        for row in db.rows(f"SELECT k.id FROM keys k WHERE k.vector_id IS NOT NULL AND {IN_BLOCKS} ORDER BY k.id")
    ]
    for begin in range(0, len(ids), BATCH):
        _index_vectors(db, ids[begin : begin + BATCH])


def _note_embedder(db: Transaction, embedder: Identity) -> None:
    db.run(
        """INSERT INTO meta (name, value) VALUES ('embedder', ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
        (embedder.model_dump_json(),),
    )


def _give(db: Transaction, key_id: int, vector: Vectors) -> bool:
    """Give a key that has none its vector, the one of an equal text where there is one; whether it had none."""
    rows = db.rows("SELECT text FROM keys WHERE id = ? AND vector_id IS NULL", (key_id,))
    if not rows:
        return False
    vector_id = db.value("SELECT vector_id FROM keys WHERE text = ? AND vector_id IS NOT NULL LIMIT 1", rows[0])
    if vector_id is None:
        db.run("INSERT INTO vectors (id, vector) VALUES (?, ?)", (key_id, vector))
    db.run("UPDATE keys SET vector_id = ? WHERE id = ?", (vector_id or key_id, key_id))
    return True


def _index_vectors(db: Transaction, ids: Sequence[int]) -> None:
    """Index those of the keys that have a vector and may be found."""
    if not ids:
        return
    rows = db.rows(
        f"""SELECT k.scope, k.kind, k.id, v.vector FROM keys k JOIN vectors v ON v.id = k.vector_id
        WHERE {db.dialect.within("k.id")} AND {IN_BLOCKS} AND {ACTIVE} ORDER BY k.id""",
        (list(ids),),
    )
    places: dict[tuple[str, str], dict[int, Vectors]] = {}
    for scope, kind, key_id, blob in rows:
        places.setdefault((scope, kind), {})[key_id] = from_blob(blob)
    for (scope, kind), vectors in places.items():
        add_vectors(db, scope, kind, list(vectors), list(vectors.values()))


def _by_place(db: Transaction, procedure_id: int) -> Mapping[tuple[str, str], list[int]]:
    """The keys of a procedure by scope and kind."""
    places: dict[tuple[str, str], list[int]] = {}
    for scope, kind, key_id in db.rows(
        "SELECT scope, kind, id FROM keys WHERE kind = 'task' AND owner = ?", (procedure_id,)
    ):
        places.setdefault((scope, kind), []).append(key_id)
    return places


def _index_words(db: Transaction, key_id: int, text: str, extra: str) -> None:
    db.run("INSERT INTO keys_fts (rowid, body) VALUES (?, ?)", (key_id, indexed(f"{text}\n{extra}")))


def _vector_faults(db: Reader) -> Iterable[str]:
    indexed = db.value("SELECT coalesce(sum(length(ids)), 0) / 8 FROM keys_blocks")
    expected = db.value(f"SELECT count(*) FROM keys k WHERE k.vector_id IS NOT NULL AND {IN_BLOCKS} AND {ACTIVE}")
    if indexed != expected:
        yield f"The vector index has {indexed} entries for {expected} keys: run `memp doctor --repair`."


def _word_faults(db: Reader) -> Iterable[str]:
    # Of the word index, quick_check sees what it is made of, and this which keys it covers.
    missing = db.value(f"SELECT count(*) FROM keys WHERE {BY_WORD} AND id NOT IN (SELECT rowid FROM keys_fts)")
    left = db.value(f"SELECT count(*) FROM keys_fts WHERE rowid NOT IN (SELECT id FROM keys WHERE {BY_WORD})")
    if missing or left:
        yield f"The word index lacks {missing} keys and has {left} that are none: run `memp doctor --repair`."


def _check_vectors(vectors: Vectors, shape: tuple[int, int]) -> None:
    """sqlite-vec 0.1.9 takes NaN without a word, and a vector of another length breaks every cosine."""
    if vectors.shape != shape:
        raise StoreError(f"The embedder gave vectors of shape {vectors.shape}, not {shape}: run `memp doctor`.")
    if not np.isfinite(vectors).all() or not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        raise StoreError("The embedder gave a vector that is not finite and of length 1: run `memp doctor`.")
