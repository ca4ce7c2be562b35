"""/recalls: what was shown to whom, one as the model got it, a person's word on it, and what a task would bring."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from page_browser import Browser
from sample_memory import SHOP

from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.reply import Telling, recall_reply

Browse = Callable[..., Browser]

ROTATE = "Rotate the API key of the mail service"


def words(page: str) -> str:
    """The text of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def pre(page: str) -> str:
    found = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def tell(memory: ProceduralMemory, task: str, **asked: str) -> Telling:
    """A recall by an agent."""
    told = Telling("tool", recall_reply)
    memory.recall(task, provenance=Provenance(client="codex 1.0", project=SHOP), tell=told, **asked)
    return told


def test_the_log_says_who_was_shown_what_and_how_the_run_ended(browse: Browse):
    browser = browse()
    browser.memory.record(ROTATE, ["vault login -> ok", "vault rotate mail/api -> rotated"], "failure")
    page = browser.get("/recalls")
    assert [int(i) for i in re.findall(r'data-title="When"[^>]*><a href="/recalls/(\d+)"', page)] == [3, 2, 1]
    assert "claude-code in github.com/acme/shop" in words(page) and "Paint the fence" in page
    assert '<a href="/procedures/1">p1</a>' in page and "nothing" in page
    assert re.search(r'<a href="/runs/\d+">t\d+</a> <span class="bad">failure', page)


def test_an_empty_log_says_what_to_do_and_a_long_one_has_pages(browse: Browse, tmp_path: Path):
    assert "No recalls yet" in words(browse(db=tmp_path / "new.sqlite3").get("/recalls"))
    assert "MEMP_KEEP_ANSWERS is 0" in words(browse(keep_answers=0).get("/recalls"))
    browser = browse()
    for number in range(50):
        tell(browser.memory, f"paint fence number {number}")
    assert 'href="/recalls?from=50"' in browser.get("/recalls")
    assert len(re.findall(r'data-title="When"', browser.get("/recalls?from=50"))) == 3
    assert "Show the newest" in browser.get("/recalls?from=100")


def test_one_recall_is_shown_as_the_model_got_it_and_nothing_of_it_acts(browse: Browse):
    browser = browse()
    told = tell(browser.memory, ROTATE, context="<script>alert(1)</script>", error="E11 <b>no session</b>")
    page = browser.get("/recalls/4")
    assert json.loads(pre(page)) == told.reply.lean()
    assert "<script>alert" not in page and "<b>no" not in page
    assert "E11 <b>no session</b>" in words(page)
    assert "codex" in words(page) and "This was wrong" in page


@pytest.mark.parametrize("name", ["99", "p1", "1r2", "9" * 30, "x", "-1"])
def test_there_is_no_page_of_a_recall_that_is_not_there(browse: Browse, name: str):
    browse().get(f"/recalls/{name}", 404 if name == "99" else 422)


def test_a_judgement_is_kept_seen_in_the_log_of_what_was_shown_and_taken_back(browse: Browse):
    browser = browse()
    page = words(browser.get("/recalls/1"))
    assert "in the history of p1" in page and "changes no outcome and no order" in page
    done = browser.send("/recalls/1", judged="", reason="it needs a <login> first")
    assert "judged wrong" in words(done.text) and "it needs a <login> first" in words(done.text)
    change = browser.memory.store.changes(1, 1)[0]
    assert (change.actor, change.action, change.detail) == (
        "person",
        "judged wrong",
        "recall 1: it needs a <login> first",
    )
    assert 'class="bad">wrong' in browser.get("/recalls")
    undo = re.search(r'name="undo" value="(\d+)"', done.text)
    assert undo is not None
    assert "taken back" in words(browser.send("/undo", "/recalls/1", undo=undo[1]).text)
    assert browser.memory.store.changes(1, 1)[0].action == "judgement taken back"
    state = re.search(r'name="judged" value="([^"]*)"', browser.get("/recalls/1"))
    assert state is not None and state[1] == ""


def test_a_judgement_can_be_taken_back_on_its_page(browse: Browse):
    browser = browse()
    browser.send("/recalls/2", judged="", reason="")
    page = browser.get("/recalls/2")
    state = re.search(r'name="judged" value="([^"]+)"', page)
    assert state is not None and "Take it back" in page
    browser.send("/recalls/2", judged=state[1])
    assert "This was wrong" in browser.get("/recalls/2")


def test_who_judges_what_was_judged_meanwhile_is_told_and_nothing_is_written(browse: Browse):
    browser = browse()
    browser.memory.store.judge_answer(1, "the other's word")
    answer = browser.send("/recalls/1", judged="", reason="mine")
    assert answer.status_code == 409 and "person: judged wrong" in words(answer.text)
    assert "the other's word" in words(answer.text)
    assert browser.memory.store.browse_answers(None)[-1].judged == "the other's word"


def test_the_words_of_a_recall_are_forgotten_on_its_page(browse: Browse):
    browser = browse()
    assert "cannot be undone" in browser.get("/recalls/1")
    answer = browser.send("/recalls/1/forget", "/recalls/1")
    assert "deleted for good" in words(answer.text) and "The words are not kept" in words(answer.text)
    assert browser.memory.store.browse_answers(None)[-1].asked == ""


def test_a_memory_that_is_read_only_has_no_form_to_judge(browse: Browse):
    page = browse(read_only=True).get("/recalls/1")
    assert "This was wrong" not in page and "read-only" in page


def test_what_would_come_back_is_shown_with_every_candidate_and_why_and_nothing_is_logged(browse: Browse):
    browser = browse()
    before = browser.memory.store.stats().recalls
    told = recall_reply(browser.memory.preview(ROTATE, 1)).lean()
    answer = browser.send("/recalls/try", task=ROTATE, context="a laptop", error="")
    assert json.loads(pre(answer.text)) == told
    rows = re.findall(r"<tr>\s*<td data-title=\"Id\".*?</tr>", answer.text, re.DOTALL)
    first, *others = map(words, rows)
    assert (
        first.startswith("p1")
        and first.endswith("Shown first.")
        and re.search(r"0\.\d\d \(0\.\d\d to 0\.\d\d\)", first)
    )
    assert len(rows) == 6 and all("below the floor of" in row for row in others)
    assert "a laptop" in answer.text
    assert browser.memory.store.stats().recalls == before


def test_who_is_stuck_sees_the_error_answered_and_who_is_elsewhere_what_was_learned_there(browse: Browse):
    browser = browse()
    page = browser.send("/recalls/try", task=ROTATE, error="E11 no session", project="github.com/acme/infra").text
    reply = json.loads(pre(page))
    assert "vault login" in " ".join(reply["on_error"]) and reply["matches"][0]["learned_in"] == SHOP.split("/")[-1]
    assert '<option value="github.com/acme/infra" selected>' in page


def test_a_try_needs_a_task(browse: Browse):
    assert browse().send("/recalls/try", task=" ").status_code == 422
