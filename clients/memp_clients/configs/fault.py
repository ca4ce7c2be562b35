"""Why a configuration file cannot be read or changed; whoever knows its path makes the sentence of it."""


class FaultError(Exception):
    """The reason, as the end of a sentence that begins with the file's path."""


def must_be_object(path: tuple[str, ...], kind: str) -> FaultError:
    """That what stands at `path` cannot hold a server."""
    name = ".".join(path)
    return FaultError(f"its {name!r} is not {kind}" if name else f"it does not hold {kind}")


def line_break(text: str) -> str:
    """How the lines of a text end; where it has none, as everywhere but in old Windows programs."""
    return "\r\n" if "\r\n" in text else "\n"
