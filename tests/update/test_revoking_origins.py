"""All that an origin brought is withdrawn at once, and looked at before without a change."""

import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from runs import CHECKED, CLEAN_MUG, TASK, again

from memp.domain.origin import Origin
from memp.domain.procedure import Ref
from memp.domain.results import Options
from memp.errors import NotFoundError
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp.update import review
from memp.update.revoking import Revoked
from memp.update.revoking_origins import preview_origin, revoke_origin

BAD = Origin(channel="tool", client="an agent", name="bad")


@pytest.fixture
def poisoned(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory of a person's p1, and of p2 and p3 that one session brought, which also says that it used p1 in vain."""
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.record("deploy the shop", ["push it -> ok", "look -> up"], "success", origin=BAD)
    memory.record("boil an egg in the kitchen", ["boil it -> done", "eat -> good"], "success", origin=BAD)
    memory.record(TASK, ["look -> no mug"], "failure", used=["p1"], origin=BAD)
    return memory


def test_a_preview_tells_what_would_follow_and_changes_nothing(poisoned: ProceduralMemory):
    store = poisoned.store
    before = [(p.id, p.status, p.uses) for p in store.procedures(active=False)]
    planned = preview_origin(store, 2, Options())
    assert list(planned.revocation.runs) == [2, 3, 4]
    assert next(sentence for sentence in planned.done if "archived" in sentence).startswith("p2 is archived")
    assert [(p.id, p.status, p.uses) for p in store.procedures(active=False)] == before
    assert store.check() == []


def test_what_an_origin_brought_is_withdrawn_with_its_outcomes(poisoned: ProceduralMemory):
    withdrawn = revoke_origin(poisoned.store, 2, Options(), "it was not us")
    assert list(withdrawn.revocation.runs) == [2, 3, 4]
    assert [(p.id, p.status, p.uses) for p in poisoned.store.procedures(active=False)] == [
        (1, "active", 0), (2, "archived", 0), (3, "archived", 0),
    ]  # fmt: skip
    assert [one.runs for one in poisoned.store.origins()] == [1, 0]
    assert "it was not us" in poisoned.store.changes(2)[0].detail
    assert poisoned.recall("deploy the shop").matches == []
    assert poisoned.store.check() == []


def test_of_two_origins_that_took_the_same_steps_the_other_still_speaks_for_them(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success", origin=BAD)
    memory.record(TASK, again(1), "success", evidence=CHECKED, origin=Origin(channel="hook", client="codex", name="h"))
    revoke_origin(memory.store, 1, Options(), "")
    (procedure,) = memory.store.procedures()
    assert (procedure.trajectories, procedure.is_quarantined) == ((2,), True)


def test_an_origin_that_is_none_is_said(memory: ProceduralMemory):
    with pytest.raises(NotFoundError, match="no origin o7"):
        preview_origin(memory.store, 7, Options())


def test_a_look_works_on_a_memory_that_cannot_be_written_and_leaves_nothing_behind(
    poisoned: ProceduralMemory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = poisoned.store.path
    poisoned.close()
    before, folder = path.read_bytes(), tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with closing(SQLiteStore(path, read_only=True)) as store:
        assert [p.id for p in preview_origin(store, 2, Options()).revocation.archived] == [2, 3]
    assert path.read_bytes() == before
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")
def test_the_copy_of_a_look_is_its_owners_alone(poisoned: ProceduralMemory):
    with poisoned.store.copied() as copy:
        assert not [path for path in (copy.path.parent, *copy.path.parent.iterdir()) if path.stat().st_mode & 0o077]


def ids(revoked: Revoked) -> object:
    consequences = revoked.revocation
    return [[p.id for p in each] for each in (consequences.archived, consequences.derived, consequences.kept)]


def test_the_act_does_what_the_look_said_down_to_the_tiers(poisoned: ProceduralMemory):
    hook = Origin(channel="hook", client="codex", name="h")
    for number in (1, 2):
        poisoned.record(TASK, again(number), "success", evidence=CHECKED, origin=hook)
    assert poisoned.store.procedures()[0].tier == "validated"
    planned = preview_origin(poisoned.store, 3, Options())
    done = revoke_origin(poisoned.store, 3, Options(), "not ours")
    assert (ids(planned), planned.tiers, planned.done) == (ids(done), done.tiers, done.done)
    assert (ids(done), done.tiers) == ([[], [1], []], {1: "candidate"})


def test_a_script_is_derived_again_once_from_what_is_left_of_all(memory: ProceduralMemory):
    hook = Origin(channel="hook", client="codex", name="h")
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    before = memory.store.procedures()[0]
    for number in range(1, 4):
        memory.record(TASK, again(number), "success", evidence=CHECKED, origin=hook)
    revisions = memory.store.procedures()[0].revision
    revoke_origin(memory.store, 2, Options(), "")
    (procedure,) = memory.store.procedures()
    assert (procedure.trajectories, procedure.script) == (before.trajectories, before.script)
    assert procedure.revision == revisions + 1


def test_a_procedure_reads_as_before_all_revisions_that_an_origins_failures_were_the_reason_for(
    memory: ProceduralMemory,
):
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    for number, steps in enumerate((["wash the mug"], ["dry the mug"]), 2):
        revision = {"goal": "Clean a mug", "steps": [*steps, "look at it"]}
        memory.reflect(TASK, [f"{steps[0]} -> boom"], "boom", used=["p1"], revision=revision, origin=BAD)
        review.approve(memory.store, Ref(procedure_id=1, revision=number), "")
    revoke_origin(memory.store, 2, Options(), "")
    assert memory.store.procedures()[0].revision == 1


def test_an_origin_is_revoked_within_the_projects_that_are_seen(open_memory: Callable[..., ProceduralMemory]):
    ours, theirs = open_memory(project="ours"), open_memory(project="theirs")
    ours.record(TASK, CLEAN_MUG, "success", origin=BAD)
    theirs.record("deploy the shop", ["push it -> ok", "look -> up"], "success", origin=BAD)
    other = BAD.model_copy(update={"name": "other"})
    theirs.record("boil an egg", ["boil -> done"], "success", origin=other)
    assert [(known.label, known.runs) for known in ours.store.origins(ours.options.seen)] == [("o1", 1)]
    assert list(revoke_origin(ours.store, 1, ours.options, "").revocation.runs) == [1]
    assert [p.status for p in ours.store.procedures(active=False)] == ["archived", "active", "active"]
    for revoke in (preview_origin, lambda *passed: revoke_origin(*passed, "")):
        with pytest.raises(NotFoundError, match="no origin o2"):
            revoke(ours.store, 2, ours.options)
