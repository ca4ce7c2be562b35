"""The marks that stand for the secrets of a run."""

from memp.text.patterns import Pattern

_SCHEME = Pattern(r"(?i)^(?:bearer|basic|token|apikey|ssws) ")


MARK = r"\[redacted: [a-z][a-z ]{0,30}\d{0,6}\]"
"""The pattern of a mark, for patterns of tokens that keep it whole."""


class Marks:
    """The marks that stand for the secrets of a run: the first is "[redacted: kind]", each other one has a number, so that what
    differs still differs. `named` are those that only what stands beside them gives away; `redacted` are the texts that were read
    for them, by which none is read twice."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.named: list[str] = []
        self.redacted: dict[str, tuple[str, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._numbers)

    @property
    def count(self) -> int:
        """How many secrets there are that differ."""
        return len(self._numbers)

    def of(self, kind: str, secret: str, *, named: bool = False) -> str:
        """The mark of a secret: the same for the same one, and numbered in the order in which they are first seen."""
        if named:
            self.named.append(secret)
        # With its scheme in a header and without it in an option, it is the same.
        secret = _SCHEME.sub("", secret.strip())
        number = self._numbers.setdefault(secret, len(self._numbers) + 1)
        return f"[redacted: {kind}]" if number == 1 else f"[redacted: {kind} {number}]"


class _Alike(Marks):
    """All secrets of a kind are alike where a text stands alone."""

    def of(self, kind: str, secret: str, *, named: bool = False) -> str:
        return f"[redacted: {kind}]"


ALIKE = _Alike()
