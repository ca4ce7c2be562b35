"""FaultError: why a configuration file cannot be read or changed. Whoever knows its path makes the sentence of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from memp.errors import HostError

T = TypeVar("T")


class FaultError(Exception):
    """The reason, as the end of a sentence that begins with the file's path."""


def must_be_object(path: tuple[str, ...], kind: str) -> FaultError:
    """The fault that what stands at `path` cannot hold a server."""
    name = ".".join(path)
    return FaultError(f"its {name!r} is not {kind}" if name else f"it does not hold {kind}")


def line_break(text: str) -> str:
    """The line ending of a text; the Unix one where it has no lines."""
    return "\r\n" if "\r\n" in text else "\n"


def sound(path: Path, made: Callable[[], T]) -> T:
    """Call `made`, which reads or changes a file's text.

    Raises:
        HostError: there is a fault in the text; the sentence has the file's path.
    """
    try:
        return made()
    except FaultError as fault:
        raise HostError(f"{path} was left as it is: {fault}.") from None
