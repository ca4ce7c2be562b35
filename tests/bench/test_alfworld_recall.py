"""The main job on real input: some of the expert rollouts of ALFWorld's train split, where the data is at hand."""

import gzip
from pathlib import Path

import anyio
import pytest
from games import recall as alfworld_recall
from paths import ALFWORLD

from memp.embed.compiled import CompiledEmbedder

pytestmark = pytest.mark.skipif(
    not (ALFWORLD / "expert_train.jsonl.gz").exists(), reason="set MEMP_TEST_ALFWORLD to the folder with the rollouts"
)


@pytest.mark.parametrize(("of_runs", "of_tasks"), [(32, 4), pytest.param(8, 1, marks=pytest.mark.slow)])
def test_rollouts_are_imported_once_and_the_right_type_of_procedure_comes_first(
    tmp_path: Path, compiled: CompiledEmbedder, model_cache: Path, monkeypatch: pytest.MonkeyPatch,
    of_runs: int, of_tasks: int,
):  # fmt: skip
    monkeypatch.setenv("MEMP_CACHE", str(model_cache))
    db = tmp_path / "memory.sqlite3"
    with gzip.open(ALFWORLD / "expert_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        sample = list(lines)[::of_runs]  # All 3,553 take minutes: bench/games/recall.py imports them.
    rollouts = tmp_path / "rollouts.jsonl"
    rollouts.write_text("".join(sample), encoding="utf-8")
    first = alfworld_recall.imported(db, rollouts)
    again = alfworld_recall.imported(db, rollouts)
    assert (first["read"], first["skipped"], again["known"]) == (len(sample), 0, len(sample))
    assert (again["added"], again["merged"], again["embedded"]) == (0, 0, 0)
    tasks = alfworld_recall.tasks_of(ALFWORLD / "games.jsonl.xz", "valid_seen")[::of_tasks]
    types = alfworld_recall.procedure_types(db)
    names = ("query", "facts", "hybrid", "random") if of_tasks == 1 else ("hybrid", "random")
    shares = {name: alfworld_recall.recalled(db, tasks, types, name) for name in names}
    right = {name: share.right / share.tasks for name, share in shares.items()}
    assert len(tasks) == 140 // of_tasks and right["random"] < 0.5
    assert right["hybrid"] >= 0.95
    assert all(right[name] >= 0.8 for name in ("query", "facts") if name in right)  # By cosine alone, of few runs.
    over_mcp = anyio.run(alfworld_recall.recalled_over_mcp, db, tasks, types)
    assert over_mcp.right == shares["hybrid"].right
