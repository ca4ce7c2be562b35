"""Operations of actions: what is done, without what it is done to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.text.actions.operations import MOST_PARTS, operation_of


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("take mug 1 from shelf 3", "take"),
        ("Dilute the sample S17", "dilute"),
        ("git tag v1.4.0", "git tag"),
        ("$ git tag v2.0.1", "git tag"),
        ("git -C sub tag v1", "git tag"),
        ("kubectl -n shop get pods", "kubectl get"),
        ("kubectl --context=prod -n shop rollout restart deployment/web", "kubectl rollout"),
        ("git --no-pager log -3", "git log"),
        ("terraform -chdir=infra apply", "terraform apply"),
        ("tar -x archive", "tar"),
        ("git -C", "git"),
        ("sudo systemctl restart nginx", "systemctl restart"),
        ("LANG=C time make", "make"),
        ("python manage.py migrate users", "python manage.py migrate"),
        ("python -m pytest tests/test_a.py -q", "python pytest"),
        ("cd src && make && ./run --fast", "cd src && make && ./run"),
        ('get_order(order_id="A-1044")', "get_order"),
        ("click[Buy Now]", "click"),
        ('{"tool": "send_mail", "arguments": {"to": "a@b.test"}}', "send_mail"),
        ('{"x": 1}', "{"),
        ("", ""),
    ],
)
def test_the_operation_of_an_action(action: str, operation: str):
    assert operation_of(action) == operation


def test_the_argument_changes_no_operation():
    for one, other in (
        ("git tag v1.4.0", "git tag v2.0.1"),
        ("move mug 1 to shelf 2", "move plate 3 to table 1"),
        ('get_order(order_id="A-1")', 'get_order(order_id="B-2")'),
    ):
        assert operation_of(one) == operation_of(other)


def test_another_subcommand_is_another_operation():
    assert operation_of("git tag v1") != operation_of("git push v1")
    assert operation_of('get_order("A")') != operation_of('cancel_order("A")')


@pytest.mark.parametrize(
    ("action", "operation"),
    [
        ("cat > notes.txt <<EOF\nrm -rf build; git push\nEOF", "cat"),
        ("psql shop <<'SQL'\nDROP TABLE users;\nSQL", "psql shop"),
        ("make -s\ngit push -q", "make && git push"),
    ],
)
def test_what_a_heredoc_writes_is_no_command(action: str, operation: str):
    assert operation_of(action) == operation


def test_of_a_long_line_of_commands_the_first_are_read():
    assert operation_of("; ".join(["make"] * 20)).count("make") == MOST_PARTS


@given(st.text(max_size=200))
def test_any_text_has_an_operation_in_lower_case(text: str):
    operation = operation_of(text)
    assert operation == operation_of(text) and len(operation) <= 2 * len(text) + 4 * MOST_PARTS
