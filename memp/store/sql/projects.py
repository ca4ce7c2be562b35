"""Projects: which there are, what belongs to each, and giving it to another."""

from collections.abc import Iterable, Mapping, Sequence

from memp.domain.procedure import PERSON
from memp.domain.projects import Belonging, KnownProject
from memp.domain.trajectory import Provenance
from memp.embed import Vectors
from memp.store.records import Hit, KeyKind
from memp.store.sql.engine import Part, Reader, Transaction
from memp.store.sql.rows import holds, timestamp
from memp.store.sql.statements import note

MOST_SEARCHED = 2_000
"""Runs of other projects whose steps are searched for a value, the newest: each is read."""


class SQLProjects(Part):
    """Projects of the store."""

    def merged_projects(self) -> Mapping[str, str]:
        return dict(self._db.rows("SELECT identity, same_as FROM projects"))

    def project_titles(self) -> Mapping[str, str]:
        return dict(self._db.rows("SELECT identity, title FROM projects WHERE same_as = ''"))

    def belonging(self, procedure_ids: Sequence[int]) -> Mapping[int, Belonging]:
        rows = self._db.rows(
            f"""SELECT p.id, p.project, t.project, max(CASE WHEN t.success = 1 AND t.outside = 1 AND NOT EXISTS (
                SELECT 1 FROM credits c WHERE c.procedure_id = p.id AND c.trajectory_id = t.id) THEN 1 ELSE 0 END),
                min({self._unsure()})
            FROM procedures p LEFT JOIN sources s ON s.procedure_id = p.id LEFT JOIN trajectories t ON t.id = s.trajectory_id
            WHERE {self._db.dialect.within("p.id")} GROUP BY p.id, p.project, t.project""",
            (list(procedure_ids),),
        )
        projects: dict[int, set[str]] = {}
        validated: dict[int, set[str]] = {}
        unsure = {row[0] for row in rows if row[4]}
        for procedure_id, made_in, project, checked, _ in rows:
            projects.setdefault(procedure_id, {made_in}).update(() if project is None else (project,))
            validated.setdefault(procedure_id, set()).update((project,) if project and checked else ())
        return {i: Belonging(frozenset(known), frozenset(validated[i]), i in unsure) for i, known in projects.items()}

    def met_in(self, pitfall_ids: Sequence[int]) -> Mapping[int, Belonging]:
        rows = self._db.rows(
            f"""SELECT f.id, coalesce(t.project, p.project, ''), min({self._unsure()}) FROM pitfalls f
            LEFT JOIN sightings s ON s.pitfall_id = f.id LEFT JOIN trajectories t ON t.id = s.trajectory_id
            LEFT JOIN procedures p ON p.id = f.procedure_id WHERE {self._db.dialect.within("f.id")}
            GROUP BY f.id, t.project, p.project""",
            (list(pitfall_ids),),
        )
        unsure = {row[0] for row in rows if row[2]}
        return {i: Belonging(known, known - {""}, i in unsure) for i, known in _sets(rows).items()}

    def _unsure(self) -> str:
        """1 for a run `t` without a project that names the folder it was made in, and did not come in a memory file."""
        field = self._db.dialect.field
        label, came = field("t.provenance", "project"), field("t.provenance", "imported_from")
        return f"CASE WHEN t.project = '' AND coalesce({label}, '') <> '' AND {came} IS NULL THEN 1 ELSE 0 END"

    def ran_in(self, trajectory_ids: Sequence[int]) -> Mapping[int, str]:
        sql = f"SELECT id, project FROM trajectories WHERE {self._db.dialect.within('id')}"
        return dict(self._db.rows(sql, (list(trajectory_ids),)))

    def own_keys(
        self, kind: KeyKind, project: str, scopes: Sequence[str], limit: int, vector: Vectors | None
    ) -> list[Hit]:
        dialect = self._db.dialect
        rows = self._db.rows(
            # SQLite takes the tables of a CROSS JOIN in this order, and does not begin with all keys of the kind.
            f"""SELECT k.owner, k.text, k.extra, k.template, {dialect.cosine("v.vector", "?1")} AS near
            FROM procedures p CROSS JOIN keys k LEFT JOIN vectors v ON v.id = k.vector_id
            WHERE k.owner = p.id AND k.kind = ?2 AND p.project = ?3 AND p.status = 'active' AND {dialect.within("p.scope", "?4")}
            ORDER BY near DESC, k.id DESC LIMIT ?5""",
            (vector, kind, project, list(scopes), limit),
        )
        return [Hit(*row) for row in rows]

    def has_procedures(self, project: str, scopes: Sequence[str]) -> bool:
        within = self._db.dialect.within("scope", "?2")
        sql = f"SELECT 1 FROM procedures WHERE project = ?1 AND status = 'active' AND {within} LIMIT 1"
        return bool(self._db.rows(sql, (project, list(scopes))))

    def named_elsewhere(self, texts: Sequence[str], project: str) -> frozenset[str]:
        if not texts:
            return frozenset()
        seen = ", ".join(f"max(CASE WHEN {holds('steps', '?')} THEN 1 ELSE 0 END)" for _ in texts)
        rows = self._db.rows(
            f"""WITH newest AS (SELECT lower(steps) AS steps FROM trajectories WHERE project NOT IN ('', ?)
                ORDER BY id DESC LIMIT ?) SELECT {seen} FROM newest""",
            (project, MOST_SEARCHED, *(text.lower() for text in texts)),
        )
        return frozenset(text for text, held in zip(texts, rows[0], strict=True) if held)

    def known_projects(self, *, labels: bool = True) -> list[KnownProject]:
        procedures = dict(
            self._db.rows("SELECT project, count(*) FROM procedures WHERE status = 'active' GROUP BY project")
        )
        counts = {
            project: (runs, last)
            for project, runs, last in self._db.rows(
                # Joined to nothing, so that the index by time, which has all of it, is read in place of each row.
                "SELECT project || '', count(*), max(created_at) FROM trajectories GROUP BY 1"
            )
        }
        given = {
            identity: (title, same_as)
            for identity, title, same_as in self._db.rows("SELECT identity, title, same_as FROM projects")
        }
        names = sorted({*given, *counts, *procedures} - {""})
        told = self._labels() if labels else {}
        return [
            KnownProject(
                name, *given.get(name, ("", "")), counts.get(name, (0, ""))[0], procedures.get(name, 0),
                counts.get(name, (0, ""))[1], told if not name else {},
            )
            for name in [*names, ""]
        ]  # fmt: skip

    def _labels(self) -> dict[str, int]:
        label = self._db.dialect.field("provenance", "project")
        return {
            name: count
            for name, count in self._db.rows(
                f"SELECT {label}, count(*) FROM trajectories WHERE project = '' GROUP BY 1 ORDER BY 2 DESC, 1"
            )
            if name
        }

    def runs_in(self, project: str, label: str = "") -> list[int]:
        if not label:
            return [
                row[0] for row in self._db.rows("SELECT id FROM trajectories WHERE project = ? ORDER BY id", (project,))
            ]
        named = self._db.dialect.field("provenance", "project")
        sql = f"SELECT id FROM trajectories WHERE project = ? AND {named} = ? ORDER BY id"
        return [row[0] for row in self._db.rows(sql, (project, label))]

    def procedures_in(self, project: str) -> list[int]:
        return [row[0] for row in self._db.rows("SELECT id FROM procedures WHERE project = ? ORDER BY id", (project,))]

    # Writing

    def move_to_project(self, runs: Sequence[int], procedures: Sequence[int], project: str, why: str) -> None:
        now = timestamp()
        with self._db.write() as db:
            note_project(db, project)
            _move_runs(db, runs, project)
            for procedure_id in procedures:
                db.run("UPDATE procedures SET project = ? WHERE id = ?", (project, procedure_id))
                note(db, PERSON, "moved", procedure_id, None, why, now)

    def merge_projects(self, old: str, new: str) -> None:
        runs, procedures = self.runs_in(old), self.procedures_in(old)
        with self._db.write() as db:
            note_project(db, new)
            note_project(db, old)
            _move_runs(db, runs, new)
            for procedure_id in procedures:
                db.run("UPDATE procedures SET project = ? WHERE id = ?", (new, procedure_id))
            db.run("UPDATE projects SET same_as = ?1 WHERE identity = ?2 OR same_as = ?2", (new, old))
            db.run("UPDATE projects SET same_as = '' WHERE identity = ?", (new,))

    def name_project(self, identity: str, title: str) -> None:
        with self._db.write() as db:
            note_project(db, identity)
            db.run("UPDATE projects SET title = ? WHERE identity = ?", (title, identity))


def note_project(db: Transaction, identity: str) -> None:
    """Note that a memory has a project."""
    if identity:
        db.run("INSERT INTO projects (identity) VALUES (?) ON CONFLICT DO NOTHING", (identity,))


def project_of_run(db: Reader, trajectory_id: int) -> str:
    """The project of a stored run."""
    return db.value("SELECT project FROM trajectories WHERE id = ?", (trajectory_id,)) or ""


def _move_runs(db: Transaction, runs: Iterable[int], project: str) -> None:
    """Give runs to a project: the context in which their outcomes count is that one's from now on."""
    for run_id in runs:
        own = Provenance.model_validate_json(db.value("SELECT provenance FROM trajectories WHERE id = ?", (run_id,)))
        own = own.model_copy(update={"project": project or None})
        db.run(
            "UPDATE trajectories SET project = ?, provenance = ?, context = ? WHERE id = ?",
            (project, own.model_dump_json(exclude_none=True), own.context, run_id),
        )
        db.run("UPDATE credits SET context = ? WHERE trajectory_id = ?", (own.context, run_id))


def _sets(rows: Iterable[Sequence[object]]) -> dict[int, frozenset[str]]:
    """Rows of (id, text), grouped by id."""
    known: dict[int, set[str]] = {}
    for row in rows:
        known.setdefault(int(str(row[0])), set()).add(str(row[1]))
    return {i: frozenset(texts) for i, texts in known.items()}
