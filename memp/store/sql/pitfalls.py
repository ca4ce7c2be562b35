"""Pitfalls: which stored one a run has met again, by what it says to do instead and by whether somebody saw that."""

from typing import NamedTuple

from memp.domain.procedure import Pitfall
from memp.store.sql.engine import Transaction
from memp.store.sql.origins import HEARSAY, TOLD
from memp.store.sql.rows import timestamp


def meet_pitfall(
    db: Transaction, scope: str, procedure_id: int | None, trajectory_id: int, pitfall: Pitfall
) -> int:  # fmt: skip
    """The id of the pitfall that a run met, which is new where it was not met before."""
    told = bool(db.value(f"SELECT {TOLD} FROM trajectories t WHERE t.id = ?", (trajectory_id,)))
    known = _find_pitfall(db, scope, procedure_id, pitfall, told=told)
    if known is None:
        return insert_pitfall(db, scope, procedure_id, pitfall, timestamp())
    _complete(db, known, pitfall, told=told)
    return known.id


class _Met(NamedTuple):
    """A stored pitfall: its id, what it says to do instead, and whether that was only typed."""

    id: int
    instead: str
    hearsay: bool


def _find_pitfall(
    db: Transaction, scope: str, procedure_id: int | None, pitfall: Pitfall, *, told: bool
) -> _Met | None:  # fmt: skip
    """The pitfall that this one is met again of: the one with the same remedy, else the oldest where either has none. What was
    only typed (`told`) gives no remedy to what was seen; and who saw the error alone does not speak for a typed remedy."""
    owner = "procedure_id IS NULL" if procedure_id is None else "procedure_id = ?4"
    bindings = (scope, pitfall.trigger, pitfall.instead)
    rows = db.rows(
        f"""SELECT id, instead, {HEARSAY} FROM pitfalls WHERE scope = ?1 AND {owner} AND trigger = ?2
        AND (instead = ?3 OR instead = '' OR ?3 = '') ORDER BY CASE WHEN instead = ?3 THEN 0 ELSE 1 END, id""",
        bindings if procedure_id is None else (*bindings, procedure_id),
    )
    for row in rows:
        known = _Met(row[0], row[1], bool(row[2]))
        level = told == known.hearsay or known.instead == pitfall.instead
        if level or (known.hearsay if known.instead == "" else told):
            return known
    return None


def _complete(db: Transaction, known: _Met, pitfall: Pitfall, *, told: bool) -> None:
    """Give a pitfall what it lacks, unless it was seen and this was only typed. What was typed gives way to what was seen."""
    if told and not known.hearsay:
        return
    keeps = "consequence <> ''" if told == known.hearsay else "FALSE"
    db.run(
        f"""UPDATE pitfalls SET instead = CASE WHEN instead = '' THEN ? ELSE instead END,
        consequence = CASE WHEN {keeps} THEN consequence ELSE ? END WHERE id = ?""",
        (pitfall.instead, pitfall.consequence, known.id),
    )


def insert_pitfall(
    db: Transaction, scope: str, procedure_id: int | None, pitfall: Pitfall, now: str, imported: int = 0
) -> int:  # fmt: skip
    """A new row for a pitfall; its id. `imported` is how many runs of another memory met it."""
    return db.value(
        """INSERT INTO pitfalls (scope, procedure_id, trigger, consequence, instead, created_at, imported)
        VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (scope, procedure_id, pitfall.trigger, pitfall.consequence, pitfall.instead, now, imported),
    )
