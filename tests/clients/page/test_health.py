"""The page on health: checks, sizes, backups, projects."""

from collections.abc import Callable
from pathlib import Path

from page_browser import Browser

from memp.store.sqlite.copies import copies


def test_it_says_what_was_looked_at_and_what_is_wrong(browse: Callable[..., Browser]):
    browser = browse()
    page = browser.get("/health")
    assert "not looked at" in page and "memory file" not in page.split("Size")[0]
    page = browser.get("/health?look=all")
    assert "no faults (--deep reads every row)" in page and "for tests: it compares" in page
    assert "as their own" not in page and "vectors" in browser.get("/health?look=deep")


def test_a_fault_of_the_file_is_told_first_with_what_to_do(browse: Callable[..., Browser], tmp_path: Path):
    browser = browse()
    (tmp_path / "memory.sqlite3").chmod(0o644)
    page = browser.get("/health")
    assert page.index("other users of this machine may read") < page.index("all right")


def test_a_backup_is_made_beside_the_memory(browse: Callable[..., Browser], tmp_path: Path):
    browser = browse()
    assert "None yet" in browser.get("/health")
    browser.send("/health", act="backup")
    (made,) = copies(tmp_path / "memory.sqlite3")
    assert made.name in browser.get("/health") and made.stat().st_mode & 0o077 == 0
    assert browser.send("/health", act="restore").status_code == 422


def test_projects_are_named_but_where_one_is_set(browse: Callable[..., Browser]):
    page = browse().get("/health")
    assert "/procedures?project=" in page
    assert "/procedures?project=" not in browse(project="shop").get("/health")


def test_a_memory_that_is_read_only_is_looked_at_and_copied(browse: Callable[..., Browser]):
    browser = browse(read_only=True)
    assert "nothing can be recorded (MEMP_READ_ONLY)" in browser.get("/health?look=all")
