"""Origins: where runs came from, which of them are one witness, and which procedures only one origin speaks for."""

from collections.abc import Iterable, Mapping, Sequence

from memp.domain.origin import INDEPENDENT, RECORDED, TRUSTED, UNSEEING, KnownOrigin, Origin
from memp.domain.procedure import APPROVALS, PERSON, TAKEN_BACK
from memp.domain.results import Agreement
from memp.domain.trajectory import Evidence
from memp.errors import NotFoundError
from memp.store.records import MOST_COUNTED, Testimony
from memp.store.sql.engine import Part, Reader, Transaction
from memp.store.sql.rows import timestamp


def _named(words: Iterable[str]) -> str:
    """Words as a list of SQL."""
    return ", ".join(map(repr, sorted(words)))


_LINKED = """(SELECT trajectory_id FROM sources WHERE procedure_id = procedures.id
    UNION SELECT trajectory_id FROM credits WHERE procedure_id = procedures.id)"""

_ANSWERED_FOR = f"coalesce((SELECT channel FROM origins WHERE id = t.origin), 'program') IN ({_named(TRUSTED)})"
"""Whether a person answers for the origin of the run `t`. Of an older file all are."""

VOUCHES = f"""t.success = 1 AND t.weight > 0 AND ({_ANSWERED_FOR}
    OR (t.outside = 1 AND t.witness <> procedures.quarantine))"""
"""Whether the run `t` ends the quarantine of its procedure: a person answers for it, or another origin saw it succeed."""

WITNESS = "CASE WHEN t.witness = '' THEN 't' || t.id ELSE t.witness END"
"""The witness of a run `t`, by which several runs may count as one."""

CHANNEL = "coalesce((SELECT channel FROM origins WHERE id = t.origin), 'program')"
"""The channel of a run `t`; of an older file all are a program's."""

TOLD = f"{CHANNEL} IN ({_named(UNSEEING)})"
"""Whether what the run `t` says was typed: nobody saw it."""

LINE_NAME = "a.action || ' of ' || a.created_at"
"""The name of the line `a` of the audit log (Change.name)."""

IN_FORCE = f"""NOT EXISTS (SELECT 1 FROM audit u WHERE u.procedure_id = a.procedure_id AND u.action = '{TAKEN_BACK}'
    AND u.detail = {LINE_NAME})"""
"""Whether nobody took the line `a` of the audit log back."""

SPOKEN_FOR = f"""EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = p.id AND a.actor = '{PERSON}'
    AND a.action IN ({_named(APPROVALS)}) AND {IN_FORCE})"""
"""Whether a person has spoken for the procedure `p`, and did not take that back."""

_APPROVED = f"""EXISTS (SELECT 1 FROM audit a WHERE a.procedure_id = pitfalls.procedure_id AND a.actor = '{PERSON}'
    AND a.action IN ({_named(APPROVALS)}) AND a.created_at >= pitfalls.created_at AND {IN_FORCE})"""
"""Whether a person has spoken for the procedure since it has this pitfall."""

_MET = "FROM sightings s JOIN trajectories t ON t.id = s.trajectory_id WHERE s.pitfall_id = pitfalls.id"

HEARSAY = f"CASE WHEN EXISTS (SELECT 1 {_MET} AND NOT {TOLD}) OR {_APPROVED} THEN 0 ELSE 1 END"
"""1 for a pitfall that was only typed, in however many sessions, or came with an imported memory; 0 for any other."""

ANSWERED = f"CASE WHEN EXISTS (SELECT 1 {_MET} AND {CHANNEL} IN ({_named(TRUSTED)})) OR {_APPROVED} THEN 1 ELSE 0 END"
"""1 for a pitfall that a person answers for."""

_SAME_SESSION = "w.witness = t.witness AND w.id <> t.id"
_SAME_WITNESS = f"{_SAME_SESSION} AND w.outside = 1 AND w.success = 1"

# By the procedure's own runs, which are few: a witness may be an import of thousands.
FIRST_OF_WITNESS = f"""(t.witness = '' OR (
    NOT EXISTS (SELECT 1 FROM sources s JOIN trajectories w ON w.id = s.trajectory_id
        WHERE s.procedure_id = procedures.id AND {_SAME_WITNESS})
    AND NOT EXISTS (SELECT 1 FROM credits c JOIN trajectories w ON w.id = c.trajectory_id
        WHERE c.procedure_id = procedures.id AND {_SAME_WITNESS})))"""
"""Whether no other success of this run's witness is known of its procedure."""


class SQLOrigins(Part):
    """Origins of the store's runs."""

    def origins(self, scopes: Sequence[str] | None = None) -> list[KnownOrigin]:
        within = "1 = 1" if scopes is None else self._db.dialect.within("t.scope", "?1")
        brought = f"FROM trajectories t WHERE t.origin = o.id AND {within}"
        known = "" if scopes is None else f"WHERE EXISTS (SELECT 1 {brought})"
        rows = self._db.rows(
            f"""SELECT o.id, o.channel, o.client, o.name, o.batch, (SELECT count(*) {brought} AND t.weight > 0), o.created_at
            FROM origins o {known} ORDER BY o.id""",
            () if scopes is None else (list(scopes),),
        )
        return [
            KnownOrigin(id=row[0], origin=Origin(channel=row[1], client=row[2], name=row[3], batch=row[4]), runs=row[5],
                        since=row[6])
            for row in rows
        ]  # fmt: skip

    def origins_of(self, trajectory_ids: Sequence[int]) -> Mapping[int, Origin]:
        rows = self._db.rows(
            f"""SELECT t.id, o.channel, o.client, o.name, o.batch FROM trajectories t JOIN origins o ON o.id = t.origin
            WHERE {self._db.dialect.within("t.id")}""",
            (list(trajectory_ids),),
        )
        return {
            run: Origin(channel=channel, client=client, name=name, batch=batch)
            for run, channel, client, name, batch in rows
        }

    def testimony(self, trajectory_id: int, scopes: Sequence[str] | None = None) -> Testimony:
        within = "1 = 1" if scopes is None else self._db.dialect.within("w.scope", "?2")

        def counted(those: str) -> str:
            some = f"SELECT 1 FROM trajectories w WHERE {within} AND w.weight > 0 AND {those} LIMIT {MOST_COUNTED + 1}"
            return f"(SELECT count(*) FROM ({some}) counted)"

        rows = self._db.rows(
            f"""SELECT t.weight, t.outside, CASE WHEN t.witness = '' THEN 0 ELSE {counted(_SAME_SESSION)} END,
                o.id, o.channel, o.client, o.name, o.batch, {counted("w.origin = o.id")}, o.created_at
            FROM trajectories t LEFT JOIN origins o ON o.id = t.origin WHERE t.id = ?1""",
            (trajectory_id, *(() if scopes is None else (list(scopes),))),
        )
        if not rows:
            raise NotFoundError(f"There is no trajectory t{trajectory_id} in this memory.")
        weight, seen, same, origin_id, channel, client, name, batch, runs, since = rows[0]
        known = origin_id is not None and KnownOrigin(
            id=origin_id, origin=Origin(channel=channel, client=client, name=name, batch=batch), runs=runs, since=since
        )
        return Testimony(weight, bool(seen), same, known or None)

    def runs_from(self, origin_id: int, scopes: Sequence[str] | None = None) -> list[int]:
        known = self._db.value("SELECT 1 FROM origins WHERE id = ?", (origin_id,)) is not None
        rows = self._db.rows("SELECT id, scope FROM trajectories WHERE origin = ? ORDER BY id", (origin_id,))
        runs = [run for run, scope in rows if scopes is None or scope in scopes]
        if not known or (scopes is not None and not runs):
            raise NotFoundError(f"There is no origin o{origin_id} in this memory: `memp origins` lists them.")
        return runs

    def saw(
        self, trajectory_id: int, evidence: Evidence, weight: float, origin: Origin, *, held: bool = False
    ) -> list[int]:  # fmt: skip
        now = timestamp()
        with self._db.write() as db:
            kind = db.dialect.field("evidence", "kind")
            if (
                db.value(
                    f"SELECT 1 FROM trajectories WHERE id = ? AND weight > 0 AND {kind} = 'claim'", (trajectory_id,)
                )
                is None
            ):
                return []
            # Its words stay those of who passed it: seen is how it ended.
            db.run(
                "UPDATE trajectories SET evidence = ?, weight = ?, outside = 1, witness = ? WHERE id = ?",
                (evidence.model_dump_json(), weight, note_origin(db, origin, now)[1], trajectory_id),
            )
            db.run("UPDATE credits SET weight = ?, outside = 1 WHERE trajectory_id = ?", (weight, trajectory_id))
            ids = _of_run(db, trajectory_id)
            for procedure_id in ids:
                recount_outside(db, procedure_id)
                _own_witness(db, procedure_id, trajectory_id)
                if not held:
                    _of_what_was_seen(db, procedure_id, trajectory_id)
                vouch(db, procedure_id, trajectory_id)
        return ids

    def linked(self, trajectory_id: int) -> list[int]:
        return _of_run(self._db, trajectory_id)

    def passed_in(self, trajectory_id: int, origin: Origin) -> None:
        with self._db.write() as db:
            witness = note_origin(db, origin, timestamp())[1]
            db.run("UPDATE trajectories SET witness = ? WHERE id = ? AND witness <> ''", (witness, trajectory_id))
            for procedure_id in _of_run(db, trajectory_id):
                recount_outside(db, procedure_id)
                _own_witness(db, procedure_id, trajectory_id)

    def agreement(self, procedure_id: int) -> Agreement:
        rows = self._db.rows(
            """SELECT count(DISTINCT CASE WHEN t.success = 1 AND o.channel = 'tool' THEN t.witness END),
                count(DISTINCT CASE WHEN t.success = 1 AND o.channel = 'tool' THEN substr(t.created_at, 1, 10) END),
                coalesce(sum(1 - t.success), 0)
            FROM (SELECT trajectory_id FROM sources WHERE procedure_id = ?1
                UNION SELECT trajectory_id FROM credits WHERE procedure_id = ?1) l
            JOIN trajectories t ON t.id = l.trajectory_id LEFT JOIN origins o ON o.id = t.origin WHERE t.weight > 0""",
            (procedure_id,),
        )
        return Agreement(*rows[0])


def note_origin(db: Transaction, origin: Origin, now: str) -> tuple[int, str]:
    """The id of an origin, which is new where it was not met before, and the witness that its runs are."""
    key = (origin.channel, origin.client, origin.name)
    known = db.rows("SELECT id, batch FROM origins WHERE channel = ? AND client = ? AND name = ?", key)
    if not known:
        sql = (
            "INSERT INTO origins (channel, client, name, batch, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id, batch"
        )
        known = db.rows(sql, (*key, origin.batch, now))
    origin_id, batch = known[0]
    if origin.channel in INDEPENDENT:
        return origin_id, ""
    if origin.channel in RECORDED:
        first = db.rows(
            f"SELECT id, batch FROM origins WHERE channel IN ({_named(RECORDED)}) AND name = ? ORDER BY id LIMIT 1",
            (origin.name,),
        )
        return origin_id, _witness(*first[0])
    return origin_id, _witness(origin_id, batch)


def _witness(origin_id: int, batch: str) -> str:
    return f"b{batch}" if batch else f"o{origin_id}"


def recount_outside(db: Transaction, procedure_id: int) -> None:
    """Count the witnesses that saw a procedure succeed."""
    db.run(
        f"""UPDATE procedures SET outside = (SELECT count(DISTINCT {WITNESS}) FROM trajectories t
            WHERE t.outside = 1 AND t.success = 1 AND t.id IN {_LINKED}) WHERE id = ?""",
        (procedure_id,),
    )


_OF_THIS_RUN = """id = ?1 AND quarantine <> ''
    AND NOT EXISTS (SELECT 1 FROM sources WHERE procedure_id = ?1 AND trajectory_id <> ?2)
    AND EXISTS (SELECT 1 FROM sources WHERE procedure_id = ?1 AND trajectory_id = ?2)"""


def _own_witness(db: Transaction, procedure_id: int, trajectory_id: int) -> None:
    """Let a procedure that was made of this run alone be known by the witness that the run has by now."""
    db.run(
        f"UPDATE procedures SET quarantine = (SELECT witness FROM trajectories WHERE id = ?2) WHERE {_OF_THIS_RUN}",
        (procedure_id, trajectory_id),
    )


def _of_what_was_seen(db: Transaction, procedure_id: int, trajectory_id: int) -> None:
    """Note that a procedure that was made of this run alone was made of what somebody saw."""
    db.run(f"UPDATE procedures SET hearsay = 0 WHERE {_OF_THIS_RUN}", (procedure_id, trajectory_id))


def _of_run(db: Reader, trajectory_id: int) -> list[int]:
    """The procedures that a run is a source or a use of."""
    rows = db.rows(
        """SELECT procedure_id FROM sources WHERE trajectory_id = ?1
        UNION SELECT procedure_id FROM credits WHERE trajectory_id = ?1 ORDER BY 1""",
        (trajectory_id,),
    )
    return [row[0] for row in rows]


def quarantine(db: Transaction, procedure_id: int, trajectory_id: int, *, held: bool) -> None:
    """Note of a new procedure that the origin of its first run alone speaks for it, unless a person answers for that; and
    whether it is hearsay."""
    db.run("UPDATE procedures SET hearsay = ? WHERE id = ?", (int(held), procedure_id))
    of_one_run(db, procedure_id, trajectory_id)


def of_one_run(db: Transaction, procedure_id: int, trajectory_id: int) -> None:
    """Note that the origin of this run alone speaks for a procedure that came from no other, unless a person answers for it."""
    db.run(
        f"""UPDATE procedures SET quarantine = t.witness FROM trajectories t WHERE procedures.id = ?1 AND t.id = ?2
        AND NOT {_ANSWERED_FOR}
        AND NOT EXISTS (SELECT 1 FROM sources WHERE procedure_id = ?1 AND trajectory_id <> ?2)
        AND NOT EXISTS (SELECT 1 FROM credits WHERE procedure_id = ?1)""",
        (procedure_id, trajectory_id),
    )


def vouch(db: Transaction, procedure_id: int, trajectory_id: int) -> None:
    """End the quarantine of a procedure where this run of it does so."""
    db.run(
        f"""UPDATE procedures SET quarantine = '' FROM trajectories t
        WHERE procedures.id = ? AND procedures.quarantine <> '' AND t.id = ? AND {VOUCHES}""",
        (procedure_id, trajectory_id),
    )


def requarantine(db: Transaction) -> None:
    """Note anew which procedures only one origin speaks for, after runs went."""
    db.run(
        """UPDATE procedures SET quarantine = coalesce((SELECT t.witness FROM sources s JOIN trajectories t
            ON t.id = s.trajectory_id WHERE s.procedure_id = procedures.id AND t.weight > 0 ORDER BY t.id LIMIT 1), quarantine)"""
    )
    db.run(
        f"""UPDATE procedures SET quarantine = '' WHERE quarantine <> '' AND EXISTS (
            SELECT 1 FROM trajectories t WHERE t.id IN {_LINKED} AND {VOUCHES})"""
    )
