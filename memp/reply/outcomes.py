"""The replies of record_trajectory and reflect_on_failure: what the outcome of a run changed."""

from collections.abc import Mapping, Sequence
from typing import cast

from memp.domain.procedure import Procedure
from memp.domain.results import Assessment, Decided, Record, Reflection, Revised
from memp.reply.values import RecordReply, ReflectReply, bounded
from memp.reply.wording import TOOLS, Wording, step


def record_reply(record: Record, *, waiting: int = 0, wording: Wording = TOOLS) -> RecordReply:
    """The answer of record_trajectory: what was created, merged, revised, credited or dropped, and why.

    `waiting` procedures that a rule wrote wait for a language model; 0 says nothing. `wording` is of the next step.
    """
    if record.waiting:
        return RecordReply(waiting=record.waiting, next=_WAITS.format(id=record.waiting))
    label = "" if record.built is None else f"p{record.built}"
    return RecordReply(
        trajectory=f"t{record.trajectory}",
        created=label if record.how == "created" else "",
        merged=label if record.how == "merged" else "",
        revised=_revisions(record.revised),
        builder=record.builder or "",
        credited=_credits(record.credited),
        archived=[f"p{i}" for i in record.decided.archived],
        changed=_changes(record.decided),
        general="" if record.general is None else f"p{record.general}",
        pitfalls=len(record.pitfalls),
        assessed=_assessed(record.assessed),
        next=_record_next(record, label, wording),
        notes=bounded([*_waiting(waiting), *record.notes]),
    ).shown()


def _waiting(count: int) -> list[str]:
    if not count:
        return []
    return [f"{count} procedures were written by rule: the user can let a model write them, with `memp distill`."]


def _record_next(record: Record, label: str, wording: Wording) -> str:
    if not record.new and record.how is None:
        return f"This run was recorded before{f' and is in {label}' if label else ''}; nothing changed."
    if record.how == "created" and record.builder == "extractive":
        return f"{label} was made by rule. {step(wording.by_rule, [], label=label)}"
    if record.how is not None:
        return "Nothing more to do."
    if not record.success and not record.revised and record.credited:
        return f"Nothing built: {record.why}. {step(wording.improve, [], run=f't{record.trajectory}')}"
    return f"Nothing built: {record.why}."


def reflect_reply(reflection: Reflection, *, wording: Wording = TOOLS) -> ReflectReply:
    """The answer of reflect_on_failure: what changed, or, as data, what a revision is written from. `wording` is of the next
    step."""
    if reflection.waiting:
        return ReflectReply(waiting=reflection.waiting, next=_WAITS.format(id=reflection.waiting))
    return ReflectReply(
        trajectory=f"t{reflection.trajectory}",
        pitfalls=len(reflection.pitfalls),
        revised=_revisions(reflection.revised),
        credited=_credits(reflection.credited),
        archived=[f"p{i}" for i in reflection.decided.archived if i not in reflection.revised],
        changed=_changes(reflection.decided),
        material=dict(reflection.material or {}),
        next=_reflect_next(reflection, wording),
        notes=bounded(reflection.notes),
    ).shown()


def _reflect_next(reflection: Reflection, wording: Wording) -> str:
    if reflection.material is None:
        return wording.retry
    run = f"t{reflection.trajectory}"
    followed = _procedure(reflection.material.get("procedure"))
    if followed:
        mend = step(wording.mend, [str(followed["id"])], run=run, revision=followed["revision"])
        return f"The pitfall is kept. To mend the steps, change as little as possible and {mend}"
    closest = _procedure(reflection.material.get("closest_procedure"))
    if closest:
        label = str(closest["id"])
        return f"The pitfall is kept. Only if you followed {label}, {step(wording.followed, [label], run=run)}"
    return "The pitfall is kept and will be shown for such errors. No procedure covers this task yet."


def _procedure(material: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], material) if isinstance(material, Mapping) else {}


_WAITS = (
    "Not stored yet: writing waits for the user's word (MEMP_WRITE=ask). Tell the user: `memp review {id} --approve`. Nothing "
    "more to do."
)
_STATE = {"current": "is shown from now on", "trial": "is on trial", "proposed": "waits for a person's review"}


def _revisions(revised: Mapping[int, Revised]) -> list[str]:
    return [f"p{i}r{made.number} {_STATE[made.state]}" for i, made in revised.items()]


def _changes(decided: Decided) -> list[str]:
    return [
        *(f"p{i}r{number} did better: promoted" for i, number in decided.promoted.items()),
        *(f"p{i}r{number} did worse: dropped" for i, number in decided.dropped.items()),
        *(f"p{i} is {tier} now" for i, tier in decided.tiers.items()),
    ]


def _assessed(assessment: Assessment | None) -> str:
    """How a run was taken to have ended where its caller did not say, by what, and how sure that is."""
    if assessment is None:
        return ""
    return f"{'success' if assessment.success else 'failure'} by {assessment.by}, {assessment.sure:.0%} sure: {assessment.why}"


def _credits(credited: Sequence[Procedure]) -> list[str]:
    return [f"{p.label}: {p.successes} of {p.uses} uses succeeded" for p in credited]
