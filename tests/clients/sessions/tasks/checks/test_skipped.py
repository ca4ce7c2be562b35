"""Checks that a shell's line may leave out, or that are called so that they run nothing: their exit status says nothing."""

import pytest

from memp_clients.sessions.tasks.checks.commands import check_in


@pytest.mark.parametrize(
    "line",
    [
        "make build || pytest -q",
        "[ -f .skip ] || pytest -q",
        "true || npm test",
        "exit 0; pytest -q",
        "cd nope || exit 0; pytest",
        "trap 'exit 0' EXIT; pytest -q",
        "alias pytest=true; pytest -q",
        "pytest() { true; }; pytest",
        "false || bash -lc 'pytest -q'",
    ],
)
def test_a_status_is_not_that_of_a_check_that_may_not_have_run(line: str):
    check = check_in(line)
    assert check is not None and not check.decides


@pytest.mark.parametrize(
    "line",
    [
        "make -n test",
        "make -t test",
        "cargo test --no-run",
        "go test -c ./...",
        "tox -l",
        "ctest -N",
        "rspec --dry-run",
        "phpunit --list-tests",
        "dotnet test --list-tests",
        "bazel test --nobuild //...",
        "sbt test:compile",
        "robot --dryrun tests",
        "PYTEST_ADDOPTS=--co pytest -q",
        "pytest --markers",
        "npm test --if-present",
        "docker run -d img pytest -q",
        "docker compose exec -d app pytest",
        "just -n test",
        "gradle test --dry-run",
        "swift test list",
    ],
)
def test_what_only_lists_plans_or_compiles_or_is_not_waited_for_is_no_check(line: str):
    assert check_in(line) is None


@pytest.mark.parametrize(
    "line", ["mvn -q install -DskipTests", "./gradlew build -x test", "mvn verify -Dmaven.test.skip=true"]
)
def test_the_status_of_a_build_that_leaves_its_tests_out_is_not_theirs(line: str):
    check = check_in(line)
    assert check is not None and not check.decides


@pytest.mark.parametrize(
    "line",
    [
        "cd pkg && pytest -q",
        "cd web || exit 1; npm test",
        "source .venv/bin/activate && pytest",
        "make lint && make test",
        "[ -d .venv ] || python -m venv .venv && pytest -q",
        "set -e; make; make test",
        "time pytest -q",
        "timeout 60 pytest -n 4",
        "docker compose run --rm app pytest",
        "docker run -it --rm img pytest",
        "uv run pytest --count 3",
        "mvn verify -DskipTests=false",
        "npm test -- --listen 80",
        "trap 'rm -f x' EXIT; pytest",
        "dotnet test --no-build",
        "cargo nextest run --no-tests=pass",
        "make -j4 test",
        "(cd a && pytest)",
    ],
)
def test_a_check_that_runs_in_any_case_decides(line: str):
    check = check_in(line)
    assert check is not None and check.decides and check.kind == "test"
