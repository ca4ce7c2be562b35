"""A server over HTTP as a process of its own, for the tests that need one."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

MEMP = ("-m", "memp_clients.cli")
COMMAND = [sys.executable, *MEMP, "serve", "--http"]


def environment(folder: Path) -> dict[str, str]:
    """Environment of a server that keeps its memory in `folder`, without the settings of whoever runs the tests."""
    # Unbuffered output would hide what the interpreter flushes when it ends.
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("MEMP_", "ANTHROPIC_")) and k != "PYTHONUNBUFFERED"
    }
    return {
        **kept,
        "MEMP_MODEL": "hashing",
        "MEMP_DB": str(folder / "memory.sqlite3"),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
    }


class HTTPServer:
    """`memp serve --http`, on a port that is free; `url` is where it says that it is, `token` what it asks for.
    `memp` is how it is started, where that is not as a person starts it."""

    def __init__(self, folder: Path, *options: str, address: str = "0", memp: Sequence[str] = MEMP) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *memp, "serve", "--http", address, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(folder), text=True,
        )  # fmt: skip
        assert self.process.stderr is not None and self.process.stdout is not None
        said = self.process.stderr.readline()
        assert said.startswith("memp serves http://"), said + self.process.stderr.read()
        self.url = said.split()[2]
        self.token_file = Path(said.split(" the token in ")[1].strip())
        self.token = self.token_file.read_text(encoding="ascii").strip()
        self.stderr: list[str] = []
        self._reader = threading.Thread(target=self.read_stderr)
        self._reader.start()

    def read_stderr(self) -> None:
        """Read what it says, until its end."""
        assert self.process.stderr is not None
        self.stderr.extend(self.process.stderr)

    @property
    def authorization(self) -> dict[str, str]:
        """The header that lets a client in."""
        return {"authorization": f"Bearer {self.token}"}

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.split("/")[2]

    def wait(self) -> int:
        """Wait for its end; its exit status."""
        code = self.process.wait(timeout=120)
        self._reader.join(120)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
