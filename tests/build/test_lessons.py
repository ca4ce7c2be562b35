"""Lessons of a run: what failed and then worked, and how a failed run went wrong."""

import pytest
from families import run_of

from memp.build.lessons import MOST_PITFALLS, pitfall_of, recovered
from memp.build.reading.run import read_run
from memp.domain.procedure import Pitfall
from memp.domain.trajectory import Evidence, EvidenceKind
from memp.memory import ProceduralMemory


def lessons(task: str, *steps: tuple[str, str]) -> tuple[Pitfall, ...]:
    run = run_of(task, *steps)
    return recovered(read_run(run.task, run.steps), lambda text: text)


def test_an_attempt_that_another_made_good_is_told_with_what_worked():
    (pitfall,) = lessons(
        "Install httpkit",
        ("pip instal httpkit==2.32.0", 'ERROR: unknown command "instal"'),
        ("pip install httpkit==2.32.0", "Successfully installed"),
    )
    assert pitfall.trigger.startswith("pip instal httpkit==2.32.0: ") and "unknown command" in pitfall.trigger
    assert pitfall.instead == "pip install httpkit==2.32.0"


def test_the_same_attempt_that_worked_later_is_told_with_what_was_done_before():
    (pitfall,) = lessons(
        "Start the pump",
        ('start(pump="P3")', "Error: valve V1 is closed"),
        ('open_valve(id="V1")', "ok"),
        ('start(pump="P3")', "running"),
    )
    assert pitfall.instead == 'open_valve(id="V1"), then start(pump="P3")'


def test_of_two_errors_of_one_command_each_is_told_with_what_overcame_it():
    missing, wrong = lessons(
        "Mend the login test",
        ("pytest -q", "ModuleNotFoundError: No module named 'clockwork'"),
        ("pip install clockwork", "ok"),
        ("pytest -q", "FAILED test_expiry - assert 3600 == 1800"),
        ("edit session.py: TTL = 1800", "saved"),
        ("pytest -q", "12 passed"),
    )
    assert "clockwork" in missing.trigger and missing.instead == "pip install clockwork, then pytest -q"
    assert "test_expiry" in wrong.trigger and wrong.instead == "edit session.py: TTL = 1800, then pytest -q"


def test_an_attempt_that_just_had_to_be_done_again_says_so():
    (pitfall,) = lessons("Send it", ('send(to="a")', "Error: timeout"), ('send(to="a")', "sent"))
    assert pitfall.instead == 'Try again: send(to="a")'


def test_what_went_well_is_no_lesson():
    assert lessons("Make it", ("make all", "built")) == ()


def test_a_lesson_is_in_general_terms():
    run = run_of(
        "Refund A-1044",
        ('refund(order_id="A-1044")', "Error: A-1044 has no account"),
        ('refund(order_id="A-1044", to="voucher")', "done"),
    )
    (pitfall,) = recovered(read_run(run.task, run.steps), lambda text: text.replace("A-1044", "{order_id}"))
    assert "A-1044" not in pitfall.trigger and pitfall.instead == 'refund(order_id="{order_id}", to="voucher")'


def test_of_many_lessons_the_first_are_kept():
    steps = [s for n in range(9) for s in ((f'go(to="r{n}")', f"Error: r{n} is shut"), (f'go(to="r{n}")', "ok"))]
    assert len(lessons("Go", *steps)) == MOST_PITFALLS


def test_the_pitfall_of_a_failed_run_is_its_last_open_error():
    run = run_of("Ship it", ("make all", "Error: no rule"), ("deploy --now", "Error: denied"), ("ls", "a"), reward=0.0)
    pitfall = pitfall_of(run)
    assert pitfall is not None
    assert (
        pitfall.trigger == "deploy --now: Error: denied" and "Ship it" in pitfall.consequence and pitfall.instead == ""
    )


@pytest.mark.parametrize(
    ("kind", "detail", "told"),
    [
        ("user", "\n it went to the wrong {host}\nmore", "it went to the wrong {host}"),
        ("judge", "the report was never sent", "the report was never sent"),
        ("check", "pytest, exit 1", "pytest, exit 1"),
        ("claim", "KeyError: 'total'", "KeyError: 'total'"),
        ("check", "pytest, exit 0", None),
        ("environment", "reward 0", None),
        ("claim", "", None),
    ],
)
def test_where_no_step_failed_only_what_the_evidence_says_is_a_pitfall(
    kind: EvidenceKind, detail: str, told: str | None
):
    run = run_of("Ship it", ("make all", "built"), ("deploy", "ok"), reward=0.0)
    pitfall = pitfall_of(run.model_copy(update={"evidence": Evidence(kind=kind, detail=detail)}))
    assert (pitfall and pitfall.trigger) == told


def test_a_failed_run_of_which_nothing_tells_why_has_no_pitfall_and_its_caller_is_told(memory: ProceduralMemory):
    done = memory.record("Ship it", ["make all -> built", "deploy -> ok"], "failure")
    assert done.pitfalls == [] and any("no step shows an error" in note for note in done.notes)
    assert pitfall_of(run_of("Ship it", reward=0.0)) is None


def test_several_acts_before_the_attempt_that_worked_are_all_told():
    (pitfall,) = lessons(
        "Roll out 2.4",
        ("rollout status", "error: image 2.4 not found"),
        ("make push TAG=2.4", "pushed"),
        ("kubectl restart web", "restarted"),
        ("rollout status", "successfully rolled out"),
    )
    assert pitfall.instead == "make push TAG=2.4; kubectl restart web, then rollout status"


def test_a_pitfall_tells_the_error_that_nothing_made_good() -> None:
    run = run_of(
        "ship it to staging",
        ("make tset", "make: *** No rule to make target 'tset'.  Stop."),
        ("make test", "12 passed"),
        ("deploy --to staging", "PermissionError: [Errno 13] no token"),
        ("git status", "clean"),
        reward=0.0,
    )
    pitfall = pitfall_of(run)
    assert pitfall is not None
    assert pitfall.trigger == "deploy --to staging: PermissionError: [Errno 13] no token"
    assert "ship it to staging" in pitfall.consequence
    assert pitfall.instead == ""


@pytest.mark.parametrize(
    ("observation", "told"),
    [
        (
            "Exit code 1\nTraceback (most recent call last):\n  import yaml\nModuleNotFoundError: No module named 'yaml'",
            "ModuleNotFoundError: No module named 'yaml'",
        ),
        ("Exit code 127\n/bin/sh: 1: pyest: command not found", "/bin/sh: 1: pyest: command not found"),
        ("error: unrecognized arguments: --foo\n\n[exit code: 2]", "error: unrecognized arguments: --foo"),
        ("Exit code 1\na.ts(3,1): error TS2304: Cannot find name 'foo'.\nFound 1 error.",
         "a.ts(3,1): error TS2304: Cannot find name 'foo'."),
        ("Exit code 101\nerror[E0425]: cannot find value `x`\n --> main.rs:2:5\nerror: aborting due to 1 previous error",
         "error[E0425]: cannot find value `x`"),
        ("Exit code 128\nfatal: not a git repository", "fatal: not a git repository"),
        ("Exit code 2\n./main.go:3:5: undefined: foo", "./main.go:3:5: undefined: foo"),
        ("psycopg2.OperationalError: connection refused\nexit code: 1",
         "psycopg2.OperationalError: connection refused"),
        ("Exit code 1\nall is written", "Exit code 1"),
        ("Nothing happens.", "Nothing happens."),
    ],
)  # fmt: skip
def test_a_pitfall_tells_how_a_command_failed_and_not_only_that_it_did(observation: str, told: str) -> None:
    pitfall = pitfall_of(run_of("ship it", ("deploy", observation), reward=0.0))
    assert pitfall is not None and pitfall.trigger == f"deploy: {told}"


def test_a_pitfall_says_what_later_worked() -> None:
    run = run_of("ship it", ("make tset", "make: *** No rule. Stop."), ("make test", "12 passed"), reward=0.0)
    pitfall = pitfall_of(run.model_copy(update={"steps": run.steps * 2}))
    assert pitfall is not None and pitfall.instead in ("", "make test")


def test_a_pitfall_names_no_instances_and_the_task_as_it_is() -> None:
    run = run_of(
        "put a mug in {chest}",
        ("go to chest 1", "The chest 1 is closed."),
        ("put mug 1 in/on chest 1", "Nothing happens."),
        reward=0.0,
    )
    pitfall = pitfall_of(run)
    assert pitfall is not None
    assert pitfall.trigger == "put mug in/on chest: Nothing happens."
    assert "put a mug in {chest}" in pitfall.consequence
