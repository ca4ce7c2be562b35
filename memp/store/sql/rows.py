"""Rows to values, and the few values that rows need."""

import json
from datetime import UTC, datetime

from memp.domain.procedure import Procedure, Script
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory
from memp.store.sql.engine import Row

RUN = "task, steps, reward, evidence, provenance, tokens, created_at"
"""The columns of `to_run`."""


def timestamp() -> str:
    """Now, as every table has it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat()


def to_run(row: Row) -> Trajectory:
    """A row of trajectories as a Trajectory."""
    task, steps, reward, evidence, provenance, tokens, at = row
    return Trajectory(
        task=task,
        steps=tuple(Step(**step) for step in json.loads(steps)),
        reward=reward,
        evidence=Evidence.model_validate_json(evidence),
        provenance=Provenance.model_validate_json(provenance),
        tokens=tokens,
        created_at=datetime.fromisoformat(at),
    )


def to_procedure(row: Row) -> Procedure:
    """A row of procedures, with its script and counts, as a Procedure."""
    return Procedure(
        id=row[0],
        scope=row[1],
        revision=row[2],
        script=Script.model_validate_json(row[3]),
        builder=row[4],
        tier=row[5],
        status=row[6],
        uses=row[7],
        successes=row[8],
        trajectories=tuple(json.loads(row[9])),
        created_at=datetime.fromisoformat(row[10]),
        updated_at=datetime.fromisoformat(row[11]),
        trial=row[12],
        origin=row[13],
        claimed=row[14],
        quarantine=row[15],
        hearsay=bool(row[16]),
    )


def as_json(value: object) -> str:
    """JSON as it is stored: letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def holds(text: str, part: str) -> str:
    """The SQL condition that a text contains a part that is not empty, letter case and all (LIKE differs by engine)."""
    return f"replace({text}, {part}, '') <> {text}"


def overlap(one: bytes, other: bytes) -> float:
    """The share of common words (Jaccard) of two texts by their hashes."""
    ours, theirs = ({blob[i : i + 4] for i in range(0, len(blob), 4)} for blob in (one, other))
    return len(ours & theirs) / (len(ours | theirs) or 1)
