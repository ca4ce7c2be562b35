"""Calls of tools as short actions."""

import pytest

from memp_clients.sessions.tasks.actions import Action, action_of


class TestActions:
    @pytest.mark.parametrize(
        ("name", "arguments", "action"),
        [
            ("shell", {"command": ["bash", "-lc", "ls -l"]}, Action("Bash: ls -l", "ls -l")),
            (
                "shell",
                {"command": ["git", "commit", "-m", "a b"]},
                Action("Bash: git commit -m 'a b'", "git commit -m 'a b'"),
            ),
            ("Bash", {"command": "sed -i s/a/b/ x"}, Action("Bash: sed -i s/a/b/ x", "sed -i s/a/b/ x", True)),
            ("str_replace_editor", {"command": "view", "path": "/w/a.py"}, Action("Read: a.py")),
            ("str_replace_editor", {"command": "create", "path": "/w/a.py"}, Action("Edit: a.py", edits=True)),
            ("Grep", {"pattern": "x", "path": "/w/src"}, Action("Grep: x in src")),
            ("WebFetch", {"url": "https://a.example", "prompt": "read"}, Action("WebFetch: https://a.example")),
            ("book", {"city": "Rome", "nights": 2}, Action('book(city="Rome", nights=2)')),
            ("book", '{"city": "Rome"}', Action('book(city="Rome")')),
            ("now", None, Action("now()")),
            ("TodoWrite", {"todos": []}, None),
            ("update_plan", "{}", None),
        ],
    )
    def test_calls_as_short_actions(self, name: str, arguments: object, action: Action | None) -> None:
        assert action_of(name, arguments, "/w") == action

    @pytest.mark.parametrize(
        ("name", "arguments", "action"),
        [
            ("Edit", {"file_path": r"C:\Users\Jane Doe\proj\src\a.py"}, "Edit: src/a.py"),
            ("Read", {"file_path": r"c:/users/jane doe/PROJ/a.py"}, "Read: a.py"),
            ("Read", {"file_path": r"src\a.py"}, "Read: src/a.py"),
            ("Write", {"file_path": r"D:\out\a.txt"}, "Edit: D:/out/a.txt"),
            ("Bash", {"command": r"cd /d C:\Users\Jane Doe\proj && type src\a.py"}, r"Bash: type src\a.py"),
            ("Bash", {"command": "cd '/mnt/c/Users/Jane Doe/proj' && ls"}, "Bash: ls"),
        ],
    )
    def test_paths_of_windows_are_shown_from_the_working_folder(
        self, name: str, arguments: object, action: str
    ) -> None:
        made = action_of(name, arguments, r"C:\Users\Jane Doe\proj")
        assert made is not None and made.text == action
