"""Families of procedures on the page and at the terminal: duplicates and variants side by side, and all but one archived."""

import html
import re
from collections.abc import Callable

from page_browser import HOST, Browser

from memp_clients.commands.inspection.families import families

Browse = Callable[..., Browser]


def twin(browser: Browser, scope_like: int = 2) -> int:
    """A procedure by somebody else, on the task of another one."""
    memory = browser.memory
    task = memory.store.trajectory(min(memory.procedure(scope_like).trajectories)).task
    script = {"goal": task, "steps": [*memory.procedure(scope_like).script.steps[:1], "call the one who knows"]}
    built = memory.record(f"{task} now", ["call -> done"], "success", script=script).built
    assert built is not None
    return built


def test_like_ones_stand_together_and_all_but_one_are_archived(browse: Browse):
    browser = browse()
    assert "None of these 6 procedures is for a task that reads like" in browser.get("/procedures?families=1")
    other = twin(browser)
    page = browser.get("/procedures?families=1&tier=candidate")
    shown = {int(number) for number in re.findall(r'href="/procedures/(\d+)"', page)}
    assert shown == {2, other} and "1 of 2" in page, (
        "what is like one of the page is shown, though the filter leaves it out"
    )
    assert page.index('href="/procedures/2"') < page.index(f'href="/procedures/{other}"'), (
        "what worked best is the first"
    )
    preview = browser.get(html.unescape(re.findall(r'href="([^"]+)" aria-label="Keep p2 alone"', page)[0]))
    assert "Archive 1 procedure?" in preview and f"p{other} is archived" in preview
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', preview)}
    done = browser.client.post("/procedures/decide", data=fields, headers={"origin": HOST})
    assert done.request.url.query == b"families=1&tier=candidate" and f"1 procedure is archived: p{other}." in done.text
    assert families(browser.memory.store, [1, 2, 3]) == []


def test_a_family_is_looked_up_page_by_page_and_found_from_each_of_its_members(browse: Browse):
    browser = browse()
    other = twin(browser)
    for ids in ([2], [other], [1, 2, other, 6]):
        (family,) = families(browser.memory.store, ids)
        assert [one.procedure.id for one in family] == [2, other]
    assert "checkbox" not in browse(read_only=True).get("/procedures?families=1")
