"""Keyword search over FTS5: BM25 over the keys that have the rarest of the asked words, in time bounded by `MOST_POSTINGS`.

FTS5's own bm25() reads the postings of every asked word twice and ranks all that have one of them, however common. Keys are
short and say a word once, so that here the frequency of a word within a key is taken to be 1, and a key is as long as its
letters are many.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from memp.store.records import KeyKind
from memp.store.sql.engine import Reader
from memp.text.keywords import idf

MOST_POSTINGS = 10_000
"""Keys that are looked at for one search, of the words in the order given: some 10 milliseconds. A word that so many keys have
tells none of them from the others."""

ACTIVE = """
    (k.kind NOT IN ('task', 'fact') OR EXISTS (SELECT 1 FROM procedures WHERE id = k.owner AND status = 'active'))
"""
"""Of keys `k`: those whose procedure is not archived."""

K1, B = 1.2, 0.75
"""The customary constants of BM25, which FTS5 has as well: saturation by a word's frequency, and normalisation by length."""


def best_by_words(
    db: Reader, kind: KeyKind, terms: Sequence[str], scopes: Sequence[str], limit: int
) -> list[int]:  # fmt: skip
    """The `limit` keys of a kind in these scopes that the terms, the rarest first, tell best from others (BM25), best first."""
    if not db.rows("SELECT 1 FROM keys WHERE kind = ? LIMIT 1", (kind,)):
        return []
    scores = _by_rarity(db, terms, kind, scopes)
    order = sorted(scores, key=scores.__getitem__, reverse=True)
    lengths: dict[int, int] = {}
    # Most keys are of one scope and kind in one memory, and of many in another: as many are looked up as it takes.
    begin, end = 0, 2 * limit
    while begin < len(order) and len(lengths) < 2 * limit:
        lengths |= _lengths(db, order[begin:end], kind, scopes)
        begin, end = end, 4 * end
    mean = sum(lengths.values()) / len(lengths) if lengths else 1.0

    def score(key_id: int) -> float:
        return scores[key_id] / (1 + K1 * (1 - B + B * lengths[key_id] / mean))

    return heapq.nsmallest(limit, lengths, key=lambda key_id: (-score(key_id), key_id))


def quoted(term: str) -> str:
    """A term as a string of FTS5's query language. A NUL would end the query."""
    return '"' + term.replace('"', '""').replace("\0", " ") + '"'


def _by_rarity(db: Reader, terms: Iterable[str], kind: KeyKind, scopes: Sequence[str]) -> Mapping[int, float]:
    """The sum of the inverse document frequencies of the terms that each key has."""
    total = db.value("SELECT count(*) FROM keys_fts_docsize")
    scores: dict[int, float] = defaultdict(float)
    left = MOST_POSTINGS
    for term in dict.fromkeys(terms):
        ids = _postings(db, term, left, kind, scopes)
        weight = idf(len(ids), total)
        for key_id in ids:
            scores[key_id] += weight
        left -= len(ids)
        if left <= 0:
            break
    return scores


def _postings(db: Reader, term: str, most: int, kind: KeyKind, scopes: Sequence[str]) -> list[int]:
    """Up to so many keys that have a term. Of a common one those that are looked for: the first may all be others'."""
    match = "SELECT rowid FROM keys_fts WHERE keys_fts MATCH ?1"
    rows = db.rows(f"{match} LIMIT ?2", (quoted(term), most))
    if len(rows) == most:
        here = f"+kind = ?3 AND {db.dialect.within('scope', '?4')}"
        sql = f"SELECT id FROM keys WHERE id IN ({match}) AND {here} LIMIT ?2"
        rows = db.rows(sql, (quoted(term), most, kind, list(scopes)))
    return [key_id for (key_id,) in rows]


def _lengths(db: Reader, ids: Sequence[int], kind: KeyKind, scopes: Sequence[str]) -> Mapping[int, int]:
    """The lengths of those of the keys that may be found."""
    within = db.dialect.within
    rows = db.rows(
        # With "+", SQLite does not go through all keys of the kind for these few.
        f"""SELECT k.id, length(k.text) + length(k.extra) FROM keys k
        WHERE {within("k.id", "?1")} AND +k.kind = ?2 AND {within("k.scope", "?3")} AND {ACTIVE}""",
        (list(ids), kind, list(scopes)),
    )
    return dict(rows)
