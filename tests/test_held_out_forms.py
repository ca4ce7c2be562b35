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


# --- Loops that count up


def paged(shop: str, pages: int) -> tuple[str, list[Line]]:
    shown = [f"page {i}: 10 orders" for i in range(1, pages)] + [f"page {pages}: 3 orders, last page"]
    visited = [(f"open page {i}", text) for i, text in enumerate(shown, 1)]
    return f"Collect all orders of the {shop}", [("open the list", "a list"), *visited, ("save orders.csv", "saved")]


@pytest.mark.parametrize("pages", [6, 1000])
def test_a_loop_that_counts_up_is_one_step_with_its_count_and_its_stop_sign(memory: ProceduralMemory, pages: int):
    record(memory, *paged("kiosk", pages))
    script = only(memory)
    assert actions(script) == ["open the list", "open page {page}", "save orders.csv"]
    loop = steps(script)[1]
    assert loop.times == pages and loop.until == "last"
    assert parameters(script)["page"].description == "counts up: 1, 2, ..."


def test_loops_of_two_runs_are_one_step(memory: ProceduralMemory):
    for shop, pages in (("kiosk", 12), ("bakery", 7)):
        record(memory, *paged(shop, pages))
    assert [action for action in actions(only(memory)) if "page" in action] == ["open page {page}"]


@pytest.mark.parametrize(
    ("rounds", "action", "until"),
    [
        ([(f"curl -s https://crm.example/customers?page={i}", '{"n": 50}') for i in range(1, 9)]
         + [("curl -s https://crm.example/customers?page=9", '{"n": 7, "next": null}')],
         "curl -s https://crm.example/customers?page={page}", '"next": null'),
        ([(f"fetch(offset={i}, limit=50)", "50 rows") for i in range(0, 400, 50)] + [("fetch(offset=400, limit=50)", "0 rows")],
         "fetch(offset={offset}, limit=50)", "0 rows"),
        ([(f"mv img_{i:03}.png out/img_{i:03}.png", "") for i in range(1, 20)], "mv img_{img}.png out/img_{img}.png", ""),
        ([(f"idx rebuild --shard {i}", "rebuilt") for i in range(8)], "idx rebuild --shard {shard}", ""),
        ([(f"try code {i}", "wrong") for i in range(1200, 1216)] + [("try code 1216", "the lid opens")],
         "try code {code}", "the lid opens"),
    ],
    ids=["query of a URL", "offsets of a call", "padded names", "an option", "trials"],
)  # fmt: skip
def test_what_counts_up_has_the_name_that_stands_before_it(
    memory: ProceduralMemory, rounds: Sequence[Line], action: str, until: str
):
    record(memory, "Go through all of the archive", [*rounds, ("close archive", "closed")])
    loop = steps(only(memory))[0]
    assert (loop.action, loop.until, loop.times) == (action, until, len(rounds))
    assert pitfalls(memory) == []


@pytest.mark.parametrize(
    ("task", "lines"),
    [
        ("Close tickets 7, 8 and 9", [(f"tick close {i}", "closed") for i in (7, 8, 9)]),
        ("Restart what is down", [("list nodes", "down: node1 node2 node3")]
         + [(f"ssh node{i} reboot", "rebooting") for i in (1, 2, 3)]),
        ("Clean the house", [(f"clean room {i}", "it is clean") for i in (1, 2, 3)] + [("lock room 2", "locked")]),
        ("Set the rig up", [(f"step{i}(power=True)", "ok") for i in (1, 2, 3)]),
        ("Deal with the requests", [("next", "request 4 of Ana")]
         + [(f"grant request {i}", f"granted; request {i + 1} of Bo") for i in (4, 5, 6)]),
    ],
    ids=["of the task", "listed", "come back to", "operations", "shown one by one"],
)  # fmt: skip
def test_things_that_are_there_are_no_running_numbers(memory: ProceduralMemory, task: str, lines: Sequence[Line]):
    record(memory, task, [*lines, ("report", "sent")])
    assert not any(step.times for step in steps(only(memory)))
    assert len([step for step in steps(only(memory)) if step.action != "report"]) >= 3


def test_a_search_through_numbered_places_is_no_loop(memory: ProceduralMemory):
    places = [(f"open drawer {i}", f"The drawer {i} is empty.") for i in range(1, 5)]
    found = [("open drawer 5", "In the drawer 5 is a key 1."), ("take key 1 from drawer 5", "You take the key 1.")]
    record(memory, "Fetch the key", [*places, *found])
    assert not any(step.times for step in steps(only(memory)))


# --- What a command does is no value


@pytest.mark.parametrize(
    "verbs",
    [("start", "restart"), ("start", "stop")],
)
def test_a_subcommand_that_an_answer_happens_to_say_is_no_parameter(memory: ProceduralMemory, verbs: Sequence[str]):
    for service, verb in zip(("web", "db"), verbs, strict=True):
        lines = [
            (f"svc status {service}", f"{service} is stopped: use start, stop or restart"),
            (f"svc {verb} {service}", "ok"),
            (f"svc verify {service}", "ok"),
        ]
        record(memory, f"Look after {service} on the north side", lines)
    commands = [action for p in memory.store.procedures() for action in actions(p.script)]
    assert all(any(f"svc {verb} " in command for command in commands) for verb in verbs)
    assert not any(command.startswith("svc {") for command in commands)


def test_the_name_and_the_keys_of_a_call_are_no_values_of_the_task(memory: ProceduralMemory):
    record(
        memory,
        "Edit the name of record zeta",
        [('{"tool": "edit", "arguments": {"name": "zeta", "record": 7}}', "done")],
    )
    (call,) = actions(only(memory))
    assert call.startswith('{"tool": "edit", "arguments": {"name": "') and '"record": 7' in call


def test_what_an_option_or_a_call_takes_may_still_vary(memory: ProceduralMemory):
    for name in ("web", "db"):
        lines = [
            ("svc list --all", f"{name} is down"),
            (f"svc restart {name} --wait", "ok"),
            (f"svc verify {name}", "ok"),
        ]
        record(memory, "Bring up what is down", lines)
    commands = actions(only(memory))
    assert any(command.startswith("svc restart {") for command in commands)


# --- What was shown is a whole word, path or identifier


@pytest.mark.parametrize(
    ("shown", "value", "is_shown"),
    [
        ("built BA-7712", "A-7712", False),
        ("built A-7712.", "A-7712", True),
        ("wrote /srv/app/data/a.csv.bak", "/srv/app/data/a.csv", False),
        ("wrote '/srv/app/data/a.csv'", "/srv/app/data/a.csv", True),
        ("job J-204810 queued", "J-20481", False),
        ("job=J-20481, queued", "J-20481", True),
    ],
)
def test_a_part_of_a_longer_word_was_not_shown(memory: ProceduralMemory, shown: str, value: str, is_shown: bool):
    record(memory, "Hand the result on", [("make all", shown), (f"send --file {value} --to ops", "sent")])
    assert (actions(only(memory))[-1] != f"send --file {value} --to ops") == is_shown


def test_a_word_inside_another_one_is_nothing_that_was_shown(memory: ProceduralMemory):
    for task, word in (("Turn the boiler on its night side", "in"), ("Turn the pump on its day side", "out")):
        record(
            memory, task, [("inspect", "a string of routers"), (f"dial {word} now", "ok"), ("close panel", "closed")]
        )
    assert not any("{" in action for p in memory.store.procedures() for action in actions(p.script))


# --- Words of a task that no step takes


def test_tasks_that_differ_in_a_word_that_no_step_takes_are_one_procedure(memory: ProceduralMemory):
    for season, more in (("spring", []), ("autumn", [("ship lock web", "locked")]), ("winter", [])):
        lines = [*more, ("ship build web", "built"), ("ship push web", "pushed"), ("ship verify web", "ok")]
        record(memory, f"Deploy web for the {season} campaign", lines)
    assert "ship lock web" in actions(only(memory))


def test_a_word_that_comes_with_steps_on_other_things_tells_two_kinds_apart(memory: ProceduralMemory):
    for crop, more in (("wheat", []), ("rice", [("build the dam", "built"), ("open the sluice", "opened")])):
        lines = [("measure the field", "ok"), ("plough the field", "ok"), ("water the field", "ok"), *more]
        record(memory, f"Prepare the north field for {crop}", lines)
    assert len(memory.store.procedures()) == 2


# --- What overcame an error


@pytest.mark.parametrize("between", [1, 4])
def test_what_stopped_at_another_error_did_not_work(memory: ProceduralMemory, between: int):
    lines = [
        ("ship push web", "Error: E31 no session for web"),
        ("ship login", "welcome"),
        ("ship push web", "Error: E44 web is not locked"),
        *((f"ship lock web {'abcd'[i]}", "locked") for i in range(between)),
        ("ship push web", "pushed"),
    ]
    record(memory, "Ship web to live", lines)
    search = memory.recall("Send the letters", error="Error: E31 no session for web").on_error
    assert search is not None
    for precedent in search.precedents:
        assert not precedent.overcome or precedent.pitfall.instead.endswith("ship push web")
