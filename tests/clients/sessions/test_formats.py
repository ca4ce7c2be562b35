"""Each format of session logs, through `memp import`: what becomes of a log that is written as its client writes."""

from collections.abc import Callable
from typing import Any

import pytest
from paths import SESSION_LOGS

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")

STORED = [
    ("claude_code.jsonl", [1.0, 0.0], "Bash: pytest -q tests/test_price.py",
     "check: pytest -q tests/test_price.py, exit 0", "claude-code", "~/shop"),
    ("codex.jsonl", [1.0, 0.0], "Bash: cargo test lexer", "check: cargo test lexer, exit 0", "codex", "~/parser"),
    ("codex_2025.jsonl", [1.0], "Bash: npm run build", "check: npm run build, exit 0", "codex", None),
    ("gemini.json", [1.0], "Bash: npm test", "check: npm test, exit 0", "gemini-cli", None),
    ("gemini.jsonl", [1.0, 0.0], "Bash: npm test", "check: npm test, exit 0", "gemini-cli", None),
    ("opencode.json", [1.0], "Bash: npm test", "check: npm test, exit 0", "opencode", "~/site"),
    ("otel.jsonl", [0.0], 'pay(card="main")', 'environment: the last call failed: pay(card="main")', "travel", None),
    ("langgraph.jsonl", [0.0], 'move_event(id=12, day="Tuesday")',
     'environment: the last call failed: move_event(id=12, day="Tuesday")', "langgraph", None),
    ("swe_agent.traj", [1.0], "Bash: cd /repo && python -m pytest tests/test_fields.py",
     "check: python -m pytest tests/test_fields.py, printed 4 passed", "swe-agent", None),
    ("mini_swe_agent.traj.json", [0.0], "Bash: sed -i 's/None/60/' src/cache.py",
     "environment: exit_status LimitsExceeded", "swe-agent", None),
    ("openhands.json", [0.0], "Bash: pytest -q", "check: pytest -q, exit 1", "openhands", None),
    ("openhands_v1.jsonl", [1.0], "Bash: pytest -q", "check: pytest -q, exit 0", "openhands", None),
    ("claude_stream.jsonl", [1.0], "Bash: pytest -q", "check: pytest -q, printed 6 passed", "claude-code", "/srv/shop"),
    ("gemini_stream.jsonl", [0.0], "Bash: npm test", "check: npm test, printed 2 failed", "gemini-cli", None),
    ("copilot.jsonl", [1.0], "Bash: tox -q", "check: tox -q, exit 0", "copilot-cli", "/srv/desk"),
    ("cline.json", [1.0], "Bash: npm test", "check: npm test, printed 12 passed", "cline", "/srv/site"),
    ("inspect.json", [1.0], "Bash: desk close 7", "environment: score includes C", "inspect", None),
    ("aider.chat.history.md", [1.0], "Bash: pytest -q", "check: pytest -q, exit 0", "aider", None),
    ("openhands_eval.jsonl", [0.0], "Bash: make test", "environment: resolved: False", "openhands", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rewards", "action", "evidence", "client", "project"), STORED, ids=lambda v: str(v)[:24]
)
def test_a_log_becomes_runs_with_the_outcome_that_it_shows(
    document: Document, name: str, rewards: list[float], action: str, evidence: str, client: str, project: str | None
) -> None:
    done = document("import", str(SESSION_LOGS / name))
    assert done["added"] + done["merged"] + done["failures"] == len(rewards)
    runs = [document("show", f"t{number}") for number in range(1, len(rewards) + 1)]
    assert [run["reward"] for run in runs] == rewards
    first = runs[0]
    assert first["steps"][-1]["action"] == action
    assert f"{first['evidence']['kind']}: {first['evidence']['detail']}" == evidence
    assert (first["provenance"]["client"], first["provenance"].get("project")) == (client, project)
    assert first["provenance"]["source"].startswith(name)
    again = document("import", str(SESSION_LOGS / name))
    assert (again["known"], again["added"], again["merged"], again["failures"]) == (len(rewards), 0, 0, 0)


@pytest.mark.parametrize("name", ["langchain.jsonl", "langgraph_events.jsonl", "otel_events.jsonl"])
def test_a_run_that_shows_no_outcome_is_skipped_unless_the_caller_names_one(document: Document, name: str) -> None:
    done = document("import", str(SESSION_LOGS / name))
    assert (done["added"], done["skipped"]) == (0, 1)
    assert next(iter(done["reasons"])).startswith("no outcome: pass --outcome")
    assert document("import", str(SESSION_LOGS / name), "--outcome", "success")["added"] == 1
