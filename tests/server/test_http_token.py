"""The token of the HTTP server: made once, its owner's alone, and never shown."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from http_server import COMMAND, HTTPServer, environment
from raw_http import answer_to

from memp.errors import ConfigError
from memp_server.http_token import make_token, read_token, token_file

pytestmark = pytest.mark.usefixtures("own_folder")
posix = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_it_is_made_at_the_first_start_and_kept(tmp_path: Path):
    with HTTPServer(tmp_path) as first:
        assert len(first.token) >= 32
    with HTTPServer(tmp_path) as second:
        assert (second.token, second.token_file) == (first.token, first.token_file)
        assert answer_to(second, "Host: localhost", f"Authorization: Bearer {first.token}").startswith("HTTP/1.1 200 ")


def test_each_user_has_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one = make_token()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))
    assert make_token() != one


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_its_owner_alone_can_read_it_whatever_the_umask(mask: int):
    before = os.umask(mask)
    try:
        make_token()
    finally:
        os.umask(before)
    assert stat.S_IMODE(token_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(token_file().parent.stat().st_mode) & 0o077 == 0
    assert [*token_file().parent.iterdir()] == [token_file()]


def test_it_is_in_nothing_that_the_server_says(tmp_path: Path):
    with HTTPServer(tmp_path) as server:
        answers = [
            answer_to(server, "Host: localhost"),
            answer_to(server, "Host: evil.example", f"Authorization: Bearer {server.token}"),
            answer_to(server, "Host: localhost", f"Authorization: Bearer {server.token}x"),
            answer_to(server, "Host: localhost", f"Authorization: Bearer {server.token}", path=f"/{server.token}"),
        ]
    said = "".join([*answers, *server.stderr])
    assert server.token not in said
    assert server.token[:16] not in said


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_one_that_others_may_have_read_or_written_is_not_used(mode: int):
    make_token()
    token_file().chmod(mode)
    for read in (make_token, read_token):
        with pytest.raises(ConfigError, match="open to other users"):
            read()


@posix
def test_no_link_and_no_pipe_is_followed(tmp_path: Path):
    make_token()
    elsewhere = token_file().rename(tmp_path / "elsewhere")
    token_file().symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="cannot be read"):
        make_token()
    token_file().unlink()
    os.mkfifo(token_file(), 0o600)
    with pytest.raises(ConfigError, match=r"open to other users|holds no token"):
        make_token()


@pytest.mark.parametrize("content", ["", "short", "x" * 1_000, "with a space in it, and long enough", "\u00e4" * 40])
def test_what_is_no_token_is_said_to_be_none(content: str):
    make_token()
    token_file().write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="holds no token"):
        read_token()


def test_before_the_first_start_there_is_none():
    with pytest.raises(ConfigError, match="no token for HTTP yet"):
        read_token()


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="No token for HTTP can be kept"):
            make_token()
    finally:
        tmp_path.chmod(0o700)


def test_of_servers_that_start_at_once_all_have_the_same(tmp_path: Path):
    # Processes, not threads: a file that is half written is another's.
    program = [sys.executable, "-c", "from memp_server.http_token import make_token; print(make_token())"]
    env = environment(tmp_path)
    started = [subprocess.Popen(program, env=env, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert len({process.communicate(timeout=120)[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)


def test_the_stdio_way_has_none(tmp_path: Path):
    done = subprocess.run(COMMAND[:-1], env=environment(tmp_path), stdin=subprocess.DEVNULL, timeout=120, check=True)
    assert done.returncode == 0
    assert not token_file().exists()
