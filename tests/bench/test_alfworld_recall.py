"""The main job on real input: all expert rollouts of ALFWorld's train split, where the data is at hand."""

from pathlib import Path

import alfworld_recall
import anyio
import pytest
from paths import ALFWORLD

from memp.embed.compiled import CompiledEmbedder

pytestmark = pytest.mark.skipif(
    not (ALFWORLD / "expert_train.jsonl.gz").exists(), reason="set MEMP_TEST_ALFWORLD to the folder with the rollouts"
)


@pytest.mark.timeout(1_800)  # Each of 3,553 runs is aligned with the families near it.
def test_all_rollouts_are_imported_once_and_the_right_type_of_procedure_comes_first(
    tmp_path: Path, compiled: CompiledEmbedder, model_cache: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_CACHE", str(model_cache))
    db = tmp_path / "memory.sqlite3"
    first = alfworld_recall.imported(db, ALFWORLD / "expert_train.jsonl.gz")
    again = alfworld_recall.imported(db, ALFWORLD / "expert_train.jsonl.gz")
    assert (first["read"], first["skipped"], again["known"]) == (3553, 0, 3553)
    assert (again["added"], again["merged"], again["embedded"]) == (0, 0, 0)
    tasks = alfworld_recall.tasks_of(ALFWORLD / "games.jsonl.xz", "valid_seen")
    types = alfworld_recall.procedure_types(db)
    shares = {name: alfworld_recall.recalled(db, tasks, types, name) for name in ("query", "facts", "hybrid", "random")}
    right = {name: share.right / share.tasks for name, share in shares.items()}
    assert len(tasks) == 140 and right["random"] < 0.5
    assert min(right["query"], right["facts"], right["hybrid"]) >= 0.95
    over_mcp = anyio.run(alfworld_recall.recalled_over_mcp, db, tasks, types)
    assert over_mcp.right == shares["hybrid"].right
