"""Runs with the same steps corroborate one procedure; scripts that differ in a name become one with a parameter."""

from runs import CLEAN_CUP, CLEAN_MUG

from memp.memory import ProceduralMemory


def test_runs_with_the_same_chain_of_steps_corroborate_one_procedure(memory: ProceduralMemory):
    first = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    second = memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")
    assert (second.how, second.built) == ("merged", first.built)
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert match.procedure.trajectories == (first.trajectory, second.trajectory)
    assert match.example is not None and match.example.task == "put a clean cup in cabinet."


def test_unrelated_tasks_done_in_like_words_stay_apart(memory: ProceduralMemory):
    terse = ["Read the code -> ok", "Edit it -> ok", "Run the tests -> 12 passed"]
    memory.record("Migrate billing to Postgres 16", terse, "success")
    assert memory.record("Translate the docs to French", terse, "success").how == "created"
    for goal in ("Fix a flaky {test}", "Add a page to a web shop"):
        script = {"goal": goal, "steps": ["Read", "Edit", "Run the tests"]}
        assert memory.record(goal, [f"{goal} -> done"], "success", script=script).how == "created"
    (match,) = memory.recall("Add a login page to the web shop").matches
    assert match.procedure.script.goal == "Add a page to a web shop"


def test_two_scripts_that_differ_in_a_name_become_one_with_a_parameter(memory: ProceduralMemory):
    for name in ("api", "web"):
        script = {
            "goal": f"Deploy the {name} service",
            "steps": [f"build {name}", f"restart {name}", "look at the log"],
        }
        done = memory.record(f"Deploy the {name} service", [f"build {name} -> ok"], "success", script=script)
    assert done.general == 3 and memory.procedure(3).tier == "candidate"
    assert memory.procedure(3).script.steps == ("build {service}", "restart {service}", "look at the log")
    assert len(memory.procedure(3).trajectories) == 2
    (match,) = memory.recall("Deploy the billing service").matches
    assert (match.procedure.id, match.bindings) == (3, {"service": "billing"})
