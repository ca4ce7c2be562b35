"""/health: doctor's rows, sizes and backups, hosts, projects; a file looked into and taken in; an export."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from httpx2 import Response
from page_browser import HOST, Browser

from memp.config import open_memory, read_settings
from memp_clients.page.access import Visitor
from memp_clients.page.asking import Desk, Upload

Browse = Callable[..., Browser]

SECRET = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
RUNS = "".join(
    json.dumps(run) + "\n"
    for run in (
        {"task": "Bake bread", "steps": [f"mix with {SECRET} -> dough", "bake -> bread"], "outcome": "success"},
        {"task": "Burn bread", "steps": ["bake too long -> coal"], "outcome": "failure"},
        {"task": "Buy bread", "steps": ["go -> shut"]},
    )
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without hosts, beside the memory."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def sent(browser: Browser, content: str, name: str = "runs.jsonl", status: int = 200, **fields: str) -> str:
    """Look into a file."""
    answer = browser.client.post(
        "/health/import", data={"token": browser.token("/health"), **fields}, headers={"origin": HOST},
        files={"file": (name, content.encode())},
    )  # fmt: skip
    assert answer.status_code == status, answer.text
    return answer.text


def written(browser: Browser, page: str) -> Response:
    """Press "Write it"."""
    key = re.search(r'name="upload" value="([^"]+)"', page)
    assert key is not None, words(page)
    return browser.client.post(
        "/health/import/write", data={"token": browser.token("/health"), "upload": key[1]}, headers={"origin": HOST}
    )


def test_a_visit_has_doctors_quick_rows_sizes_hosts_and_projects(browse: Browse):
    page = browse().get("/health")
    said = words(page)
    assert "Not checked on a visit, as it takes long: the integrity of the file" in said
    assert "memory file" in said and "recall goes by" not in said and "for tests: it compares letters" in said
    assert "There is no backup yet" in said and "No host is connected" in said and "6 procedures in use" in said
    assert "/procedures?project=github.com%2Facme%2Fshop" in page and ">infra</a>" in page
    assert "MEMP_HOLDOUT" in said and 'href="/health" aria-current="page"' in page


def test_the_rest_and_every_row_are_checked_when_asked_for(browse: Browse):
    browser = browse()
    full, deep = words(browser.get("/health?full=1")), words(browser.get("/health?deep=1"))
    assert "no faults (--deep reads every row)" in full and "written by rule" in full and "Check the rest" not in full
    assert "no faults" in deep and "same vectors" in deep and "are of their texts" in deep


def test_what_is_wrong_says_what_to_do(browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_HOLDUOT", "0.1")
    browser = browse()
    (tmp_path / "memory.sqlite3").chmod(0o644)
    page = words(browser.get("/health"))
    assert "no such setting: MEMP_HOLDUOT Mend the name, or unset it." in page and "chmod 600" in page


def test_a_memory_without_anything_says_so(browse: Browse, tmp_path: Path):
    page = words(browse(db=tmp_path / "new.sqlite3").get("/health"))
    assert "No projects yet" in page and "0 runs" in page and "There is no backup yet" in page


def test_a_host_that_is_connected_is_a_row(browse: Browse, home: Path):
    entry = {"mcpServers": {"memp": {"command": "memp", "args": ["serve"]}}}
    (home / ".claude.json").write_text(json.dumps(entry))
    before = (home / ".claude.json").read_bytes()
    page = browse().get("/health")
    assert re.search(r"Claude Code</td><td[^>]*>connected", page) and "Not connected:" in page
    assert (home / ".claude.json").read_bytes() == before


def test_a_backup_is_made_beside_the_memory(browse: Browse, tmp_path: Path):
    browser = browse()
    page = words(browser.send("/health/backup", "/health", file="/tmp/elsewhere.sqlite3").text)
    (made,) = (tmp_path / "memory.sqlite3.backups").glob("*.sqlite3")
    assert f"{made} " in page and "is a checked copy" in page and "1 backup," in page
    assert f"memp restore {made}" in page


def test_runs_are_shown_before_they_are_stored_and_can_be_revoked(browse: Browse):
    browser = browse()
    before = browser.memory.store.stats().trajectories
    page = sent(browser, RUNS, r"C:\\logs\\..\\my <runs>.jsonl")
    said = words(page)
    assert "Import my _runs_.jsonl?" in said and "1 run that worked" in said and "1 run that failed" in said
    assert "1 secret is replaced" in said and SECRET not in page and "1: no outcome" in said
    assert browser.memory.store.stats().trajectories == before
    answer = words(written(browser, page).text)
    assert "2 runs stored, 1 procedure added, 1 skipped" in answer and "revoke o" in answer
    (origin,) = [one for one in browser.memory.store.origins() if one.origin.channel == "file"]
    assert origin.origin.name.startswith("uploaded my _runs_.jsonl (") and origin.runs == 2
    assert browser.memory.store.stats().pending == 0
    browser.get(f"/runs/origin/{origin.id}/revoke")
    assert "not at hand any more" in words(written(browser, page).text)
    assert "2 known already" in words(written(browser, sent(browser, RUNS)).text)


def test_a_memory_comes_in_as_candidates_and_is_known_the_second_time(browse: Browse, tmp_path: Path):
    browser = browse()
    file = browser.client.get("/health/export?runs=1").text
    new = browse(db=tmp_path / "new.sqlite3")
    page = sent(new, file, "memory.jsonl")
    assert "6 new procedures, as candidates" in words(page) and "an exported memory" in words(page)
    answer = written(new, page)
    assert "6 procedures came in as candidates" in words(answer.text)
    link = re.search(r'href="(/procedures\?client=[^"]+)">look at it', answer.text)
    assert link is not None
    with open_memory(read_settings(db=tmp_path / "new.sqlite3", model="hashing")) as memory:
        assert {one.tier for one in memory.store.procedures()} == {"candidate"}
    assert new.get(link[1].replace("&amp;", "&")).count('data-title="Id"') == 6
    again = words(sent(new, file, "memory.jsonl"))
    assert "6 known already" in again and "There is nothing to write" in again


def test_notes_say_what_of_them_is_no_procedure(browse: Browse):
    browser = browse()
    assert "1 new procedure, as candidates" in words(sent(browser, "# Deploy\n\n- run make\n- push it\n", "notes.md"))
    page = words(sent(browser, "I like tea.\n", "notes.md"))
    assert "1: it lists no steps" in page and "There is nothing to write" in page


@pytest.mark.parametrize(
    ("content", "name", "fields", "said"),
    [
        ("{", "runs.jsonl", {}, "There is nothing to write"),
        ("", "runs.jsonl", {}, "the file is empty"),
        ('{"format": "memp-memory"}', "memory.jsonl", {}, "line 1"),
        ('{"format": "memp-memory"}', "memory.jsonl", {"outcome": "success"}, "leave the outcome to the file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(browse: Browse, content: str, name: str, fields: dict[str, str], said: str):
    page = sent(browse(), content, name, 422 if "memory" in name else 200, **fields)
    assert said in words(page)


def test_without_a_file_nothing_is_looked_into(browse: Browse):
    browser = browse()
    answer = browser.client.post(
        "/health/import", data={"token": browser.token("/health")}, headers={"origin": HOST}
    )  # fmt: skip
    assert answer.status_code == 422 and "Choose a file" in answer.text


@pytest.mark.parametrize("settings", [{"read_only": True}, {"write": "off"}])
def test_who_may_not_write_is_offered_no_button(browse: Browse, settings: dict[str, object]):
    browser = browse(**settings)
    page = words(sent(browser, RUNS))
    assert "Write it" not in page and ("read-only" in page or "MEMP_WRITE is off" in page)


def test_a_memory_that_another_program_writes_is_shown_and_takes_nothing_in(browse: Browse):
    browser = browse(busy_timeout=0.1)
    page = sent(browser, RUNS)
    with browser.memory.store.transaction():
        assert "Sizes and backups" in browser.get("/health")
        answer = written(browser, page)
    assert answer.status_code == 503 and browser.memory.store.stats().trajectories == 37
    assert "2 runs stored" in words(written(browser, page).text)


def test_a_memory_of_a_newer_memp_is_said(browse: Browse, tmp_path: Path):
    browse()
    newer = tmp_path / "newer.sqlite3"
    shutil.copy(tmp_path / "memory.sqlite3", newer)
    with closing(sqlite3.connect(newer)) as file:
        file.execute("PRAGMA user_version = 999")
    assert "newer" in words(browse(db=newer).get("/health", 503))


def test_what_a_person_imports_does_not_wait_for_a_word(browse: Browse):
    browser = browse(write="ask")
    assert "2 runs stored" in words(written(browser, sent(browser, RUNS)).text)


def test_an_export_is_a_file_without_persons_and_changes_nothing(browse: Browse):
    browser = browse()
    browser.memory.record("Write to ann@shop.dev", ["send to ann@shop.dev -> sent"], "success")
    before = browser.memory.store.stats()
    answer = browser.client.get("/health/export")
    head, *lines = answer.text.splitlines()
    assert json.loads(head)["procedures"] == len(lines) == before.procedures
    assert re.fullmatch(r'attachment; filename="memory-[\d-]+\.jsonl"', answer.headers["content-disposition"])
    assert (
        "ann@shop.dev" not in answer.text and "ann@shop.dev" in browser.client.get("/health/export?personal=keep").text
    )
    assert len(browser.client.get("/health/export?tier=pinned").text.splitlines()) == 1
    assert '"kind":"trajectory"' in browser.client.get("/health/export?runs=1").text
    assert len(browser.client.get("/health/export?project=nowhere").text.splitlines()) == 1
    assert browser.memory.store.stats() == before


def test_a_file_is_kept_for_its_visitor_for_a_while_and_for_one_at_a_time():
    now = [0.0]
    desk, ann, bob = Desk(lambda: now[0]), Visitor("ann"), Visitor("bob")
    key = desk.keep(ann, Upload("a", b"a"))
    assert desk.kept(ann, key).content == b"a"
    for visitor, other in ((bob, key), (ann, "x")):
        with pytest.raises(Exception, match="choose it again"):
            desk.kept(visitor, other)
    desk.keep(bob, Upload("b", b"b"))
    with pytest.raises(Exception, match="choose it again"):
        desk.kept(ann, key)
    key = desk.keep(ann, Upload("a", b"a"))
    now[0] = Desk.KEEPS + 1
    with pytest.raises(Exception, match="choose it again"):
        desk.kept(ann, key)
