"""Kinds of action, by their words: text games, shells, tool calls and web pages."""

import pytest

from memp.text.actions.kinds import is_relative_move, kind_of


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
        ("cut the rope", "act"),
        ("sort the mail", "act"),
        ("free Mira", "act"),
        ("show the visa to the guard", "act"),
        ("show tables", "look"),
        ("list the flat, 2 rooms, for rent", "act"),
        ("list users", "look"),
        ("describe the thief to the police", "act"),
        ("look after the dog", "act"),
        ("find a plumber", "act"),
        ("enter recipient 222", "act"),
        ("visit Ann", "act"),
        ("find_and_delete(id=7)", "effect"),
        ("get_or_create_user(name=bo)", "effect"),
        ("getOrder(id=7)", "look"),
        ("printBadge(id=7)", "effect"),
        ('show_notification {"text": "hi"}', "effect"),
        ('{"name": "list_orders", "arguments": {}}', "look"),
    ],
)
def test_the_kind_of_an_action_says_whether_it_may_have_changed_something(action: str, kind: str):
    assert kind_of(action) == kind


@pytest.mark.parametrize(
    ("action", "relative"),
    [("cd src", True), ("cd ..", True), ("cd /tmp", False), ("cd ~", False), ("cd $HOME", False), ("cd", False),
     ("go north", True), ("go to drawer 1", False), ("", False)],
)  # fmt: skip
def test_a_move_by_direction_depends_on_where_it_starts(action: str, relative: bool):
    assert is_relative_move(action) is relative
