"""The pages of runs: what a run's time line tells, and revoking one or all of an origin."""

from collections.abc import Callable

from page_browser import HOST, Browser

from memp.domain.origin import Origin

Browse = Callable[..., Browser]
HOOK = Origin(channel="hook", client="an agent", name="session 700")


def test_a_run_says_which_step_failed_and_which_one_made_that_good(browse: Browse):
    browser = browse()
    steps = ["make -> error: no rule to make target 'all'", "cat Makefile -> build:", "make -> built"]
    run = browser.memory.record("Build it", steps, "success", evidence="check: make, exit 0", origin=HOOK, tokens=1234)
    browser.memory.record("Build it again", ["make -> built", "make test -> ok"], "success", origin=HOOK)
    page = browser.get(f"/runs/{run.trajectory}")
    assert 'failed, made good by <a href="#step3">step 3' in page and 'makes good <a href="#step1">step 1' in page
    assert "1,234" in page and "session 700" in page and "one witness with 1 other run" in page
    assert f'href="/procedures/{run.built}"' in page


def test_a_long_observation_is_folded(browse: Browse):
    browser = browse()
    run = browser.memory.record("Read it", [f"cat it -> {'word ' * 500}", "close it -> ok"], "success", origin=HOOK)
    page = browser.get(f"/runs/{run.trajectory}")
    assert "<details>" in page and "(2,499 characters)" in page


def test_a_failed_run_names_the_pitfall_that_it_met_and_the_procedure_of_it(browse: Browse):
    page = browse().get("/runs/37")
    assert "Pitfalls that it met" in page and "vault login" in page and 'of <a href="/procedures/1">' in page


def test_runs_of_an_origin_are_listed_and_revoked_together_after_a_preview(browse: Browse):
    browser = browse()
    for task in ("Build it", "Test it"):
        browser.memory.record(task, [f"make {task} -> built", "look -> ok"], "success", origin=HOOK)
    (known,) = [one for one in browser.memory.store.origins() if one.origin == HOOK]
    page = browser.get(f"/runs?origin={known.label}")
    assert "of 2 runs" in page and "Revoke all of" in page
    path = f"/runs/origin/{known.id}/revoke"
    assert "2 runs of" in browser.get(path) and "session 700" in browser.get(path)
    page = browser.send(path, reason="a bad session").text
    assert f"2 runs of {known.label} are withdrawn." in page and page.count("counts for nothing") == 2
    assert "Revoke it" not in browser.get("/runs/38")
    assert browser.client.get("/runs/origin/99/revoke").status_code == 404


def test_nothing_is_revoked_or_forgotten_where_something_else_would_follow_by_now(browse: Browse):
    browser = browse()
    form = {"token": browser.token("/runs/1/revoke"), "state": browser.state("/runs/1/revoke")}
    browser.memory.store.archive(1, "somebody else was here")
    answer = browser.client.post("/runs/1/revoke", data=form, headers={"origin": HOST})
    assert answer.status_code == 409 and not browser.memory.store.changes(action="revoked")
    for path in ("/runs/1/forget", "/procedures/1/forget"):
        answer = browser.client.post(path, data={**form, "lost": "0"}, headers={"origin": HOST})
        assert answer.status_code == 409 and browser.memory.procedure(1)


def test_what_is_derived_again_is_found_by_its_meaning_at_once(browse: Browse):
    browser = browse()
    browser.send("/runs/1/revoke")
    assert not browser.memory.store.pending_keys(10, facts=False)
