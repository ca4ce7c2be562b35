"""Secrets that survive redaction, and lines without any that it takes for one: `python bench/redaction.py [--seed 1] [--show]`.

bench/labelled/secrets.txt, ordinary.txt, printed.txt and benign.txt were tuned to; those of the same name with "aside" were
written with them, those with "fresh" after the rules. Each secret is made up and planted alone, then in every way in: the row
of a way counts what is found in the files of the memory or in the reply. ms is CPU per 100 kB of a made-up log.
"""

import argparse
import contextlib
import io
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from labelled.formats import Planted, benign, planted, survives
from ruamel.yaml import YAML

from memp.domain.origin import Origin
from memp.domain.trajectory import Provenance
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import MempError
from memp.inputs.trajectory import parse_steps
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp.text.recurring import Recurring
from memp.text.redact import redact
from memp_clients.cli import main as terminal

HALVES = (("tuned", "secrets.txt", "benign.txt"), ("aside", "secrets_aside.txt", "benign_aside.txt"))
ORDINARY = (
    ("ordinary", "ordinary.txt", "ordinary_benign.txt"),
    ("ordinary, aside", "ordinary_aside.txt", "ordinary_benign_aside.txt"),
    ("ordinary, fresh", "ordinary_fresh.txt", "ordinary_benign_fresh.txt"),
)
PRINTED = (("printed", "printed.txt"), ("printed, aside", "printed_aside.txt"))
LOG = (
    "2024-11-30T12:00:00Z INFO worker-{}: request took {} ms, user 42, path /api/v1/items key=value token refreshed",
    "npm WARN deprecated pkg@1.{}.{}: use https://example.com/pkg instead",
    "src/auth/login.py:{}: password must be set (error {})",
    "FAILED tests/test_{}.py::test_x - AssertionError: assert {} == 3",
    '  File "/usr/lib/python3/site.py", line {}, in run_{}',
)
Way = Callable[[ProceduralMemory, str], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--show", action="store_true", help="name each kind that survives and each line that is taken for one"
    )
    parser.add_argument(
        "--rules", type=Path, help="a folder of rule files (YAML) of a scanner, whose examples are tried too"
    )
    arguments = parser.parse_args()
    if arguments.rules:
        _others(arguments.rules, show=arguments.show)
        return
    for half, secrets, lines in (*HALVES, *ORDINARY):
        _half(half, planted(secrets, arguments.seed), benign(lines, arguments.seed), show=arguments.show)
    for half, name in PRINTED:
        _printed(half, planted(name, arguments.seed), show=arguments.show)
    everything = [secret for _, name, _ in HALVES for secret in planted(name, arguments.seed)]
    known = [secret for secret in everything if not survives(secret.secret, redact(secret.text)[0])]
    for name, way in WAYS.items():
        print(f"{name:45} {_survive(way, known)} of {len(known)} that redaction knows survive")
    print(f"{'ms per 100 kB of a log':45} {_milliseconds():.0f}")


def _half(half: str, secrets: list[Planted], lines: list[str], *, show: bool) -> None:
    left = [secret for secret in secrets if survives(secret.secret, redact(secret.text)[0])]
    wrong = [line for line in lines if redact(line)[1]]
    print(f"{half + ': secrets that survive':45} {len(left)} of {len(secrets)} ({len(left) / len(secrets):.1%})")
    print(f"{half + ': lines falsely redacted':45} {len(wrong)} of {len(lines)} ({len(wrong) / len(lines):.1%})")
    if show:
        print(
            *(f"    survives: {secret.kind}" for secret in left),
            *(f"    falsely: {line!r}" for line in wrong),
            sep="\n",
        )


def _printed(half: str, secrets: list[Planted], *, show: bool) -> None:
    """Secrets in what a command answered: of a step whose action is the command."""
    left: list[Planted] = []
    for secret in secrets:
        command, _, answer = secret.text.partition(" ⇒ ")
        steps = [{"action": command, "observation": answer}]
        if survives(secret.secret, parse_steps(steps, Recurring.among(steps))[0][0].observation):
            left.append(secret)
    print(f"{half + ': secrets that survive':45} {len(left)} of {len(secrets)} ({len(left) / len(secrets):.1%})")
    if show:
        print(*(f"    survives: {secret.kind}" for secret in left), sep="\n")


def _others(folder: Path, *, show: bool) -> None:
    """Secrets that others wrote: the examples of each rule, in the files that Nosey Parker and Kingfisher keep their rules in."""
    found: list[tuple[str, str, bool]] = []
    for path in sorted(folder.rglob("*.yml")):
        for rule in (YAML(typ="safe").load(path.read_text("utf-8")) or {}).get("rules") or []:
            if "secret" in rule.get("categories", ["secret"]):  # A category of "identifier" is none.
                found += [(rule["id"], str(text), redact(str(text))[1] > 0) for text in rule.get("examples") or []]
    left = [(rule, text) for rule, text, is_found in found if not is_found]
    kinds, missed = len({rule for rule, *_ in found}), len({rule for rule, _ in left})
    print(f"{'examples of others that survive':45} {len(left)} of {len(found)} ({len(left) / len(found):.1%})")
    print(f"{'rules of which one does':45} {missed} of {kinds} ({missed / kinds:.1%})")
    if show:
        print(*(f"    {rule}: {text[:100]!r}" for rule, text in left), sep="\n")


def _recorded(
    memory: ProceduralMemory, *, task: str = "Ship the release", steps: object = None, **more: object
) -> object:
    return memory.record(task, steps or ["run make -> done", "push the tag -> pushed"], "success", **more)  # type: ignore[arg-type]


def _failed(memory: ProceduralMemory, *, error: str = "it failed", lesson: str | None = None) -> object:
    return memory.reflect("Ship the release", ["run make -> error"], error, lesson=lesson)


def _refused(memory: ProceduralMemory, text: str) -> object:
    """The answer to a step with a field that there is none of."""
    try:
        return memory.record("Ship it", [{"action": "run", text: "x"}])
    except MempError as error:
        return str(error)


def _command(memory: ProceduralMemory, *words: str) -> str:
    """What a command of the terminal says on the memory's file."""
    if not memory.store.procedures():
        _recorded(memory)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = terminal(["--db", str(memory.store.path), "--model", "hashing", *words])
    if status:
        raise SystemExit(f"{words[0]}: {said.getvalue()}")
    return said.getvalue()


def _revoked(memory: ProceduralMemory, text: str, sign: str) -> str:
    """The answer to a person who withdraws a new run ("t") or its origin ("o") for this reason."""
    number = memory.store.stats().trajectories
    origin = Origin(channel="tool", client="bench", name=f"session {number}")
    run = memory.record(f"Do chore {number}", ["look -> seen", "act -> done"], "success", origin=origin).trajectory
    known = next(one.label for one in memory.store.origins() if one.origin == origin)
    return _command(memory, "revoke", known if sign == "o" else f"t{run}", "--yes", "--reason", text)


WAYS: dict[str, Way] = {
    "record: task": lambda memory, text: _recorded(memory, task=text),
    "record: action": lambda memory, text: _recorded(memory, steps=[{"action": text}]),
    "record: observation": lambda memory, text: _recorded(memory, steps=[{"action": "run", "observation": text}]),
    "record: thought": lambda memory, text: _recorded(memory, steps=[{"action": "run", "thought": text}]),
    "record: state": lambda memory, text: _recorded(memory, steps=[{"action": "run", "state": text}]),
    "record: evidence": lambda memory, text: _recorded(memory, evidence=f"user: {text}"),
    "record: script": lambda memory, text: _recorded(memory, script={"goal": "Ship it", "steps": [text]}),
    "record: a fact": lambda memory, text: _recorded(memory, facts=[text]),
    "record: client": lambda memory, text: _recorded(memory, provenance=Provenance(client=text)),
    "record: model": lambda memory, text: _recorded(memory, provenance=Provenance(model=text)),
    "record: project, as a root is named": lambda memory, text: _recorded(memory, provenance=Provenance(project=text)),
    "record: source, as a transcript is named": lambda memory, text: _recorded(
        memory, provenance=Provenance(source=text)
    ),
    "record: imported from": lambda memory, text: _recorded(memory, provenance=Provenance(imported_from=text)),
    "record: an unknown field, in the answer": _refused,
    "reflect: error": lambda memory, text: _failed(memory, error=text),
    "reflect: lesson": lambda memory, text: _failed(memory, lesson=text),
    "recall: task": lambda memory, text: memory.recall(text),
    "recall: context": lambda memory, text: memory.recall("Ship it", context=text),
    "recall: error": lambda memory, text: memory.recall("Ship it", error=text),
    "recall: a fact": lambda memory, text: memory.recall("Ship it", facts=[text]),
    "review: reason": lambda memory, text: _command(memory, "review", "p1", "--pin", "--reason", text),
    "revoke a run: reason": lambda memory, text: _revoked(memory, text, "t"),
    "revoke an origin: reason": lambda memory, text: _revoked(memory, text, "o"),
}


def _survive(way: Way, secrets: list[Planted]) -> int:
    """How many secrets stand in the files of a memory, or in the answers, after all went one way in."""
    with tempfile.TemporaryDirectory() as folder:
        with ProceduralMemory(SQLiteStore(Path(folder) / "memory.db"), Ready(HashingEmbedder())) as memory:
            answers = []
            for secret in secrets:
                try:
                    answers.append(str(way(memory, secret.text)))
                except MempError as error:
                    answers.append(str(error))
        files = b"\0".join(path.read_bytes() for path in Path(folder).rglob("*") if path.is_file())
        everything = files.decode("utf-8", "replace") + "\n".join(answers)
    return sum(secret.secret in everything for secret in secrets)


def _milliseconds(runs: int = 5) -> float:
    draw = random.Random(1)
    lines = [draw.choice(LOG).format(draw.randrange(999), draw.randrange(9999)) for _ in range(1_500)]
    text = "\n".join(lines)[:100_000]
    redact(text)
    taken = []
    for _ in range(runs):
        begin = time.process_time()
        redact(text)
        taken.append(time.process_time() - begin)
    return 1000 * statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
