"""aider's history in Markdown."""

import gzip
from pathlib import Path

import pytest
from session_logs import actions, tasks

from memp_clients.sessions.files import Fault
from memp_clients.sessions.reader import read

pytestmark = pytest.mark.usefixtures("home")


def own(*lines: str) -> str:
    """Lines as aider itself writes them: with two spaces at their ends."""
    return "".join(f"{line}  \n" for line in lines)


START = "\n# aider chat started at 2026-05-01 10:00:00\n\n"
EDIT = "\na.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n\n"


def written(home: Path, *parts: str) -> Path:
    (home / ".aider.chat.history.md").write_text("".join(parts))
    return home / ".aider.chat.history.md"


class TestAider:
    def test_edits_are_steps_and_a_test_that_adds_no_output_passed(self, home: Path) -> None:
        source = written(
            home, START, own("> Aider v0.86.2", "> Main model: gpt-5"), "\n", own("#### Fix the rounding", "#### of prices"),
            EDIT,
            own("> Applied edit to a.py", "> Applied edit to b.py", "> Commit 1a2b3c4 fix: round"), "\n",
            own("#### /test pytest -q"), "\n", own("#### /exit"),
        )  # fmt: skip
        (entry,) = tasks(source)
        assert entry.task == "Fix the rounding\nof prices"
        assert actions(entry) == ["Edit: a.py", "Edit: b.py", "Bash: pytest -q"]
        assert (entry.outcome, entry.evidence) == ("success", "check: pytest -q, exit 0")
        assert (entry.provenance.client, entry.at is not None) == ("aider", True)

    def test_a_test_that_adds_its_output_to_the_chat_failed(self, home: Path) -> None:
        source = written(
            home, START, own("#### Fix it"), EDIT, own("> Applied edit to a.py"), "\n", own("#### /test pytest -q"),
            own("> Added 12 lines of output to the chat."), "\n", own("#### /exit"),
        )  # fmt: skip
        assert [entry.evidence for entry in tasks(source)] == ["check: pytest -q, exit 1"]

    def test_a_test_at_which_the_log_ends_decides_nothing(self, home: Path) -> None:
        source = written(
            home, START, own("#### Fix it"), EDIT, own("> Applied edit to a.py"), "\n", own("#### /test pytest -q")
        )
        assert [entry.outcome for entry in tasks(source)] == [None]

    def test_a_command_that_was_run_has_no_known_end(self, home: Path) -> None:
        source = written(
            home,
            START,
            own("#### Fix it"),
            EDIT,
            own("> Applied edit to a.py", "> Running pytest -q"),
            "\n",
            own("#### /exit"),
        )
        (entry,) = tasks(source)
        assert (actions(entry), entry.outcome) == (["Edit: a.py", "Bash: pytest -q"], None)

    def test_tests_that_run_by_themselves_and_fail_are_steps(self, home: Path) -> None:
        source = written(
            home, START, own("> /usr/bin/aider --test-cmd pytest -q --auto-test"), own("#### Fix it"), EDIT,
            own("> Applied edit to a.py", "> Attempt to fix test errors? (Y)es/(N)o [Yes]: n"),
        )  # fmt: skip
        (entry,) = tasks(source)
        assert (actions(entry), entry.outcome) == (["Edit: a.py", "Bash: pytest -q"], "failure")

    def test_what_was_undone_is_left_out(self, home: Path) -> None:
        edits = own("> Applied edit to a.py", "> Applied edit to b.py")
        source = written(
            home,
            START,
            own("#### Rename it"),
            EDIT,
            edits,
            "\n",
            own("#### Delete it all"),
            EDIT,
            edits,
            "\n",
            own("#### /undo"),
        )
        assert [entry.task for entry in tasks(source)] == ["Rename it"]

    def test_lines_of_the_models_code_are_no_messages(self, home: Path) -> None:
        code = "\nREADME.md\n```markdown\n#### Usage\n> Applied edit to nothing.py\n# aider chat\n```\n\n"
        edits = own("> Applied edit to README.md", "> Applied edit to b.py")
        (entry,) = tasks(written(home, START, own("#### Write the readme"), code, edits))
        assert (entry.task, actions(entry)) == ("Write the readme", ["Edit: README.md", "Edit: b.py"])

    def test_a_fence_that_was_never_closed_does_not_swallow_the_rest(self, home: Path) -> None:
        edits = own("> Applied edit to a.py", "> Applied edit to b.py")
        source = written(
            home,
            START,
            own("#### One thing"),
            "\n```python\nx = 1\n",
            edits,
            "\n",
            own("#### Another task here"),
            EDIT,
            edits,
        )
        assert [entry.task for entry in tasks(source)] == ["One thing", "Another task here"]

    def test_each_start_is_a_session(self, home: Path) -> None:
        run = own("#### Fix it") + EDIT + own("> Applied edit to a.py", "> Applied edit to b.py")
        source = written(home, START, run, START.replace("10:00", "11:00"), run)
        assert len({entry.session for entry in tasks(source)}) == 2

    def test_a_packed_and_a_damaged_history_are_read_as_far_as_they_go(self, home: Path) -> None:
        run = own("#### Fix it") + EDIT + own("> Applied edit to a.py", "> Applied edit to b.py")
        packed = gzip.compress((START + run + "x\n" * 5000).encode())
        (home / "history.md.gz").write_bytes(packed)
        assert [entry.task for entry in tasks(home / "history.md.gz")] == ["Fix it"]
        (home / "history.md.gz").write_bytes(packed[:-12])
        rows = list(read(str(home / "history.md.gz")))
        assert any(isinstance(one, Fault) and "damaged" in one.reason for one in rows)

    def test_another_markdown_file_is_none(self, home: Path) -> None:
        (home / "README.md").write_text("# A project\n\n#### Usage\n\n> note\n")
        assert all(isinstance(one, Fault) for one in read(str(home / "README.md")))
