"""Contrast: align a failed run with the procedure it followed and with the closest success, as material for a revision.

Two runs of like tasks, aligned, and the point from which they differ show more than a failure alone.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from memp.domain.effects import effects_of, effects_of_run
from memp.domain.procedure import Procedure, Script
from memp.domain.trajectory import Step, Trajectory, Value
from memp.llm.excerpt import PROMPT_CHARACTERS, shortened
from memp.retrieve.track import diverge
from memp.store import Trajectories
from memp.store.records import MAX_KEY

MOST_AFTER = 5
"""Steps that are told of each run after the point where they part."""

MOST_CHARACTERS = 4_000
"""Of a script's steps."""

_NUMBER = re.compile(r"\d+")


class Contrast(Value):
    """Two runs, aligned: how many steps they share up to the last one in common, and what each did then."""

    shared: int
    last_shared: str
    failed_then: tuple[str, ...]
    success_then: tuple[str, ...]


def contrast(failed: Sequence[Step], success: Sequence[Step]) -> Contrast:
    """The last step that both runs took, in an order that both have, and what followed in each.

    Steps are alike when they read alike but for numbers: "go to shelf 2" is "go to shelf 1".
    """
    ours, theirs = ([_NUMBER.sub("#", step.action.casefold()) for step in run] for run in (failed, success))
    blocks = [
        block for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks() if block.size
    ]
    shared = sum(block.size for block in blocks)
    at, there = (blocks[-1].a + blocks[-1].size, blocks[-1].b + blocks[-1].size) if blocks else (0, 0)
    if there >= len(success) and len(blocks) > 1:
        # Both end alike: what differs lies before that.
        at, there, shared = blocks[-2].a + blocks[-2].size, blocks[-2].b + blocks[-2].size, shared - blocks[-1].size
    return Contrast(
        shared=shared,
        last_shared=failed[at - 1].action[:160] if at else "",
        failed_then=tuple(_told(step) for step in failed[at : at + MOST_AFTER]),
        success_then=tuple(step.action for step in success[there : there + MOST_AFTER]),
    )


def revision_material(
    store: Trajectories, followed: Procedure | None, closest: tuple[Procedure, str] | None, run: Trajectory, error: str, *,
    whole: bool, projects: Sequence[str] | None = None, learned_in: str = "",
) -> dict[str, object]:  # fmt: skip
    """The material for a revision, as plain data: the procedure, where the run left it, and how the closest success went on.

    `followed` is the procedure that the run used; `closest` the one that fits its task best, with the earlier task it
    was found by. With `whole` the failed run is in it: who made the run has it before him, a language model has not. The success
    is of one of `projects`; None: of any. `learned_in` is the project that the procedure was learned in, where that is another.
    """
    material: dict[str, object] = {"task": run.task[:MAX_KEY], "error": error[:MAX_KEY]}
    procedure = followed or (closest[0] if closest else None)
    if procedure is not None:
        divergence = diverge(procedure.script, run.steps)
        named = "closest_procedure" if followed is None else "procedure"
        identity: dict[str, object] = {"id": procedure.label, "revision": procedure.revision}
        if learned_in and followed is not None:
            identity["learned_in"] = learned_in
        if procedure.tier == "candidate" and (effects := effects_of(procedure.script)):
            identity["warning"] = f"it {', '.join(effects)}; no person has approved it"
        material[named] = {**identity, **_bounded(procedure.script)}
        material["left_it_at"] = divergence.model_dump(exclude_defaults=True)
        like = closest[1] if closest and closest[0].id == procedure.id else run.task
        run_id = store.closest_run(procedure.id, like[:MAX_KEY], projects)
        if run_id is not None:
            success = store.trajectory(run_id)
            parted = contrast(run.steps, success.steps).model_dump(exclude_defaults=True)
            # What a run did that a person has to approve first is told with a procedure that one has approved.
            if procedure.tier != "candidate" or not effects_of_run(success.steps):
                material["closest_success"] = {"task": success.task[:MAX_KEY], **parted}
    if whole:
        material["failed_run"] = shortened(run.steps, PROMPT_CHARACTERS // 4)
    return material


def _bounded(script: Script) -> dict[str, object]:
    """A script as plain data; very long steps lose their ends."""
    room = max(80, MOST_CHARACTERS // len(script.steps))
    fields = script.model_dump(exclude_defaults=True)
    return {**fields, "steps": [step if len(step) <= room else f"{step[: room - 3]}..." for step in script.steps]}


def _told(step: Step) -> str:
    seen = " ".join(step.observation.split())
    return f"{step.action[:160]} -> {seen[:160]}" if seen else step.action[:160]
