"""Groundedness of a model's script: steps that the runs have, conditions that were seen, no foreign identifiers."""

from collections.abc import Sequence

import pytest

from memp.build.written.grounding import Ground, faults_of
from memp.domain.procedure import Parameter, Pitfall, Script
from memp.domain.trajectory import Step, Trajectory


def run(task: str, *steps: str) -> Trajectory:
    """A run of "action -> observation" steps."""
    parts = (step.partition(" -> ") for step in steps)
    return Trajectory(task=task, steps=tuple(Step(action=a, observation=o) for a, _, o in parts), reward=1.0)


RELEASE = run(
    "release version 2.4.1 of the invoice service",
    "git tag -a v2.4.1 -m 'Release 2.4.1' -> ",
    "git push origin v2.4.1 -> error: remote is locked, E77",
    "./unlock.sh --remote origin -> unlocked",
    "git push origin v2.4.1 -> done",
)
KITCHEN = run(
    "put a clean mug in the cabinet",
    "open cabinet 3 -> The cabinet 3 is open.",
    "move mug 2 to cabinet 3 -> You move the mug 2.",
)
TICKETS = run("cancel booking Q7R2", 'cancel_booking(booking_id="Q7R2", refund=true) -> {"status": "cancelled"}')
GARTEN = run(
    "gieße die Tomaten im Gewächshaus",
    "öffne das Ventil am Gewächshaus -> offen",
    "warte bis die Erde feucht ist -> feucht",
)
SHOP = run("为订单创建优惠券", "打开优惠券页面 -> 已打开", "填写优惠码并保存 -> 已保存")


def faults(steps: Sequence[str], *runs: Trajectory, of_runs: bool = True, **more: object) -> list[str]:
    fields = {"goal": "do it", "steps": tuple(steps), **more}
    return faults_of(Script.model_validate(fields), Ground.of(runs or [RELEASE]), of_runs=of_runs)


@pytest.mark.parametrize(
    ("steps", "run_of"),
    [
        (["`git tag -a v{version} -m 'Release {version}'`", "`git push origin v{version}`"], RELEASE),
        (["Tag it: `git tag -a v{version} ...`", "push the tag to origin"], RELEASE),
        (["if 'is locked': `./unlock.sh --remote {remote}`"], RELEASE),
        (["open {place}", "move {object} to {place}"], KITCHEN),
        (["Open the cabinet", "Move the mug to it"], KITCHEN),
        (['cancel_booking(booking_id="{booking}", refund=true)'], TICKETS),
        (['`cancel_booking(booking_id="{booking}", refund={refund})`'], TICKETS),
        (["Öffne das Ventil am {ort}", "Warte, bis die Erde feucht ist"], GARTEN),
        (["打开优惠券页面", "填写{code}并保存"], SHOP),
    ],
)
def test_steps_of_the_run_with_placeholders_are_grounded(steps: list[str], run_of: Trajectory):
    assert faults(steps, run_of) == []


@pytest.mark.parametrize(
    ("step", "run_of"),
    [
        ("`git push origin main`", RELEASE),
        ("`docker compose up`", RELEASE),
        ("Inform everybody about this success", RELEASE),
        ("heat {object} with the microwave", KITCHEN),
        ("Dünge sie mit Kompost", GARTEN),
        ("{object}", KITCHEN),
    ],
)
def test_a_step_that_no_run_has_is_a_fault_unless_it_is_marked(step: str, run_of: Trajectory):
    known = [s.action for s in run_of.steps]
    (fault,) = faults([*known, step], run_of)
    assert fault.startswith(f"step {len(known) + 1} ") and "(untried)" in fault
    assert faults([*known, f"(untried) {step}"], run_of) == []


def test_a_script_that_is_mostly_untried_is_not_of_its_runs():
    marked = ["(untried) ask a colleague", "(untried) wait for an answer"]
    (fault,) = faults([*marked, "`git push origin v{version}`"])
    assert fault.startswith("2 of 3 steps are (untried)")
    assert faults([*marked, "push it to origin", "tag it with git"]) == []


@pytest.mark.parametrize(
    "text",
    ["as in release 3.0.7", "see /etc/unlock.conf", "for build 48213", "https://wiki.example.org/release", "ask ops@example.org",
     "error E78", "in INVOICE_API_TOKEN", "after 90 seconds", "like bookings-17-{version}"],
)  # fmt: skip
@pytest.mark.parametrize("where", ["goal", "when_to_use", "verification", "preconditions", "pitfalls", "parameters"])
def test_an_identifier_that_nothing_has_is_a_fault_wherever_it_stands(text: str, where: str):
    values = {
        "preconditions": (text,),
        "pitfalls": (Pitfall(trigger="remote is locked", instead=text),),
        "parameters": (Parameter(name="version", description=text),),
    }
    (fault,) = faults(["push the tag to origin"], **{where: values.get(where, text)})
    assert "is in no run" in fault


@pytest.mark.parametrize(
    "text",
    ["remote is locked, E77: run ./unlock.sh first", "version 2.4.1 for instance", "after step 2, e.g. at once", "steps 1 to 3",
     "as GitHub shows it", "the tag v{version}", "it takes 3 tries", "the invoice service's release"],
)  # fmt: skip
def test_what_the_runs_have_or_what_is_no_identifier_is_none(text: str):
    assert faults(["push the tag to origin"], when_to_use=text) == []


def test_a_call_or_an_option_that_nothing_has_is_one_as_well_however_the_step_is_marked():
    call = '`refund_booking(booking_id="{booking}")`'
    assert len(faults(['cancel_booking(booking_id="Q7R2", refund=true)', call], TICKETS)) == 2
    (fault,) = faults(['cancel_booking(booking_id="Q7R2", refund=true)', f"(untried) {call}"], TICKETS)
    assert fault.startswith('"refund_booking" is in no run')
    assert any("--force" in fault for fault in faults(["git push --force origin v{version}"]))


def test_a_number_inside_another_is_foreign():
    assert (
        faults(["move mug 2 to cabinet 3"], run("t", "move mug 2 to cabinet 3 -> order 20417"), goal="order 41") != []
    )


def test_a_condition_must_have_been_seen():
    assert faults(["if 'remote is locked': `./unlock.sh --remote {remote}`"]) == []
    (fault,) = faults(["if 'permission denied': `./unlock.sh --remote {remote}`"])
    assert fault.startswith("'permission denied' in step 1 was never seen")


def test_the_steps_of_one_run_do_not_make_up_for_those_of_another_but_each_counts():
    other = run("release version 3.1.0 of the mail service", "svn copy trunk tags/3.1.0 -> done")
    assert faults(["`git push origin v{version}`", "`svn copy trunk tags/{version}`"], RELEASE, other) == []
    assert faults(["`svn push origin v{version}`"], RELEASE, other) != []


def test_the_steps_of_a_draft_count_and_so_does_an_error_that_was_told():
    draft = Script(goal="g", steps=("if 'is locked': ./unlock.sh --remote {remote_name}",))
    ground = Ground.of([RELEASE], [draft], ["E99 at port 8443"])
    told = Script(goal="at E99, port 8443", steps=("if 'is locked': ./unlock.sh --remote {remote_name}",))
    assert faults_of(told, ground) == []


def test_a_revision_may_have_new_steps_but_no_foreign_identifiers():
    assert faults(["ask a colleague to wait"], of_runs=False) == []
    assert faults(["ask ticket OPS-4410 first"], of_runs=False) != []


def test_of_many_faults_the_first_are_told():
    told = faults([f"`kubectl scale deploy{n} --replicas={n}{n}{n}`" for n in range(2, 9)])
    assert len(told) == 9 and told[-1].startswith("and ")
