"""The command of an action, its verb and its head."""

import pytest

from memp.text.actions.command import MAX_HEAD, command_of, head_of, is_plain, verb_of


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("ls -la", "ls -la"),
        ("$ ls -la", "ls -la"),
        ("bash: ls -la", "ls -la"),
        ("Action: bash: ls -la", "ls -la"),
        ('execute_bash(command="ls -la', "ls -la"),
        ('{"tool": "bash", "command": "ls -la"}', "ls -la"),
        ('{"name": "get_order", "arguments": {"id": 7}}', "get_order("),
        ('{"id": 7}', '{"id": 7}'),
        ("bash", "bash"),
        ("take mug 1", "take mug 1"),
    ],
)
def test_the_wrapper_around_a_command_is_taken_off(action: str, command: str):
    assert command_of(action) == command


def test_only_the_head_of_an_action_is_read():
    assert head_of("$ write " + "x" * 1_000) == "write " + "x" * (MAX_HEAD - 6)


@pytest.mark.parametrize(
    ("action", "verb"),
    [("take mug 1", "take"), ("search[red shoes]", "search"), ("$ GIT status", "git"), ("orders.get(7)", "orders.get"),
     ("42", ""), ("", "")],
)  # fmt: skip
def test_the_verb_of_an_action_is_its_first_word(action: str, verb: str):
    assert verb_of(action) == verb


@pytest.mark.parametrize(
    ("action", "plain"),
    [("put mug 1 in/on desk 1", True), ("don't stop, go on.", True), ("ls -la", False), ("-x", False),
     ("cat src/dates.py", False), ("search[shoes]", False), ("go " * 100, False)],
)  # fmt: skip
def test_an_action_in_words_is_told_from_a_command(action: str, plain: bool):
    assert is_plain(action) is plain
