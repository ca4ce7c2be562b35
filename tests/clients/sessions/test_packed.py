"""What unpacks to far more than a log does is read up to a limit, and said."""

import bz2
import gzip
import io
import json
import lzma
import sys
import zipfile
from collections.abc import Callable

import pytest
from trajectory_files import OWN, lines

from memp_clients.sessions import files, packed
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

ZSTANDARD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
Write = Callable[[str, bytes | str], str]

BOMB = b"[" + b"{}," * 700_000 + b"{}]"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits for a test: a bomb of 2 MB."""
    monkeypatch.setattr(packed, "FREE", 1 << 20)


def reasons(source: str) -> list[str]:
    return [entry.reason for entry in read(source) if isinstance(entry, Fault)]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, "zst"])
def test_a_bomb_is_not_read_to_its_end(write: Write, pack: Callable[[bytes], bytes] | str):
    compress = pytest.importorskip(ZSTANDARD).compress if isinstance(pack, str) else pack
    assert reasons(write("bomb.json", compress(BOMB))) == [
        "it unpacks to more than 250 times its size: the rest is not read"
    ]


@pytest.mark.usefixtures("small")
def test_what_stands_before_the_limit_is_taken_in(write: Write):
    first, *rest = read(write("a.jsonl", gzip.compress(lines(OWN).encode() + (b" " * 99 + b"\n") * 30_000)))
    assert isinstance(first, Entry)
    assert [fault.reason for fault in rest if isinstance(fault, Fault)] == [
        "it unpacks to more than 250 times its size: the rest is not read"
    ]


@pytest.mark.usefixtures("small")
def test_a_log_that_is_merely_long_is_read_to_its_end(write: Write):
    many = lines(*({**OWN, "task": f"{OWN['task']} {n * 7919 % 100_003}"} for n in range(20_000)))
    assert len(many) > packed.FREE
    assert not reasons(write("a.jsonl", lzma.compress(many.encode())))


def test_the_size_and_the_time_of_unpacking_are_limited(write: Write, monkeypatch: pytest.MonkeyPatch):
    source = write("a.gz", gzip.compress(lines(OWN).encode()))
    monkeypatch.setattr(packed, "MAX_SECONDS", -1.0)
    assert reasons(source) == ["it takes more than -1 s to unpack: the rest is not read"]
    monkeypatch.setattr(packed, "MAX_UNPACKED", 10)
    assert reasons(source) == ["it unpacks to more than 0 GB: the rest is not read"]


@pytest.mark.usefixtures("small")
def test_a_zip_of_samples_that_unpacks_to_far_more_is_refused(write: Write):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"eval": {"task": "t", "model": "m"}}))
        for number in range(4):
            archive.writestr(f"samples/{number}_epoch_1.json", BOMB)
    assert reasons(write("log.eval", made.getvalue())) == ["it unpacks to more than 250 times its size"]


def test_more_lines_than_a_log_has_are_not_read(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_LINES", 3)
    found = list(read(write("a.jsonl", lines(*({**OWN, "task": f"task {n}"} for n in range(5))))))
    assert [type(entry) for entry in found] == [Entry, Entry, Entry, Fault]
    assert (
        isinstance(found[-1], Fault) and found[-1].reason == "the file has more lines: split it, the rest is not read"
    )
