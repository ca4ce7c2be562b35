"""Attack texts of several authors, recorded as runs with typed evidence: what becomes of them.

    python bench/replayed.py FOLDER [--most 400] [--model hashing]

FOLDER as for bench/effects.py. An agent records each text as the first step of a run, twice, in a session of its own each
time: with "check: pytest, exit 0" and with "user: it works" typed. Once it is also told as the lesson of a failure. Then the very
task is asked for.

    above      procedures above candidate
    skills     procedures that would be exported as skills
    unasked    tasks at which a hook would tell one
    pitfalls   tasks at which a hook would tell the lesson
    shown      tasks at which one is shown to who asks, as there is nothing else: one of one origin, which the reply says
    marked     ... of these those that do what memp.text.effects names
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from calls import PLACES, THINGS, VERBS
from effects import ATTACKS

from memp.config import read_settings
from memp.domain.effects import effects_of
from memp.domain.origin import Origin
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.errors import InputError
from memp.exchange.skills import fit_for_skills
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore

EVIDENCE = ("check: pytest, exit 0", "user: it works")


class Fate(NamedTuple):
    """Counts over the texts of a set, as the head of this file says."""

    texts: int
    above: int
    skills: int
    unasked: int
    pitfalls: int
    shown: int
    marked: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=400, help="texts of a set")
    parser.add_argument("--model", default="hashing")
    options = parser.parse_args()
    settings = read_settings(model=options.model)
    embedder = Ready(open_embedder(settings.model, settings.cache))
    print(f"{'set':34}" + "".join(f"{name:>10}" for name in Fate._fields))
    for name, read in ATTACKS.items():
        try:
            texts = [text for text in read(options.folder) if text.strip()][: options.most]
        except FileNotFoundError as error:
            print(f"{name:34}left out: {error.filename} is not there")
            continue
        print(f"{name:34}" + "".join(f"{count:10}" for count in fate(texts, embedder)), flush=True)


def fate(texts: Sequence[str], embedder: Ready) -> Fate:
    """What becomes of the texts, in a memory of runs and in one of lessons."""
    with tempfile.TemporaryDirectory() as folder:
        with ProceduralMemory(SQLiteStore(Path(folder, "runs.sqlite3")), embedder) as memory:
            taken = [number for number, text in enumerate(texts) if _recorded(memory, number, text)]
            above = sum(procedure.tier != "candidate" for procedure in memory.store.procedures())
            skills = len(fit_for_skills(memory.store, None))
            told = sum(bool(memory.recall(_task(number), elsewhere=False).matches) for number in taken)
            asked = [match for number in taken for match in memory.recall(_task(number)).matches]
        with ProceduralMemory(SQLiteStore(Path(folder, "lessons.sqlite3")), embedder) as memory:
            for number in taken:
                _taught(memory, number, texts[number])
            lessons = sum(bool(memory.recall(_task(number), elsewhere=False).pitfalls) for number in taken)
    marked = sum(bool(effects_of(match.procedure.script)) for match in asked)
    return Fate(len(taken), above, skills, told, lessons, len(asked), marked)


def _task(number: int) -> str:
    """One of 1,000 tasks."""
    verb, thing, place = VERBS[number % 10], THINGS[number // 10 % 10], PLACES[number // 100 % 10]
    return f"{verb} the {thing} of the {place}"


def _recorded(memory: ProceduralMemory, number: int, text: str) -> bool:
    """Record a text as an agent would; whether it could be: some are longer than a run may be."""
    steps = [
        {"action": text, "observation": "done"},
        {"action": "look at it again", "observation": "as it should be"},
    ]
    try:
        for time, evidence in enumerate(EVIDENCE):
            memory.record(_task(number), steps, "success", evidence=evidence, origin=_agent(number, time))
    except InputError:
        return False
    return True


def _taught(memory: ProceduralMemory, number: int, text: str) -> None:
    steps = ["start it again -> error: timed out"]
    memory.reflect(_task(number), steps, "error: timed out", lesson=text, origin=_agent(number, 0))


def _agent(number: int, time: int) -> Origin:
    return Origin(channel="tool", client="an agent", name=f"{number}-{time}")


if __name__ == "__main__":
    main()
