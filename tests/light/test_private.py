"""Files that are their owner's alone, whatever the umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from memp.light import private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes say nothing there")


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_what_is_made_is_its_owners_alone(tmp_path: Path):
    private.make_folder(tmp_path / "above" / "folder")
    private.make_folder(tmp_path / "above" / "folder")
    os.close(private.create(tmp_path / "file"))
    made = (tmp_path / "above", tmp_path / "above" / "folder", tmp_path / "file")
    assert tuple(map(mode, made)) == (0o700, 0o700, 0o600)
    with pytest.raises(NotADirectoryError):
        private.make_folder(tmp_path / "file" / "below")
    with pytest.raises(NotADirectoryError):
        private.make_folder(tmp_path / "file")


def test_no_link_is_followed(tmp_path: Path):
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(NotADirectoryError):
        private.make_own_folder(tmp_path / "link")
    (tmp_path / "planted").symlink_to(tmp_path / "victim")
    for flags in (0, os.O_EXCL):
        with pytest.raises(OSError, match="planted"):
            private.create(tmp_path / "planted", flags)
    assert not (tmp_path / "victim").exists()


def test_rights_of_others_are_taken_once_and_links_left_alone(tmp_path: Path):
    (tmp_path / "file").touch(mode=0o644)
    (tmp_path / "folder").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert private.tighten(tmp_path / "link") is False and mode(tmp_path / "file") == 0o644
    assert private.tighten(tmp_path / "file") and private.tighten(tmp_path / "folder")
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)
    assert not private.is_loose(tmp_path / "link")
    (tmp_path / "file").chmod(0o620)
    assert private.is_loose(tmp_path / "link") and private.is_loose(tmp_path / "file")
    private.tighten(tmp_path / "file")
    assert not private.tighten(tmp_path / "file") and not private.tighten(tmp_path / "none")


@pytest.mark.parametrize("rights", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_whoever_else_may_read_or_write_is_seen_by_path_and_by_descriptor(tmp_path: Path, rights: int):
    path = tmp_path / "file"
    path.touch()
    for mode_, loose in ((rights, True), (0o600, False)):
        path.chmod(mode_)
        with path.open() as file:
            assert (private.is_loose(path), private.is_loose(file.fileno())) == (loose, loose)


def test_a_file_is_there_whole_or_not_at_all_and_the_first_stays(tmp_path: Path):
    private.create_whole(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        private.create_whole(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert (mode(tmp_path / "file"), [*tmp_path.iterdir()]) == (0o600, [tmp_path / "file"])


def test_no_link_and_no_pipe_is_read(tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="link"):
        private.open_to_read(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    os.close(private.open_to_read(tmp_path / "pipe"))  # Nobody writes to it, and nothing is waited for.
