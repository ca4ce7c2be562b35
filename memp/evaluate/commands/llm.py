"""`memp eval llm --data FOLDER --out FILE`: a benchmark played by a language model, without and with a memory.

The model is reached as the settings say (MEMP_API_KEY, MEMP_BASE_URL); every request costs money. The same command goes
on where one stopped. docs/evaluation-llm.md says what is counted.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from memp.config import Settings, read_settings
from memp.errors import InputError, MempError
from memp.evaluate.agents.llm.model import Model
from memp.evaluate.agents.llm.player import prompt_mark
from memp.evaluate.agents.llm.spending import Price, Spending, in_words, price_of
from memp.evaluate.commands.screen import (
    add_data,
    add_hashing,
    add_source,
    amount,
    count,
    embedding_model,
    progress_bar,
    rich_table,
    unknown,
)
from memp.evaluate.environments.catalog import DEFAULT, ENVIRONMENTS
from memp.evaluate.environments.environment import Benchmark
from memp.evaluate.experiments.arms import ARMS, TOOL_ARMS, Arm, Contents
from memp.evaluate.experiments.growing import GrowingMemory
from memp.evaluate.experiments.llm_run import LLMExperiment, Outcome
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.run import OpenMemory, Progress
from memp.evaluate.report.llm_table import caveats, header, rows
from memp.llm.connection import Connection

ALL = {**ARMS, **TOOL_ARMS}
USUAL = ("none", "irrelevant", "script", "trajectory", "proceduralization")
RETRIES = 6
MAX_WAIT = 120.0
"""Seconds: nobody waits for an answer, and a rate limit is worth waiting out."""


def main(arguments: Sequence[str] | None = None, benchmark: Benchmark = DEFAULT) -> int:
    """`memp eval llm`; its exit status."""
    benchmark = _world(arguments, benchmark)
    args = _parser(benchmark).parse_args(arguments)
    errors = Console(stderr=True)
    try:
        arms = _arms(args.arms)
        settings = read_settings(llm=args.llm, base_url=args.base_url)
        price = price_of(settings.llm, args.price)
        spending = _spending(args, settings, price)
        with _model(args, settings, spending) as model:
            outcome = _played(args, arms, benchmark, model, price, errors)
    except MempError as error:
        errors.print(str(error), markup=False)
        return 1
    show(Console(width=200), outcome, arms, args.seeds, price, f"{settings.llm}, {args.split}, {args.steps} steps")
    Console().print(f"Spent in all, with games that were cut: {in_words(spending.spent, price)}.", markup=False)
    if outcome.error is not None:
        errors.print(str(outcome.error), markup=False)
    return 1 if outcome.error is not None or outcome.cut else 0


def _world(arguments: Sequence[str] | None, otherwise: Benchmark) -> Benchmark:
    """The benchmark that `--world` names: the other arguments' defaults are its own."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--world")
    return ENVIRONMENTS.get(parser.parse_known_args(arguments)[0].world, otherwise)


def _played(
    args: argparse.Namespace, arms: Sequence[Arm], benchmark: Benchmark, model: Model, price: Price | None,
    errors: Console,
) -> Outcome:  # fmt: skip
    """Build the memories and play the games, with a progress bar that shows the cost."""
    with progress_bar(errors) as progress:
        bar = progress.add_task("learning", total=None)
        experiment = _experiment(args, arms, benchmark, model, lambda _: progress.advance(bar))
        progress.reset(bar, description="playing", total=experiment.total)

        def played(arm: str) -> None:
            progress.update(bar, advance=1, description=f"{arm} · {in_words(model.spending.spent, price)}")

        return experiment.run(args.out, played)


def show(
    console: Console, outcome: Outcome, arms: Sequence[Arm], seeds: int, price: Price | None, title: str
) -> None:  # fmt: skip
    """Print the table, and a line for each caveat."""
    names = [arm.name for arm in arms]
    console.print(rich_table(header(outcome.episodes), rows(outcome.episodes, names, price), title))
    for caveat in caveats(outcome, names, seeds, price):
        console.print(caveat, markup=False)


def _arms(names: str) -> list[Arm]:
    """Raises InputError: there is no such arm."""
    chosen = names.split(",")
    if (reason := unknown(chosen, ALL, "arm")) is not None:
        raise InputError(reason)
    return [ALL[name] for name in chosen]


def _spending(args: argparse.Namespace, settings: Settings, price: Price | None) -> Spending:
    path = args.out.with_suffix(".spent.jsonl")
    if not args.out.exists():
        # The spending of results that are gone is another experiment's.
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Spending(path, settings.llm, price, usd=args.budget_usd, tokens=args.budget_tokens)


def _model(args: argparse.Namespace, settings: Settings, spending: Spending) -> Model:
    connection = Connection(
        settings.llm,
        settings.api_key.get_secret_value() if settings.api_key else None,
        settings.base_url,
        timeout=args.timeout,
        max_retries=RETRIES,
        max_wait=MAX_WAIT,
        shorten="use fewer --steps or a model with more context",
    )
    return Model(connection, spending, args.max_tokens)


def _experiment(
    args: argparse.Namespace, arms: Sequence[Arm], benchmark: Benchmark, model: Model, progress: Progress
) -> LLMExperiment:
    """The experiment, its memories built as for the scripted agents."""
    memories = Memories.beside(
        args.out, benchmark, args.data, source=args.source, model=embedding_model(args), learned=args.learned
    )
    prepared = memories.experiment(
        arms, range(args.seeds), split=args.split, limit=args.steps, most=args.tasks, progress=progress
    )
    listed, rules = int(args.admissible), benchmark.rules
    setting = {**(prepared.setting or {}), "llm": model.name, "admissible": listed, "prompt": prompt_mark(rules)}
    return LLMExperiment(
        model, memories.world.environment, prepared.tasks, arms, range(args.seeds), prepared.open_memory,
        _growing(args, arms, prepared.open_memory), args.steps, setting, rules, args.jobs, args.admissible,
    )  # fmt: skip


def _growing(
    args: argparse.Namespace, arms: Sequence[Arm], open_memory: OpenMemory
) -> Callable[[Arm, int], GrowingMemory]:  # fmt: skip
    """A function that makes the memory of an arm with tools, for a seed."""
    settings = read_settings(model=embedding_model(args))
    served = {"MEMP_MODEL": settings.model, "MEMP_CACHE": str(settings.cache)}
    start: dict[Contents | None, Path] = {
        arm.contents: _file(open_memory, arm) for arm in arms if arm.tools and arm.contents is not None
    }

    def grow(arm: Arm, seed: int) -> GrowingMemory:
        path = args.out.with_suffix(f".{arm.name}.{seed}.sqlite3")
        return GrowingMemory(path, start.get(arm.contents), served)

    return grow


def _file(open_memory: OpenMemory, arm: Arm) -> Path:
    """The file with the memory of an arm."""
    with closing(open_memory(arm, 0)) as memory:
        return memory.store.path


def _parser(benchmark: Benchmark) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="memp eval llm",
        description=f"`memp eval llm`: {benchmark.title} played by a language model, without and with a memory.",
    )
    parser.add_argument("--world", choices=list(ENVIRONMENTS), default=benchmark.name, help="the benchmark")
    add_data(parser, benchmark, "the results' file; memories and spending lie beside it")
    parser.add_argument("--llm", help="the model; by default MEMP_LLM")
    parser.add_argument("--base-url", help="a server of the Messages API; by default MEMP_BASE_URL, or Anthropic's")
    parser.add_argument("--arms", default=",".join(USUAL), help=f"which of {', '.join(ALL)}; separated by commas")
    parser.add_argument("--seeds", type=count, default=1, help="how many; a model plays otherwise each time anyway")
    parser.add_argument("--split", default=benchmark.final, help="the part of the tasks that it is measured on")
    parser.add_argument("--steps", type=count, default=benchmark.steps, help="the limit of a game")
    parser.add_argument("--tasks", type=count, help="only so many tasks, spread over the split")
    parser.add_argument("--learned", type=count, help="only so many train runs are learned from, spread over them")
    add_source(parser, benchmark, benchmark.sources[0], "the memory is")
    add_hashing(parser)
    parser.add_argument("--admissible", action="store_true", help="tell the model the commands that are possible")
    parser.add_argument("--jobs", type=count, default=4, help="games at once")
    parser.add_argument("--max-tokens", type=count, default=8192, help="of one reply, its thinking with it")
    parser.add_argument("--timeout", type=amount, default=180.0, help="seconds to wait for one reply")
    parser.add_argument("--budget-usd", type=amount, help="US dollars, over all runs into this file")
    parser.add_argument("--budget-tokens", type=count, help="tokens of all kinds, over all runs into this file")
    parser.add_argument(
        "--price", type=float, nargs="+", metavar="USD", help="for a million tokens: IN OUT [CACHE_READ CACHE_WRITE]"
    )
    return parser
