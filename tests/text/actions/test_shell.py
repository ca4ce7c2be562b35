"""Lines of a shell."""

import pytest

from memp.text.actions.shell import commands_in


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("a && b || c; d | e", ["a", "b", "c", "d", "e"]),
        ('rg "a|b;c" x | head', ['rg "a|b;c" x', "head"]),
        ("echo 'x && y' && ls", ["echo 'x && y'", "ls"]),
        (r'echo "a \"b | c\" d"; ls', [r'echo "a \"b | c\" d"', "ls"]),
        ("pytest 2>&1 | tail -1", ["pytest 2>&1", "tail -1"]),
        ("serve --port 80 & sleep 1", ["serve --port 80", "sleep 1"]),
        ("curl http://example.com/a?b=1&c=2", ["curl http://example.com/a?b=1&c=2"]),
        ("cat > a.py <<'EOF'\nx = 1; pytest\nEOF\nls", ["cat > a.py <<'EOF'", "ls"]),
        ("it's one command", ["it's one command"]),
        ("", []),
    ],
)
def test_a_shells_line_is_split_outside_quotes_only(line: str, commands: list[str]):
    assert commands_in(line) == commands


@pytest.mark.parametrize("part", ["'", '"', "`", "<<a ", "<<a\n", "\\", "'\"", "a;"])
def test_no_line_of_a_shell_is_read_more_than_a_few_times(part: str):
    assert commands_in(part * (20_000 // len(part)))
