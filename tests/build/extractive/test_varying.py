"""A goal keeps no value that varies between the runs of its family, and the wording that most of them have."""

import itertools

import pytest

from memp.build.extractive.varying import without_values
from memp.memory import ProceduralMemory


def invoices(month: str, customer: str) -> tuple[str, list[str]]:
    return f"Export the {month} invoices for {customer} as CSV", [
        "open_page(page='invoices') -> list", f"set_filter(customer='{customer}') -> 12 rows", "export(format='csv') -> saved",
    ]  # fmt: skip


RUNS = [invoices("October", "Acme"), invoices("November", "Globex"), invoices("October", "Umbrella Corp")]


@pytest.mark.parametrize("runs", list(itertools.permutations(RUNS)))
def test_a_value_that_no_step_takes_is_no_part_of_the_goal_in_whatever_order_runs_come(
    memory: ProceduralMemory, runs: list[tuple[str, list[str]]]
):
    for task, steps in runs:
        memory.record(task, steps, "success")
    (procedure,) = memory.store.procedures()
    assert procedure.script.goal == "Export the ... invoices for {customer} as CSV"


def test_a_value_that_varies_first_in_a_later_run_leaves_the_goal_then(memory: ProceduralMemory):
    for task, steps in (invoices("October", "Acme"), invoices("October", "Globex"), invoices("May", "Globex")):
        memory.record(task, steps, "success")
    (procedure,) = memory.store.procedures()
    assert procedure.script.goal == "Export the ... invoices for {customer} as CSV"


@pytest.mark.parametrize(
    ("texts", "goal"),
    [
        (["bill {c} for october now", "bill {c} for july now", "bill {c} for june now"], "bill {c} for ... now"),
        (['Post "Spring sale" as {u}', 'Post "Summer" as {u}'], "Post ... as {u}"),
        (["Bill Acme for {m}", "Bill Globex Ltd for {m}", "Bill Initech for {m}"], "Bill ... for {m}"),
        (["Restart {s} on web-1", "Restart {s} on web-1", "Restart {s} on web-2"], "Restart {s} on ..."),
        (["Rechnungen vom März an {k}", "Rechnungen vom Mai an {k}"], "Rechnungen vom ... an {k}"),
        (["{k}の10月の請求書", "{k}の11月の請求書", "{k}の3月の請求書"], "{k}の...月の請求書"),
        (["导出{k}上海的发票", "导出{k}北京的发票", "导出{k}广州的发票"], "导出{k}...的发票"),
        (["Счёт за октябрь для {k}", "Счёт за март для {k}", "Счёт за май для {k}"], "Счёт за ... для {k}"),
        (["Refund order 7 of Ann", "Refund order 8 of Bob"], "Refund order ... of ..."),
    ],
)
def test_what_varies_is_left_open(texts: list[str], goal: str):
    assert without_values(texts[0], texts) == goal


def test_of_a_long_wording_only_the_beginning_is_aligned():
    tail = " ".join(f"word{i}" for i in range(2_000))
    texts = [f"Book the {month} invoice of the shop, and {tail} {month}" for month in ("March", "April")]
    assert without_values(texts[0], texts) == f"Book the ... invoice of the shop, and {tail} March"
    assert without_values("x" * 5_000, ["x" * 5_000, "y"]) == "x" * 5_000


@pytest.mark.parametrize(
    "texts",
    [
        ["Open a PR for {b}", "Open a PR for {b}", "Open a pull request for {b}"],
        ["Put the clean {o} in {p}", "Put the washed {o} in {p}"],
        ["put a {o} in {p}", "put some {o} on {p}"],
        ["Rename {f}", "Move {f}"],
        ["Exportiere die Rechnungen für {k}", "Exportiere die Rechnungen für {k}", "Exportiere die Belege für {k}"],
        ["Deploy {s}", "Get the newest version of {s} out to the customers"],
        ["Deploy", "Ship"],
    ],
)
def test_another_wording_or_state_is_no_value(texts: list[str]):
    assert without_values(texts[0], texts) == texts[0]
