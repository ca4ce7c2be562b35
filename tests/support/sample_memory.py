"""A small memory as months of use leave it: for the tests of the page, and its screenshots."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from memp.config import Settings, open_memory
from memp.domain.origin import Origin
from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.reply import Telling, recall_reply

SHOP = "github.com/acme/shop"
INFRA = "github.com/acme/infra"

CHORES = (
    ("Rotate the API key of the {} service", SHOP, (
        "cat config/{0}.yml -> key: kept in the vault", "vault rotate {0}/api -> new version 7",
        "make deploy service={0} -> deployed", "curl -fs https://status.acme.example/{0} -> ok",
    ), ("billing", "search", "mail")),
    ("Restore the {} database from last night's snapshot", INFRA, (
        "dbctl snapshots {0} -> 3 snapshots", "dbctl stop writers {0} -> stopped",
        "dbctl restore {0} --to {0}-shadow -> restored in 4 minutes", "dbctl swap {0} {0}-shadow -> swapped",
        "dbctl start writers {0} -> running",
    ), ("orders", "customers")),
    ("Upgrade the package {} and mend what breaks", SHOP, (
        "uv add '{0}' -> resolved", "pytest -q -> 3 failed", "read the changelog of {0} -> renamed arguments",
        "edit the callers -> 3 files", "pytest -q -> passed",
    ), ("httpx", "pydantic")),
    ("Add an index to the {} table without a lock", INFRA, (
        "psql -c 'CREATE INDEX CONCURRENTLY ON {0} (created_at)' -> CREATE INDEX",
        "psql -c '\\d {0}' -> the index is valid",
    ), ("orders", "events", "sessions")),
    ("Write the release notes of version {}", SHOP, (
        "git log v{0}..HEAD --oneline -> 24 commits", "group the commits by area -> 5 areas",
        "edit CHANGELOG.md -> a section", "git commit -am 'Notes of {0}' -> committed",
    ), ("2.3", "2.4")),
    ("Find why the page {} is slow", SHOP, (
        "py-spy record -o profile.svg -- python manage.py render {0} -> 80 % in templates",
        "count queries of {0} -> 412 queries", "prefetch the rows -> 6 queries", "measure {0} again -> 120 ms",
    ), ("checkout", "catalogue")),
)  # fmt: skip

TRAP = "vault rotate needs a login that is not older than an hour: error E11 no session"


def make_memory(path: Path, *, model: str = "hashing", now: datetime | None = None) -> None:
    """Write the sample memory to a file."""
    now = now or datetime.now(UTC)
    memory = open_memory(Settings(db=path, model=model, holdout=0.0))
    try:
        _fill(memory, now)
    finally:
        memory.close()


def _fill(memory: ProceduralMemory, now: datetime) -> None:
    count = 0
    for place, (task, project, steps, things) in enumerate(CHORES):
        used: list[str] = []
        for turn in range(6):
            count += 1
            thing = things[turn % len(things)]
            client = ("claude-code 2.1", "codex 0.80", "cursor 3.2")[(place + turn) % 3]
            who = Provenance(client=client, project=project, model=("opus-5", "gpt-6")[turn % 2])
            at = now - timedelta(days=3 * (40 - count), hours=count)
            fails = turn == 3 and place in (0, 5)
            seen = Origin(channel="hook", client=client.partition(" ")[0], name=f"session {count}")
            done = memory.record(
                task.format(thing), [*(step.format(thing) for step in steps), f"note the run {turn} -> noted"],
                "failure" if fails else "success", evidence=f"check: pytest -q, exit {int(fails)}", used=used,
                tokens=4_000 + 150 * turn, provenance=who, at=at, origin=seen,
            )  # fmt: skip
            if done.built and not used:
                used = [f"p{done.built}"]
    asked = Provenance(client="claude-code 2.1", project=SHOP, model="opus-5")
    memory.reflect(
        "Rotate the API key of the billing service", ["vault rotate billing/api -> E11 no session"], TRAP,
        lesson="log in with `vault login` first", used=["p1"], provenance=asked,
        revision={"goal": "Rotate the API key of the {service} service", "steps": [
            "vault login -> a session", "vault rotate {service}/api -> a new version", "make deploy service={service}",
            "curl -fs https://status.acme.example/{service} -> ok",
        ]},
        origin=Origin(channel="hook", client="claude-code", name="session 99"),
    )  # fmt: skip
    for task in ("Rotate the API key of the mail service", "Restore the orders database", "Paint the fence"):
        memory.recall(task, provenance=asked, tell=Telling("tool", recall_reply))
