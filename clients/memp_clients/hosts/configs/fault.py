"""Why a configuration file cannot be read or changed; whoever knows its path makes the sentence of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from memp.errors import HostError

T = TypeVar("T")


class FaultError(Exception):
    """The reason, as the end of a sentence that begins with the file's path."""


def must_be_object(path: tuple[str, ...], kind: str) -> FaultError:
    """That what stands at `path` cannot hold a server."""
    name = ".".join(path)
    return FaultError(f"its {name!r} is not {kind}" if name else f"it does not hold {kind}")


def line_break(text: str) -> str:
    """How the lines of a text end; where it has none, as everywhere but in old Windows programs."""
    return "\r\n" if "\r\n" in text else "\n"


def sound(path: Path, made: Callable[[], T]) -> T:
    """What is made of a file's text.

    Raises:
        HostError: there is a fault in it, said with its path.
    """
    try:
        return made()
    except FaultError as fault:
        raise HostError(f"{path} was left as it is: {fault}.") from None
