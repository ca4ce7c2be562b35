"""Terminal output: results go to stdout, as one JSON document or for a person; all else goes to stderr."""

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from memp.text.invisible import shown


class _Console(Console):
    """A console for data: no markup, emoji codes or highlighting are read out of it."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, stderr=stderr)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # For cli.main; rich would end the process here.


class Terminal:
    """The output of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _Console()
        self.err = _Console(stderr=True)

    def show(self, document: Mapping[str, Any], view: Callable[[], RenderableType]) -> None:
        """Show the result: `document` with --json, else `view`."""
        if self.as_json:
            sys.stdout.write(shown(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")
        else:
            self.out.print(view())

    def hint(self, sentence: str) -> None:
        """Say on stderr what is worth knowing beside the result."""
        self.err.print(sentence, style="yellow")

    def told(self, document: Mapping[str, Any], sentence: str) -> None:
        """Show the result of a command whose stdout is another program's: `document` with --json, else a sentence on stderr."""
        if self.as_json:
            self.show(document, lambda: sentence)
        else:
            self.hint(sentence)

    @contextmanager
    def stages(self, first: str, *, lines: bool = False) -> Generator[Callable[[str], None]]:
        """A spinner with the stage of long work; call what is given with the name of the next one.

        Where stderr is no terminal nothing is shown, or with `lines`, for work of a minute, each stage on a line.
        """
        if not self.err.is_terminal:
            yield self.err.print if lines else lambda stage: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as progress:
            task = progress.add_task(first, total=None)
            yield lambda stage: progress.update(task, description=stage)

    def progress(self, count: ProgressColumn | None = None) -> Progress:
        """A bar on stderr; none where that is no terminal."""
        return Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            count or MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal,
        )
