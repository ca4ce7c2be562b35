"""One question over the socket of a server: what is said of one that does not answer as it should, and how long it may take."""

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from memp.errors import ServerError
from memp.light.local_socket import GREETING, alive, ask, paths

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")


@pytest.fixture
def db() -> Generator[Path]:
    """A memory whose path leaves room for the name of a socket, of which the system takes some 100 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "m.sqlite3")


@contextmanager
def served(db: Path, serve: Callable[[socket.socket], None]) -> Generator[None]:
    """With a server of this process on a memory, for as long as it lasts."""
    db.touch()
    folder = paths(db).folder
    folder.mkdir(0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / f"{os.getpid()}-test.sock"))
        listener.listen()

        def listen() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection, suppress(OSError):
                    serve(connection)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_server_that_turns_a_client_away_is_busy_and_runs(db: Path):
    with served(db, lambda connection: None):
        with pytest.raises(ServerError, match="busy"):
            ask(db, {}, patience=60)
        assert alive(db) == [os.getpid()]


def test_a_server_that_greets_otherwise_is_of_another_version(db: Path):
    with served(db, lambda connection: connection.sendall(GREETING.replace(b"1", b"2"))):
        with pytest.raises(ServerError, match="another version"):
            ask(db, {}, patience=60)
        assert alive(db) == []


def test_a_greeting_that_comes_byte_by_byte_is_not_waited_for(db: Path):
    def drip(connection: socket.socket) -> None:
        for place in range(len(GREETING)):
            time.sleep(0.08)  # Each comes in time, all of them do not.
            connection.sendall(GREETING[place : place + 1])

    with served(db, drip), pytest.raises(ServerError, match="in time"):
        ask(db, {}, patience=60)
