"""Spending: budgets are shared, written as they are spent, and never passed."""

import threading
from pathlib import Path

import pytest

from memp.errors import ConfigError, InputError
from memp.evaluate.agents.llm.spending import PRICES, Price, Spending, Usage, price_of


def test_requests_at_once_share_a_budget(tmp_path: Path):
    spending = Spending(tmp_path / "spent.jsonl", "m", None, tokens=1000)
    entered, leave = threading.Barrier(2, timeout=30), threading.Event()

    def other() -> None:
        with spending.request(Usage(input=900)) as request:
            entered.wait()
            leave.wait(30)
            request.usage = Usage(input=100)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait()
    leave.set()
    with spending.request(Usage(input=800)) as request:
        assert spending.spent.total == 100, "it was waited for what the other really took"
        request.usage = Usage(input=1, output=2)
    thread.join()
    assert Spending(tmp_path / "spent.jsonl", "m", None).spent.total == 103


def test_a_line_of_spending_cut_by_a_crash_is_dropped(tmp_path: Path):
    path = tmp_path / "spent.jsonl"
    for _ in range(2):
        with Spending(path, "m", None).request(Usage(input=5)) as request:
            request.usage = Usage(input=5)
        with path.open("a") as file:
            file.write('{"model":"m","usa')
    assert Spending(path, "m", None).spent.total == 10
    path.write_text("nonsense\n")
    with pytest.raises(InputError, match="line 1 says nothing of tokens"):
        Spending(path, "m", None)


def test_prices_are_known_by_name_or_given():
    assert price_of("claude-haiku-4-5-20251001") == PRICES["claude-haiku-4-5"]
    assert price_of("llama") is None and price_of("claude-sonnet-9") is None
    assert price_of("claude-sonnet-4-5", (1, 2)) == Price(1, 2, 0.1, 1.25)
    usage = Usage(input=1_000_000, output=500_000, cache_read=2_000_000, cache_write=100_000)
    assert Price(3, 15, 0.3, 3.75).of(usage) == pytest.approx(3 + 7.5 + 0.6 + 0.375)
    for wrong in ((1,), (1, 2, 3), (1, -2), (1, float("nan"))):
        with pytest.raises(ConfigError, match="two or four numbers"):
            price_of("m", wrong)
