"""Results files: JSON lines after a header with the setting, from which a stopped run goes on."""

import json
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import Field, ValidationError

from memp.domain.trajectory import Value
from memp.errors import InputError

Setting = Mapping[str, str | int | float]
"""Everything that results depend on besides arm, seed and task."""


class Line(Value, ABC):
    """One line of a results file."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Identifies the line in its file."""


class Episode(Line):
    """One play of a task. `invalid` counts actions that were not possible; `tokens` is the size of its look-ups; `hit`
    holds if the arm's fault occurred; `shares` are the world's own measures, (passed, of) each."""

    arm: str
    seed: int
    task: str
    kind: str
    won: bool
    steps: int
    invalid: int
    lookups: int
    tokens: int
    hit: bool = False
    shares: Mapping[str, tuple[int, int]] = Field(default_factory=dict[str, tuple[int, int]])

    @property
    def key(self) -> tuple[str, int, str]:
        return self.arm, self.seed, self.task


LineT = TypeVar("LineT", bound=Line)


class Results(Generic[LineT]):
    """Lines of one kind in a file, by their keys. A line cut short by a crash is dropped.

    `kind` names the sort of experiment in the header, beside its setting.

    Raises:
        InputError: the file is no results file, or of another setting.
    """

    def __init__(self, path: Path, setting: Setting, line: type[LineT], kind: str = "setting") -> None:
        self._path = path
        self._line = line
        self._header = json.dumps({kind: dict(setting)}, sort_keys=True)
        self.done: dict[Hashable, LineT] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        text = self._path.read_bytes()
        whole, _, cut = text.rpartition(b"\n")
        header, *lines = whole.decode(errors="replace").split("\n")
        if whole and header != self._header:
            raise InputError(f"{self._path} has results of another setting ({header[:200]}): name another file.")
        for number, text_line in enumerate(lines, 2):
            try:
                line = self._line.model_validate_json(text_line)
            except ValidationError:
                raise InputError(f"{self._path}, line {number} is no result: name another file.") from None
            self.done[line.key] = line
        if cut:
            with self._path.open("r+b") as file:
                file.truncate(len(text) - len(cut))

    def __enter__(self) -> "Results[LineT]":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8", newline="\n")
        if not self._path.stat().st_size:
            self._write(self._header)
        return self

    def add(self, line: LineT) -> None:
        """Append a line to the file."""
        self.done[line.key] = line
        self._write(line.model_dump_json())

    def _write(self, text: str) -> None:
        self._file.write(f"{text}\n")
        self._file.flush()

    def __exit__(self, *_: object) -> None:
        self._file.close()
