"""The weights of a compiled model are held against their hash, whatever their size."""

import os
import shutil
from pathlib import Path

import pytest

from memp.embed.compiled import GRAPH_DATA, CompiledEmbedder, damaged_parts, describe_part
from memp_clients.commands.checkup.weights import check_weights


@pytest.fixture
def model(compiled: CompiledEmbedder, tmp_path: Path) -> CompiledEmbedder:
    """A copy whose manifest has the hash of its weights, as each that is compiled now."""
    folder = tmp_path / "model"
    shutil.copytree(compiled.folder, folder)
    copy = CompiledEmbedder(folder, probed=False)
    parts = {name: describe_part(folder / name) for name in copy.manifest.parts}
    copy.manifest = copy.manifest.model_copy(update={"parts": parts})
    return copy


def test_weights_that_were_overwritten_are_found(model: CompiledEmbedder):
    assert check_weights(model).state == "ok"
    path = model.folder / GRAPH_DATA
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(200_000))
    assert damaged_parts(model.folder, model.manifest) == [GRAPH_DATA]
    assert check_weights(model).state == "fail"
