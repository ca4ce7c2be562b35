"""A model's script on its way into the memory, as runs are recorded: grounded, mended once, else written by rule."""

from collections.abc import Callable

import pytest
from runs import CLEAN_MUG, MIGRATE, TASK

from memp.errors import LLMError
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]

GROUNDED = {
    "goal": "Put a clean {object} in {place}",
    "steps": [
        "`take {object} from {source}`",
        "`clean {object} with {sink}`",
        "if 'is open': `move {object} to {place}`",
    ],
}
FOREIGN = {"goal": "Clean the dishes", "steps": ["load the dishwasher", "start programme ECO-50"]}


def test_a_grounded_script_is_kept_and_commands_need_no_backticks(open_memory: Opener):
    memory = open_memory(llm=(llm := Scripted([GROUNDED])))
    done = memory.record(TASK, CLEAN_MUG, "success")
    assert done.builder == "claude" and done.notes == [] and done.built is not None
    steps = memory.procedure(done.built).script.steps
    assert steps[0] == "take {object} from {source}" and steps[2] == "if 'is open': move {object} to {place}"
    assert len(llm.asked) == 1


def test_what_is_not_grounded_is_mended_once_with_what_was_wrong(open_memory: Opener):
    memory = open_memory(llm=(llm := Scripted([FOREIGN, GROUNDED])))
    done = memory.record(TASK, CLEAN_MUG, "success")
    assert done.builder == "claude" and len(llm.asked) == 2
    assert '"ECO-50" is in no run' in llm.asked[1].prompt and "load the dishwasher" in llm.asked[1].prompt


@pytest.mark.parametrize("second", [FOREIGN, "nonsense", LLMError("The model is away.")])
def test_what_is_not_grounded_after_that_either_is_written_by_rule_and_the_reply_says_so(
    open_memory: Opener, second: object
):
    memory = open_memory(llm=Scripted([FOREIGN, second]))  # type: ignore[list-item]
    done = memory.record(TASK, CLEAN_MUG, "success")
    assert done.how == "created" and done.built is not None
    assert memory.procedure(done.built).builder == "extractive" == done.builder
    (note,) = done.notes
    assert note.startswith("Written by rule instead. The script of 'scripted' was not kept") and "ECO-50" in note


def test_an_answer_that_no_script_can_be_made_of_is_mended_too(open_memory: Opener):
    memory = open_memory(llm=(llm := Scripted([{**GROUNDED, "steps": [" "]}, GROUNDED])))
    assert memory.record(TASK, CLEAN_MUG, "success").builder == "claude"
    assert "has no steps" in llm.asked[1].prompt


def test_a_revision_that_names_what_nothing_has_is_not_made(open_memory: Opener):
    bad = {"goal": "Migrate", "steps": ["run /opt/migrate.sh"]}
    memory = open_memory(llm=Scripted([LLMError("away"), bad, bad]))
    with pytest.raises(LLMError):
        memory.record("add a status column", MIGRATE, "success")
    script = {"goal": "add a column", "steps": ["psql -f {file}"]}
    built = memory.record("add a status column", MIGRATE, "success", script=script).built
    done = memory.record("add a status column", ["psql -f x.sql -> error: no"], "failure", used=[built])
    assert dict(done.revised) == {} and any("/opt/migrate.sh" in note for note in done.notes)


def test_a_secret_that_a_model_makes_up_is_redacted(open_memory: Opener):
    secret = "sk-ant-" + "a1B2c3D4" * 5
    answer = {**GROUNDED, "when_to_use": f"with the key {secret}"}
    memory = open_memory(llm=Scripted([answer, answer]))
    built = memory.record(TASK, CLEAN_MUG, "success").built
    assert built is not None and secret not in memory.procedure(built).script.model_dump_json()
