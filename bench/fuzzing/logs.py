"""Random logs: those of every format, with parts of them replaced, read and recorded."""

import gzip
import json
import lzma
import random
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from fuzzing.texts import bytes_of, mutated, value
from memp.config import Settings, open_memory
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import MempError
from memp_clients.exports.host_notes import read_notes
from memp_clients.sessions.importer import import_files
from memp_clients.sessions.summary import Summary

LOGS = Path(__file__).parents[2] / "tests/clients/sessions/logs"
"""A log of each format."""

OWN = (
    b'{"task": "clean the mug", "steps": ["wash -> clean"], "outcome": "success", "evidence": "check: look, exit 0"}\n'
)
NOTES = b"---\nname: deploy\ndescription: how to deploy\n---\n# Deploy\n- run make\n- push\n\n## Keywords\n1. a\n"
FILES_A_MEMORY = 100


def imported(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Import logs; each, as its bytes, and the traceback where there was one."""
    originals = [path.read_bytes() for path in sorted(LOGS.iterdir())] + [OWN, NOTES]
    names = [path.name for path in sorted(LOGS.iterdir())] + ["own.jsonl", "notes.md"]
    while count > 0:
        yield from _imports(rng, min(count, FILES_A_MEMORY), originals, names)
        count -= FILES_A_MEMORY


def _imports(
    rng: random.Random, count: int, originals: Sequence[bytes], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(db=Path(folder, "memory.sqlite3"), model="hashing")
        memory = open_memory(settings, embedder=Ready(HashingEmbedder()))
        try:
            for _ in range(count):
                at = rng.randrange(len(names))
                data = changed(rng, originals[at])
                path = Path(folder, names[at])
                path.write_bytes(data)
                fault = ""
                try:
                    import_files(
                        memory, [str(path)], Summary(), rng.choice((None, "success", "failure")), task="a task"
                    )
                    list(read_notes(str(path)))
                except MempError:
                    pass  # A sentence.
                except Exception:  # noqa: BLE001  # what this looks for
                    fault = traceback.format_exc()
                yield f"{names[at]} {data[:4000]!r}", fault
        finally:
            memory.close()


def changed(rng: random.Random, data: bytes) -> bytes:
    """A log with parts replaced: of its JSON, or of its bytes; now and then packed."""
    if rng.random() < 0.75:
        data = _json(rng, data)
    if rng.random() < 0.3:
        data = bytes_of(rng, data)
    if rng.random() < 0.05:
        data = rng.choice((gzip.compress, lzma.compress))(data)
        data = bytes_of(rng, data) if rng.random() < 0.5 else data
    return data


def _json(rng: random.Random, data: bytes) -> bytes:
    try:
        return json.dumps(mutated(rng, json.loads(data))).encode()
    except ValueError:
        lines = [_line(rng, line) for line in data.splitlines()]
    if rng.random() < 0.2:
        rng.shuffle(lines)
    return b"\n".join(lines) + b"\n"


def _line(rng: random.Random, line: bytes) -> bytes:
    try:
        return json.dumps(mutated(rng, json.loads(line))).encode()
    except ValueError:
        return json.dumps(value(rng)).encode() if rng.random() < 0.05 else line
