"""`memp eval llm --data FOLDER --out FILE`: ALFWorld played by a language model, without and with a memory.

The model is reached as the settings say (MEMP_API_KEY, MEMP_BASE_URL); every request costs money. The same command goes
on where one stopped. docs/evaluation-llm.md says what is counted.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from memp.config import Settings, read_settings
from memp.embed.load import HASHING
from memp.errors import InputError, MempError
from memp.evaluate.agents.language_model import prompt_mark
from memp.evaluate.agents.model import Model
from memp.evaluate.agents.spending import Price, Spending, price_of, told
from memp.evaluate.environments.alfworld import Alfworld, open_games
from memp.evaluate.experiments.alfworld import SOURCES, Alfworlds
from memp.evaluate.experiments.growing import GrowingMemory
from memp.evaluate.experiments.llm_run import TOOL_ARMS, LLMExperiment, Outcome
from memp.evaluate.experiments.run import ARMS, STEPS, Arm, OpenMemory
from memp.evaluate.report.llm_table import HEADER, doubts, rows
from memp.llm.connection import Connection
from memp.store.sqlite.store import SQLiteStore

ALL = {**ARMS, **TOOL_ARMS}
USUAL = ("none", "irrelevant", "script", "trajectory", "proceduralization")
RETRIES = 6
MAX_WAIT = 120.0
"""Seconds: nobody waits for an answer, and a rate limit is worth waiting out."""


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        arms = _arms(asked.arms)
        settings = read_settings(llm=asked.llm, base_url=asked.base_url)
        price = price_of(settings.llm, asked.price)
        spending = _spending(asked, settings, price)
        with Progress(*columns, console=errors) as progress:
            bar = progress.add_task("learning", total=None)
            with _model(asked, settings, spending) as model:
                experiment = _experiment(asked, arms, model, lambda _: progress.advance(bar))
                progress.reset(bar, description="playing", total=experiment.total)

                def moved(arm: str) -> None:
                    progress.update(bar, advance=1, description=f"{arm} · {told(spending.spent, price)}")

                outcome = experiment.run(asked.out, moved)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    show(Console(width=200), outcome, arms, asked.seeds, price, f"{settings.llm}, {asked.split}, {asked.steps} steps")
    Console().print(f"Spent in all, with games that were cut: {told(spending.spent, price)}.", markup=False)
    if outcome.error is not None:
        errors.print(str(outcome.error), markup=False)
    return 1 if outcome.error is not None or outcome.cut else 0


def show(
    console: Console, outcome: Outcome, arms: Sequence[Arm], seeds: int, price: Price | None, title: str
) -> None:  # fmt: skip
    """The table, and a line for each thing that it cannot tell."""
    names = [arm.name for arm in arms]
    table = Table(*HEADER, title=title)
    for row in rows(outcome.episodes, names, price):
        table.add_row(*row)
    console.print(table)
    for doubt in doubts(outcome, names, seeds, price):
        console.print(doubt, markup=False)


def _arms(names: str) -> list[Arm]:
    """Raises InputError: there is no such arm."""
    chosen = names.split(",")
    unknown = [name for name in chosen if name not in ALL]
    if unknown:
        raise InputError(f"There is no arm '{unknown[0]}': use {', '.join(ALL)}.")
    return [ALL[name] for name in chosen]


def _spending(asked: argparse.Namespace, settings: Settings, price: Price | None) -> Spending:
    path = asked.out.with_suffix(".spent.jsonl")
    if not asked.out.exists():
        # What was spent belongs to results; without them it is another experiment's.
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Spending(path, settings.llm, price, usd=asked.budget_usd, tokens=asked.budget_tokens)


def _model(asked: argparse.Namespace, settings: Settings, spending: Spending) -> Model:
    connection = Connection(
        settings.llm,
        settings.api_key.get_secret_value() if settings.api_key else None,
        settings.base_url,
        timeout=asked.timeout,
        max_retries=RETRIES,
        max_wait=MAX_WAIT,
        shorten="use fewer --steps or a model with more context",
    )
    return Model(connection, spending, asked.max_tokens)


def _experiment(
    asked: argparse.Namespace, arms: Sequence[Arm], model: Model, moved: Callable[[str], None]
) -> LLMExperiment:
    """The experiment, its memories made as for the follower."""
    worlds = Alfworlds(
        asked.data, asked.out.with_suffix(""), source=asked.source, model=HASHING if asked.hashing else None,
        learned=asked.learned,
    )  # fmt: skip
    if not asked.out.exists():
        # Nothing was measured with what lies there: it may be another version's.
        worlds.forget()
    prepared = worlds.experiment(
        arms, range(asked.seeds), split=asked.split, limit=asked.steps, most=asked.tasks, moved=moved
    )  # fmt: skip
    settings = read_settings(model=HASHING if asked.hashing else None)
    games = open_games(asked.data)

    def grow(arm: Arm, seed: int) -> GrowingMemory:
        served = {"MEMP_MODEL": settings.model, "MEMP_CACHE": str(settings.cache)}
        return GrowingMemory(asked.out.with_suffix(f".{arm.name}.{seed}.sqlite3"), start.get(arm.contents), served)

    start = {arm.contents: _file(prepared.open_memory, arm) for arm in arms if arm.name == "tools-train"}
    listed = int(asked.admissible)
    setting = {**(prepared.setting or {}), "llm": model.name, "admissible": listed, "prompt": prompt_mark()}
    return LLMExperiment(
        model, lambda: Alfworld(games), prepared.tasks, arms, range(asked.seeds), prepared.open_memory, grow,
        asked.steps, setting, asked.jobs, asked.admissible,
    )  # fmt: skip


def _file(opener: OpenMemory, arm: Arm) -> Path:
    """Where the memory of an arm lies."""
    memory = opener(arm, 0)
    try:
        assert isinstance(memory.store, SQLiteStore)
        return memory.store.path
    finally:
        memory.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memp eval llm", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    parser.add_argument(
        "--out", type=Path, required=True, help="the results' file; memories and spending lie beside it"
    )
    parser.add_argument("--llm", help="the model; by default MEMP_LLM")
    parser.add_argument("--base-url", help="a server of the Messages API; by default MEMP_BASE_URL, or Anthropic's")
    parser.add_argument("--arms", default=",".join(USUAL), help=f"which of {', '.join(ALL)}; separated by commas")
    parser.add_argument("--seeds", type=_positive, default=1, help="how many; a model plays otherwise each time anyway")
    parser.add_argument("--split", default="valid_seen")
    parser.add_argument("--steps", type=_positive, default=STEPS, help="the limit of a game")
    parser.add_argument("--tasks", type=_positive, help="only so many tasks, spread over the split")
    parser.add_argument("--learned", type=_positive, help="only so many train runs are learned from, spread over them")
    parser.add_argument("--source", choices=SOURCES, default="expert", help="the runs that the memory is built from")
    parser.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    parser.add_argument("--admissible", action="store_true", help="tell the model the commands that are possible")
    parser.add_argument("--jobs", type=_positive, default=4, help="games at once")
    parser.add_argument("--max-tokens", type=_positive, default=8192, help="of one reply, its thinking with it")
    parser.add_argument("--timeout", type=_amount, default=180.0, help="seconds to wait for one reply")
    parser.add_argument("--budget-usd", type=_amount, help="US dollars, over all runs into this file")
    parser.add_argument("--budget-tokens", type=_positive, help="tokens of all kinds, over all runs into this file")
    parser.add_argument(
        "--price", type=float, nargs="+", metavar="USD", help="for a million tokens: IN OUT [CACHE_READ CACHE_WRITE]"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return amount
