"""Runs and scripts as callers pass them: cleaned, redacted and parsed."""

from datetime import datetime

from memp.build.builders import parse_script
from memp.domain.procedure import Script
from memp.domain.trajectory import Provenance, Trajectory, cut, happened, parse_steps, parse_text, parse_tokens
from memp.inputs.references import safe_provenance
from memp.text.redact import redact, redact_all


def read_run(
    task: str, steps: object, tokens: int | None, provenance: Provenance, at: datetime | None = None
) -> tuple[Trajectory, list[str]]:
    """The run, its outcome still open, and a sentence for each thing that was cut or redacted. `at` is when it ended.

    Raises:
        InputError: it cannot be used.
    """
    # Before a long text is cut: the cut could leave half a secret.
    safe, secrets = redact_all(steps)
    parsed, cuts = parse_steps(safe)
    notes = list(cuts)
    task_text, more = redact(parse_text(task, "task"))
    if secrets + more:
        notes.append(f"{secrets + more} secret(s) redacted")
    run = Trajectory(
        task=cut(task_text, "the task", notes),
        steps=parsed,
        reward=0.0,
        provenance=safe_provenance(provenance),
        tokens=parse_tokens(tokens),
        created_at=happened(at),
    )
    return run, notes


def read_script(value: object, task: str) -> Script:
    """A caller's script, or revision, for a task.

    Raises:
        InputError: it cannot be used.
    """
    script = parse_script(redact_all(value)[0], task)
    # Again, as a script passed as JSON text may have spelt a secret in escapes.
    return Script.model_validate(redact_all(script)[0])
