"""Requests that ask for what is else a fault."""

import pytest

from memp_clients.sessions.tasks.checks.results import Done
from memp_clients.sessions.tasks.outcome import judge
from memp_clients.sessions.tasks.requested import (
    MAX_READ,
    asks_for_red,
    asks_to_refuse,
    asks_to_show,
    asks_to_undo,
    asks_to_weaken,
)

EDIT = Done("Edit: tests/test_a.py", edits=True)
RED = Done("Bash: pytest -q", "pytest -q", status=1, observation="E  AssertionError: assert 1 == 2\n1 failed")
GREEN = Done("Bash: pytest -q", "pytest -q", status=0)


@pytest.mark.parametrize(
    "task",
    [
        "Write a failing test for the rounding bug",
        "write failing tests for the importer, do not fix it yet",
        "Add a regression test that fails on main",
        "Reproduce the crash of issue 12",
        "Give me a minimal script that triggers the deadlock",
        "I need a repro for this; I'll fix it myself",
        "red test first please",
        "Schreib einen fehlschlagenden Test für die Rundung",
        "Reproduziere den Absturz, ohne etwas zu beheben",
        "Écris un test qui échoue à cause du fuseau horaire",
        "Escribe una prueba que falle por el redondeo",
        "Scrivi un test che fallisce per le date",
        "Escreva um teste que falhe com datas vazias",
        "Schrijf een falende test voor de datums",
        "Напиши падающий тест на округление",
        "写一个失败的测试，先不要修复",
        "失敗するテストを書いてください",
        "실패하는 테스트를 작성해줘",
        "复现这个崩溃",
    ],
)
def test_a_red_check_is_then_what_was_wanted(task: str) -> None:
    assert asks_for_red(task)
    assert judge([EDIT, RED], task=task) == ("success", "check: pytest -q, exit 1, as asked")
    # It shows nothing where it passes, does not run, or is of what stood there already.
    assert judge([EDIT, GREEN], task=task) is None
    loading = Done("Bash: pytest -q", "pytest -q", status=1, observation="ImportError: no module named cart\n1 error")
    assert judge([EDIT, loading], task=task) is None
    assert judge([RED], task=task) is None


@pytest.mark.parametrize(
    "task",
    [
        "Fix the failing test",
        "Find out why the failing test fails",
        "Reproduce the crash and fix it",
        "Write a failing test, then make it pass",
        "The test that fails since Friday must pass again",
        "Reproduziere den Fehler und behebe ihn",
        "Der fehlschlagende Test muss wieder grün werden",
        "复现并修复这个问题",
        "Add a dark mode",
        "Write tests for the importer",
    ],
)
def test_elsewhere_red_is_a_failure(task: str) -> None:
    assert not asks_for_red(task)
    assert judge([EDIT, RED], task=task) == ("failure", "check: pytest -q, exit 1")


def test_who_asks_to_show_something_by_a_test_gets_no_outcome_of_its_colour() -> None:
    for task in ("Prove with a test that the interest is wrong", "Zeige mit einem Test, dass der Rabatt stimmt"):
        assert asks_to_show(task)
        assert judge([EDIT, RED], task=task) is judge([EDIT, GREEN], task=task) is None
    assert not asks_to_show("Show the order number, and test it")


def test_a_command_that_was_to_fail_is_no_failure() -> None:
    refused = Done("Bash: ./cli bad", "./cli bad", status=2)
    for task in ("The CLI must exit with 2 on bad input", "Make the importer reject empty files", "CLI 必须拒绝负数"):
        assert asks_to_refuse(task)
        assert judge([EDIT, refused], task=task) is None
    for task in ("The CLI crashes on start, fix it", "The importer should not fail on empty files"):
        assert not asks_to_refuse(task)
        assert judge([EDIT, refused], task=task) is not None


@pytest.mark.parametrize(
    "task", ["Skip the GPU tests", "Lösche die alten Tests", "删除旧的测试", "update the snapshots"]
)
def test_fewer_tests_may_be_what_was_asked_for(task: str) -> None:
    assert asks_to_weaken(task) and not asks_to_weaken("Add a dark mode")


def test_so_may_be_that_changes_are_thrown_away() -> None:
    assert asks_to_undo("Roll back the migration") and asks_to_undo("回滚这次改动") and not asks_to_undo("Add a row")


@pytest.mark.parametrize("part", ["a ", "a test ", "test that ", "must ", "not ", "une ", "schreib ", "I'll ", "测试"])
def test_a_long_request_is_read_once(part: str) -> None:
    text = part * (10 * MAX_READ // len(part))
    for ask in (asks_for_red, asks_to_show, asks_to_refuse, asks_to_weaken, asks_to_undo):
        assert ask(text) in (True, False)
