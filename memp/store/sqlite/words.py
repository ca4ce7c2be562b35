"""Keyword search over FTS5: BM25 over the keys that have the rarest of the asked words, in time bounded by `MOST_POSTINGS`.

FTS5's own bm25() reads the postings of every asked word twice and ranks all that have one of them, however common. Keys are
short and say a word once, so that here the frequency of a word within a key is taken to be 1, and a key is as long as its
letters are many.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from memp.store.records import KeyKind
from memp.store.sql.engine import Reader
from memp.text.keywords import idf

MOST_POSTINGS = 10_000
"""Keys that words find in one search, of the words in the order given: some 20 milliseconds. A word that has more than are left
of them finds few, and weighs what it would otherwise."""

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
    words = list(dict.fromkeys(terms))
    total = db.value("SELECT count(*) FROM keys_fts_docsize")
    counts = dict(db.rows(f"SELECT term, doc FROM keys_terms WHERE {db.dialect.within('term')}", (words,)))
    scores: dict[int, float] = defaultdict(float)
    for word, ids in _looked_up(db, words, kind, scopes).items():
        # The index has no count of a term that is several words to it.
        weight = idf(max(counts.get(word, 0), len(ids)), total)
        for key_id in ids:
            scores[key_id] += weight
    return scores


def _looked_up(
    db: Reader, words: Sequence[str], kind: KeyKind, scopes: Sequence[str]
) -> Mapping[str, Collection[int]]:  # fmt: skip
    """The keys that have each word, `MOST_POSTINGS` in all. From the first word on that has more than are left, words tell those
    apart that the ones before have found."""
    having: dict[str, Collection[int]] = {}
    mixed = True  # Whose keys they are is only asked where there is no room for all.
    for place, word in enumerate(words):
        left = MOST_POSTINGS - sum(map(len, having.values()))
        ids = _postings(db, word, left + 1) if mixed else _own_postings(db, word, left + 1, kind, scopes)
        if mixed and len(ids) > left:
            mixed = False
            having = _own(db, having, kind, scopes)
            left = MOST_POSTINGS - sum(map(len, having.values()))
            ids = _own_postings(db, word, left + 1, kind, scopes)
        if len(ids) > left:
            found = having or {word: ids[:left]}
            told = {later: _found_with(db, found, later) for later in words[place:]}
            return {**having, **told, word: told[word].union(ids[:left])}
        if ids:
            having[word] = ids
    return having


def _postings(db: Reader, word: str, most: int) -> list[int]:
    """Up to so many keys that have a word, whatever their kind and scope."""
    rows = db.rows("SELECT rowid FROM keys_fts WHERE keys_fts MATCH ? LIMIT ?", (quoted(word), most))
    return [key_id for (key_id,) in rows]


def _own_postings(db: Reader, word: str, most: int, kind: KeyKind, scopes: Sequence[str]) -> list[int]:
    """Up to so many keys of a kind in these scopes that have a word: the first that have it may all be others'."""
    rows = db.rows(
        f"""SELECT k.id FROM keys_fts f CROSS JOIN keys k ON k.id = f.rowid
        WHERE keys_fts MATCH ?1 AND +k.kind = ?3 AND {db.dialect.within("k.scope", "?4")} LIMIT ?2""",
        (quoted(word), most, kind, list(scopes)),
    )
    return [key_id for (key_id,) in rows]


def _own(
    db: Reader, having: Mapping[str, Collection[int]], kind: KeyKind, scopes: Sequence[str]
) -> dict[str, Collection[int]]:  # fmt: skip
    """The keys that have each word, without those of other kinds and scopes."""
    within = db.dialect.within
    rows = db.rows(
        f"SELECT id FROM keys WHERE {within('id', '?1')} AND +kind = ?2 AND {within('scope', '?3')}",
        (list(set[int]().union(*having.values())), kind, list(scopes)),
    )
    own = {key_id for (key_id,) in rows}
    kept = {word: own.intersection(ids) for word, ids in having.items()}
    return {word: ids for word, ids in kept.items() if ids}


def _found_with(db: Reader, found: Mapping[str, Collection[int]], word: str) -> set[int]:
    """Those of the keys, found by the words that they have, that have another word as well: the index skips all others."""
    known = set[int]().union(*found.values())
    either = " OR ".join(map(quoted, found))
    rows = db.rows(
        "SELECT rowid FROM keys_fts WHERE keys_fts MATCH ? AND rowid BETWEEN ? AND ?",
        (f"({either}) AND {quoted(word)}", min(known), max(known)),
    )
    return known.intersection(key_id for (key_id,) in rows)


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
