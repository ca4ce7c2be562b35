"""One decision on several procedures: what is chosen in the list, the preview, the act, and the taking back of it."""

import html
import re
from collections.abc import Callable, Sequence

import pytest
from httpx2 import Response
from page_browser import HOST, Browser

from memp.config import open_memory, read_settings
from memp.update import review

Browse = Callable[..., Browser]


def fields(page: str, name: str) -> list[str]:
    return [html.unescape(value) for value in re.findall(rf'name="{name}" value="([^"]*)"', page)]


def preview(browser: Browser, act: str, ids: Sequence[int], more: str = "") -> str:
    return browser.get(f"/procedures/decide?act={act}&{'&'.join(f'id={i}' for i in ids)}{more}")


def confirm(browser: Browser, page: str, path: str = "/procedures/decide", **more: str) -> Response:
    """Send the form of a preview."""
    names = ("token", "act", "list", "of", "id", "lost", "keep")
    data = {name: found for name in names if (found := fields(page, name))}
    return browser.client.post(path, data={**data, **more}, headers={"origin": HOST})


def undo(browser: Browser, page: str) -> str:
    data = {"token": fields(page, "token")[0], "undo": fields(page, "undo")[-1]}
    return browser.client.post("/undo", data=data, headers={"origin": HOST}).text


def tiers(browser: Browser) -> list[str]:
    return [f"{p.tier} {p.status}" for p in browser.memory.store.procedures(active=False)]


def test_all_of_a_page_can_be_chosen_without_a_script(browse: Browse):
    browser = browse()
    page = browser.get("/procedures?tier=validated")
    assert "checked" not in page and len(fields(page, "id")) == 6
    every = browser.get(html.unescape(re.findall(r'href="([^"]*all=1)"', page)[0]))
    assert every.count(" checked") == 6 and "all=1" not in "".join(fields(every, "list"))


def test_one_decision_on_several_is_shown_first_and_taken_back_at_once(browse: Browse):
    browser = browse()
    review.pin(browser.memory.store, 3, "")
    before = tiers(browser)
    shown = preview(browser, "reject", [2, 3, 4, 99], "&list=tier%3Dvalidated")
    assert "Archive 2 procedures?" in shown and "2 stay as they are" in shown
    assert "p3 is pinned: unpin it first." in shown and "There is no procedure p99" in shown
    assert tiers(browser) == before, "a preview changes nothing"
    answer = confirm(browser, shown, reason="worn out")
    assert answer.request.url.query == b"tier=validated" and "2 procedures are archived: p2, p4." in answer.text
    assert [p.id for p in browser.memory.store.procedures(active=False) if p.status == "archived"] == [2, 4]
    assert {browser.memory.store.changes(i, limit=1)[0].detail for i in (2, 4)} == {"worn out"}
    assert "2 decisions are taken back." in undo(browser, answer.text) and tiers(browser) == before


def test_what_was_changed_meanwhile_is_left_alone_and_told_with_what_was_done(browse: Browse):
    browser = browse()
    shown = preview(browser, "reject", [2, 4, 5])
    review.pin(browser.memory.store, 4, "keep this")
    answer = confirm(browser, shown)
    assert "2 procedures are archived: p2, p5." in answer.text
    assert "p4 is not as it was shown, so it was left alone." in answer.text and "keep this" in answer.text
    review.restore(browser.memory.store, 2, "")
    told = undo(browser, answer.text)
    assert "1 decision is taken back." in told and "p2 was changed since: it was left alone." in told
    assert {p.status for p in browser.memory.store.procedures(active=False)} == {"active"}


def test_what_is_so_already_is_left_alone(browse: Browse):
    browser = browse()
    assert "Nothing to approve" in preview(browser, "approve", [1, 2])
    shown = preview(browser, "pin", [1, 2])
    confirm(browser, shown)
    assert "p1 is so already." in preview(browser, "pin", [1, 3])
    assert "Nothing was changed" in confirm(browser, shown).text


def test_several_are_forgotten_after_what_goes_was_shown(browse: Browse):
    browser = browse()
    shown = browser.get("/procedures/forget?id=2&id=3&act=approve")
    assert "Forget 2 procedures?" in shown and "Runs that go" in shown
    alone = browser.get(html.unescape(re.findall(r'href="([^"]*keep=1)"', shown)[0]))
    assert "Runs that go" not in alone
    assert confirm(browser, shown, "/procedures/forget", keep="1").status_code == 409, "that was not shown"
    answer = confirm(browser, alone, "/procedures/forget")
    assert "2 procedures are deleted, with every word: p2, p3." in answer.text
    assert [p.id for p in browser.memory.store.procedures(active=False)] == [1, 4, 5, 6]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("decide?act=approve", "tick those"), ("decide?act=rollback&id=1", "no such decision"), ("decide?id=1", "no such"),
        ("decide?act=pin&id=1&id=x", "one page"), ("forget", "tick those"),
        ("decide?act=pin&" + "&".join(f"id={i}" for i in range(1, 52)), "50 at most"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(browse: Browse, path: str, said: str):
    assert said in browse().get(f"/procedures/{path}", 422)


def test_nothing_of_another_project_is_decided_or_shown(browse: Browse):
    browser = browse(project="other")
    theirs = open_memory(read_settings(db=browser.memory.store.path, model="hashing", project="theirs"))
    built = theirs.record("Bake bread", ["mix -> dough", "bake -> bread"], "success").built
    theirs.close()
    assert built is not None
    shown = preview(browser, "pin", [built])
    assert "Nothing to pin" in shown and "Bake bread" not in shown
    mine = preview(browser, "pin", [2])
    confirm(browser, mine, of=f"{built} 1 candidate active - {built}")
    confirm(browser, mine, of=f"{built} 1 candidate active - -")
    assert browser.memory.procedure(built).tier == "candidate"
    browser.get(f"/procedures/forget?id={built}", 404)


def test_a_memory_that_is_read_only_offers_no_choice(browse: Browse):
    page = browse(read_only=True).get("/procedures")
    assert "checkbox" not in page and "Forget" not in page
