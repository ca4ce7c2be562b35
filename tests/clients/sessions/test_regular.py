"""Only regular files are opened: nothing that would be waited for, and no link among logs."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from memp.errors import InputError
from memp_clients.cli import main
from memp_clients.sessions import files
from memp_clients.sessions.clients import search
from memp_clients.sessions.reader import read
from memp_clients.sessions.regular import is_regular, open_regular
from memp_clients.sessions.transcripts import gemini, opencode

NOT_ON_WINDOWS = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def linked(path: Path) -> Path:
    path.symlink_to(fifo(path.with_name("pipe")))
    return path


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    return path


@NOT_ON_WINDOWS
@pytest.mark.parametrize("made", [fifo, linked, listening, lambda path: Path("/dev/zero")])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, made: Callable[[Path], Path]):
    path = made(tmp_path / "odd.jsonl")
    assert not is_regular(path)
    with pytest.raises(OSError, match=r"no regular file|No such device"):
        open_regular(path)
    with pytest.raises(InputError, match="cannot be read: a link, pipe, device or socket"):
        files.check([str(path)])
    with pytest.raises(InputError, match="cannot be read"):
        list(read(str(path)))


def test_a_folder_and_a_file_that_is_not_there_are_said(tmp_path: Path):
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_a_link_is_followed_only_where_a_person_named_it(tmp_path: Path):
    (tmp_path / "log").write_text("there")
    (tmp_path / "link").symlink_to(tmp_path / "log")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"there"
    with pytest.raises(OSError, match="no regular file"):
        open_regular(tmp_path / "link", follow=False)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a link away")
def test_a_link_that_another_user_made_is_not_followed_though_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "m.sqlite3"))
    for name, words in (("log.jsonl", '{"task": "bake", "steps": ["mix -> dough"]}'), ("note.md", "- bake it")):
        (tmp_path / name).write_text(words)
        link = tmp_path / f"link-{name}"
        link.symlink_to(tmp_path / name)
        os.lchown(link, 12_345, 12_345)
        assert main(["import", str(link)]) == 1
        assert "a link that another user made" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "m.sqlite3").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a link away")
def test_nor_is_one_on_the_way_to_a_file_or_behind_a_link_of_ones_own(tmp_path: Path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/log").write_text("there")
    (tmp_path / "theirs").symlink_to("logs")
    (tmp_path / "mine").symlink_to("theirs")
    (tmp_path / "own").symlink_to("logs/../logs")
    with open_regular(tmp_path / "own/log") as file:
        assert file.read() == b"there"
    os.lchown(tmp_path / "theirs", 12_345, 12_345)
    for folder in ("theirs", "mine", "mine/../theirs"):
        with pytest.raises(OSError, match="another user made"):
            open_regular(tmp_path / folder / "log")


@NOT_ON_WINDOWS
def test_discovery_names_pipes_among_logs_and_goes_on(tmp_path: Path):
    project = tmp_path / ".claude/projects/p"
    project.mkdir(parents=True)
    fifo(project / "a.jsonl")
    (project / "b.jsonl").write_text("{}\n")
    found = search({"HOME": str(tmp_path)})
    assert [Path(log.source).name for log in found.logs] == ["b.jsonl"]
    assert [(Path(fault.place).name, fault.reason) for fault in found.faults] == [
        ("a.jsonl", "a pipe, device or socket, and no regular file")
    ]


@NOT_ON_WINDOWS
def test_a_pipe_beside_a_log_is_not_waited_for(tmp_path: Path):
    chats = tmp_path / "hash/chats"
    chats.mkdir(parents=True)
    fifo(tmp_path / "hash/.project_root")
    assert gemini.folder_of(str(chats / "session.json")) is None
    session = tmp_path / "storage/session/p/ses_1.json"
    session.parent.mkdir(parents=True)
    session.write_text('{"id": "ses_1"}')
    messages = tmp_path / "storage/message/ses_1"
    messages.mkdir(parents=True)
    fifo(messages / "msg_1.json")
    records = opencode.stored_values(str(session))
    assert records is not None
    reasons = [value.reason for _, value in records if isinstance(value, files.Fault)]
    assert reasons == ["it cannot be read: a link, pipe, device or socket, and no regular file"]
