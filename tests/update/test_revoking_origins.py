"""All that an origin brought is withdrawn at once, and looked at before without a change."""

import pytest
from runs import CHECKED, CLEAN_MUG, TASK, again

from memp.domain.origin import Origin
from memp.errors import NotFoundError
from memp.memory import ProceduralMemory
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
    planned = preview_origin(store, 2, [""])
    assert list(planned.runs) == [2, 3, 4]
    assert next(sentence for sentence in planned.done if "archived" in sentence).startswith("p2 is archived")
    assert [(p.id, p.status, p.uses) for p in store.procedures(active=False)] == before
    assert store.check() == []


def test_what_an_origin_brought_is_withdrawn_with_its_outcomes(poisoned: ProceduralMemory):
    withdrawn = revoke_origin(poisoned.store, 2, [""], "it was not us")
    assert list(withdrawn.runs) == [2, 3, 4]
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
    revoke_origin(memory.store, 1, [""], "")
    (procedure,) = memory.store.procedures()
    assert (procedure.trajectories, procedure.is_quarantined) == ((2,), True)


def test_an_origin_that_is_none_is_said(memory: ProceduralMemory):
    with pytest.raises(NotFoundError, match="no origin o7"):
        preview_origin(memory.store, 7, [""])
