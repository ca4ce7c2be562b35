"""Logs that are not what their clients write: cut, garbled, large, packed, and with secrets in them."""

import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import SESSION_LOGS

from memp_clients.sessions import files
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

LOGS = sorted(path.name for path in SESSION_LOGS.iterdir())

SECRET = "sk-ant-api03-" + "Zq8" * 12

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestSecrets:
    def test_no_secret_of_a_session_reaches_the_memory(self, home: Path, document: Document) -> None:
        log = (SESSION_LOGS / "claude_code.jsonl").read_text()
        places = ["pytest -q tests/test_price.py", "The price test fails", "I run the test first", "3 passed in 0.10s"]
        for place in places:
            assert place in log
            log = log.replace(place, f"{place} with {SECRET}" if " " in place[:6] else f"{place} {SECRET}")
        (home / "log.jsonl").write_text(log)
        assert document("import", str(home / "log.jsonl"))["added"] == 1
        stored = b"".join(path.read_bytes() for path in home.glob("memory.sqlite3*"))
        assert b"pytest" in stored
        assert b"Zq8Zq8" not in stored
        assert "redacted" in json.dumps(document("show", "t1")).lower()


class TestDamage:
    def test_a_log_cut_in_its_middle_gives_what_stands_before(self, home: Path, document: Document) -> None:
        log = (SESSION_LOGS / "claude_code.jsonl").read_bytes()
        (home / "cut.jsonl").write_bytes(log[: int(len(log) * 0.94)])
        done = document("import", str(home / "cut.jsonl"))
        assert done["added"] == 1
        assert any("not JSON" in reason for reason in done["reasons"])

    @pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
    def test_packed_logs_with_a_byte_order_mark_are_read(
        self, home: Path, document: Document, pack: Callable[..., bytes]
    ) -> None:
        (home / "log.gz").write_bytes(pack(b"\xef\xbb\xbf" + (SESSION_LOGS / "codex.jsonl").read_bytes()))
        done = document("import", str(home / "log.gz"))
        assert (done["added"], done["failures"]) == (1, 1)

    def test_a_broken_line_and_another_encoding_lose_only_themselves(self, home: Path, document: Document) -> None:
        lines = (SESSION_LOGS / "codex.jsonl").read_bytes().splitlines(keepends=True)
        broken = [lines[0], b'{"type": \n', *lines[1:8], '{"type": "ä"}\n'.encode("latin-1"), *lines[8:]]
        (home / "log.jsonl").write_bytes(b"".join(broken))
        done = document("import", str(home / "log.jsonl"))
        assert (done["added"], done["failures"], done["skipped"]) == (1, 1, 2)
        assert {skipped["place"] for skipped in done["records_skipped"]} == {"line 2", "line 10"}

    def test_a_line_over_the_bound_is_passed_over_with_the_reason(
        self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "MAX_LINE", 1 << 20)
        lines = (SESSION_LOGS / "codex.jsonl").read_text().splitlines(keepends=True)
        (home / "log.jsonl").write_text("".join([*lines[:7], json.dumps({"pad": "x" * (2 << 20)}) + "\n", *lines[7:]]))
        done = document("import", str(home / "log.jsonl"))
        assert (done["added"], done["failures"]) == (1, 1)
        assert done["reasons"] == {"the line is over 1 MB": 1}

    def test_two_formats_in_one_file_are_told_apart(self, home: Path, document: Document) -> None:
        both = (SESSION_LOGS / "codex.jsonl").read_text() + (SESSION_LOGS / "claude_code.jsonl").read_text()
        (home / "both.jsonl").write_text(both)
        done = document("import", str(home / "both.jsonl"))
        assert (done["added"], done["failures"]) == (2, 2)

    @pytest.mark.parametrize("name", LOGS)
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_cut_and_no_garbage_stops_the_reader(self, home: Path, name: str, data: st.DataObject) -> None:
        whole = (SESSION_LOGS / name).read_bytes()
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, len(whole)))
        content = whole[:start] + data.draw(st.binary(max_size=30)) + whole[end:]
        (home / "log").write_bytes(content)
        found = list(read(str(home / "log")))
        assert all(isinstance(one, Fault) or (one.task and one.steps) for one in found if not _own(one))

    @pytest.mark.parametrize("name", LOGS)
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_fields_of_any_type_do_no_harm(self, home: Path, name: str, data: st.DataObject) -> None:
        values = [value for _, value in files.values(str(SESSION_LOGS / name))]
        for _ in range(3):
            values = _changed(values, data)
        lines = values if isinstance(values, list) else [values]
        (home / "log").write_text("".join(json.dumps(value) + "\n" for value in lines))
        for one in read(str(home / "log")):
            assert isinstance(one, Entry | Fault)


def _own(one: Entry | Fault) -> bool:
    return isinstance(one, Entry) and not one.session


ANY = st.sampled_from([None, 0, -1, True, "", "x", [], {}, [None], {"a": 1}, [[]], ["user", "x"], 1e300])


def _changed(value: Any, data: st.DataObject) -> Any:
    """The value with one thing in it, somewhere, replaced."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: _changed(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _changed(value[at], data), *value[at + 1 :]]
    return data.draw(ANY)
