"""Background commands: what goes on, and what brings its end."""

import pytest

from memp_clients.sessions.tasks.polls import handle_in, notices_in, poll_of, printed_in, state_of, typed_into


class TestPolls:
    @pytest.mark.parametrize(
        ("answer", "handle"),
        [
            ("Command running in background with ID: b1a2. Output is being written to: /tmp/x", "b1a2"),
            ("Command was manually backgrounded by user with ID: b9. Output", "b9"),
            ("Chunk ID: 1\nProcess running with session ID 71\nOutput:\n", "71"),
            ("Script running with cell ID 3\n", "3"),
            ("Command moved to background (PID: 4711). Output hidden.", "4711"),
            ("Async agent launched successfully.\nagentId: a0f1 (internal)", "a0f1"),
            ("Done.\nagentId: a0f1 (for resuming)", ""),
            ("Process exited with code 0", ""),
            ("", ""),
        ],
    )
    def test_an_answer_may_say_that_the_command_goes_on(self, answer: str, handle: str) -> None:
        assert handle_in(answer) == handle

    @pytest.mark.parametrize(
        ("name", "arguments", "handle"),
        [
            ("write_stdin", {"session_id": 71, "chars": ""}, "71"),
            ("write_stdin", '{"session_id": 71, "chars": ""}', "71"),
            ("BashOutput", {"bash_id": "b1"}, "b1"),
            ("TaskOutput", {"task_id": "b1", "block": True}, "b1"),
            ("read_background_output", {"pid": 4}, "4"),
            ("Read", {"file_path": "/tmp/claude/tasks/b1a2.output"}, "b1a2"),
            ("Bash", {"command": "tail -5 /tmp/claude/tasks/b1a2.output"}, "b1a2"),
            ("wait", {"cell_id": 3}, "3"),
        ],
    )
    def test_a_call_may_only_wait(self, name: str, arguments: object, handle: str) -> None:
        poll = poll_of(name, arguments)
        assert poll is not None
        assert poll.handle == handle

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("write_stdin", {"session_id": 71, "chars": "y\n"}),
            ("Bash", {"command": "ls"}),
            ("wait", {"seconds": 3}),
            ("Read", {"file_path": "/srv/tasks/notes.md"}),
            ("Read", None),
        ],
    )
    def test_any_other_call_is_a_step(self, name: str, arguments: object) -> None:
        assert poll_of(name, arguments) is None

    def test_who_types_into_a_command_may_end_it(self) -> None:
        assert typed_into("write_stdin", {"session_id": 71, "chars": "y\n"}) == "71"
        assert typed_into("Bash", {"command": "y"}) == ""

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            ("<status>running</status>\n<output>\n.\n</output>", (False, False, None)),
            ("<status>completed</status>\n\n<exit_code>0</exit_code>", (True, False, 0)),
            ("<status>failed</status>\n<exit_code>2</exit_code>", (True, True, 2)),
            ("<status>killed</status>", (True, False, None)),
            ("Full Log Output:\nok\nExit Code: 1", (True, True, 1)),
            ("just some output", None),
        ],
    )
    def test_a_polls_answer_shows_the_state(self, answer: str, state: tuple[bool, bool, int | None] | None) -> None:
        assert state_of(answer) == state

    def test_the_hosts_own_lines_are_no_output(self) -> None:
        answer = (
            "<retrieval_status>success</retrieval_status>\n\n<task_id>b1</task_id>\n\n<output>\n1 failed\n</output>"
        )
        assert printed_in(answer) == "1 failed"

    def test_a_notice_names_the_task_and_its_end(self) -> None:
        text = (
            "<task-notification>\n<task-id>b1</task-id>\n<tool-use-id>toolu_7</tool-use-id>\n<status>completed</status>\n"
            '<summary>Background command "make" completed (exit code 0)</summary>\n</task-notification>\nRead it.'
        )
        (notice,) = notices_in(text)
        assert (notice.handle, notice.call, notice.ended, notice.failed, notice.status) == (
            "b1",
            "toolu_7",
            True,
            False,
            0,
        )
        assert list(notices_in("no notice")) == []
        assert len(list(notices_in("<task-notification>" * 5_000))) == 1
