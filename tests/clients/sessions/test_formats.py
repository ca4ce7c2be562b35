"""Trajectory files: three formats, by their shape; what cannot be read is said, and the rest goes on."""

import bz2
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.errors import InputError
from memp.inputs.trajectory import parse_steps
from memp_clients.sessions import files
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import parse, read, read_one

OWN = {"task": "Free the port", "steps": ["lsof -i :80 -> nginx", "kill 7 -> done"], "outcome": "success"}
OPENAI = {
    "messages": [
        {"role": "system", "content": "You are a coding agent."},
        {"role": "user", "content": "Fix the failing test"},
        {
            "role": "assistant",
            "content": "First I run it.",
            "tool_calls": [
                {"id": "a", "function": {"name": "bash", "arguments": '{"command": "pytest -q"}'}},
                {"id": "b", "function": {"name": "read", "arguments": '{"path": "a.py", "line": 3}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "b", "content": "x = 1"},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "1 failed"}]},
        {"role": "assistant", "content": "It is fixed."},
    ],
    "outcome": "success",
}
ANTHROPIC = [
    {"role": "user", "content": [{"type": "text", "text": "Fix the failing test"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Run it first."},
            {"type": "tool_use", "id": "a", "name": "bash", "input": {"command": "pytest -q"}},
        ],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": "exit 1"}],
    },
]
ROLLOUT = {
    "game": "train/look_at-Book-Lamp/trial_1",
    "conversations": [
        {"from": "human", "value": "You are in a room. You see a desk 1.\n\nYour task is to: look at the book.\n"},
        {"from": "gpt", "value": "go to desk 1"},
        {"from": "human", "value": "On the desk 1, you see a book 2."},
        {"from": "gpt", "value": "Thought: There it is.\nAction: take book 2 from desk 1"},
        {"from": "human", "value": "You pick up the book 2."},
    ],
}

Write = Callable[[str, bytes | str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: bytes | str) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return written


def entries(source: str, outcome: object = None) -> list[Entry]:
    found = list(read(source, outcome))
    assert not [entry for entry in found if isinstance(entry, Fault)]
    return [entry for entry in found if isinstance(entry, Entry)]


def faults(source: str) -> list[Fault]:
    return [entry for entry in read(source) if isinstance(entry, Fault)]


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


class TestOwnFormat:
    def test_every_field_is_taken_over(self) -> None:
        entry = parse(
            {
                **OWN,
                "evidence": {"kind": "check", "detail": "curl, exit 0"},
                "script": {"steps": ["x"]},
                "used": ["p1"],
                "facts": ["port", "nginx"],
                "provenance": {"client": "codex", "model": "m", "unknown": 1},
                "tokens": 12,
                "id": "run-7",
            }
        )
        assert (entry.task, entry.steps, entry.outcome) == (OWN["task"], OWN["steps"], "success")
        assert entry.evidence == "check: curl, exit 0"
        assert (entry.script, entry.used, entry.facts, entry.tokens) == (
            {"steps": ["x"]},
            ["p1"],
            ["port", "nginx"],
            12,
        )
        assert entry.provenance.model_dump(exclude_none=True) == {"client": "codex", "model": "m", "source": "run-7"}

    def test_a_reward_is_an_outcome_and_zero_is_not_missing(self) -> None:
        assert parse({"task": "t", "steps": ["a"], "reward": 0}, "success").outcome == 0

    def test_the_callers_outcome_is_for_records_that_name_none(self) -> None:
        assert parse({"task": "t", "steps": ["a"]}, "failure").outcome == "failure"
        assert parse({"task": "t", "steps": ["a"]}).outcome is None
        assert parse(OWN, "failure").outcome == "success"

    @pytest.mark.parametrize(
        "wrong", [{"tokens": "many"}, {"tokens": -1}, {"used": 7}, {"facts": {}}, {"evidence": 3}, {"error": ["x"]}]
    )
    def test_a_field_of_the_wrong_type_is_named(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InputError, match=f"'{next(iter(wrong))}' must be"):
            parse({**OWN, **wrong})


class TestMessages:
    def test_openai_messages_become_task_thoughts_actions_and_observations(self) -> None:
        entry = parse(OPENAI)
        assert entry.task == "Fix the failing test"
        steps, _, _ = parse_steps(entry.steps)
        assert [(s.thought, s.action, s.observation) for s in steps] == [
            ("First I run it.", "Bash: pytest -q", "1 failed"),
            (None, "Read: a.py", "x = 1"),
        ]

    def test_a_bare_list_of_anthropic_messages_is_one_trajectory(self) -> None:
        entry = parse(ANTHROPIC, "failure")
        assert (entry.task, entry.outcome) == ("Fix the failing test", "failure")
        assert entry.steps == [
            {"thought": "Run it first.", "action": "Bash: pytest -q", "observation": "Error: exit 1"}
        ]

    def test_the_task_key_goes_before_the_first_user_message(self) -> None:
        entry = parse({**OPENAI, "task": "Make test_a pass"})
        assert entry.task == "Make test_a pass"
        assert isinstance(entry.steps, list)
        assert len(entry.steps) == 2

    def test_without_tools_the_words_are_the_steps(self) -> None:
        said = [("user", "Escape the maze"), ("assistant", "go north"), ("user", "A wall."), ("assistant", "go east")]
        entry = parse([{"role": role, "content": text} for role, text in said])
        assert entry.steps == [{"action": "go north", "observation": "A wall."}]

    def test_one_answer_without_tools_is_one_step(self) -> None:
        entry = parse([{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}])
        assert entry.steps == [{"action": "4"}]

    def test_arguments_that_are_no_json_are_kept_as_they_are(self) -> None:
        call = {"role": "assistant", "tool_calls": [{"function": {"name": "bash", "arguments": "ls {"}}]}
        assert parse([{"role": "user", "content": "t"}, call]).steps == [{"action": "bash(ls {)"}]

    def test_pictures_are_named_not_shown(self) -> None:
        picture = {"role": "user", "content": [{"type": "image", "source": {"data": "AAAA"}}]}
        entry = parse([{"role": "user", "content": "t"}, {"role": "assistant", "content": "look"}, picture])
        assert entry.steps == [{"action": "look", "observation": "[image]"}]

    def test_messages_that_are_no_objects_are_refused(self) -> None:
        with pytest.raises(InputError, match="'messages' is not a list of objects"):
            parse({"messages": ["hello"]})


class TestRollouts:
    def test_a_rollout_is_an_experts_success_with_the_game_as_its_source(self) -> None:
        entry = parse(ROLLOUT)
        assert entry.task == "look at the book."
        assert (entry.outcome, entry.evidence) == ("success", "environment: an expert's rollout")
        assert entry.provenance.source == ROLLOUT["game"]
        assert entry.steps == [
            {"action": "go to desk 1", "observation": "On the desk 1, you see a book 2."},
            {"thought": "There it is.", "action": "take book 2 from desk 1", "observation": "You pick up the book 2."},
        ]

    def test_the_callers_outcome_wins_and_claims_no_environment(self) -> None:
        entry = parse(ROLLOUT, "failure")
        assert (entry.outcome, entry.evidence) == ("failure", "")

    def test_a_turn_without_text_is_refused(self) -> None:
        with pytest.raises(InputError, match="no text in 'value'"):
            parse({"conversations": [{"from": "gpt", "value": None}]})


class TestFiles:
    def test_lines_of_all_formats_may_stand_in_one_file(self, write: Write) -> None:
        found = entries(write("a.jsonl", lines(OWN, OPENAI, ROLLOUT, ANTHROPIC)), "success")
        assert [entry.place for entry in found] == ["line 1", "line 2", "line 3", "line 4"]
        assert found[0].provenance.source == "a.jsonl, line 1"
        assert found[2].provenance.source == ROLLOUT["game"]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_a_json_document_is_one_trajectory_or_a_list(self, write: Write, indent: int | None) -> None:
        assert len(entries(write("one.json", json.dumps(OWN, indent=indent)))) == 1
        several = entries(write("list.json", json.dumps([OWN, ROLLOUT], indent=indent)))
        assert len(several) == 2
        assert several[1].place.endswith("item 2")
        assert len(entries(write("chat.json", json.dumps(ANTHROPIC, indent=indent)), "success")) == 1

    @pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
    def test_compressed_files_are_seen_by_their_bytes_not_their_name(
        self, write: Write, pack: Callable[[bytes], bytes]
    ) -> None:
        assert len(entries(write("a.jsonl", pack(lines(OWN, ROLLOUT).encode())))) == 2

    def test_stdin_is_read_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        raw = io.BufferedReader(io.BytesIO(gzip.compress(lines(OWN, OWN).encode())))  # pyright: ignore[reportArgumentType]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
        assert [entry.provenance.source for entry in entries("-")] == ["stdin, line 1", "stdin, line 2"]

    def test_a_byte_order_mark_and_blank_lines_do_no_harm(self, write: Write) -> None:
        assert len(entries(write("a.jsonl", "\ufeff" + lines(OWN) + "\n  \n" + lines(ROLLOUT)))) == 2

    def test_a_broken_line_is_named_and_the_rest_goes_on(self, write: Write) -> None:
        good = lines(OWN).encode()
        content = b'{"task": oops}\n' + good + b'{"task": "\xff"}\n' + b"[1, 2]\n" + b'"text"\n' + good
        found = list(read(write("a.jsonl", content)))
        assert [f"{entry.place}: {entry.reason}" for entry in found if isinstance(entry, Fault)] == [
            "line 1: not JSON (expecting value at column 10)",
            "line 3: not UTF-8: save the file in that encoding",
            "line 4, item 1: it is not an object",
            "line 4, item 2: it is not an object",
            "line 5: text, not a trajectory",
        ]
        assert [entry.place for entry in found if isinstance(entry, Entry)] == ["line 2", "line 6"]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "the file is empty"),
            (b" \n\n", "the file is empty"),
            (b"[]", "the list is empty"),
            (b'{\n "task": "t",\n "steps": [', "not JSON (expecting value at line 3"),
            (b"task,steps\na,b\n", "not JSON (expecting value at column 1)"),
            ("{}".encode("utf-16"), "not UTF-8"),
            (b'{"name": "x"}', "the format is not known"),
            (b"7", "it is not an object"),
            (b'{"steps": ' + b"[" * 100_000, "not JSON"),
        ],
    )
    def test_a_file_without_trajectories_says_what_it_is(self, write: Write, content: bytes, reason: str) -> None:
        found = faults(write("a.json", content))
        assert len(found) >= 1
        assert reason in found[0].reason

    def test_a_file_that_breaks_off_gives_what_stands_before(self, write: Write) -> None:
        packed = gzip.compress("".join(lines({**OWN, "tokens": n * 7919 % 10007}) for n in range(5000)).encode())
        found = list(read(write("a.jsonl.gz", packed[: len(packed) // 2])))
        assert isinstance(found[0], Entry)
        last = found[-1]
        assert isinstance(last, Fault)
        assert "damaged from here on" in last.reason

    def test_a_line_without_end_is_passed_over(self, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MAX_LINE", 1 << 20)
        found = list(read(write("a.jsonl", lines({**OWN, "pad": "x" * (3 << 20)}, OWN))))
        assert [type(entry) for entry in found] == [Fault, Entry]
        assert found[0].place == "line 1"

    @pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
    def test_what_is_no_file_is_refused_at_once(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError):
            files.check([str(tmp_path / name)])

    def test_how_far_the_file_is_read_is_told(self, write: Write) -> None:
        source = write("a.jsonl", lines(*[OWN] * 2000))
        seen: list[int] = []
        assert len(list(read(source, None, seen.append))) == 2000
        assert seen == sorted(seen)
        assert seen[-1] == Path(source).stat().st_size

    def test_one_trajectory_is_wanted_where_one_is_recorded(self, write: Write) -> None:
        assert read_one(write("one.json", json.dumps(OWN))).task == OWN["task"]
        with pytest.raises(InputError, match="several trajectories: use `memp import`"):
            read_one(write("two.jsonl", lines(OWN, OWN)))
        with pytest.raises(InputError, match=r"empty\.json: the file is empty"):
            read_one(write("empty.json", ""))
