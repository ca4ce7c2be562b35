"""Cost of a language model: tokens by kind, prices, and a budget that is never exceeded.

The file holds tokens, and their cost is computed when it is shown, so a corrected price corrects all of it. Each reply's
tokens are written at once, also those of games that were cut: a budget holds over several runs.
"""

import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from memp.domain.trajectory import Value
from memp.errors import ConfigError, InputError, MempError

MILLION = 1_000_000

_DATED = re.compile(r"-\d{8}$")


class Usage(Value):
    """Tokens of one or several replies. `input` are those neither read from the cache nor written to it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input, output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read, cache_write=self.cache_write + other.cache_write,
        )  # fmt: skip

    def __truediv__(self, number: int) -> "Usage":
        return Usage(**{name: count // number for name, count in self})

    @property
    def sent(self) -> int:
        """Input tokens of all kinds, cached or not."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """Input and output tokens of all kinds."""
        return self.sent + self.output


class Price(NamedTuple):
    """US dollars for a million tokens; `cache_write` is that of a cache that lives for five minutes."""

    input: float
    output: float
    cache_read: float
    cache_write: float

    def of(self, usage: Usage) -> float:
        """The cost of a usage, in US dollars."""
        return (
            usage.input * self.input + usage.output * self.output
            + usage.cache_read * self.cache_read + usage.cache_write * self.cache_write
        ) / MILLION  # fmt: skip

    def most_of(self, usage: Usage) -> float:
        """An upper bound of the cost: all input at the dearest rate."""
        return (usage.sent * max(self.input, self.cache_read, self.cache_write) + usage.output * self.output) / MILLION


PRICES = {
    "claude-fable-5-2": Price(8, 40, 0.20, 10),
    "claude-fable-5-1": Price(10, 50, 0.25, 12.50),
    "claude-fable-5": Price(10, 50, 1, 12.50),
    "claude-opus-5-5": Price(4, 20, 0.20, 5),
    "claude-opus-5": Price(5, 25, 0.50, 6.25),
    "claude-opus-4-8": Price(5, 25, 0.50, 6.25),
    "claude-opus-4-7": Price(5, 25, 0.50, 6.25),
    "claude-opus-4-6": Price(5, 25, 0.50, 6.25),
    "claude-opus-4-5": Price(5, 25, 0.50, 6.25),
    "claude-sonnet-5-5": Price(2, 10, 0.10, 2.50),
    "claude-sonnet-5": Price(2, 10, 0.20, 2.50),
    "claude-sonnet-4-6": Price(3, 15, 0.30, 3.75),
    "claude-sonnet-4-5": Price(3, 15, 0.30, 3.75),
    "claude-haiku-5-5": Price(0.10, 0.50, 0.01, 0.125),
    "claude-haiku-4-5": Price(1, 5, 0.10, 1.25),
}
"""Anthropic's list prices of November 2026. Haiku 5.5 costs more in requests of over 100,000 tokens; a game has none."""


def price_of(model: str, given: tuple[float, ...] | None = None) -> Price | None:
    """The price of a model, None where it is not known. `given` (two or four numbers) goes before the list.

    With two, reading the cache costs a tenth of the input and writing it a quarter more, as is usual.

    Raises:
        ConfigError: what is given is not two or four numbers from 0 on.
    """
    if given is None:
        return PRICES.get(_DATED.sub("", model))
    if len(given) not in (2, 4) or not all(0 <= value < float("inf") for value in given):
        raise ConfigError(
            "A price is two or four numbers, in USD for a million tokens: IN OUT [CACHE_READ CACHE_WRITE]."
        )
    if len(given) == 4:
        return Price(*given)
    return Price(given[0], given[1], given[0] / 10, given[0] * 1.25)


class BudgetError(MempError):
    """The next request could pass the budget."""


class _Line(Value):
    model: str
    usage: Usage


class Spending:
    """The tokens spent, in this run and in earlier ones, and the budget. Threads share it.

    A request is made only if the most that it can cost still fits, so the budget is never exceeded.

    Raises:
        ConfigError: a budget in USD, and no price.
        InputError: the file is none of spending.
    """

    def __init__(
        self, path: Path, model: str, price: Price | None, *, usd: float | None = None, tokens: int | None = None
    ) -> None:  # fmt: skip
        if usd is not None and price is None:
            raise ConfigError(
                f"What '{model}' costs is not known: give it with --price IN OUT, or use --budget-tokens."
            )
        self._path, self._model, self._price = path, model, price
        self._budget_usd, self._budget_tokens = usd, tokens
        self._changed = threading.Condition()
        self._under_way: list[Usage] = []
        self.spent = Usage()
        self.calls = 0
        if path.exists():
            self._read()

    def _read(self) -> None:
        *lines, cut = self._path.read_text(encoding="utf-8", errors="replace").split("\n")
        if cut:
            # A crash in the middle of a line.
            self._path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        for number, line in enumerate(lines, 1):
            try:
                self.spent += _Line.model_validate_json(line).usage
            except ValidationError:
                raise InputError(f"{self._path}, line {number} says nothing of tokens: name other results.") from None

    @property
    def limited(self) -> bool:
        """Whether there is a budget."""
        return not (self._budget_usd is None and self._budget_tokens is None)

    @property
    def usd(self) -> float | None:
        """The money spent, in US dollars; None where the price is not known."""
        return None if self._price is None else self._price.of(self.spent)

    def check(self, expected: Usage) -> None:
        """Raises BudgetError: the rest of the budget is less than the expected usage."""
        with self._changed:
            if not self._fits(expected, []):
                raise self._used_up()

    @contextmanager
    def request(self, most: Usage) -> Generator["Request"]:
        """Reserve `most` tokens for a request that is made inside the block, and note its usage after it.

        Where the requests under way may leave too little, it waits for their real cost.

        Raises:
            BudgetError: there is not enough left.
        """
        with self._changed:
            while not self._fits(most, self._under_way):
                if not self._fits(most, []):
                    raise self._used_up()
                self._changed.wait()
            self._under_way.append(most)
        request = Request()
        try:
            yield request
        finally:
            with self._changed:
                self._under_way.remove(most)
                if request.usage is not None:
                    self._note(request.usage)
                self._changed.notify_all()

    def _fits(self, most: Usage, others: list[Usage]) -> bool:
        planned = sum(others, most)
        if self._budget_tokens is not None and (self.spent + planned).total > self._budget_tokens:
            return False
        if self._budget_usd is None or self._price is None:
            return True
        return self._price.of(self.spent) + self._price.most_of(planned) <= self._budget_usd

    def _note(self, usage: Usage) -> None:
        self.spent += usage
        self.calls += 1
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(_Line(model=self._model, usage=usage).model_dump_json() + "\n")

    def _used_up(self) -> BudgetError:
        usd = [] if self._budget_usd is None else [f"${self._budget_usd:g}"]
        budget = " or ".join(usd + ([] if self._budget_tokens is None else [f"{self._budget_tokens:,} tokens"]))
        return BudgetError(
            f"The budget of {budget} is used up, as more could pass it: {in_words(self.spent, self._price)} spent. "
            "Go on with a larger one."
        )


class Request:
    """One request: `usage` is its tokens, None where it failed."""

    usage: Usage | None = None


def in_words(usage: Usage, price: Price | None) -> str:
    """A usage in a few words: dollars, where the price is known, and tokens."""
    usd = "" if price is None else f"${price.of(usage):.4f}, "
    return f"{usd}{usage.total:,} tokens"
