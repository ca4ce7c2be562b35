"""The page as an ASGI app: which address is answered by which function, and what a failure looks like.

Functions of the pages are plain and take an `Ask`; they run on threads, with the memory open for one request.
"""

import logging
from collections.abc import Callable, Iterable
from traceback import format_tb
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from memp.errors import InputError, MempError, NotFoundError, RevisedMeanwhileError
from memp_clients.page import health, home, procedure, procedures, recalls, reviews, runs, several
from memp_clients.page.access import TOKEN, Access, Guard, Visitor, is_form_of
from memp_clients.page.asking import Ask, ChangedMeanwhileError, Desk
from memp_clients.page.showing import HERE, rendered
from memp_server.opening import LazyMemory

log = logging.getLogger("memp.page")

MOST_FIELDS = 2_000
MOST_ID = 2**63 - 1
"""The highest number that a store can have given."""

MOST_BYTES = 32 << 20
"""Bytes of a form, with the file that goes with it."""

Answering = Callable[[Ask], Response]


class Page(NamedTuple):
    """An address, and the functions that answer it: what is read, and what a form does."""

    path: str
    reads: Answering | None
    writes: Answering | None = None


def take_back(ask: Ask) -> Response:
    """Take a decision back."""
    number = ask.text("undo", 20)
    undo = ask.desk.take_back(ask.visitor, int(number) if number.isascii() and number.isdigit() else 0)
    return ask.done(undo.back, undo.act(ask.memory))


PAGES: tuple[Page, ...] = (
    *(
        Page(*page)
        for module in (home, procedures, several, procedure, runs, recalls, reviews, health)
        for page in module.PAGES
    ),
    Page("/undo", None, take_back),
)


def make_page(opened: LazyMemory, access: Access, names: Iterable[str] = ()) -> ASGIApp:
    """The page on a memory, for who was let in (`access`). `names` are further names of this machine."""
    desk = Desk()
    routes = [
        *(Route(page.path, _endpoint(page, opened, desk), methods=_methods(page)) for page in PAGES),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _broken})
    return Guard(app, access, names)


def _methods(page: Page) -> list[str]:
    return [*(["GET"] if page.reads else []), *(["POST"] if page.writes else [])]


def _endpoint(page: Page, opened: LazyMemory, desk: Desk) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        form: FormData | None = None
        visitor: Visitor = request.scope["visitor"]
        if request.method == "POST":
            length = request.headers.get("content-length", "")
            if not (length.isascii() and length.isdigit() and int(length) <= MOST_BYTES):
                return PlainTextResponse(f"A form may have {MOST_BYTES >> 20} MB at most.\n", 413)
            form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=2 << 20)
            if not is_form_of(visitor, form.getlist(TOKEN)):
                return PlainTextResponse("The form is of another visit: load the page again.\n", 403)
        function = page.writes if form is not None else page.reads
        assert function is not None, "the route lets no other method through"
        try:
            return await run_in_threadpool(_answered, function, opened, desk, request, form, visitor)
        finally:
            if form is not None:
                await form.close()

    return answer


def _answered(
    function: Answering, opened: LazyMemory, desk: Desk, request: Request, form: FormData | None, visitor: Visitor
) -> Response:  # fmt: skip
    try:
        with opened.call() as memory:
            settings = opened.settings
            assert settings is not None, "the call has read them"
            for sentence in opened.news():
                desk.say(visitor, sentence)
            if any(number > MOST_ID for number in request.path_params.values() if isinstance(number, int)):
                raise NotFoundError("There is nothing of this number.")
            ask = Ask(
                memory, settings, visitor, desk, request.url.path, request.query_params, request.path_params, form
            )
            return function(ask)
    except MempError as error:
        since = error.since if isinstance(error, ChangedMeanwhileError) else ()
        return _failure(_status(error), str(error), since)


def _status(error: MempError) -> int:
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, RevisedMeanwhileError):
        return 409
    return 422 if isinstance(error, InputError) else 503


def _failure(status: int, sentence: str, since: Iterable[str] = ()) -> Response:
    return HTMLResponse(
        rendered("failure.html", {"sentence": sentence, "since": list(since), "status": status}), status
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _failure(404, "There is no such page.")
    return _failure(error.status_code, f"{error.detail}.")


async def _broken(request: Request, error: Exception) -> Response:
    """The outermost edge. Where it happened is logged; its own words may hold what others recorded."""
    log.error("A page failed by %s:\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
    return _failure(500, "This page failed by a fault of memp's own, which its log names.")
