"""One request to the page, as the functions that answer it see it, and what they answer with."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memp.config import Settings
from memp.errors import InputError, RevisedMeanwhileError
from memp.memory import ProceduralMemory
from memp_clients.page.access import Visitor
from memp_clients.page.showing import rendered

PAGE = 50
"""Rows of a page."""

MOST_OFFSET = 10_000_000


class Undo(NamedTuple):
    """What takes a decision back: its path of return, and the act, which says what it did."""

    back: str
    act: Callable[[ProceduralMemory], str]


class Link(NamedTuple):
    """A link to a page of this site."""

    path: str
    words: str


class Said(NamedTuple):
    """What a page says once, after something was done; `undo` is the number of what takes it back, 0 where nothing does."""

    sentence: str
    undo: int = 0
    links: Sequence[Link] = ()


class Upload(NamedTuple):
    """A file that was sent and looked at, and is not taken in yet."""

    name: str
    content: bytes
    outcome: str = ""


class _Kept(NamedTuple):
    session: str
    key: str
    until: float
    upload: Upload


class Desk:
    """What is told to each browser with its next page, and what it may take back. Safe to use from several threads."""

    MOST = 20
    """Decisions of one browser that can be taken back, the newest."""

    KEEPS = 900.0
    """Seconds for which a file that was sent is kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: _Kept | None = None
        self._lock = Lock()
        self._said: dict[str, list[Said]] = {}
        self._undo: dict[str, dict[int, Undo]] = {}
        self._count = 0

    def say(self, visitor: Visitor, sentence: str, undo: Undo | None = None, links: Sequence[Link] = ()) -> None:
        """Tell this with the next page."""
        with self._lock:
            number = 0
            if undo is not None:
                self._count += 1
                number = self._count
                undos = self._undo.setdefault(visitor.session, {})
                undos[number] = undo
                while len(undos) > self.MOST:
                    del undos[next(iter(undos))]
            self._said.setdefault(visitor.session, []).append(Said(sentence, number, links))

    def told(self, visitor: Visitor) -> Sequence[Said]:
        """All that is to be told, once."""
        with self._lock:
            self._drop_late()
            return self._said.pop(visitor.session, [])

    def keep(self, visitor: Visitor, upload: Upload) -> str:
        """Keep a file until it is taken in, or another is sent: there is room for one. The key by which it is known."""
        with self._lock:
            key = secrets.token_urlsafe(16)
            self._kept = _Kept(visitor.session, key, self._clock() + self.KEEPS, upload)
        return key

    def kept(self, visitor: Visitor, key: str) -> Upload:
        """The file that was kept under this key.

        Raises:
            InputError: it is not any more.
        """
        with self._lock:
            self._drop_late()
            kept = self._kept
        if kept is None or (kept.session, kept.key) != (visitor.session, key):
            raise InputError("The file is not at hand any more, and nothing was written: choose it again.")
        return kept.upload

    def drop(self, key: str) -> None:
        """Keep the file of this key no longer."""
        with self._lock:
            if self._kept is not None and self._kept.key == key:
                self._kept = None

    def _drop_late(self) -> None:
        if self._kept is not None and self._kept.until < self._clock():
            self._kept = None

    def take_back(self, visitor: Visitor, number: int) -> Undo:
        """What takes a decision back, once.

        Raises:
            InputError: it was taken back already, or is too long ago.
        """
        with self._lock:
            undo = self._undo.get(visitor.session, {}).pop(number, None)
        if undo is None:
            raise InputError("This was taken back already, or is too long ago to be taken back here.")
        return undo


@dataclass(frozen=True)
class Ask:
    """A request: the open memory, what was passed, and who asks. `form` is None unless the request is a form that was sent."""

    memory: ProceduralMemory
    settings: Settings
    visitor: Visitor
    desk: Desk
    path: str
    query: QueryParams
    named: Mapping[str, Any] = field(default_factory=dict[str, Any])
    form: FormData | None = None

    @property
    def scopes(self) -> Sequence[str] | None:
        """The scopes that a person is shown (None: all)."""
        return self.memory.options.seen

    def text(self, name: str, most: int = 2_000) -> str:
        """A field of the form, or of the query where there is no form; empty where it is missing.

        Raises:
            InputError: it is longer than `most` characters.
        """
        value = (self.form if self.form is not None else self.query).get(name, "")
        text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
        if len(text) > most:
            raise InputError(f"'{name}' has {len(text):,} characters: at most {most:,} can be used here.")
        return text

    def chosen(self, name: str, *choices: str) -> str:
        """A field that is one of these; the empty text where it is none of them."""
        text = self.text(name)
        return text if text in choices else ""

    def texts(self, name: str) -> list[str]:
        """All values of a field that may stand many times in the form, or in the query where there is no form."""
        passed = self.form if self.form is not None else self.query
        return [value for value in passed.getlist(name) if isinstance(value, str)]

    def upload(self, name: str) -> UploadFile | None:
        """A file that was sent with the form."""
        value = self.form.get(name) if self.form is not None else None
        return value if isinstance(value, UploadFile) else None

    @property
    def offset(self) -> int:
        """The first row of the page that is asked for."""
        start = self.query.get("from", "0")
        return min(int(start), MOST_OFFSET) if start.isascii() and start.isdigit() and len(start) < 10 else 0

    def pager(self, shown: int, total: int | None = None, size: int = PAGE) -> Mapping[str, Any]:
        """Links to the pages before and after this one, of `size` rows. Without `total` there is a next one where this one is
        full."""
        kept = [(name, value) for name, value in self.query.multi_items() if name not in ("from", "all")]

        def link(start: int) -> str:
            return f"{self.path}?{urlencode([*kept, ('from', start)])}"

        more = shown == size if total is None else self.offset + shown < total
        return {
            "first": self.offset + 1 if shown else 0,
            "last": self.offset + shown,
            "total": total,
            "before": link(max(0, self.offset - size)) if self.offset else "",
            "after": link(self.offset + size) if more else "",
        }

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page of a template, with these values."""
        shared = {
            "token": self.visitor.token, "said": self.desk.told(self.visitor), "path": self.path, "query": self.query,
            "settings": self.settings, "read_only": self.memory.store.read_only, "scoped": self.memory.options.project,
        }  # fmt: skip
        return HTMLResponse(rendered(template, {**shared, **values}), status)

    def done(self, path: str, sentence: str, undo: Undo | None = None, links: Sequence[Link] = ()) -> Response:
        """Go on at a page of this site, which says what was done."""
        self.desk.say(self.visitor, sentence, undo, links)
        return RedirectResponse(path, 303)


class ChangedMeanwhileError(RevisedMeanwhileError):
    """What a form was made from is not as it was: `since` says what was done meanwhile."""

    def __init__(self, sentence: str, since: Sequence[str]) -> None:
        super().__init__(sentence)
        self.since = since
