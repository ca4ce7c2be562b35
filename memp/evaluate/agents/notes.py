"""The notes of the technician: what each call showed when it was last made, and the values that stand there by name."""

import json
import re

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_END = r"(?=\s*(?:[\",;\n\]}]|\.(?:\s|\Z)|\Z))"
_VALUE = rf"\"?\s*[:=]\s*\"?([^\s\",;\[\]{{}}][^\",;\n\[\]{{}}]*?){_END}"
_ANY = re.compile(rf"[\w)]{_VALUE}")


class Notes:
    """Observations by the call that made them. A call made again replaces what it showed; the ticket stays."""

    def __init__(self, ticket: str) -> None:
        self._by_call = {"": ticket}
        self.last = ticket

    def add(self, call: str, observation: str) -> None:
        self._by_call.pop(call, None)
        self._by_call[call] = observation
        self.last = observation

    def have(self, words: str) -> bool:
        """Whether words stand in what was observed; case, spaces and the form of quotes do not matter."""
        return any(_plain(words) in _plain(text) for text in self._by_call.values())

    def last_has(self, words: str) -> bool:
        """Whether words stand in the last observation."""
        return _plain(words) in _plain(self.last)

    def value(self, name: str, near: str = "") -> str | None:
        """The value that was observed last under a name: `"bill_id": "B1"`, "phone number: 555".

        Where the words `near` stand in an observation that has several, the one before them.
        """
        pattern = re.compile(rf"\b{_spelled(name)}{_VALUE}", re.IGNORECASE)
        hits = [(text, list(pattern.finditer(text))) for text in reversed(self._by_call.values())]
        for text, matches in hits:
            at = text.lower().find(near.translate(_QUOTES).lower()) if near else -1
            before = [match for match in matches if match.start() <= at]
            if before:
                return before[-1][1]
        return next((matches[-1][1] for _, matches in hits if matches), None)

    def values(self, name: str = "") -> list[str]:
        """All values that were observed under a name, or under any."""
        pattern = re.compile(rf"\b{_spelled(name)}{_VALUE}", re.IGNORECASE) if name else _ANY
        return list(dict.fromkeys(match[1] for text in self._by_call.values() for match in pattern.finditer(text)))


def value_text(text: str, *, quoted: bool) -> str:
    """A value as a call writes it: a number as it is, unless it stood between quotes; else a text."""
    return text if not quoted and re.fullmatch(r"-?\d+(?:\.\d+)?", text) else json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    return " ".join(text.translate(_QUOTES).casefold().split())


def _spelled(name: str) -> str:
    """The pattern of a name: "bill_id_2" is also written "bill id" or "bill-id"."""
    words = re.sub(r"_\d+\Z", "", name).split("_")
    return "[ _-]?".join(map(re.escape, filter(None, words)))
