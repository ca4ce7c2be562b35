"""Labelled sets by other authors, on whose tasks nothing here was tuned: made from what you fetch, and asked.

    python bench/other_authors.py FOLDER [SET ...] [--floor .5] [--strange]

FOLDER holds the corpora under the names of their repositories (`git clone`; for bfcl-eval `pip download` and unzip); those
that are missing are left out. Each becomes FOLDER/sets/NAME.jsonl, which bench/retrieval.py and bench/calibrate.py take too:

    oos-eval                  clinc/oos-eval: requests to an assistant, 150 intents of 10 domains, and requests out of scope
    task-specific-datasets    PolyAI-LDN: banking77, questions to a bank
    slurp                     pswietojanski/slurp: orders to a home assistant
    bfcl-eval                 the package of that name: what users asked of one function
    webarena                  web-arena-x/webarena: tasks on web sites, with other values
    nl2bash                   TellinaTool/nl2bash: one command as several people describe it
    gitbugs                   av9ash/gitbugs: whole bug reports of Hadoop and SeaMonkey, and those closed as duplicates

Of two thirds of the groups (intents, functions, templates, commands) one text is stored and others are asked; texts of the
last third are near misses. Of bug reports with a duplicate the older is stored and the other asked; other reports of the
project are the near misses. `--strange` asks the reports of each project in memories of other sets, where none of them is meant.
None of these texts is in the repository: each corpus has a licence of its own.
"""

import argparse
import csv
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from calibrate import predicted, report
from task_sets import OWN, Ask, TaskSet, answers, load

from memp.config import read_settings
from memp.embed import Embedder
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.retrieve import applicability
from memp.retrieve.strategies import FLOOR

AGAIN = 3
"""Texts of a group that are asked."""

MOST_GROUPS = 200
"""Groups that are stored, drawn by chance, and as many reports that are near misses."""

MOST_REPORTS = 150
"""Reports of a project that are asked in strange memories, drawn by chance."""

Row = dict[str, str]
Groups = Mapping[str, Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*", default=[*MADE], help=", ".join(MADE))
    parser.add_argument("--floor", type=float, default=FLOOR)
    parser.add_argument("--strange", action="store_true", help="whole reports, in memories of other fields")
    options = parser.parse_args()
    settings = read_settings()
    embedder = Remembering(open_embedder(settings.model, settings.cache))
    sets = load(made(options.folder, options.sets))
    if options.strange:
        strange([*load(OWN), *sets], embedder, options.floor)
        return
    model = applicability.model()
    report(
        [predicted(answer, model) for tasks in sets for answer in answers(tasks, embedder)],
        "hybrid as shipped, on sets by other authors",
        options.floor,
    )


def strange(sets: Sequence[TaskSet], embedder: Embedder, floor: float) -> None:
    """Print how many whole reports of a project are answered by each memory that has none of them."""
    counts: list[tuple[int, int]] = []
    for project in (one for one in sets if one.name.startswith("gitbugs")):
        texts = sorted({ask.text for ask in project.asks})
        texts = random.Random(project.name).sample(texts, min(len(texts), MOST_REPORTS))
        for memory in sets:
            if memory.name == project.name:
                continue
            asked = memory._replace(asks=[Ask("miss", text, project.name, -1) for text in texts])
            hits = [a for a in answers(asked, embedder) if a.candidates and a.candidates[0].fit >= floor]
            counts.append((len(hits), len(texts)))
            print(f"{project.name}, asked of {memory.name}: {len(hits)} of {len(texts)} answered", flush=True)
    print(f"in all: {sum(n for n, _ in counts)} of {sum(n for _, n in counts)} answered")


def made(folder: Path, names: Iterable[str]) -> list[Path]:
    """The files of the sets whose corpora are there."""
    (folder / "sets").mkdir(exist_ok=True)
    files: list[Path] = []
    for name in names:
        corpus, rows_of = MADE[name]
        if not (folder / corpus).is_dir():
            print(f"{name}: no {folder / corpus}, left out")
            continue
        files.append(folder / "sets" / f"{name}.jsonl")
        rows = rows_of(folder / corpus, random.Random(name))
        files[-1].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return files


def grouped(groups: Groups, chance: random.Random, field_of: Callable[[str], str] = str) -> Iterator[Row]:
    """Rows of groups of texts, each of which asks for one thing."""
    names = sorted(groups)
    chance.shuffle(names)
    stored = names[: min(MOST_GROUPS, 2 * len(names) // 3)]
    for name in stored:
        task, *others = _drawn(groups[name], chance)
        yield {"task": task, "field": field_of(name)}
        yield from ({"again": text, "field": field_of(name)} for text in others)
    for name in names[len(stored) :][:MOST_GROUPS]:
        yield from ({"miss": text, "field": field_of(name)} for text in _drawn(groups[name], chance)[1:])


def _drawn(texts: Sequence[str], chance: random.Random) -> list[str]:
    unique = sorted(dict.fromkeys(texts))
    return chance.sample(unique, min(len(unique), 1 + AGAIN))


def _by(pairs: Iterable[tuple[str, str]], least: int = 2) -> Groups:
    """Texts by their group, where it has so many different ones."""
    groups: dict[str, list[str]] = {}
    for name, text in pairs:
        groups.setdefault(name, []).append(text.strip())
    return {name: texts for name, texts in groups.items() if len({text.casefold() for text in texts}) >= least}


def clinc(corpus: Path, chance: random.Random) -> Iterator[Row]:
    data: dict[str, list[list[str]]] = json.loads((corpus / "data/data_full.json").read_text(encoding="utf-8"))
    domains: dict[str, list[str]] = json.loads((corpus / "data/domains.json").read_text(encoding="utf-8"))
    domain = {intent: name for name, intents in domains.items() for intent in intents}
    rows = [*grouped(_by((intent, text) for text, intent in data["test"]), chance, lambda intent: domain[intent])]
    yield from ({**row, "split": "near"} for row in rows)
    yield from ({**row, "split": "out of scope"} for row in rows if "task" in row)
    outside = chance.sample(sorted(text for text, _ in data["oos_test"]), MOST_GROUPS)
    yield from ({"miss": text, "field": "out of scope", "split": "out of scope"} for text in outside)


def banking(corpus: Path, chance: random.Random) -> Iterator[Row]:
    with (corpus / "banking_data/test.csv").open(encoding="utf-8", newline="") as file:
        return grouped(_by((row["category"], row["text"]) for row in csv.DictReader(file)), chance)


def slurp(corpus: Path, chance: random.Random) -> Iterator[Row]:
    rows = _json_lines(corpus / "dataset/slurp/test.jsonl")
    return grouped(_by((f"{r['scenario']}_{r['action']}", r["sentence"]) for r in rows), chance, _first)


def bfcl(corpus: Path, chance: random.Random) -> Iterator[Row]:
    rows = _json_lines(corpus / "bfcl_eval/data/BFCL_v4_live_simple.json")
    return grouped(_by((r["function"][0]["name"], r["question"][0][-1]["content"]) for r in rows), chance)


def webarena(corpus: Path, chance: random.Random) -> Iterator[Row]:
    rows: list[dict[str, Any]] = json.loads((corpus / "config_files/test.raw.json").read_text(encoding="utf-8"))
    return grouped(_by((f"{r['sites'][0]} {r['intent_template']}", r["intent"]) for r in rows), chance, _first)


def nl2bash(corpus: Path, chance: random.Random) -> Iterator[Row]:
    """Commands that have more than one description; of those with the same programs and flags one, so that it is clear which
    is meant. A near miss has the programs of a stored command, and other flags."""
    texts, commands = (
        (corpus / f"data/bash/all.{end}").read_text(encoding="utf-8").splitlines() for end in ("nl", "cm")
    )
    groups = _by(zip(commands, texts, strict=True))
    one = {_flags(command): command for command in sorted(groups)}
    return grouped({command: groups[command] for command in one.values()}, chance, lambda c: c.split()[0])


def gitbugs(corpus: Path, chance: random.Random) -> Iterator[Row]:
    csv.field_size_limit(1 << 24)
    for project, stem in (("hadoop", "hadoop"), ("seamonkey", "SeaMonkey")):
        with (corpus / project / f"{stem}_bugs.csv").open(encoding="utf-8", newline="") as file:
            reports = {row["Issue id"]: f"{row['Summary']}\n\n{row['Description']}" for row in csv.DictReader(file)}
        with (corpus / project / f"{stem}_bugs-combined.csv").open(encoding="utf-8", newline="") as file:
            pairs = {tuple(sorted((row["Issue id"], row["Duplicate id"]))) for row in csv.DictReader(file)}
        known = sorted(pair for pair in pairs if set(pair) <= reports.keys())
        used = {number for pair in known for number in pair}
        seen = set[str]()
        for older, newer in known:
            if not seen & {older, newer}:
                seen |= {older, newer}
                yield {"task": reports[older], "again": reports[newer], "field": project, "split": project}
        others = chance.sample(sorted(reports.keys() - used), MOST_GROUPS)
        yield from ({"miss": reports[number], "field": project, "split": project} for number in others)


def _flags(command: str) -> tuple[str, ...]:
    """The programs and flags of a command, without values."""
    return tuple(re.findall(r"(?:^|(?<=[|;] ))\w+|(?<= )-{1,2}[\w-]+", command))


def _first(name: str) -> str:
    return re.split("[_ ]", name)[0]


def _json_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


Make = Callable[[Path, random.Random], Iterator[Row]]

MADE: Mapping[str, tuple[str, Make]] = {
    "clinc": ("oos-eval", clinc),
    "banking77": ("task-specific-datasets", banking),
    "slurp": ("slurp", slurp),
    "bfcl": ("bfcl-eval", bfcl),
    "webarena": ("webarena", webarena),
    "nl2bash": ("nl2bash", nl2bash),
    "gitbugs": ("gitbugs", gitbugs),
}

if __name__ == "__main__":
    main()
