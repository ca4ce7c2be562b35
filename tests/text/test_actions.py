"""Kinds of action, by their words: text games, shells, tool calls and web pages."""

import pytest

from memp.text.actions import MAX_HEAD, command_of, commands_in, head_of, is_plain, is_relative_move, kind_of, verb_of


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


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("go to drawer 1", "move"),
        ("move to the desk", "move"),
        ("cd src", "move"),
        ("goto https://example.org/a", "move"),
        ("open_url(https://example.org)", "move"),
        ("navigate(page=2)", "move"),
        ("open drawer 1", "open"),
        ("open src/dates.py", "move"),
        ("look", "look"),
        ("examine mug 1", "look"),
        ("cat src/dates.py | head -3 2>/dev/null", "look"),
        ("git log --oneline", "look"),
        ("gh pr list --limit 3", "look"),
        ("str_replace_editor view /a.py", "look"),
        ("get_order(id=7)", "look"),
        ("fetch_page[3]", "look"),
        ("get mug 1", "act"),
        ("take mug 1 from desk 1", "act"),
        ("pytest tests/test_dates.py", "act"),
        ("move mug 1 to desk 1", "act"),
        ("click [12]", "effect"),
        ("git commit -m 'fix: it'", "effect"),
        ("cat a.txt > b.txt", "effect"),
        ("find . -name x -delete", "effect"),
        ("sed -i 's/a/b/' dates.py", "effect"),
        ("cancel_order(id=7)", "effect"),
        ("check_status(id=7)", "look"),
        ('is_open(shop="north")', "look"),
        ("count_rows(table=users)", "look"),
        ('{"tool": "has_seat", "arguments": {"flight": "LX 12"}}', "look"),
        ("check_in(passenger=Bo)", "effect"),
        ("check_out(cart=7)", "effect"),
        ("check(box=3)", "effect"),
        ("cat " + "a/" * 250, "effect"),
        ('rg -n "owner|tenant|x > y" src/a.ts', "look"),
        ("grep -c 'a;b && c' notes.txt", "look"),
        ('rg "a|b" src && rm -r build', "effect"),
        ('awk "{print $1}" a.txt > b.txt', "effect"),
        ("awk '{print $1}' a.txt | sort", "look"),
        ("awk '{print > \"b.txt\"}' a.txt", "effect"),
        ("ssh db-3 df -h", "look"),
        ("ssh db-3 'ls /tmp; rm -r /tmp/x'", "effect"),
        ("ssh db-3 'echo hello > /etc/motd'", "effect"),
        ('sudo ssh db-3 "cat a && systemctl restart web"', "effect"),
        ("kubectl exec -n shop web -c app -- ls", "look"),
        ("docker exec web git log -- a.txt", "look"),
        ("ls & rm a.txt", "effect"),
        ("ls a.txt &> /dev/null", "look"),
    ],
)
def test_the_kind_of_an_action_says_whether_it_may_have_changed_something(action: str, kind: str):
    assert kind_of(action) == kind


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


@pytest.mark.parametrize(
    ("action", "relative"),
    [("cd src", True), ("cd ..", True), ("cd /tmp", False), ("cd ~", False), ("cd $HOME", False), ("cd", False),
     ("go north", True), ("go to drawer 1", False), ("", False)],
)  # fmt: skip
def test_a_move_by_direction_depends_on_where_it_starts(action: str, relative: bool):
    assert is_relative_move(action) is relative
