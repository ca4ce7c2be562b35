"""Coverage and precision of outcomes that are read off sessions, on labelled sessions.

    python bench/outcomes.py [--set NAME] [--every] [--wrong]

The sets (labelled/NAME.txt):

    tuned    180 scenarios to which the rules may be tuned
    trades    60 of other trades, tools and languages; the rules that they showed to be missing were made
    evaded    62 in which a red check was evaded (the work stashed, the test skipped, less checked than before), was asked
             for, or was mended after all; rules were made to them
    evaded_aside 44 of the same kinds in other fields; rules were made after one look
    evaded_fresh 36 of the same kinds, and ordinary ones that look like them, written after the rules
    aside     40 that were set aside; rules were made after one look, since then only their total is looked at
    fresh     34 that were written after the rules, by the hand that wrote these: only their total is looked at
    second_look 30 of lines with several checks, checks of nothing or of stashed work, and words after the work: reports,
             a no to an offer, orders to undo or to go on; rules were made to these kinds
    second_look_fresh 30 of the same kinds and ordinary ones that look like them, written after the rules; looked at once
    messages 125 requests that begin like a closing word, a dismissal or praise, and 44 messages that close, in seven
             languages; of one half (aside) only the total is looked at

Each scenario is written as the log of one of four clients, with --every of each of the four. Truths were written with the
scenario: where the log misleads, an outcome that is read off it is wrong, and so is one where a reader cannot know. A task that
the person took back and a message that is no task of its own are wrong as soon as they have an outcome.

    tasks      labelled tasks that stand
    outcomes   of them those with an outcome
    coverage   their share, with its 95 % interval (Wilson)
    precision  the share of outcomes that are the truth, likewise
    knowable   the tasks of which a reader of the log can know how they ended, and how many of them have the right outcome

Of messages: the share of requests that were taken as such, and not as a word on the task before; of what messages say of the
work before, the share that was read; and the share of outcomes read off them that are the truth.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from labelled import messages
from labelled.logs import CLIENTS, logs, plain, rendered
from labelled.scenario import Scenario, read

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.reader import read as read_log

HERE = Path(__file__).parent / "labelled"

SETS = {
    "tuned": "tuned",
    "trades": "tuned",
    "evaded": "tuned",
    "evaded_aside": "seen once",
    "evaded_fresh": "untouched",
    "aside": "seen once",
    "fresh": "untouched",
    "second_look": "tuned",
    "second_look_fresh": "seen once",
}
"""Whether rules were made to a set. But for tuned ones the single sessions are not to be read."""


@dataclass
class Count:
    """What became of the labelled tasks."""

    tasks: int = 0
    knowable: int = 0
    outcomes: int = 0
    right: int = 0
    extra: int = 0

    @property
    def given(self) -> int:
        """The outcomes that were read, those of no task among them."""
        return self.outcomes + self.extra

    @property
    def coverage(self) -> float:
        return self.outcomes / self.tasks if self.tasks else 0.0

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0


@dataclass(frozen=True)
class Wrong:
    """An outcome that is not the truth."""

    scenario: str
    client: str
    task: str
    truth: str
    outcome: str
    evidence: str


def measured(pairs: Iterable[tuple[Scenario, str]]) -> tuple[Count, list[Wrong], list[Wrong]]:
    """Counts over scenarios and their clients, the outcomes that are wrong, and the tasks without one."""
    count, wrong, silent = Count(), list[Wrong](), list[Wrong]()
    for scenario, client in pairs:
        entries = list(_entries(scenario, client))
        for task in scenario.tasks:
            entry = next((entry for entry in entries if _is_of(entry, plain(task.text))), None)
            if entry is not None:
                entries.remove(entry)
            outcome = None if entry is None else entry.outcome
            if task.truth != "gone":
                count.tasks += 1
                count.knowable += task.truth != "unknown"
                count.outcomes += outcome is not None
                count.right += outcome == task.truth
            elif outcome is not None:
                count.extra += 1
            row = Wrong(
                scenario.name,
                client,
                task.text[:60],
                task.truth,
                str(outcome),
                "" if entry is None else entry.evidence or entry.doubt,
            )
            if outcome is not None and outcome != task.truth:
                wrong.append(row)
            elif outcome is None and task.truth in ("success", "failure"):
                silent.append(row)
        for entry in entries:
            if entry.outcome is not None:
                count.extra += 1
                wrong.append(
                    Wrong(scenario.name, client, str(entry.task)[:60], "no task", str(entry.outcome), entry.evidence)
                )
    return count, wrong, silent


def _is_of(entry: Entry, words: str) -> bool:
    """Whether an entry is of a task with these words, or with those that are left without praise at their beginning."""
    task = plain(str(entry.task))
    return words[:400] in task or (bool(task) and words.endswith(task))


def _entries(scenario: Scenario, client: str) -> Iterator[Entry]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "session.json" if client == "opencode" else "session.jsonl")
        path.write_text(rendered(scenario, client), encoding="utf-8")
        for entry in read_log(str(path)):
            if isinstance(entry, Entry):
                yield entry


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=[*SETS, "messages"], action="append", help="this set only; repeat it")
    parser.add_argument("--every", action="store_true", help="each scenario as each client's log")
    parser.add_argument(
        "--wrong", action="store_true", help="of tuned sets: name what is wrong, and what has no outcome"
    )
    options = parser.parse_args(arguments)
    for name in (name for name in options.set or SETS if name in SETS):
        scenarios = read(HERE / f"{name}.txt")
        pairs = [(one, client) for one in scenarios for client in CLIENTS] if options.every else list(logs(scenarios))
        count, wrong, silent = measured(pairs)
        print(f"{name} ({SETS[name]}): {len(scenarios)} scenarios, {len(pairs)} sessions, {_line(count)}")
        if options.wrong and SETS[name] == "tuned":
            _name(wrong, silent)
    for name in messages.SETS if "messages" in (options.set or ["messages"]) else ():
        count, misread = messages.handled(messages.read(name))
        print(f"messages, {name} ({messages.SETS[name]}): {_line_of_messages(count)}")
        if options.wrong and name == "seen":
            print(*(f"  wrong: {line}" for line in misread), sep="\n", end="\n" if misread else "")
    return 0


def _line_of_messages(count: messages.Handled) -> str:
    taken = _interval(count.kept, count.requests)
    precision = _interval(count.right, count.outcomes)
    return (
        f"{count.requests} requests: taken {count.kept / count.requests:.3f} {taken} ({count.kept}); {count.words} words on the "
        f"work: read {count.read / count.words:.3f} {_interval(count.read, count.words)} ({count.read}), precision "
        f"{count.right / count.outcomes:.3f} {precision} ({count.right} of {count.outcomes})"
    )


def _line(count: Count) -> str:
    coverage = _interval(count.outcomes, count.tasks)
    precision = _interval(count.right, count.given)
    return (
        f"{count.tasks} tasks: coverage {count.coverage:.3f} {coverage} ({count.outcomes}), "
        f"precision {count.precision:.3f} {precision} ({count.right} of {count.given}), "
        f"of {count.knowable} knowable {count.right}"
    )


def _interval(successes: int, trials: int) -> str:
    """The 95 % interval of a share, by Wilson."""
    if not trials:
        return "[-]"
    share, z = successes / trials, 1.96
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return f"[{middle - half:.2f}, {middle + half:.2f}]"


def _name(wrong: list[Wrong], silent: list[Wrong]) -> None:
    for title, rows in (("wrong", wrong), ("no outcome", silent)):
        for row in rows:
            place = f"[{row.client}] {row.scenario}: {row.task!r}"
            print(f"  {title}: {place}: {row.truth}, read {row.outcome} ({row.evidence})")


if __name__ == "__main__":
    sys.exit(main())
