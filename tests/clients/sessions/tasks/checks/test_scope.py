"""Scope: whether a later check covers an older, red one."""

import pytest

from memp_clients.sessions.tasks.checks.commands import check_in
from memp_clients.sessions.tasks.checks.scope import covers, covers_failed


def covered(older: str, newer: str) -> bool:
    old, new = check_in(older), check_in(newer)
    assert old is not None and new is not None
    return covers(new, old)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("pytest -q", "pytest -q"),
        ("pytest tests/test_a.py::test_x", "pytest tests/test_a.py"),
        ("pytest tests/a/test_x.py", "pytest tests/a"),
        ("pytest -q", "python -m pytest -x --tb=short -p no:cacheprovider"),
        ("uv run pytest", ".venv/bin/python -m pytest tests/"),
        ("pytest -k 'not slow'", "pytest"),
        ("pytest -q > log 2>&1; echo $?", "pytest -q 2>&1 | tail -3"),
        ("npm run test", "npm test"),
        ("npm run test:unit", "npm test"),
        ("npx jest cart", "npx jest"),
        ("go test ./cart", "go test ./..."),
        ("cargo test limiter", "cargo test -j 4"),
        ("cd web && npm test", "npm test"),
        ("cd web && npm test", "cd ./web/ && npm test"),
        ("cd a/b && pytest", "cd a && pytest"),
        ("pytest", "pytest --lf"),
        ("bazel test //a:b", "bazel test //..."),
        ("SKIP_SLOW=1 pytest", "pytest"),
        ("pytest", "NO_COLOR=1 pytest"),
        ("pytest tests", "pytest -l tests"),
    ],
)
def test_these_check_at_least_as_much(older: str, newer: str) -> None:
    assert covered(older, newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("pytest -q", "pytest tests/test_a.py"),
        ("pytest tests/a tests/b", "pytest tests/a"),
        ("pytest tests/test_a.py", "pytest tests/test_b.py"),
        ("pytest", "pytest -k 'not slow'"),
        ("pytest", "pytest -m 'not gpu'"),
        ("pytest", "pytest --ignore=tests/test_a.py"),
        ("pytest", "pytest --deselect tests/test_a.py::test_x"),
        ("pytest", "SKIP_SLOW=1 pytest"),
        ("npm test", "npm run test:unit"),
        ("npm test", "npx vitest run cart"),
        ("npm test", "npm test -- --testPathIgnorePatterns=cart"),
        ("cargo test", "cargo test --lib"),
        ("cargo test --workspace", "cargo test -p cart"),
        ("cargo test", "cargo test -- --skip slow"),
        ("go test ./...", "go test -short ./..."),
        ("go test ./...", "go test -run TestCart ./..."),
        ("mvn verify", "mvn verify -DskipTests"),
        ("./gradlew build", "./gradlew build -x test"),
        ("ctest", "ctest -E drift"),
        ("tox", "tox -e py312"),
        ("dotnet test", "dotnet test --filter Cart"),
        ("phpunit", "phpunit --testsuite unit"),
        ("cd web && npm test", "cd api && npm test"),
        ("pytest", "cd sub && pytest"),
        ("make test", "make lint"),
    ],
)
def test_these_check_less_or_something_else(older: str, newer: str) -> None:
    assert not covered(older, newer)


@pytest.mark.parametrize(
    ("printed", "newer", "covers"),
    [
        ("FAILED tests/test_a.py::test_x - assert 0\n1 failed, 3 passed", "pytest tests/test_a.py", True),
        ("FAILED tests/test_a.py::test_x\nFAILED tests/test_b.py::test_y\n2 failed", "pytest tests/test_a.py", False),
        # It counts more than it names.
        ("FAILED tests/test_a.py::test_x\n7 failed, 3 passed", "pytest tests/test_a.py", False),
        ("1 failed, 3 passed", "pytest tests/test_a.py", False),
        ("FAILED tests/test_a.py::test_x\n1 failed", "pytest tests/test_a.py -k 'not x'", False),
    ],
)
def test_a_part_makes_up_for_a_red_suite_where_it_is_all_that_was_red(printed: str, newer: str, covers: bool) -> None:
    new, old = check_in(newer), check_in("pytest -q")
    assert new is not None and old is not None
    assert covers_failed(new, old, printed) is covers
