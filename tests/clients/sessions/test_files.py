"""Trajectory files: formats are told by their shape; what cannot be read is said, and the rest goes on."""

import bz2
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from trajectory_files import ANTHROPIC, OPENAI, OWN, ROLLOUT, entries, faults, lines

from memp.errors import InputError
from memp_clients.cli import main
from memp_clients.sessions import files
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read, read_one

ZSTANDARD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
BEFORE_314 = pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads Zstandard by itself")

Write = Callable[[str, bytes | str], str]


class TestFiles:
    def test_lines_of_all_formats_may_stand_in_one_file(self, write: Write) -> None:
        found = entries(write("a.jsonl", lines(OWN, OPENAI, ROLLOUT, ANTHROPIC)), "success")
        assert [entry.place for entry in found] == ["line 1", "line 2", "line 3", "line 4"]
        assert found[0].provenance.source == "a.jsonl, line 1"
        assert found[2].provenance.source == ROLLOUT["game"]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_a_json_document_is_one_trajectory_or_a_list(self, write: Write, indent: int | None) -> None:
        assert len(entries(write("one.json", json.dumps(OWN, indent=indent)))) == 1
        several = entries(write("list.json", json.dumps([OWN, ROLLOUT], indent=indent)))
        assert len(several) == 2
        assert several[1].place.endswith("item 2")
        assert len(entries(write("chat.json", json.dumps(ANTHROPIC, indent=indent)), "success")) == 1

    @pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
    def test_compressed_files_are_seen_by_their_bytes_not_their_name(
        self, write: Write, pack: Callable[[bytes], bytes]
    ) -> None:
        assert len(entries(write("a.jsonl", pack(lines(OWN, ROLLOUT).encode())))) == 2

    def test_zstandard_is_read_where_python_or_the_extra_can(self, write: Write) -> None:
        packed = pytest.importorskip(ZSTANDARD).compress(lines(OWN, ROLLOUT).encode())
        assert len(entries(write("a.jsonl.zst", packed))) == 2
        assert len(entries(write("parallel.zst", b"\x50\x2a\x4d\x18\x04\x00\x00\x00size" + packed))) == 2
        *_, fault = read(write("cut.jsonl.zst", packed[:-9]))
        assert isinstance(fault, Fault)
        assert "damaged" in fault.reason

    @BEFORE_314
    def test_without_the_extra_it_is_named_and_other_files_go_on(
        self, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(sys.modules, "backports.zstd", None)
        packed, plain = write("a.zst", b"\x28\xb5\x2f\xfd\x00"), write("b.jsonl", lines(OWN))
        with pytest.raises(InputError, match=r"pip install 'memp\[zstd\]'"):
            list(read(packed))
        assert main(["import", "--dry-run", "--json", packed, plain]) == 0
        first, second = json.loads(capsys.readouterr().out)["tasks"]
        assert "pip install 'memp[zstd]'" in first["why"] and second["outcome"] == "success"

    def test_stdin_is_read_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = io.BufferedReader(io.BytesIO(gzip.compress(lines(OWN, OWN).encode())))  # pyright: ignore[reportArgumentType]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
        assert [entry.provenance.source for entry in entries("-")] == ["stdin, line 1", "stdin, line 2"]

    def test_a_byte_order_mark_and_blank_lines_do_no_harm(self, write: Write) -> None:
        assert len(entries(write("a.jsonl", "\ufeff" + lines(OWN) + "\n  \n" + lines(ROLLOUT)))) == 2

    def test_a_broken_line_is_named_and_the_rest_goes_on(self, write: Write) -> None:
        good = lines(OWN).encode()
        content = b'{"task": oops}\n' + good + b'{"task": "\xff"}\n' + b"[1, 2]\n" + b'"text"\n' + good
        found = list(read(write("a.jsonl", content)))
        assert [f"{entry.place}: {entry.reason}" for entry in found if isinstance(entry, Fault)] == [
            "line 1: not JSON (expecting value at column 10)",
            "line 3: not UTF-8: save the file in that encoding",
            "line 4, item 1: it is not an object",
            "line 4, item 2: it is not an object",
            "line 5: text, not a trajectory",
        ]
        assert [entry.place for entry in found if isinstance(entry, Entry)] == ["line 2", "line 6"]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "the file is empty"),
            (b" \n\n", "the file is empty"),
            (b"[]", "the list is empty"),
            (b'{\n "task": "t",\n "steps": [', "not JSON (expecting value at line 3"),
            (b"task,steps\na,b\n", "not JSON (expecting value at column 1)"),
            ("{}".encode("utf-16"), "not UTF-8"),
            (b'{"name": "x"}', "the format is not known"),
            (b"7", "it is not an object"),
            (b'{"steps": ' + b"[" * 100_000, "not JSON"),
        ],
    )
    def test_a_file_without_trajectories_says_what_it_is(self, write: Write, content: bytes, reason: str) -> None:
        found = faults(write("a.json", content))
        assert len(found) >= 1
        assert reason in found[0].reason

    def test_a_file_that_breaks_off_gives_what_stands_before(self, write: Write) -> None:
        packed = gzip.compress("".join(lines({**OWN, "tokens": n * 7919 % 10007}) for n in range(5000)).encode())
        found = list(read(write("a.jsonl.gz", packed[: len(packed) // 2])))
        assert isinstance(found[0], Entry)
        last = found[-1]
        assert isinstance(last, Fault)
        assert "damaged from here on" in last.reason

    def test_a_line_without_end_is_passed_over(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MAX_LINE", 1 << 20)
        found = list(read(write("a.jsonl", lines({**OWN, "pad": "x" * (3 << 20)}, OWN))))
        assert [type(entry) for entry in found] == [Fault, Entry]
        assert found[0].place == "line 1"

    @pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
    def test_what_is_no_file_is_refused_at_once(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError):
            files.check([str(tmp_path / name)])

    def test_how_far_the_file_is_read_is_told(self, write: Write) -> None:
        source = write("a.jsonl", lines(*[OWN] * 2000))
        seen: list[int] = []
        assert len(list(read(source, None, seen.append))) == 2000
        assert seen == sorted(seen)
        assert seen[-1] == Path(source).stat().st_size

    def test_one_trajectory_is_wanted_where_one_is_recorded(self, write: Write) -> None:
        assert read_one(write("one.json", json.dumps(OWN))).task == OWN["task"]
        with pytest.raises(InputError, match="several trajectories: use `memp import`"):
            read_one(write("two.jsonl", lines(OWN, OWN)))
        with pytest.raises(InputError, match=r"empty\.json: the file is empty"):
            read_one(write("empty.json", ""))
