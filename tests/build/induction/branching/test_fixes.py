"""Fixes: what mended an error is done where that error is seen, as long as few runs met it."""

import pytest
from families import run_of

from memp.build.extractive.script import extract_family
from memp.domain.trajectory import Trajectory

IMMUTABLE = 'Error: UPGRADE FAILED: cannot patch "{app}": spec.selector: field is immutable'


def upgrade(app: str, *, mended: bool) -> Trajectory:
    command = f"helm upgrade {app} charts/{app}"
    mend = [(command, IMMUTABLE.format(app=app)), (f"kubectl delete deploy {app}", f'"{app}" deleted')]
    return run_of(f"Upgrade the chart of {app}", *(mend if mended else []), (command, "Release is deployed"))


def actions_of(*runs: Trajectory) -> list[str]:
    return [step.split(" -> ")[0] for step in extract_family(runs).script.steps]


def test_one_run_says_for_which_error_it_did_something_and_that_it_tried_again() -> None:
    (tried, mended, again) = actions_of(upgrade("cart", mended=True))
    assert tried.startswith("helm upgrade") and mended.startswith("if 'field is immutable': kubectl delete deploy")
    assert again == f"if 'field is immutable': {tried}"


def test_two_runs_that_both_met_an_error_do_not_make_it_everybodys() -> None:
    first, mended, _ = actions_of(upgrade("cart", mended=True), upgrade("mail", mended=True))
    assert first.startswith("helm upgrade") and mended.startswith("if 'field is immutable': kubectl delete")


def test_where_another_run_had_nothing_to_mend_the_error_is_the_condition() -> None:
    first, mended, again = actions_of(
        upgrade("cart", mended=True), upgrade("mail", mended=False), upgrade("auth", mended=False)
    )
    assert first.startswith("helm upgrade {")
    assert "field is immutable" in mended and "kubectl delete" in mended
    assert again.startswith(mended.split(": kubectl")[0]) and again.endswith(first)


def test_what_three_runs_all_had_to_mend_is_done_before_the_error_comes() -> None:
    steps = actions_of(*(upgrade(app, mended=True) for app in ("cart", "mail", "auth")))
    assert [step.split(" ")[0] for step in steps] == ["kubectl", "helm"]


def test_each_of_several_errors_has_its_own_mend() -> None:
    publish = "npm publish"
    steps = actions_of(
        run_of(
            "Publish the package",
            (publish, "npm ERR! need auth"),
            ("npm login", "Logged in"),
            (publish, "npm ERR! cannot publish over a published version"),
            ("npm version patch", "v1.0.2"),
            (publish, "+ shop@1.0.2"),
        )
    )
    assert steps[:2] == [publish, "if 'npm ERR! need auth': npm login"]
    assert steps[2] == f"if 'npm ERR! need auth': {publish}"
    assert steps[3].endswith("published version': npm version patch") and steps[4].endswith(f": {publish}")


@pytest.mark.parametrize(
    "mend",
    [
        [("edit app.py\n- return a\n+ return b", "edited")],
        [("touch page", ""), ("sort index", ""), ("merge parts", ""), ("tag page", ""), ("pack page", "")],
        [("cat log.txt", "nothing here")],
    ],
    ids=["written", "much was done", "only looked"],
)
def test_the_work_itself_is_no_mend(mend: list[tuple[str, str]]) -> None:
    run = run_of("Build the page", ("build page", "error: not ready yet"), *mend, ("build page", "built"))
    assert not [step for step in actions_of(run) if step.startswith("if ")]


def test_a_check_that_failed_at_first_is_no_error_to_mend() -> None:
    run = run_of("Make it pass", ("run-checks all", "2 failed"), ("sync deps", "ok"), ("run-checks all", "9 passed"))
    assert actions_of(run) == ["sync deps", "run-checks all"]


def test_who_knew_of_the_error_and_did_first_what_mends_it_makes_that_everybodys() -> None:
    def publish(version: str, *, knew: bool) -> Trajectory:
        error = [("make publish", f"error: no entry for {version}")]
        steps = [*([] if knew else error), ("add the entry", "saved"), ("make publish", "published")]
        return run_of(f"Release {version} of the library", *steps)

    expected = ["add the entry", "make publish"]
    assert actions_of(publish("2.1", knew=False), publish("3.4", knew=True)) == expected
    assert actions_of(publish("2.1", knew=False), publish("2.9", knew=False), publish("3.4", knew=True)) == expected
