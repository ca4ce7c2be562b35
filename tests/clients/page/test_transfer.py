"""Files into the memory and out of it, on the page."""

import json
from collections.abc import Callable
from pathlib import Path

from httpx2 import Response
from page_browser import HOST, Browser

RUNS = [
    {"task": "Bake <b>bread</b>", "steps": ["mix flour -> dough", "bake dough -> bread"], "outcome": "success"},
    {"task": "Bake a cake", "steps": ["mix it -> dough", "burn it -> smoke"], "outcome": "failure"},
    {"task": "Wash up", "steps": ["wash -> clean"]},
]
LINES = "\n".join(json.dumps(run) for run in RUNS).encode()


def post(browser: Browser, files: dict[str, tuple[str, bytes]] | None = None, **fields: str) -> Response:
    data = {"token": browser.token("/import"), **fields}
    return browser.client.post("/import", data=data, files=files, headers={"origin": HOST})


def held(page: str) -> str:
    return page.split('name="held" value="')[1].split('"')[0]


def test_a_file_is_looked_at_and_then_taken_in(browse: Callable[..., Browser]):
    browser = browse()
    before = browser.memory.store.stats().trajectories
    page = post(browser, {"file": ("C:\\logs\\run.jsonl", LINES)}).text
    assert (
        "1 success, 1 failure; 1 record would be skipped" in page and "run.jsonl holds" in page and "logs" not in page
    )
    assert "Bake &lt;b&gt;bread&lt;/b&gt;" in page and "no outcome" in page
    assert browser.memory.store.stats().trajectories == before
    page = post(browser, held=held(page)).text
    assert "run.jsonl is taken in" in page and "1 as procedures of their own" in page and "Skipped" in page
    assert browser.memory.store.stats().trajectories == before + 2 and browser.memory.store.stats().pending == 0
    origin = browser.memory.store.origins(None)[-1]
    assert (origin.origin.channel, origin.origin.name) == ("file", "uploaded: run.jsonl")
    again = post(browser, held=held(post(browser, {"file": ("run.jsonl", LINES)}).text)).text
    assert "2 already" in again and browser.memory.store.stats().trajectories == before + 2


def test_an_outcome_is_given_to_what_has_none(browse: Callable[..., Browser]):
    browser = browse()
    page = post(browser, {"file": ("run.jsonl", LINES)}, outcome="success").text
    assert "3 successes, 0 failures" in page
    assert "3 as procedures of their own" in post(browser, held=held(page), outcome="success").text


def test_an_exported_memory_is_taken_in_after_what_it_would_bring_was_shown(
    browse: Callable[..., Browser], tmp_path: Path
):
    browser = browse()
    answer = browser.client.get("/export?runs=1")
    assert answer.headers["content-disposition"].startswith('attachment; filename="memp-')
    count = browser.memory.store.stats().procedures
    assert answer.content.count(b"\n") > count
    page = post(browser, {"file": ("memory.jsonl", answer.content)}).text
    assert "An exported memory" in page and "already" in page
    post(browser, held=held(page))
    assert browser.memory.store.stats().procedures == count
    pinned = browser.client.get("/export?tier=pinned").content
    assert 0 < pinned.count(b"\n") < answer.content.count(b"\n")


def test_a_file_that_is_none_changes_nothing_and_says_why(browse: Callable[..., Browser]):
    browser = browse()
    assert "Choose a file first" in post(browser).text
    page = post(browser, {"file": ("x.jsonl", b'{"memp": 1')}).text
    assert "would be skipped" in page
    assert "not here any more" in post(browser, held="f" * 16).text
    answer = post(browser, {"file": ("m.jsonl", b'{"format":"memp-memory","version":99}\n')})
    assert answer.status_code == 422 and "Traceback" not in answer.text


def test_a_file_of_another_browser_is_not_taken_in(browse: Callable[..., Browser]):
    one, other = browse(), browse()
    number = held(post(one, {"file": ("run.jsonl", LINES)}).text)
    assert "not here any more" in post(other, held=number).text


def test_nothing_is_taken_into_a_memory_that_is_read_only(browse: Callable[..., Browser]):
    browser = browse(read_only=True)
    page = post(browser, {"file": ("run.jsonl", LINES)}).text
    answer = post(browser, held=held(page))
    assert answer.status_code == 503 and "read-only" in answer.text
