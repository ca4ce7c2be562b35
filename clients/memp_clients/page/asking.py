"""One request to the page, as the functions that answer it see it, and what they answer with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from shutil import copyfileobj, rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlencode
from weakref import finalize

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


class Said(NamedTuple):
    """What a page says once, after something was done; `undo` is the number of what takes it back, 0 where nothing does."""

    sentence: str
    undo: int = 0


class Held(NamedTuple):
    """A file that a browser sent, until it is imported or another one comes: its name there, and where it is here."""

    number: str
    name: str
    path: Path


class Desk:
    """What is told to each browser with its next page, what it may take back, and the file that it sent. Safe to use from several
    threads."""

    MOST = 20
    """Decisions of one browser that can be taken back, the newest."""

    MOST_HELD = 4
    """Files that are held, of all browsers."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, Held] = {}
        self._files: Path | None = None
        self._said: dict[str, list[Said]] = {}
        self._undo: dict[str, dict[int, Undo]] = {}
        self._count = 0

    def say(self, visitor: Visitor, sentence: str, undo: Undo | None = None) -> None:
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
            self._said.setdefault(visitor.session, []).append(Said(sentence, number))

    def told(self, visitor: Visitor) -> Sequence[Said]:
        """All that is to be told, once."""
        with self._lock:
            return self._said.pop(visitor.session, [])

    def hold(self, visitor: Visitor, name: str, file: BinaryIO) -> Held:
        """Hold a file of a browser, in place of the one before; readable by its owner alone.

        Raises:
            InputError: there is no room for it.
        """
        number = token_hex(8)
        try:
            held = Held(number, name, self._folder() / number)
            with held.path.open("wb") as copy:
                copyfileobj(file, copy)
        except OSError as error:
            raise InputError(f"There is no room for the file ({error.strerror}).") from None
        with self._lock:
            before = [self._held.pop(visitor.session, None)]
            while len(self._held) >= self.MOST_HELD:
                before.append(self._held.pop(next(iter(self._held))))
            self._held[visitor.session] = held
        _delete(before)
        return held

    def _folder(self) -> Path:
        """The folder of the files that are held, which goes with the desk, or at the end of the process."""
        with self._lock:
            if self._files is None:
                self._files = Path(mkdtemp(prefix="memp-"))
                finalize(self, rmtree, self._files, ignore_errors=True)
            return self._files

    def held(self, visitor: Visitor, number: str) -> Held:
        """The file of a browser, of this number.

        Raises:
            InputError: it is held no more.
        """
        with self._lock:
            held = self._held.get(visitor.session)
        if held is None or held.number != number:
            raise InputError("This file is not here any more: choose it again.")
        return held

    def let_go(self, visitor: Visitor) -> None:
        """Delete the file of a browser."""
        with self._lock:
            before = self._held.pop(visitor.session, None)
        _delete([before])

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


def _delete(held: Iterable[Held | None]) -> None:
    for one in held:
        if one is not None:
            one.path.unlink(missing_ok=True)


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

    def done(self, path: str, sentence: str, undo: Undo | None = None) -> Response:
        """Go on at a page of this site, which says what was done."""
        self.desk.say(self.visitor, sentence, undo)
        return RedirectResponse(path, 303)


class ChangedMeanwhileError(RevisedMeanwhileError):
    """What a form was made from is not as it was: `since` says what was done meanwhile."""

    def __init__(self, sentence: str, since: Sequence[str]) -> None:
        super().__init__(sentence)
        self.since = since
