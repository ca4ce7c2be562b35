"""Whatever a model passes is answered with one sentence that says what to do, and nothing is stored by it."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.types import CallToolResult

from memp.config import Settings
from memp.store.records import Stats
from memp.store.sqlite.store import SQLiteStore
from memp_server.app import make_server
from memp_server.opening import LazyMemory

RECORD = {"task": "clean the mug", "steps": ["go to the sink -> there", "wash the mug -> clean"], "outcome": "success"}
REFLECT = {"task": "clean the cup", "steps": ["drop the cup -> it broke"], "error": "the cup broke"}
RECALL = {"task": "clean the mug"}
BASE = {"record_trajectory": RECORD, "reflect_on_failure": REFLECT, "recall_procedure": RECALL}

Ask = Callable[..., CallToolResult]


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite3"


def call(path: Path, tool: str, mode: str, given: dict[str, Any]) -> CallToolResult:
    async def talk() -> CallToolResult:
        settings = Settings(db=path, model="hashing")
        async with Client(make_server(LazyMemory(lambda: settings)), mode=mode) as client:
            return await client.call_tool(tool, given)

    return asyncio.run(talk())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory with p1 in it."""
    path = tmp_path_factory.mktemp("prepared") / "memory.sqlite3"
    result = call(path, "record_trajectory", "auto", RECORD)
    assert result.structured_content is not None
    assert result.structured_content["created"] == "p1"
    return path


@pytest.fixture
def ask(prepared: Path, path: Path) -> Ask:
    """Calls one tool of a server on a copy of `prepared`."""
    shutil.copy(prepared, path)
    return lambda tool, *, mode="auto", **given: call(path, tool, mode, given)


def stats(path: Path) -> Stats:
    store = SQLiteStore(path)
    counted = store.stats().model_copy(update={"bytes": 0, "recalls": 0})
    store.close()
    return counted


def sentence(result: CallToolResult) -> str:
    """The text of an error, after all that holds for every one of them."""
    assert result.is_error
    (content,) = result.content
    assert content.type == "text"
    text = content.text
    assert "\n" not in text
    assert not re.search(
        r"pydantic|https?://|traceback|validation error|Error executing|input_value", text, re.IGNORECASE
    )
    assert 20 <= len(text) <= 350
    assert text.endswith(".")
    return text


BAD_RECORDS: list[tuple[str, dict[str, Any], str]] = [
    ("an empty task", {"task": ""}, "'task' is empty"),
    ("a blank task", {"task": " \n\t"}, "'task' is empty"),
    ("an unreadable task", {"task": "\x00\x07"}, "'task' is empty"),
    ("a task that is a number", {"task": 5}, "'task'.*string"),
    ("no task at all", {"task": None}, "'task'"),
    ("no steps", {"steps": []}, "'steps' is empty"),
    ("empty text for steps", {"steps": ""}, "'steps' is empty"),
    ("null for steps", {"steps": None}, "'steps'"),
    ("an object for steps", {"steps": {"action": "x"}}, "'steps'"),
    ("a number for steps", {"steps": 5}, "'steps'"),
    ("an empty step", {"steps": ["wash", ""]}, "Step 2 has no action"),
    ("a step that is null", {"steps": [None]}, "Step 1 must be text or an object with 'action'"),
    ("a step that is a number", {"steps": ["wash", 7]}, "Step 2 must be text"),
    ("a step that is a list", {"steps": [["wash", "clean"]]}, "Step 1 must be text"),
    ("a step without an action", {"steps": [{"observation": "clean"}]}, "Step 1 has no action"),
    ("a step with an unknown field", {"steps": [{"action": "a", "result": "b"}]}, "unknown field 'result': use action"),
    ("a step whose observation is an object", {"steps": [{"action": "a", "observation": {"x": 1}}]}, "'observation' of step 1"),
    ("a step with a field of a name without end", {"steps": [{"action": "a", "x" * 10_000: "b"}]}, "unknown field 'xxx"),
    ("more than any trajectory has", {"steps": [{"action": "a" * 19_000}] * 300}, "the limit is 4,000,000: shorten"),
    ("a reward of 7", {"outcome": 7}, "'outcome' is 7: a reward lies between 0"),
    ("a reward below 0", {"outcome": -0.1}, "'outcome' is -0.1"),
    ("NaN as text", {"outcome": "NaN"}, "'outcome' is nan"),
    ("infinity as text", {"outcome": "Infinity"}, "'outcome' is inf"),
    ("a word", {"outcome": "great"}, "'outcome' is \"great\": pass \"success\", \"failure\""),
    ("true", {"outcome": True}, "'outcome' must be \"success\", \"failure\""),
    ("a list for the outcome", {"outcome": ["success"]}, "'outcome' must be"),
    ("an unknown id", {"used": ["p99"]}, "no procedure p99 .* nothing was stored"),
    ("a known and an unknown id", {"used": ["p1", "p7"]}, "no procedure p7"),
    ("an id larger than any", {"used": ["p" + "9" * 30]}, "'used' has \"p999"),
    ("an id without end", {"used": ["9" * 5000]}, "'used' has \"999"),
    ("a malformed id", {"used": ["the first one"]}, "'used' has \"the first one\": pass ids as recall_procedure gave"),
    ("a negative id", {"used": ["p-1"]}, "'used' has \"p-1\""),
    ("ids that are numbers", {"used": [1]}, "'used'"),
    ("an object for used", {"used": {"id": "p1"}}, "'used'"),
    ("a number for evidence", {"evidence": 5}, "'evidence'.*string"),
    ("a number for facts", {"facts": 5}, "'facts'"),
    ("numbers as facts", {"facts": [1, 2]}, "'facts'"),
    ("facts that are null", {"facts": [None]}, "'facts'"),
    ("tokens below 0", {"tokens": -1}, "'tokens'"),
    ("half a token", {"tokens": 1.5}, "'tokens'"),
    ("more tokens than there are", {"tokens": 10**30}, "'tokens'"),
    ("tokens in words", {"tokens": "many"}, "'tokens'"),
    ("a script without steps", {"script": {"goal": "clean"}}, "'script' has no steps"),
    ("a script with no steps in it", {"script": {"steps": []}}, "'script' has no steps"),
    ("a script of blank steps", {"script": {"steps": ["", " "]}}, "'script' has no steps"),
    ("an empty script", {"script": ""}, "'script' has no steps"),
    ("an unknown field in a script", {"script": {"steps": ["a"], "title": "b"}}, "unknown field 'title': use goal"),
    ("a script of 200 steps", {"script": {"steps": ["wash"] * 200}}, "'script' has 200 steps; at most 60"),
    ("a script that is broken JSON", {"script": '{"steps": ["a"'}, "looks like JSON but cannot be read"),
    ("a script nested without end", {"script": '{"a":' * 50_000}, "looks like JSON but cannot be read"),
    ("a number for a script", {"script": 5}, "'script'"),
    ("true for a script", {"script": True}, "'script'"),
    ("numbers as steps of a script", {"script": {"steps": [1, 2]}}, "'steps' of the script must be text"),
    ("a number for the steps of a script", {"script": {"steps": 5}}, "'steps' of the script must be a list"),
    ("a goal that is a list", {"script": {"steps": ["a"], "goal": ["b"]}}, "'goal' of the script must be text"),
    ("preconditions of numbers", {"script": {"steps": ["a"], "preconditions": [1]}}, "'preconditions' of the script"),
    ("parameters that are a number", {"script": {"steps": ["a"], "parameters": 5}}, "'parameters' of the script"),
    ("a parameter that is a number", {"script": {"steps": ["a"], "parameters": [5]}}, "parameter of the script must be"),
    ("pitfalls that are text", {"script": {"steps": ["a"], "pitfalls": "b"}}, "'pitfalls' of the script must be a list"),
    ("a pitfall that is a number", {"script": {"steps": ["a"], "pitfalls": [5]}}, "pitfall of the script must be"),
    ("a trigger that is a number", {"script": {"steps": ["a"], "pitfalls": [{"trigger": 5}]}}, "'trigger' of the script"),
]  # fmt: skip

BAD_REFLECTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("an empty error", {"error": ""}, "'error' is empty"),
    ("null for the error", {"error": None}, "'error'"),
    ("an object for the error", {"error": {"code": 1}}, "'error'"),
    ("an empty task", {"task": ""}, "'task' is empty"),
    ("no steps", {"steps": []}, "'steps' is empty"),
    ("a number for the lesson", {"lesson": 5}, "'lesson'"),
    ("a revision without used", {"revision": {"steps": ["hold it"]}}, "pass exactly its id in 'used'"),
    ("a revision of two", {"used": ["p1", "p2"], "revision": {"steps": ["hold it"]}}, "exactly its id in 'used'"),
    ("a revision of an unknown procedure", {"used": ["p5"], "revision": {"steps": ["hold it"]}}, "no procedure p5"),
    ("a revision without steps", {"used": ["p1"], "revision": {"goal": "hold it"}}, "has no steps"),
    ("a revision that is a number", {"used": ["p1"], "revision": 5}, "'revision'"),
    ("an unknown id", {"used": ["p99"]}, "no procedure p99"),
]

BAD_RECALLS: list[tuple[str, dict[str, Any], str]] = [
    ("an empty task", {"task": ""}, "'task' is empty"),
    ("a list for the task", {"task": ["clean"]}, "'task'"),
    ("a limit of 0", {"limit": 0}, "'limit'.*1"),
    ("a limit of 4", {"limit": 4}, "'limit'.*3"),
    ("a limit in words", {"limit": "two"}, "'limit'"),
    ("a limit and a half", {"limit": 1.5}, "'limit'"),
    ("a limit without end", {"limit": 10**40}, "'limit'"),
    ("an unknown detail", {"detail": "everything"}, "'script', 'trajectory' or 'proceduralization'"),
    ("a number for the detail", {"detail": 5}, "'detail'"),
    ("an object for the context", {"context": {"place": "kitchen"}}, "'context'"),
    ("a number for the error", {"error": 404}, "'error'"),
    ("a number for the facts", {"facts": 1}, "'facts'"),
]

CASES = [
    *(("record_trajectory", *case) for case in BAD_RECORDS),
    *(("reflect_on_failure", *case) for case in BAD_REFLECTIONS),
    *(("recall_procedure", *case) for case in BAD_RECALLS),
]


@pytest.mark.parametrize("outcome", [None, "", float("nan"), float("inf")])
def test_an_outcome_that_is_null_or_that_json_writes_as_null_is_not_given(ask: Ask, outcome: object):
    result = ask("record_trajectory", **{**BASE["record_trajectory"], "task": "another task", "outcome": outcome})
    assert not result.is_error and "assessed" in (result.structured_content or {})


def test_empty_ids_name_no_procedure(ask: Ask):
    result = ask("record_trajectory", **{**BASE["record_trajectory"], "task": "another task", "used": ["", "null"]})
    assert not result.is_error and "credited" not in (result.structured_content or {})


@pytest.mark.parametrize(
    ("tool", "given", "says"),
    [(tool, given, says) for tool, _, given, says in CASES],
    ids=[f"{tool.partition('_')[0]} with {name}" for tool, name, _, _ in CASES],
)
def test_bad_arguments_are_answered_with_what_to_do_and_nothing_is_stored(
    ask: Ask, path: Path, tool: str, given: dict[str, Any], says: str
):
    before = stats(path)
    arguments = {**BASE[tool], "task": "another task", **given}
    assert re.search(says, sentence(ask(tool, **arguments)))
    assert stats(path) == before


@pytest.mark.parametrize("tool", BASE)
def test_a_missing_argument_is_named(ask: Ask, path: Path, tool: str, mode: str):
    before = stats(path)
    for name in BASE[tool]:
        arguments = {key: value for key, value in BASE[tool].items() if key != name}
        if name == "outcome":
            continue
        said = sentence(ask(tool, mode=mode, **arguments))
        if (tool, name) == ("reflect_on_failure", "steps"):
            assert said == "'steps' is missing: pass what was done, or as 'trajectory' the id of the recorded run."
        else:
            assert said == f"{tool} needs '{name}': call it again with it."
    assert stats(path) == before


def test_both_protocols_give_the_same_sentence(ask: Ask):
    said = {sentence(ask("record_trajectory", mode=mode, **{**RECORD, "outcome": 7})) for mode in ("auto", "legacy")}
    assert said == {"'outcome' is 7: a reward lies between 0 (failed) and 1 (done)."}


OPTIONAL = {
    "record_trajectory": ["evidence", "used", "script", "facts", "tokens"],
    "reflect_on_failure": ["used", "lesson", "revision"],
    "recall_procedure": ["context", "facts", "error", "limit", "detail"],
}


@pytest.mark.parametrize("tool", OPTIONAL)
def test_null_for_an_optional_argument_is_as_if_it_were_not_given(ask: Ask, tool: str, mode: str):
    nulls = dict.fromkeys(OPTIONAL[tool])
    given = ask(tool, mode=mode, **{**BASE[tool], **nulls})
    assert not given.is_error
    plain = ask(tool, mode=mode, **BASE[tool])
    if tool == "recall_procedure":
        assert given.structured_content == plain.structured_content


@pytest.mark.parametrize(
    "script",
    [
        {"steps": ["fill the sink", "wash the {object}"]},
        ["fill the sink", "wash the {object}"],
        "1. fill the sink\n2. wash the {object}",
        '{"steps": ["fill the sink", "wash the {object}"]}',
        '["fill the sink", "wash the {object}"]',
        {"steps": "fill the sink\nwash the {object}", "goal": None, "parameters": None, "pitfalls": None},
    ],
    ids=["object", "list", "text", "object as JSON text", "list as JSON text", "lines and nulls"],
)
def test_a_script_is_taken_in_every_form_a_model_may_write_it(ask: Ask, path: Path, script: object):
    result = ask("record_trajectory", **{**RECORD, "task": "clean the pan", "script": script})
    assert not result.is_error
    store = SQLiteStore(path)
    assert store.procedures()[-1].script.steps == ("fill the sink", "wash the {object}")
    store.close()


def test_used_and_facts_may_be_plain_text(ask: Ask):
    result = ask("record_trajectory", **{**RECORD, "task": "clean the pan", "used": "p1", "facts": "pan, sink"})
    assert result.structured_content is not None
    assert result.structured_content["credited"] == ["p1: 1 of 1 uses succeeded"]


@pytest.mark.parametrize("text", ['{"code": 404, "message": "not found"}', "[1, 2]", "null", "5", '"quoted"'])
def test_a_text_that_happens_to_be_json_is_a_text(ask: Ask, text: str):
    assert not ask("recall_procedure", **RECALL, error=text, context=text).is_error
    assert not ask("reflect_on_failure", **{**REFLECT, "error": text, "lesson": text}).is_error
    assert not ask("record_trajectory", **{**RECORD, "task": text, "evidence": text}).is_error


@pytest.mark.parametrize(
    ("tool", "arguments", "misspelt", "known"),
    [
        ("recall_procedure", RECALL, {"errors": "it broke"}, "task, context, facts, error, limit, detail"),
        (
            "record_trajectory",
            {**RECORD, "task": "clean the pan"},
            {"outcomes": "failure"},
            "task, steps, outcome, evidence",
        ),
        ("reflect_on_failure", REFLECT, {"procedure": "p1"}, "task, error, steps, trajectory, used, lesson, revision"),
    ],
)
def test_an_argument_that_does_not_exist_is_an_error_that_names_those_that_do(
    ask: Ask, path: Path, tool: str, arguments: dict[str, Any], misspelt: dict[str, Any], known: str
):
    store = SQLiteStore(path)
    before = store.stats()
    result = ask(tool, **arguments, **misspelt)
    assert result.is_error
    (said,) = result.content
    assert f"no argument '{next(iter(misspelt))}'" in said.text and known in said.text  # type: ignore[union-attr]
    assert store.stats() == before
    store.close()


@pytest.mark.parametrize("name", ["task_progress", "wait_for_previous", "toolCallId", "sessionId", "_auth_type"])
def test_what_hosts_add_to_every_call_does_no_harm(ask: Ask, name: str):
    assert not ask("recall_procedure", **RECALL, **{name: "x"}).is_error


def test_control_characters_and_half_pairs_are_replaced_and_kept_out(ask: Ask, path: Path):
    odd = "wash\x00 it\x1b[31m \ud800 now"
    assert not ask("record_trajectory", task=odd, steps=[f"{odd} -> {odd}"], outcome="success", evidence=odd).is_error
    store = SQLiteStore(path)
    kept = store.trajectory(2)
    store.close()
    assert (kept.task, kept.steps[0].action) == ("wash it \ufffd now",) * 2


def test_an_unknown_tool_is_an_error_and_the_next_call_works(ask: Ask):
    result = ask("forget_everything")
    assert result.is_error
    assert "Unknown tool: forget_everything" in str(result.content)
    assert not ask("recall_procedure", **RECALL).is_error


def test_after_all_kinds_of_bad_input_the_same_server_still_serves(path: Path):
    async def talk() -> None:
        settings = Settings(db=path, model="hashing")
        async with Client(make_server(LazyMemory(lambda: settings))) as client:
            for tool, _, given, _ in CASES:
                await client.call_tool(tool, {**BASE[tool], **given})
            recorded = await client.call_tool("record_trajectory", RECORD)
            recalled = await client.call_tool("recall_procedure", RECALL)
            assert not recorded.is_error
            assert recalled.structured_content is not None
            assert recalled.structured_content["matches"][0]["id"] == "p1"

    asyncio.run(talk())
