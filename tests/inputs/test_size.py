"""What a caller passes is cut or refused by its size before anything reads it, and a cut leaves no half of a secret."""

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from memp.config import open_memory
from memp.domain.trajectory import MAX_TEXT
from memp.errors import InputError
from memp.inputs import size
from memp.memory import ProceduralMemory
from memp.text import redact

STEPS = ["run make -> ok", "run test -> ok"]
LONG = "fix the parser of module alpha. " * 60_000
END = MAX_TEXT * 13 // 20 + size.FAR
"""The most that is read of each end of a text."""

CUTS = (MAX_TEXT * 13 // 20 + size.NEAR, END)
"""Where a long text is cut, counted from either end."""

SHARED_CUTS = (3_250 + size.NEAR, 3_250 + size.FAR)
"""... where it is one of sixty."""


def bytes_of(path: Path) -> bytes:
    """All that the memory file and its journal hold."""
    return b"".join(file.read_bytes() for file in path.glob("memory.sqlite3*") if file.is_file())


@pytest.fixture
def memory(tmp_path: Path) -> ProceduralMemory:
    return open_memory(db=tmp_path / "memory.sqlite3", model="hashing", builder="extractive")


@pytest.mark.parametrize(
    ("call", "given"),
    [
        ("record", {"task": LONG, "steps": STEPS}),
        ("record", {"task": "fix it", "steps": [{"action": "cat log", "observation": LONG}]}),
        ("record", {"task": "fix it", "steps": [LONG, LONG]}),
        ("record", {"task": "fix it", "steps": STEPS, "evidence": LONG}),
        ("record", {"task": "fix it", "steps": STEPS, "facts": [LONG]}),
        ("record", {"task": "fix it", "steps": STEPS, "script": {"goal": LONG, "steps": [LONG]}}),
        ("reflect", {"task": LONG, "steps": STEPS, "error": LONG, "lesson": LONG}),
        ("recall", {"task": LONG}),
        ("recall", {"task": "fix it", "context": LONG, "error": LONG, "facts": [LONG]}),
    ],
)
def test_no_pattern_sees_more_of_a_text_than_its_two_ends(memory: ProceduralMemory, call: str, given: dict[str, Any]):
    """Counted at the door of redaction, through which all texts pass, and which costs more than all else."""
    seen: list[int] = []
    original = redact.by_form
    with mock.patch.object(redact, "by_form", lambda text: (seen.append(len(text)), original(text))[1]):
        getattr(memory, call)(**given)
    assert seen and max(seen) <= 2 * END + 60


def test_what_was_cut_is_said_by_its_own_length(memory: ProceduralMemory):
    notes = memory.record(LONG, [{"action": "cat log", "observation": LONG}], "success").notes
    kept = f"{len(LONG) - 1:,} characters; its first and last 10,000 are kept"
    assert notes[:2] == [f"the observation of step 1 had {kept}", f"the task had {kept}"]
    assert f"the task has {len(LONG) - 1:,} characters" in notes[2]
    run = memory.store.trajectory(1)
    assert run.task.startswith("fix the parser") and run.task.endswith("module alpha.")
    assert f"[... {len(LONG) - 1 - MAX_TEXT:,} characters cut ...]" in run.task
    assert len(run.task) < MAX_TEXT + 60


@pytest.mark.parametrize("text", [" " * 3_000_000, "\u200b" * 3_000_000, "\n\t" * 1_000_000, "\x1b[0m" * 900_000])
def test_a_long_text_of_which_nothing_can_be_seen_is_empty(memory: ProceduralMemory, text: str):
    with pytest.raises(InputError, match="'task' is empty"):
        memory.record(text, STEPS, "success")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": ["a" * 19_000] * 300}, r"the limit is 4,000,000: shorten the observations"),
        ({"steps": "x" * 4_000_001}, r"has 4,000,001 characters; the limit is 4,000,000"),
        ({"steps": ["a -> b"] * 1_000_000}, r"the limit is 4,000,000"),
        ({"facts": ["a fact"] * 1_000_000}, r"the limit is 4,000,000"),
        ({"steps": ["a -> b"] * 5_001}, r"has 5,001 steps; the limit is 5,000: leave out"),
        ({"script": "do it\n" * 100_000}, r"The script has 600,000 characters; the limit is 500,000"),
        ({"used": "p1, " * 10_000}, r"'used' names too many procedures, or has too long a text"),
        ({"used": ["p1"] * 2_000}, r"'used' names too many procedures"),
    ],
)
def test_what_is_far_too_large_is_refused_with_what_to_do(memory: ProceduralMemory, given: dict[str, Any], says: str):
    with pytest.raises(InputError, match=says):
        memory.record("fix it", **{"steps": STEPS, "outcome": "success", **given})
    assert memory.store.stats().trajectories == 0


@pytest.mark.parametrize("shift", [-85, -40, -8, 0, 30])
@pytest.mark.parametrize("filler", ["x ", "\u200b\u200b"])
def test_a_secret_where_the_middle_is_left_out_leaves_no_half(
    memory: ProceduralMemory, tmp_path: Path, shift: int, filler: str
):
    """Also where redaction makes so little of the ends that what lies next to the cut would be kept."""
    key = "sk-ant-" + "q9w8" * 20
    for at in (end + shift for cut in CUTS for end in (cut, -cut)):
        text = f"{'x ' * 10_000}{(filler * 200_000)[:360_000]}{'x ' * 10_000}"
        at %= len(text)
        memory.record(
            f"print {at}", [{"action": "cat key", "observation": f"{text[:at]}{key}{text[at + len(key) :]}"}], "success"
        )
        memory.reflect(f"lose {at}", STEPS, f"{text[:at]}{key}{text[at + len(key) :]}", lesson=f"{text[:at]}{key}")
    memory.close()
    assert b"q9w8" not in bytes_of(tmp_path)


QW = "q9w8" * 2_000
LINES = "\n".join(["q9w8" * 16] * 90)
PRIVATE = "RSA PRIVATE KEY-----"
LONG_SECRETS = {
    "a private key of 4 kB": f"-----BEGIN {PRIVATE}\nProc-Type: 4,ENCRYPTED\n\n{LINES[:4_000]}\n-----END {PRIVATE}",
    "one of 6 kB in JSON": f"-----BEGIN {PRIVATE}{LINES}-----END {PRIVATE}".replace("\n", "\\n"),
    "one with a hidden sign": f"-----BEGIN RSA PRIV\u200bATE KEY-----\n{LINES}\n-----END RSA PRIV\u200bATE KEY-----",
    "a web token": f"eyJhbGciOiJI.eyJ{QW}.{QW[:40]}",
    "an unbroken value": f"password={QW}",
    "cookies": "Cookie: " + "; ".join(f"c{i}={QW[:200]}" for i in range(30)),
    "an argument": f"curl {'-H accept:json ' * 400}-u me:{QW[:80]} https://example.com",
    "one in a line that goes on": f"curl {'-H a:b ' * 400}\\\n{'-H a:b ' * 400}-u me:{QW[:80]} https://example.com",
}


@pytest.mark.parametrize("secret", LONG_SECRETS.values(), ids=list(LONG_SECRETS))
def test_a_secret_longer_than_what_is_mostly_read_beyond_a_cut_leaves_no_half(
    memory: ProceduralMemory, tmp_path: Path, secret: str
):
    """Sixty texts have 2,500 characters each of either end, so that redaction is left little room."""
    shifts = (-40, 40 - len(secret), -len(secret) // 2, -len(secret) // 4)
    places = [end + shift for cut in SHARED_CUTS for end in (cut, 200_000 - cut) for shift in shifts]
    places = [at for at in places if 0 < at < 199_990 - len(secret)]
    assert len(places) >= 9
    texts = [f"{('x ' * 100_000)[: at - 1]}\n{secret}\n{'x ' * 100_000}"[:200_000] for at in places]
    texts += ["x " * 100_000] * (60 - len(texts))
    steps = [{"action": f"cat {i}", "observation": text} for i, text in enumerate(texts)]
    assert "2,500 are kept" in memory.record("print them", steps, "success").notes[0]
    memory.close()
    assert b"q9w8" not in bytes_of(tmp_path)


@pytest.mark.parametrize("name", ["password:", "--token ", "api_key = "])
def test_a_secrets_name_before_a_cut_does_not_take_the_cut_for_its_value(memory: ProceduralMemory, name: str):
    text = f"{('x ' * 30_000)[: CUTS[0] - len(name)]}{name}{'x ' * 200_000}"
    notes = memory.record("print it", [{"action": "cat", "observation": text}], "success").notes
    assert notes == [f"the observation of step 1 had {len(text) - 1:,} characters; its first and last 10,000 are kept"]


def test_many_long_texts_share_what_is_kept_and_short_ones_are_whole(memory: ProceduralMemory):
    short = "what was seen. " * 1_300
    steps = [{"action": f"cat {i}", "observation": LONG} for i in range(60)] + [{"action": "ls", "observation": short}]
    notes = memory.record("read them", steps, "success").notes
    assert (
        notes[59] == f"the observation of step 60 had {len(LONG) - 1:,} characters; its first and last 2,500 are kept"
    )
    seen = [step.observation for step in memory.store.trajectory(1).steps]
    assert all(text[:20] == LONG[:20] and text[-20:] == LONG.strip()[-20:] for text in seen[:60])
    assert max(map(len, seen[:60])) < 5_060 and seen[60] == short.strip()


@pytest.mark.parametrize("at", [cut - 40 for end in CUTS for cut in (end, -end)])
def test_nor_does_a_run_that_waits_for_a_persons_word(tmp_path: Path, at: int):
    memory = open_memory(db=tmp_path / "memory.sqlite3", model="hashing", write="ask")
    key, text = "sk-ant-" + "q9w8" * 20, "x " * 200_000
    at %= len(text)
    memory.record("print it", [{"action": "cat", "observation": f"{text[:at]}{key}{text[at + len(key) :]}"}], "success")
    (waiting,) = memory.waiting_runs.all()
    memory.close()
    assert "characters cut" in waiting.model_dump_json() and "q9w8" not in waiting.model_dump_json()


def test_a_long_text_that_holds_the_mark_itself_is_read_all_the_same(memory: ProceduralMemory):
    memory.record("read it", [{"action": "cat", "observation": "before\n\ue0005\ue000\nafter"}], "success")
    memory.record("read it whole", [{"action": "cat", "observation": "\ue0009\ue000" * 100_000}], "success")
    assert memory.store.stats().trajectories == 2
