"""Evaluation logs of Inspect."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from session_logs import actions

from memp_clients.sessions import files, zstandard
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read
from memp_clients.sessions.transcripts.benchmarks import inspect_log

pytestmark = pytest.mark.usefixtures("home")

EVAL = {"run_id": "r1", "task": "tickets", "model": "openai/gpt-5", "created": "2026-05-01T10:00:00+00:00"}


def ran(name: str, command: str, output: str) -> list[dict[str, Any]]:
    call = {"id": name, "function": "bash", "arguments": {"cmd": command}, "type": "function"}
    return [
        {"role": "assistant", "content": [{"type": "reasoning", "reasoning": "Think."}], "tool_calls": [call]},
        {"role": "tool", "tool_call_id": name, "function": "bash", "content": output},
    ]


def sample(number: int = 1, score: Any = "C", **fields: Any) -> dict[str, Any]:
    submit = {"id": "s", "function": "submit", "arguments": {"answer": "42"}, "type": "function"}
    return {
        "id": number,
        "epoch": 1,
        "input": f"Close ticket {number}",
        "messages": [
            {"role": "system", "content": "You may run commands."},
            {"role": "user", "content": f"Close ticket {number}"},
            *ran("a", "desk open 7", "open"),
            *ran("b", "desk close 7", "1 failed"),
            {"role": "assistant", "content": "Done.", "tool_calls": [submit]},
            {"role": "tool", "tool_call_id": "s", "function": "submit", "content": "42"},
        ],
        "scores": {"match": {"value": score}},
        "model_usage": {"openai/gpt-5": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}},
        "completed_at": "2026-05-01T10:05:00+00:00",
        **fields,
    }


def document(home: Path, *samples: dict[str, Any]) -> list[Entry | Fault]:
    log = {"version": 2, "status": "success", "eval": EVAL, "samples": list(samples)}
    (home / "log.json").write_text(json.dumps(log, indent=1))
    return list(read(str(home / "log.json")))


def packed(home: Path, members: dict[str, Any], compression: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(home / "log.eval", "w", compression) as archive:
        for name, value in members.items():
            archive.writestr(name, json.dumps(value))
    return str(home / "log.eval")


HEADER = {"header.json": {"version": 2, "status": "success", "eval": EVAL}}


class TestDocument:
    @pytest.mark.parametrize(
        ("score", "outcome"),
        [("C", "success"), (1, "success"), (True, "success"), ("I", "failure"), (0.0, "failure"),
         ("P", "failure"), ("1", "success")],
    )  # fmt: skip
    def test_the_score_is_the_outcome(self, home: Path, score: Any, outcome: str) -> None:
        (entry,) = document(home, sample(score=score))
        assert isinstance(entry, Entry)
        assert (entry.outcome, entry.evidence) == (outcome, f"environment: score match {score}")

    @pytest.mark.parametrize("score", [7, "B", None, {"a": 1}, -1])
    def test_a_score_on_a_scale_of_its_own_says_nothing(self, home: Path, score: Any) -> None:
        (entry,) = document(home, sample(score=score))
        assert isinstance(entry, Entry)
        assert entry.outcome is None

    @pytest.mark.parametrize("score", [0, 0.0, 1, 1.0, True, False, "0", "1"])
    def test_a_number_of_a_scorer_whose_direction_nobody_knows_says_nothing(self, home: Path, score: Any) -> None:
        (entry,) = document(home, sample(scores={"edit_distance": {"value": score}}))
        assert isinstance(entry, Entry)
        assert entry.outcome is None
        assert f"edit_distance {score}" in entry.doubt

    def test_the_second_scorer_of_a_name_is_known_as_the_first(self, home: Path) -> None:
        (entry,) = document(home, sample(scores={"match": {"value": 1}, "match1": {"value": 0}}))
        assert isinstance(entry, Entry)
        assert entry.outcome is None and "match1 0" in entry.doubt

    def test_where_the_scores_leave_it_open_no_test_of_the_agents_decides(self, home: Path) -> None:
        one = sample(scores={"edit_distance": {"value": 0}})
        one["messages"] += ran("c", "pytest -q", "3 passed")
        (entry,) = document(home, one)
        assert isinstance(entry, Entry)
        assert entry.outcome is None

    @pytest.mark.parametrize(
        "fields",
        [{"eval": {**EVAL, "scorers": [{"name": "team/solved", "metrics": [{"name": "inspect_ai/accuracy"}]}]}},
         {"results": {"scores": [{"name": "team/solved", "scorer": "team/solved", "metrics": {"accuracy": {"value": 0.5}}}]}}],
    )  # fmt: skip
    @pytest.mark.parametrize(("score", "outcome"), [(0, "failure"), (1.0, "success")])
    def test_of_a_scorer_whose_accuracy_the_log_counts_more_is_better(
        self, home: Path, fields: dict[str, Any], score: float, outcome: str
    ) -> None:
        log = {"version": 2, "eval": EVAL, "samples": [sample(scores={"team/solved": {"value": score}})], **fields}
        (home / "log.json").write_text(json.dumps(log))
        (entry,) = read(str(home / "log.json"))
        assert isinstance(entry, Entry)
        assert entry.outcome == outcome

    def test_grades_say_what_they_say_whoever_gives_them(self, home: Path) -> None:
        (entry,) = document(home, sample(scores={"edit_distance": {"value": "I"}}))
        assert isinstance(entry, Entry)
        assert entry.outcome == "failure"

    def test_a_sample_is_a_run_of_its_input(self, home: Path) -> None:
        first, second = document(home, sample(1), sample(2))
        assert isinstance(first, Entry)
        assert isinstance(second, Entry)
        assert (first.task, second.task) == ("Close ticket 1", "Close ticket 2")
        assert actions(first) == ["Bash: desk open 7", "Bash: desk close 7"]
        assert (first.tokens, first.provenance.client, first.provenance.model) == (120, "inspect", "openai/gpt-5")

    def test_a_run_that_broke_off_is_skipped_with_its_error(self, home: Path) -> None:
        (fault,) = document(home, sample(error={"message": "the sandbox is gone", "traceback": "..."}))
        assert isinstance(fault, Fault)
        assert "the sandbox is gone" in fault.reason

    def test_an_evaluation_without_samples_says_so(self, home: Path) -> None:
        (fault,) = document(home)
        assert isinstance(fault, Fault)
        assert "holds no sample" in fault.reason

    def test_scorers_that_disagree_say_nothing(self, home: Path) -> None:
        (entry,) = document(home, sample(scores={"a": {"value": "C"}, "b": {"value": "I"}}))
        assert isinstance(entry, Entry)
        assert entry.outcome is None

    def test_what_stands_once_as_an_attachment_is_put_back(self, home: Path) -> None:
        one = sample(input="attachment://abc", attachments={"abc": "Close the long ticket"})
        (entry,) = document(home, one)
        assert isinstance(entry, Entry)
        assert entry.task == "Close the long ticket"


class TestZip:
    def test_samples_are_read_one_at_a_time(self, home: Path) -> None:
        members = {
            **HEADER,
            "summaries.json": [],
            "samples/1_epoch_1.json": sample(1),
            "samples/2_epoch_1.json": sample(2, "I"),
        }
        rows = [one for one in read(packed(home, members)) if isinstance(one, Entry)]
        assert [one.outcome for one in rows] == ["success", "failure"]
        assert rows[0].place == "samples/1_epoch_1.json"

    def test_a_log_that_is_still_written_is_read_as_far_as_it_goes(self, home: Path) -> None:
        members = {"_journal/start.json": {"version": 2, "eval": EVAL}, "samples/1_epoch_1.json": sample(1)}
        assert [one.outcome for one in read(packed(home, members)) if isinstance(one, Entry)] == ["success"]

    def test_a_sample_in_pieces_is_put_together(self, home: Path) -> None:
        whole = sample(1)
        folder = "samples/1_epoch_1"
        members = {
            **HEADER,
            f"{folder}/sample.json": {name: value for name, value in whole.items() if name != "messages"},
            f"{folder}/messages/0.json": whole["messages"][:4],
            f"{folder}/messages/4.json": whole["messages"][4:],
            f"{folder}/events/stats.json": {},
        }
        (entry,) = read(packed(home, members))
        assert isinstance(entry, Entry)
        assert actions(entry) == ["Bash: desk open 7", "Bash: desk close 7"]

    def test_a_damaged_sample_loses_only_itself(self, home: Path) -> None:
        source = packed(home, {**HEADER, "samples/1_epoch_1.json": sample(1), "samples/2_epoch_1.json": sample(2)})
        content = bytearray(Path(source).read_bytes())
        with zipfile.ZipFile(source) as archive:
            at = archive.getinfo("samples/1_epoch_1.json").header_offset + 120
        content[at : at + 40] = bytes(40)
        Path(source).write_bytes(bytes(content))
        fault, entry = read(source)
        assert isinstance(fault, Fault)
        assert "damaged" in fault.reason
        assert isinstance(entry, Entry)

    def test_a_zip_that_is_cut_or_of_another_kind_says_so(self, home: Path) -> None:
        source = packed(home, {**HEADER, "samples/1_epoch_1.json": sample(1)})
        Path(source).write_bytes(Path(source).read_bytes()[:-60])
        (fault,) = read(source)
        assert isinstance(fault, Fault)
        assert "end is missing" in fault.reason
        (other,) = read(packed(home, {"readme.json": {}}))
        assert isinstance(other, Fault)
        assert "no evaluation log" in other.reason

    def test_a_sample_over_the_bound_is_passed_over(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inspect_log, "MAX_LINE", 1000)
        (fault,) = read(packed(home, {**HEADER, "samples/1_epoch_1.json": sample(1)}))
        assert isinstance(fault, Fault)
        assert "over" in fault.reason
        assert files.MAX_LINE > 1000

    def test_zstandard_is_read_where_python_or_the_extra_can(self, home: Path) -> None:
        zips = pytest.importorskip("zipfile" if sys.version_info >= (3, 14) else "backports.zstd.zipfile")
        with zips.ZipFile(home / "log.eval", "w", zstandard.METHOD) as archive:
            for name, value in {**HEADER, "samples/1_epoch_1.json": sample(1)}.items():
                archive.writestr(name, json.dumps(value))
        (entry,) = read(str(home / "log.eval"))
        assert isinstance(entry, Entry)
        assert entry.outcome == "success"

    @pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads Zstandard by itself")
    def test_without_the_extra_it_is_named(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = packed(home, {**HEADER, "samples/1_epoch_1.json": sample(1)})
        # As a zip names the method: in each local header and in each entry of the directory at its end.
        content = bytearray(Path(source).read_bytes())
        for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = content.find(mark)
            while at >= 0:
                content[at + offset : at + offset + 2] = zstandard.METHOD.to_bytes(2, "little")
                at = content.find(mark, at + 4)
        Path(source).write_bytes(bytes(content))
        monkeypatch.setitem(sys.modules, "backports.zstd", None)
        (fault,) = read(source)
        assert isinstance(fault, Fault)
        assert "pip install 'memp[zstd]'" in fault.reason
