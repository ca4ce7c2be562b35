"""Rows to values, and the few values that rows need."""

import json
from datetime import UTC, datetime

from memp.domain.procedure import Procedure, Script
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory
from memp.errors import StoreError
from memp.store.sql.engine import Row

RUN = "task, steps, reward, evidence, provenance, tokens, created_at"
"""The columns of `to_run`."""


def timestamp() -> str:
    """Now, as every table has it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat()


DAMAGE = (ValueError, TypeError, AttributeError, RecursionError)
"""What reading a stored value raises where it is not what was written: no JSON, no time, another type."""


def damaged(what: str) -> StoreError:
    """The error for a row that is not as it was written."""
    return StoreError(f"The memory file is damaged: {what} cannot be read. `memp doctor` says what can be done.")


def to_run(row: Row) -> Trajectory:
    """A row of trajectories as a Trajectory.

    Raises:
        StoreError: it is damaged.
    """
    task, steps, reward, evidence, provenance, tokens, at = row
    try:
        return Trajectory(
            task=task,
            steps=tuple(Step(**step) for step in json.loads(steps)),
            reward=reward,
            evidence=Evidence.model_validate_json(evidence),
            provenance=Provenance.model_validate_json(provenance),
            tokens=tokens,
            created_at=datetime.fromisoformat(at),
        )
    except DAMAGE as error:
        raise damaged("a run") from error


def to_script(text: str, procedure_id: int) -> Script:
    """A stored script.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return Script.model_validate_json(text)
    except DAMAGE as error:
        raise damaged(f"the script of p{procedure_id}") from error


def to_procedure(row: Row) -> Procedure:
    """A row of procedures, with its script and counts, as a Procedure.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return Procedure(
            id=row[0],
            scope=row[1],
            revision=row[2],
            script=to_script(row[3], row[0]),
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
    except DAMAGE as error:
        raise damaged(f"p{row[0]}") from error


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
