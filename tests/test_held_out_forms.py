"""Runs in forms that Build by rule did not know: braces of other languages, counters, lists, errors in any language.

The runs are made up, and each test shows a kind of fault to be absent: what comes back is what a person would write down.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from memp import ProceduralMemory, open_memory
from memp.domain.procedure import Parameter, Pitfall, Script
from memp.text.steps import ScriptStep, parse_step

Line = tuple[str, str]
"""An action and what it showed."""


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[ProceduralMemory]:
    with open_memory(db=tmp_path / "memory.sqlite3", model="hashing", builder="extractive") as opened:
        yield opened


def record(memory: ProceduralMemory, task: str, lines: Sequence[Line]) -> None:
    steps = [{"action": action, "observation": seen} for action, seen in lines]
    memory.record(task, steps, "success", evidence="check: all is well")


def only(memory: ProceduralMemory) -> Script:
    """The script of the one procedure that there is."""
    (procedure,) = memory.store.procedures()
    return procedure.script


def steps(script: Script) -> list[ScriptStep]:
    return [parse_step(step) for step in script.steps]


def actions(script: Script) -> list[str]:
    return [step.action for step in steps(script)]


def parameters(script: Script) -> Mapping[str, Parameter]:
    return {parameter.name: parameter for parameter in script.parameters}


def pitfalls(memory: ProceduralMemory) -> list[Pitfall]:
    return [known.pitfall for p in memory.store.procedures() for known in memory.store.pitfalls([p.id])]


# --- Braces of other languages

BRACED = [
    "git push origin HEAD@{1}:@{push}",
    "docker build -t shop:${tag} .",
    "helm install shop --set img='{{ image }}' {{chart}}",
    'curl -X POST -w "%{http_code}" http://shop/reload',
    "tmux set -g status-left '#{session_name}'",
]


@pytest.mark.parametrize("releases", [["4.2.0"], ["4.2.0", "4.3.0"]], ids=["one run", "two runs"])
@pytest.mark.parametrize("command", BRACED)
def test_braces_of_another_language_come_back_to_the_letter(
    memory: ProceduralMemory, command: str, releases: Sequence[str]
):
    for release in releases:
        record(memory, f"Deploy release {release} to live", [(command, "done"), (f"deploy {release}", "deployed")])
    script = only(memory)
    assert command in actions(script)
    assert list(parameters(script)) == (["release"] if "{release}" in " ".join(actions(script)) else [])


def test_a_parameter_has_another_name_than_what_a_command_has_in_braces(memory: ProceduralMemory):
    for version in ("1.4.0", "1.5.0"):
        lines = [("echo ${version} > old.txt", ""), (f"release --version {version}", "released")]
        record(memory, f"Release version {version}", lines)
    script = only(memory)
    assert actions(script)[0] == "echo ${version} > old.txt" and "version" not in parameters(script)


def test_what_a_callers_script_has_in_braces_of_another_language_is_no_parameter(memory: ProceduralMemory):
    script = {"goal": "Push", "steps": ["git log @{push}..", "docker build -t {image}:${tag} {{chart}}"]}
    memory.record("Push the shop", [{"action": "git push", "observation": "ok"}], "success", script=script)
    assert list(parameters(only(memory))) == ["image"]


# --- The stop sign of a wait


@pytest.mark.parametrize(
    ("task", "poll", "shown", "then", "sign"),
    [
        (
            "Get release 1.4.0 promoted in the payments realm",
            "relctl job 7731",
            ["job 7731: queued", "job 7731: building", "job 7731: building", "job 7731: released to payments"],
            "relctl close 7731",
            "released",
        ),
        (
            "Give Holm his money back",
            '{"tool": "get_refund", "arguments": {"locator": "N8CE6D"}}',
            ['{"status": "pending"}'] * 3 + ['{"status": "paid", "refund": "R-3055"}'],
            '{"tool": "send_receipt", "arguments": {"refund": "R-3055"}}',
            '"status": "paid"',
        ),
        ("Legt den Gutschein SOMMER20 an", "warten", ["speichert ..."] * 3 + ["gespeichert: SOMMER20"], "fertig", "gespeichert"),
        ("Water the beans", "look at the can", ["It is a third full."] * 3 + ["It is full."], "pour", "It is full"),
    ],
)  # fmt: skip
def test_a_wait_ends_with_what_is_new_and_not_with_a_value_of_the_run(
    memory: ProceduralMemory, task: str, poll: str, shown: Sequence[str], then: str, sign: str
):
    record(memory, task, [("start it", "started"), *((poll, text) for text in shown), (then, "ok")])
    (wait,) = [step for step in steps(only(memory)) if step.times]
    assert (wait.until, wait.times) == (sign, 4)
