"""Which embedder serves a configured model: the compiled one, compiled once by whoever comes first, or torch."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock
from tiny_model import TEXTS, build_model, compiled_folder, cosines

from memp.embed.__main__ import main
from memp.embed.compiled import CompiledEmbedder
from memp.embed.load import compile_model, compiled_if_ready, open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL
from memp.errors import EmbedderError


def test_a_compiled_model_is_served_and_an_uncompiled_one_goes_through_torch(tiny: Path, cache: Path) -> None:
    assert isinstance(open_embedder(str(tiny), cache), CompiledEmbedder)
    assert compiled_if_ready(str(tiny), cache / "empty") is None
    assert isinstance(open_embedder(str(tiny), cache / "empty"), SentenceTransformerEmbedder)


def test_compiling_again_compiles_nothing(tiny: Path, cache: Path) -> None:
    stages: list[str] = []
    compile_model(str(tiny), cache, stages.append)
    assert stages == []


def test_progress_names_the_stages(tiny_cache: Path, tiny_stages: list[str]) -> None:
    assert tiny_stages == ["loading the model", "calibrating", "exporting", "checking"]


@pytest.mark.slow
def test_a_model_whose_files_changed_is_compiled_anew_and_what_it_superseded_goes_unless_opened_within_a_month(
    tmp_path: Path,
) -> None:
    model, cache = build_model(tmp_path / "model"), tmp_path / "cache"
    before = compile_model(str(model), cache)
    folder = before.folder
    old, own = time.time() - 40 * 86_400, folder.with_name(f"{folder.name[:-1]}x")
    used = shutil.copytree(folder, folder.with_name(f"{folder.name[:-1]}y"))
    shutil.copytree(folder, own)
    (own / "notes.txt").write_text("a person's", encoding="utf-8")
    shutil.rmtree(model)
    shutil.copytree(build_model(tmp_path / "other", seed=1), model)
    assert compiled_if_ready(str(model), cache) is None
    for aged in (folder, own):
        os.utime(aged / "manifest.json", (old, old))
    after = compile_model(str(model), cache)
    assert {path for path in cache.iterdir() if path.is_dir()} == {own, used, after.folder}
    assert after.identity.digest != before.identity.digest
    assert cosines(after.encode(TEXTS), SentenceTransformerEmbedder(str(model)).encode(TEXTS)).min() >= 0.9999


def test_opening_a_compiled_model_notes_that_it_is_used(tiny: Path, cache: Path) -> None:
    manifest = compiled_folder(cache) / "manifest.json"
    os.utime(manifest, (1, 1))
    compile_model(str(tiny), cache)
    assert manifest.stat().st_mtime > 1


def test_the_same_files_with_other_times_are_the_same_model(tiny: Path, cache: Path) -> None:
    compiled = CompiledEmbedder(compiled_folder(cache))
    times = {path: path.stat() for path in tiny.rglob("*.*")}
    try:
        for path in times:
            os.utime(path, (1, 1))
        found = compiled_if_ready(str(tiny), cache)
    finally:
        for path, stat in times.items():
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert found is not None
    assert found.identity == compiled.identity
    assert found.manifest.source[0].mtime_ns == 10**9
    assert CompiledEmbedder(found.folder).manifest.source[0].mtime_ns == 10**9


def test_compiling_replaces_a_damaged_compiled_model_and_says_so_once(
    tiny: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = compiled_folder(cache)
    (folder / "graph.onnx").write_bytes(b"not a graph")
    assert compiled_if_ready(str(tiny), cache) is None
    assert compile_model(str(tiny), cache).folder == folder
    assert caplog.text.count("is not usable") == 1
    assert len(CompiledEmbedder(folder).encode(["heat the mug"])) == 1
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [folder.name]


def test_who_waits_for_another_process_says_so(tmp_path: Path) -> None:
    compile_model(DEFAULT_MODEL, tmp_path)
    lock = next(tmp_path.glob("*.lock"))
    shutil.rmtree(compiled_folder(tmp_path))
    held, stages = FileLock(lock), list[str]()
    held.acquire()

    def progress(stage: str) -> None:
        stages.append(stage)
        held.release(force=True)

    compile_model(DEFAULT_MODEL, tmp_path, progress)
    assert stages[:2] == ["waiting for another process that compiles it", "loading the model"]


@pytest.mark.slow
def test_two_processes_that_compile_at_once_make_one_model(tiny: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "memp.embed", str(tiny), str(tmp_path / "cache")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [out for out, _ in said] == ["", ""]
    assert len(list((tmp_path / "cache").glob("*/manifest.json"))) == 1
    assert sum("exporting" in err for _, err in said) == 1
    stages = {
        "waiting for another process that compiles it",
        "loading the model",
        "calibrating",
        "exporting",
        "checking",
    }
    assert set("".join(err for _, err in said).splitlines()) <= stages


def test_a_cache_that_cannot_be_written_to_is_a_sentence(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"cannot be written to .*: set MEMP_CACHE to a folder"):
        compile_model(str(tiny), tmp_path / "file")


def test_the_command_says_what_is_wrong_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing"), str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "is not a folder" in captured.err


def test_hashing_has_nothing_to_compile(tmp_path: Path) -> None:
    assert compiled_if_ready("hashing", tmp_path) is None
    with pytest.raises(EmbedderError, match="nothing to compile"):
        compile_model("hashing", tmp_path)
