"""`memp open`: serve the page on the loopback until Ctrl-C, and show it in the browser."""

import http.client
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path

import platformdirs
import uvicorn
from starlette.types import Receive, Scope, Send

from memp.errors import ServerError
from memp.light import private
from memp_clients.page.access import Access
from memp_clients.page.app import make_page
from memp_server.connections import BoundedConnection
from memp_server.gate import LINK, bracketed
from memp_server.http import MAX_HEAD, Address, listen, parse_address
from memp_server.http_token import read_token
from memp_server.logs import log_to_stderr
from memp_server.opening import LazyMemory

GRACE = 1
LED = 30.0
"""Seconds that a browser has to read the file that leads to the page."""


class ServedPage:
    """The page beside the tools of `memp serve --http`: memp_server.gate.Page."""

    def __init__(self, opened: LazyMemory, address: Address) -> None:
        self._access = Access(address.port)
        self._address = address
        self._app = make_page(opened, self._access, (address.host,))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def new_link(self) -> str:
        """The address of a link that lets somebody in once."""
        return f"http://{bracketed(self._address.host)}:{self._address.port}{self._access.new_link()}"


def open_page(given: Mapping[str, object], port: int, *, browser: bool) -> None:
    """Serve the page on this port (0: one that is free) until a signal, and open it in the browser unless told not to.

    Settings that are `given`, by name, go before the environment.

    Raises:
        ConfigError: another program listens on the port, or a setting is not usable.
        StoreError: there is no memory file.
    """
    from memp.config import read_settings, require_memory

    require_memory(read_settings(**given))
    listener, address = listen(Address("127.0.0.1", port))
    access = Access(address.port)
    opened = LazyMemory(lambda: read_settings(**given))
    log_to_stderr()
    config = uvicorn.Config(
        make_page(opened, access), http=BoundedConnection, h11_max_incomplete_event_size=MAX_HEAD, ws="none", lifespan="off",
        proxy_headers=False, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    link = f"http://127.0.0.1:{address.port}{access.new_link()}"
    # The store and the model load while the browser starts.
    opened.open_early()
    if browser:
        threading.Thread(target=_shown, args=(link, address.port), daemon=True).start()
    sys.stdout.write(f"The memory is at {link}\nThe link is good once, for ten minutes. Ctrl-C ends the page.\n")
    sys.stdout.flush()
    try:
        uvicorn.Server(config).run([listener])
    finally:
        opened.close()


def open_served(address: str, *, browser: bool) -> None:
    """Open the page of a server that runs at [HOST:]PORT, by a link that it gives to who has its token.

    Raises:
        ConfigError: there is no token, or the address is none.
        ServerError: nothing answers there, or what does gives no link.
    """
    at, token = parse_address(address), read_token()
    connection = http.client.HTTPConnection(at.host, at.port, timeout=5)
    try:
        connection.request("POST", LINK, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        link = answer.read(1_000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise ServerError(
            f"No memp answers at {bracketed(at.host)}:{at.port} ({error}): start `memp serve --http`."
        ) from None
    finally:
        connection.close()
    if answer.status != 200 or not link.startswith("http://"):
        raise ServerError(
            f"The server at {bracketed(at.host)}:{at.port} gives no link to a page (status {answer.status})."
        )
    sys.stdout.write(f"The memory is at {link}\nThe link is good once, for ten minutes.\n")
    sys.stdout.flush()
    if browser:
        _shown(link, at.port)


def _shown(link: str, port: int) -> None:
    """Open the link in the browser, by a file that leads there: every user may read the arguments of a program. Where no browser
    can be opened, the line that was printed is what there is."""
    file = Path(platformdirs.user_data_dir("memp", appauthor=False)) / f"open-{port}.html"
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={link}"><a href="{link}">memp</a>'
    try:
        file.parent.mkdir(mode=private.FOLDER, parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        private.create_whole(file, page.encode())
        webbrowser.open(file.as_uri())
        time.sleep(LED)
        file.unlink(missing_ok=True)
    except (OSError, webbrowser.Error) as error:
        sys.stderr.write(f"memp: no browser could be opened ({error}): open the link yourself.\n")
