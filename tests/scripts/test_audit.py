"""The audit of the lock files: what a vulnerability, a service that knows nothing, and none at all come to."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import audit
import pytest
from lock import LOCKS

LOCK = LOCKS[0].path


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What pip-audit writes, or None where it ends without, as where no service can be reached."""

    def answering(packages: list[dict[str, Any]] | None, stderr: str = "ERROR: cannot connect") -> None:
        def run(command: list[str], **_: object) -> SimpleNamespace:
            if packages is not None:
                Path(command[-1]).write_text(json.dumps({"dependencies": packages}), encoding="utf-8")
            return SimpleNamespace(stderr=stderr, returncode=1)

        monkeypatch.setattr(audit.subprocess, "run", run)

    return answering


GOOD = {"name": "apsw", "version": "1", "vulns": []}
BAD = {"name": "mcp", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}
UNKNOWN = {"name": "anyio", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([GOOD], 0, "1 packages audited, 0 vulnerabilities"),
        ([GOOD, UNKNOWN], 0, "1 packages audited, 1 unknown to the service, 0 vulnerabilities"),
        ([GOOD, BAD], 1, "mcp 2: PYSEC-1"),
        ([UNKNOWN], 0, "SKIPPED: requirements"),
        ([], 0, "SKIPPED: requirements"),
        (None, 0, "cannot connect"),
    ],
)
def test_a_vulnerability_fails_and_no_answer_is_said(
    service: Callable[..., None], capsys: pytest.CaptureFixture[str], packages: Any, status: int, said: str
):
    service(packages)
    assert audit.audit(LOCK) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "stderr", ["/usr/bin/python: No module named pip_audit", "Traceback (most recent call last):\nKeyError: 'name'", ""]
)
def test_an_audit_that_failed_is_no_clean_one(
    service: Callable[..., None], capsys: pytest.CaptureFixture[str], stderr: str
):
    service(None, stderr)
    assert audit.audit(LOCK) == 1
    assert "FAILED: requirements" in capsys.readouterr().out


@pytest.mark.parametrize(
    "stderr",
    [
        "ConnectionError: HTTPSConnectionPool(host='pypi.org'): Max retries exceeded",
        "ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed",
        "requests.exceptions.HTTPError: 503 Server Error: Service Unavailable",
    ],
)
def test_a_service_that_cannot_be_reached_is_said(
    service: Callable[..., None], capsys: pytest.CaptureFixture[str], stderr: str
):
    service(None, stderr)
    assert audit.audit(LOCK) == 0
    assert "SKIPPED: requirements" in capsys.readouterr().out
