"""Publish a compiled model: its folder appears in the cache all at once or not at all."""

import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from memp.errors import EmbedderError
from memp.light import private

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins."""


@contextmanager
def publishing(cache: Path, name: str) -> Generator[Path]:
    """An empty folder, which becomes `cache/name` when the block ends without an error.

    The caller holds the lock of this model.

    Raises:
        EmbedderError: `cache` cannot be written to.
    """
    try:
        for left in cache.glob(f".{name}-*"):  # By a process that was killed: the caller's lock keeps out live ones.
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=f".{name}-", ignore_cleanup_errors=True) as made:
            folder = Path(made) / name
            folder.mkdir(private.FOLDER)
            yield folder
            for path in folder.iterdir():
                if path.stat().st_nlink == 1:  # Another name of the original weights keeps their rights.
                    private.tighten(path)
            _move(folder, cache / name)
    except OSError as error:
        raise cannot_write(cache, error) from error


def cannot_write(cache: Path, error: OSError) -> EmbedderError:
    """The error of a cache that takes no compiled model: its rights, a full disk, or a file in its place."""
    why = error.strerror or error
    return EmbedderError(
        f"The compiled embedding model cannot be written to {cache} ({why}): set MEMP_CACHE to a folder that you may "
        "write to."
    )


def _move(folder: Path, target: Path) -> None:
    if target.exists():  # A damaged one, or it would have been used; aside, it goes with the temporary folder.
        target.rename(folder.with_name("damaged"))
    folder.rename(target)
