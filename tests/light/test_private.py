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
    private.make_folder(tmp_path / "folder")
    os.close(private.create(tmp_path / "file"))
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)


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
