"""Completeness: a script is made of the runs of a family that did all that its success takes."""

from families import run_of

from memp.build.extractive.script import extract_family
from memp.build.families import family_of, join
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory


def invoice(number: str, folder: str, *, sent: bool = True) -> Trajectory:
    steps = [
        (f"export invoice {number}", f"invoice {number} is exported"),
        (f"sign invoice {number}", f"invoice {number} is signed"),
        (f"move invoice {number} to {folder}", f"invoice {number} lies in {folder}"),
    ]
    return run_of(f"file invoice {number} under {folder}", *(steps if sent else steps[:2]))


def steps_of(*runs: Trajectory) -> tuple[str, ...]:
    return extract_family(runs).script.steps


def test_a_run_that_ended_early_says_nothing_of_the_end():
    early = invoice("A-17", "archive", sent=False)
    whole = [invoice("B-20", "taxes"), invoice("C-31", "travel"), invoice("D-44", "claims")]
    script = extract_family([early, *whole]).script
    assert script.steps == extract_family(whole).script.steps
    assert "runs)" not in "".join(script.steps)


def test_the_first_run_may_be_the_one_that_ended_early():
    early, whole = invoice("A-17", "archive", sent=False), invoice("B-20", "taxes")
    steps = steps_of(early, whole)
    assert len(steps) == 3 and "runs)" not in "".join(steps)


def test_tasks_tell_what_a_run_that_ended_early_never_came_to():
    early, whole = invoice("A-17", "archive", sent=False), invoice("B-20", "taxes")
    joined = join(family_of([member_of(early)]), member_of(whole))
    assert joined is not None
    first, second = joined.built().drafts
    assert set(first.bindings.values()) >= {"A-17", "archive"} and set(second.bindings.values()) >= {"B-20", "taxes"}
    assert "archive" not in first.script.goal


def test_a_run_that_does_something_else_in_the_end_is_another_way_and_not_cut_short():
    def handed(number: str, folder: str) -> Trajectory:
        start = invoice(number, folder, sent=False)
        last = (f"hand invoice {number} to the clerk", f"the clerk files it under {folder}")
        return run_of(start.task, *((s.action, s.observation) for s in start.steps), last)

    moved = [invoice("A-17", "archive"), invoice("B-20", "taxes"), invoice("C-31", "travel")]
    steps = steps_of(*moved, handed("D-44", "claims"), handed("E-58", "gifts"))
    assert any("clerk" in step for step in steps)


def test_what_only_some_runs_need_is_no_fault_of_those_that_did_without():
    def restart(host: str, load: str) -> Trajectory:
        drain = [(f"drain {host}", f"{host} is drained")] if load == "busy" else []
        return run_of(
            f"restart {host}; drain it first if it is busy",
            (f"status {host}", f"{host} is {load}"),
            *drain,
            (f"restart {host}", f"{host} is up"),
        )

    steps = steps_of(restart("db1", "busy"), restart("db2", "busy"), restart("db3", "idle"), restart("db4", "busy"))
    assert any(step.startswith("if ") and "drain" in step for step in steps)


def test_another_way_to_what_a_task_asks_for_is_no_fault():
    def deploy(service: str, command: str) -> Trajectory:
        return run_of(
            f"deploy service {service}",
            (f"build {service}", f"built {service}"),
            (command, f"{service} is live"),
        )

    runs = [deploy(name, f"deploy {name}") for name in ("cart", "mail", "auth")]
    runs += [deploy(name, f"kubectl apply -f {name}.yaml") for name in ("blog", "docs")]
    assert any("kubectl" in step for step in steps_of(*runs))


def test_braces_in_tasks_are_words_and_values_keep_their_letters():
    def report(shape: str, file: str, *more: tuple[str, str]) -> Trajectory:
        steps = (f"render the report as {shape}", "rendered"), *more
        return run_of(f"use format {shape} for report {file}", *steps)

    whole = report("plain", "Year.md", ("save Year.md", "saved Year.md"))
    built = extract_family([report("{7}", "README.md"), whole])
    assert "README.md" in built.drafts[0].bindings.values()
    assert "Year.md" in built.drafts[1].bindings.values()


def test_a_run_that_saw_something_else_before_the_last_step_had_no_need_of_it():
    def cleanse(table: str, customer: str, count: int) -> Trajectory:
        delete = [(f"DELETE FROM {table} WHERE customer = {customer}", f"DELETE {count}")] if count else []
        return run_of(
            f"Delete what {table} has of customer {customer}",
            (f"INSERT INTO log VALUES ({customer}, '{table}')", "INSERT 0 1"),
            (f"SELECT count(*) FROM {table} WHERE customer = {customer}", str(count)),
            *delete,
        )

    rows = (("orders", "4711", 12), ("carts", "4812", 0), ("visits", "4913", 12), ("mails", "5014", 12))
    (step,) = [s for s in steps_of(*(cleanse(*row) for row in rows)) if "DELETE FROM" in s]
    assert step.startswith("if ") or "(3 of 4 runs)" in step
