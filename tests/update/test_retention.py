"""Forgetting without a failure: what is stale, and what is more than there is room for."""

from collections.abc import Callable

from memp.memory import ProceduralMemory
from memp.update.retention import archive_stale

Opener = Callable[..., ProceduralMemory]


def test_tidying_archives_what_is_stale_or_too_much_and_never_what_is_pinned(open_memory: Opener):
    memory = open_memory(capacity=2, tools=("Bash",))
    for number, action in enumerate(["Bash: ls -> a", "Gone: x -> ok", "Bash: make -> ok", "Bash: rm x -> ok"]):
        memory.record(f"job {number} of its own kind {'abcd'[number] * 5}", [action], "success")
    memory.store.set_tier(4, "pinned", "person", "")
    reasons = archive_stale(memory.store, memory.options)
    assert "needs Gone" in reasons[2] and len(reasons) == 2 and 4 not in reasons
    assert [p.id for p in memory.store.procedures()][-1] == 4
