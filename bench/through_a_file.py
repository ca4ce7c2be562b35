"""Transfer through a file: does a strong agent's memory help as much after an export and an import?

    python bench/through_a_file.py --data FOLDER --out FOLDER

FOLDER holds ALFWorld's games and `expert_train.jsonl.gz`. The memory of 300 expert rollouts is used by the weak agent and
by the strong one (memp.evaluate.experiments.studies) as it is, exported and imported, and the same with the runs it came from. In
the imported ones every procedure is a candidate, and its former uses and sources count for nothing.
"""

import argparse
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from memp.config import open_memory, read_settings
from memp.embed.background import Ready
from memp.embed.load import HASHING, open_embedder
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.experiments.arms import Arm
from memp.evaluate.experiments.memories import Memories
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.studies import NOISE, RUNS, WEAK_STEPS
from memp.evaluate.report.stats import compare
from memp.evaluate.report.tables import against, percent, rows, spread, won
from memp.exchange.memory_file import Selection, export_memory, import_memory
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore

PLAYERS = (Arm(name="weak", noise=NOISE, limit=WEAK_STEPS), Arm(name="strong"))
DIRECT, FILE, RUNS_TOO = "direct", "through a file", "with its runs"


def main() -> None:
    args = parser().parse_args()
    memories = Memories(ALFWORLD, args.data, args.out, model=HASHING if args.hashing else None, runs=args.runs)
    arms = [who.model_copy(update={"name": f"{who.name}, {DIRECT}", "contents": "expert"}) for who in PLAYERS]
    nothing = [who.model_copy(update={"name": f"{who.name}, none", "contents": None}) for who in PLAYERS]
    seeds = range(args.seeds)
    experiment = memories.experiment([*nothing, *arms], seeds, split=args.split, most=args.tasks)
    episodes = experiment.run(args.out / "direct.jsonl")
    settings = read_settings(builder="extractive", model=HASHING if args.hashing else None)
    embedder = Ready(open_embedder(settings.model, settings.cache))
    for name, runs in ((FILE, False), (RUNS_TOO, True)):
        db = moved(args.out, name.replace(" ", "-"), embedder, runs=runs)

        def opened(arm: Arm, seed: int, db: Path = db) -> ProceduralMemory:
            return open_memory(read_settings(db=db, read_only=True, builder="extractive"), embedder=embedder)

        named = [arm.model_copy(update={"name": arm.name.replace(DIRECT, name)}) for arm in arms]
        episodes += replace(experiment, arms=named, open_memory=opened).run(db.with_suffix(".jsonl"))
    show(episodes, f"{args.split}, seeds 0 to {args.seeds - 1}")


def moved(folder: Path, name: str, embedder: Ready, *, runs: bool) -> Path:
    """The expert's memory, exported and imported into another; that file."""
    file, db = folder / f"{name}.memory.jsonl", folder / f"{name}.sqlite3"
    if db.exists():
        return db
    with closing(SQLiteStore(folder / "memory.expert.sqlite3", read_only=True)) as store:
        began = time.monotonic()
        export_memory(store, file, Selection(trajectories=runs), force=True)
        exported = time.monotonic()
    with closing(open_memory(read_settings(db=db, builder="extractive"), embedder=embedder)) as memory:
        with file.open("rb") as stream:
            taken = import_memory(memory.store, stream, memory.options, file.name).taken
        stored = time.monotonic()
        texts = memory.embed_pending()
        print(
            f"{name}: {file.stat().st_size:,} bytes, exported in {exported - began:.1f} s; {taken}, stored in "
            f"{stored - exported:.1f} s; {texts:,} texts embedded in {time.monotonic() - stored:.1f} s"
        )
    return db


def show(episodes: list[Episode], title: str) -> None:
    names = list(dict.fromkeys(episode.arm for episode in episodes))
    table = Table("who plays, memory", "success %", "steps", "memory tokens", "vs direct (points)", title=title)
    for who in PLAYERS:
        direct = [episode for episode in episodes if episode.arm == f"{who.name}, {DIRECT}"]
        for row in rows(episodes, [name for name in names if name.startswith(who.name)]):
            own = [episode for episode in episodes if episode.arm == row.arm]
            beside = "" if row.arm == direct[0].arm else against(compare(own, direct, won))
            table.add_row(row.arm, percent(row.success), spread(row.steps, 2), spread(row.tokens, 0), beside)
    Console(width=130).print(table)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    made.add_argument("--data", type=Path, required=True, help="the folder with ALFWorld's games")
    made.add_argument("--out", type=Path, required=True, help="a folder for results and memories")
    made.add_argument("--split", default="valid_seen")
    made.add_argument("--seeds", type=int, default=5, help="how many")
    made.add_argument("--tasks", type=int, help="only so many tasks, spread over the split")
    made.add_argument("--runs", type=int, default=RUNS, help="rollouts in the memory")
    made.add_argument("--hashing", action="store_true", help="hashed vectors instead of the embedding model's")
    return made


if __name__ == "__main__":
    main()
