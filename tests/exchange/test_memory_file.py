"""`memp export memory` and the import of such a file, through the command's entry point, on real stores."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memp.config import open_memory, read_settings
from memp.domain.portable import Exported, read, spooled
from memp.errors import InputError, StoreBusyError
from memp.memory import ProceduralMemory
from memp.store.records import Taking
from memp_clients.cli import main

TASK = "Free port 80 on the web server"
STEPS = ["lsof -i :80 -> nginx, pid 7", "systemctl stop nginx -> stopped", "lsof -i :80 -> nothing"]
SCRIPT = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop it", "look again"]}
MENDED = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop its unit", "look again"]}
PROOF = "check: curl, exit 0"
SECRET = "sk-ant-" + "a1B2" * 8

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Go to another machine, that is, to another memory."""

    def go(name: str) -> None:
        monkeypatch.setenv("MEMP_DB", str(home / f"{name}.sqlite3"))

    go("strong")
    return go


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return ran


@pytest.fixture
def document(run: Run) -> Document:
    def ran(*arguments: str) -> dict[str, Any]:
        status, out, err = run(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return ran


@pytest.fixture
def file(home: Path, here: Callable[[str], None], document: Document) -> Path:
    """A strong agent's memory, exported: p1 is validated and has a pitfall and a revision, p2 a candidate of a project."""
    with closing(open_memory(read_settings())) as memory:
        learn(memory)
    with closing(open_memory(read_settings(project="shop"))) as memory:
        memory.record("Bake rye bread", ["mix flour -> dough", "bake dough -> bread"], "success")
    document("export", "memory", str(home / "memory.jsonl"))
    return home / "memory.jsonl"


def learn(memory: ProceduralMemory, script: Any = SCRIPT) -> None:
    for port in (80, 81, 82):
        memory.record(f"Free port {port} on the web server", STEPS, "success", evidence=PROOF, script=script)
    memory.reflect(TASK, ["kill 7 -> denied"], "not permitted", used=["p1"], lesson="use sudo")
    memory.record(f"{TASK} again", STEPS, "success", evidence=PROOF, used=["p1"], script=script)


def procedures(document: Document) -> list[tuple[str, str, str]]:
    return [(p["goal"], p["tier"], p["project"]) for p in document("list")["procedures"]]


def dump(home: Path, name: str) -> dict[str, list[Any]]:
    """Every row of a memory's own tables."""
    tables = ("procedures", "revisions", "keys", "pitfalls", "sources", "trajectories", "audit", "imported", "imported_bindings",
              "imported_findings", "credits")  # fmt: skip
    with closing(apsw.Connection(str(home / f"{name}.sqlite3"))) as db:
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}


def changed(file: Path, to: Path, change: Callable[[list[dict[str, Any]]], None]) -> str:
    """The file with other records, and a manifest that fits them; its name."""
    manifest, *records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    change(records)
    return written(to, manifest, records)


def written(to: Path, manifest: dict[str, Any], records: Sequence[dict[str, Any]]) -> str:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    manifest |= {
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "procedures": sum(record.get("kind") == "procedure" for record in records),
        "trajectories": sum(record.get("kind") == "trajectory" for record in records),
    }
    to.write_text(json.dumps(manifest) + "\n" + lines, encoding="utf-8")
    return str(to)


class TestTheFile:
    def test_is_a_manifest_and_a_line_for_each_procedure(self, file: Path) -> None:
        head, *lines = file.read_bytes().splitlines(keepends=True)
        manifest, records = json.loads(head), [json.loads(line) for line in lines]
        assert (manifest["format"], manifest["version"]) == ("memp-memory", 1)
        assert (manifest["procedures"], manifest["trajectories"]) == (2, 0)
        assert manifest["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()
        assert manifest["embedder"].startswith("hashing")
        first = records[0]
        assert (first["id"], first["tier"], first["uses"], first["successes"]) == ("p1", "validated", 2, 1)
        assert first["revisions"][0]["script"]["steps"] == SCRIPT["steps"]
        assert first["pitfalls"][0]["pitfall"] == {"trigger": "not permitted", "instead": "use sudo"}
        assert {one["evidence"]: (one["uses"], one["successes"]) for one in first["by"]} == {
            "check": (1, 1), "claim": (1, 0)
        }  # fmt: skip
        assert (first["sources"][0]["evidence"], first["sources"][0]["runs"]) == ("check", 4)
        assert b"vector" not in b"".join(lines)

    def test_of_the_same_memory_is_the_same_but_for_its_time(self, home: Path, file: Path, document: Document) -> None:
        document("export", "memory", str(home / "again.jsonl"))
        (one, *ours), (other, *theirs) = (
            path.read_bytes().splitlines() for path in (file, home / "again.jsonl")
        )  # fmt: skip
        assert ours == theirs
        assert {**json.loads(one), "created": ""} == {**json.loads(other), "created": ""}

    def test_goes_to_stdout_whole_and_alone(self, file: Path, run: Run) -> None:
        status, out, err = run("export", "memory", "-")
        assert (status, err) == (0, "")
        assert out.splitlines()[1:] == file.read_text(encoding="utf-8").splitlines()[1:]

    @pytest.mark.parametrize(
        ("options", "ids"),
        [
            (["--project", "shop"], ["p2"]),
            (["--tier", "validated"], ["p1"]),
            (["--tier", "candidate", "--tier", "pinned"], ["p2"]),
            (["--id", "p2"], ["p2"]),
        ],
    )
    def test_may_have_a_part_only(
        self, home: Path, file: Path, document: Document, options: list[str], ids: list[str]
    ) -> None:
        document("export", "memory", str(home / "part.jsonl"), *options)
        records = [json.loads(line) for line in (home / "part.jsonl").read_text().splitlines()[1:]]
        assert [record["id"] for record in records] == ids

    def test_that_is_there_stays_unless_forced(self, file: Path, run: Run, document: Document) -> None:
        before = file.read_bytes()
        status, _, err = run("export", "memory", str(file))
        assert (status, "exists already" in err) == (1, True)
        assert file.read_bytes() == before
        assert document("export", "memory", str(file), "--force")["procedures"] == 2

    @pytest.mark.parametrize("options", [["--id", "p9"], ["--id", "x"], ["--tier", "best"]])
    def test_of_what_is_not_there_is_not_written(self, home: Path, file: Path, run: Run, options: list[str]) -> None:
        status, _, err = run("export", "memory", str(home / "none.jsonl"), *options)
        assert status in (1, 2)
        assert options[1] in err
        assert list(home.glob("*none.jsonl*")) == []

    def test_of_what_a_person_wrote_brings_that_persons_list_and_not_the_persons_word(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        form = (
            "goal: Free a port\nsteps:\n- ask first\npitfalls:\n- trigger: it listens again\n  instead: mask its unit\n"
        )
        (home / "form.yaml").write_text(form)
        document("edit", "p1", "--from", str(home / "form.yaml"))
        document("export", "memory", str(home / "mine.jsonl"), "--id", "p1")
        here("other")
        document("import", str(home / "mine.jsonl"))
        shown = document("show", "p1")
        assert [known["trigger"] for known in shown["known_pitfalls"]] == ["it listens again"]
        assert {one["builder"] for one in shown["revisions"]} == {"caller"}
        assert shown["script"]["steps"] == ["ask first"]

    def test_has_no_archived_procedure_but_by_its_id(self, home: Path, file: Path, document: Document) -> None:
        document("review", "p2", "--reject")
        assert document("export", "memory", str(home / "a.jsonl"))["procedures"] == 1
        assert document("export", "memory", str(home / "b.jsonl"), "--id", "p2")["procedures"] == 1


class TestImport:
    def test_brings_candidates_that_are_recalled_with_all_they_say(
        self, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        here("weak")
        found = document("import", str(file))["memories"][0]
        assert (found["created"], found["known"]) == (2, 0)
        assert procedures(document) == [("Free a port", "candidate", ""), ("Bake rye bread", "candidate", "shop")]
        match = document("recall", "Free port 85 on the web server")["matches"][0]
        assert (match["id"], match["steps"]) == ("p1", SCRIPT["steps"])
        assert match["pitfalls"] == ["not permitted | instead: use sudo"]
        assert "uses" not in match
        assert document("stats")["pending"] == 0

    def test_keeps_what_was_known_there_as_information_and_not_as_evidence(
        self, here: Callable[[str], None], file: Path, document: Document, run: Run
    ) -> None:
        before = document("why", "p1")
        here("weak")
        document("import", str(file))
        after = document("why", "p1")
        assert (before["tier"], before["outside"]) == ("validated", 4)
        assert (after["tier"], after["outside"], after["outcomes"]) == ("candidate", 0, [])
        assert after["posterior"]["overall"]["mean"] < before["posterior"]["overall"]["mean"]
        told = after["imported"][0]
        assert (told["id"], told["tier"], told["uses"], told["successes"]) == ("p1", "validated", 2, 1)
        assert told["file"] == json.loads(file.read_text().splitlines()[0])["sha256"]
        assert [change["action"] for change in after["log"]] == ["imported (created)"]
        for command in ("why", "show"):
            assert "validated, 1 of 2 uses succeeded; 4 runs" in " ".join(run(command, "p1")[1].split())

    def test_brings_what_agents_can_follow_fail_with_and_prove(
        self, here: Callable[[str], None], file: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMP_TRUSTED", "true")
        here("weak")
        document("import", str(file))
        match = document("recall", TASK, "--detail", "trajectory")["matches"][0]
        assert "example" not in match
        told = document("reflect", "--task", TASK, "--step", "kill 7 -> denied", "--error", "denied", "--used", "p1")
        assert told["material"]["procedure"]["id"] == "p1"
        with closing(open_memory(read_settings())) as memory:  # A program: each of its runs is a witness of its own.
            for port in (90, 91):
                memory.record(f"Free port {port}", ["a -> b", "c -> d"], "success", evidence=PROOF, used=["p1"])
        assert document("why", "p1")["tier"] == "validated"

    def test_is_noted_in_the_audit_log(self, here: Callable[[str], None], file: Path, document: Document) -> None:
        here("weak")
        document("import", str(file))
        with closing(open_memory(read_settings())) as memory:
            whole = [change for change in memory.store.changes() if change.procedure_id is None]
        assert [(c.actor, c.action) for c in whole] == [("memp import", "imported a memory")]
        assert "2 created" in whole[0].detail

    def test_again_adds_nothing(self, home: Path, here: Callable[[str], None], file: Path, document: Document) -> None:
        here("weak")
        document("import", str(file))
        before = dump(home, "weak")
        assert document("import", "memory", str(file))["memories"][0]["known"] == 2
        assert dump(home, "weak") == before

    def test_into_the_memory_it_came_from_adds_nothing(self, home: Path, file: Path, document: Document) -> None:
        document("export", "memory", str(home / "all.jsonl"), "--with-trajectories")
        before = dump(home, "strong")
        for source in (file, home / "all.jsonl"):
            assert document("import", str(source))["memories"][0]["known"] == 2
        assert dump(home, "strong") == before

    def test_of_what_was_revised_here_since_adds_nothing(self, file: Path, document: Document) -> None:
        document("reflect", "--task", TASK, "--step", "kill 7 -> denied", "--error", "again denied", "--used", "p1",
                 "--revision", json.dumps(MENDED))  # fmt: skip
        document("review", "p1r2", "--approve")
        assert document("import", str(file))["memories"][0]["known"] == 2
        assert document("show", "p1")["script"]["steps"] == MENDED["steps"]

    def test_of_what_was_forgotten_brings_it_back(self, file: Path, document: Document) -> None:
        document("forget", "p1", "p2", "--yes")
        assert document("import", str(file))["memories"][0]["created"] == 2

    def test_puts_all_into_a_project_where_one_is_named(
        self, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        here("weak")
        document("import", str(file), "--project", "mine")
        assert {project for *_, project in procedures(document)} == {"mine"}

    def test_brings_earlier_revisions_to_roll_back_to(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        document("reflect", "--task", TASK, "--step", "kill 7 -> denied", "--error", "again denied", "--used", "p1",
                 "--revision", json.dumps(MENDED))  # fmt: skip
        document("review", "p1r2", "--approve")
        document("export", "memory", str(home / "two.jsonl"))
        here("weak")
        document("import", str(home / "two.jsonl"))
        assert document("show", "p1")["script"]["steps"] == MENDED["steps"]
        document("review", "p1", "--rollback", "1")
        assert document("show", "p1")["script"]["steps"] == SCRIPT["steps"]

    def test_tells_of_every_memory_that_it_came_through(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        here("second")
        document("import", str(file))
        document("export", "memory", str(home / "second.jsonl"))
        here("third")
        document("import", str(home / "second.jsonl"))
        told = document("why", "p1")["imported"]
        assert [(one["tier"], one["uses"]) for one in told] == [("candidate", 0), ("validated", 2)]

    @pytest.mark.parametrize("stored", ["plain", "packed", "stdin"])
    def test_reads_packed_files_and_stdin(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document, monkeypatch: pytest.MonkeyPatch,
        stored: str,
    ) -> None:  # fmt: skip
        here("weak")
        source = str(file)
        if stored == "packed":
            source = str(home / "memory.jsonl.gz")
            Path(source).write_bytes(gzip.compress(file.read_bytes()))
        elif stored == "stdin":
            source = "-"
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(file.read_bytes()))))  # pyright: ignore[reportArgumentType]
        assert document("import", source)["memories"][0]["created"] == 2


class TestNearDuplicates:
    """The same steps are there already, in a procedure of another goal in like words."""

    @pytest.fixture
    def alike(self, here: Callable[[str], None], file: Path) -> Iterator[ProceduralMemory]:
        here("weak")
        with closing(open_memory(read_settings())) as memory:
            memory.record("Free a port", STEPS, "success", script={**SCRIPT, "when_to_use": "A port is taken"})
            yield memory

    def test_a_candidate_takes_in_what_the_file_adds_and_keeps_its_steps(
        self, home: Path, file: Path, alike: ProceduralMemory, document: Document
    ) -> None:
        other = changed(
            file, home / "x.jsonl", lambda all_: all_[0]["revisions"][0]["script"].update(verification="ok")
        )
        foretold = document("import", "--dry-run", other)
        assert not foretold["stored"] and len(document("list")["procedures"]) == 1
        found = document("import", other)["memories"][0]
        assert (found["created"], found["merged"], found["noted"]) == (1, 1, 0) and foretold["memories"] == [found]
        shown = document("show", "p1")
        assert shown["script"]["when_to_use"] == "A port is taken"
        assert "verification" not in shown["script"]
        assert (shown["tier"], shown["revision"], len(shown["known_pitfalls"])) == ("candidate", 1, 1)
        assert document("import", other)["memories"][0]["known"] == 2

    @pytest.mark.parametrize("tier", ["validated", "pinned"])
    def test_what_is_trusted_here_takes_in_no_word(
        self, home: Path, file: Path, alike: ProceduralMemory, document: Document, tier: str
    ) -> None:
        document("review", "p1", "--approve" if tier == "validated" else "--pin")
        before = dump(home, "weak")
        assert document("import", str(file))["memories"][0]["noted"] == 1
        after = dump(home, "weak")
        own = [[row for row in rows["keys"] if row[3] == 1] for rows in (before, after)]
        assert own[0] == own[1]
        assert after["procedures"][0] == before["procedures"][0]
        assert after["pitfalls"] == before["pitfalls"]
        assert document("why", "p1")["imported"][0]["how"] == "noted"


class TestTrajectories:
    @pytest.fixture
    def whole(self, home: Path, file: Path, document: Document) -> Path:
        assert document("export", "memory", str(home / "all.jsonl"), "--with-trajectories")["trajectories"] == 5
        return home / "all.jsonl"

    def test_come_with_the_next_import_where_the_first_was_cut_off(
        self, home: Path, here: Callable[[str], None], whole: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here("uncut")
        document("import", str(whole))
        here("weak")
        monkeypatch.setattr("memp.domain.portable.BATCH", 1)
        with io.BytesIO() as spool, open_memory(busy_timeout=0.01) as memory:
            manifest, _ = read(io.BytesIO(whole.read_bytes()), spool)
            with closing(apsw.Connection(str(home / "weak.sqlite3"))) as other:

                def batches() -> Iterator[Sequence[Exported]]:
                    for number, records in enumerate(spooled(spool)):
                        if number == 3:
                            other.execute("BEGIN IMMEDIATE")
                        yield records

                with pytest.raises(
                    StoreBusyError, match=r"nothing more was stored.* 3 records are in: the same import"
                ):
                    memory.store.take_in(manifest.sha256, batches(), Taking(None, 0.5, lambda _: lambda _: False))
        found = document("import", str(whole))["memories"][0]
        assert (found["created"], found["known"], found["runs"]) == (0, 2, 4)
        cut, uncut = dump(home, "weak"), dump(home, "uncut")
        assert len(cut["sources"]) == 5
        for table in ("sources", "imported_bindings", "imported_findings"):
            assert cut[table] == uncut[table]
        document("import", str(whole))
        assert dump(home, "weak") == cut

    def test_come_along_and_are_shown_but_prove_nothing(
        self, here: Callable[[str], None], whole: Path, document: Document
    ) -> None:
        here("weak")
        assert document("import", str(whole))["memories"][0]["runs"] == 5
        match = document("recall", "Free port 85 on the web server", "--detail", "trajectory")["matches"][0]
        assert match["example"]["task"].startswith("Free port 8")
        why = document("why", "p1")
        assert (why["tier"], why["outside"], len(why["sources"])) == ("candidate", 0, 4)
        assert why["posterior"]["contexts"] == {}
        digest = json.loads(whole.read_text().splitlines()[0])["sha256"]
        assert why["sources"][0]["provenance"]["imported_from"].startswith(f"{digest}/t1, ")
        # A forgotten run elsewhere makes all counts anew: still nothing is proven.
        document("forget", "t5", "--yes")
        assert document("why", "p1")["outside"] == 0

    def test_own_evidence_counts_beside_them(
        self, here: Callable[[str], None], whole: Path, document: Document
    ) -> None:
        here("weak")
        document("import", str(whole))
        with closing(open_memory(read_settings())) as memory:
            for port in (80, 90):
                task = f"Free port {port} on the web server"
                memory.record(task, STEPS, "success", evidence=PROOF, used=["p1"])
        assert document("why", "p1")["tier"] == "validated"

    def test_are_forgotten_with_their_procedure_without_a_trace(
        self, home: Path, here: Callable[[str], None], whole: Path, document: Document
    ) -> None:
        here("weak")
        document("import", str(whole))
        for name in ("p1", "p2"):
            document("forget", name, "--yes")
        left = b"".join(path.read_bytes() for path in home.glob("weak.sqlite3*"))
        assert not [word for word in (b"nginx", b"listens", b"not permitted", b"flour") if word in left]


class TestBadFiles:
    def test_a_cut_or_changed_file_is_refused_and_nothing_is_stored(
        self, home: Path, here: Callable[[str], None], file: Path, run: Run, document: Document
    ) -> None:
        here("weak")
        lines = file.read_bytes().splitlines(keepends=True)
        for name, content in {
            "cut": b"".join(lines)[:-40],
            "short": b"".join(lines[:-1]),
            "changed": b"".join(lines).replace(b"look again", b"rm -rf / "),
            "empty": b"".join(lines[:1]),
        }.items():
            (home / name).write_bytes(content)
            status, out, err = run("import", str(home / name))
            assert (status, out) == (1, "")
            assert "nothing was imported" in err
        assert procedures(document) == []

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda r: r[1].update(kind="pinned"), "line 3: its 'kind' is none of procedure, trajectory"),
            (lambda r: r[1].update(tier="best"), "line 3: 'tier': input should be 'candidate', 'validated' or 'pinned'"),
            (lambda r: r[1].update(uses=-1), "line 3: 'uses': input should be greater than or equal to 0"),
            (lambda r: r[1].update(uses="2"), "line 3: 'uses': input should be a valid integer"),
            (lambda r: r[1].update(outside=9), "line 3: 'outside': extra inputs are not permitted"),
            (lambda r: r[1].update(id="p1"), "line 3: p1 stands there a second time"),
            (lambda r: r[1].update(id="p1; drop"), "line 3: 'id': string should match pattern"),
            (lambda r: r[1].pop("keys"), "line 3: 'keys': field required"),
            (lambda r: r[0]["revisions"][0].pop("current"), "line 2: p1 must have exactly one current revision"),
            (lambda r: r[0]["revisions"][0]["script"].update(steps=[]), "its goal and its steps must not be empty"),
            (lambda r: r[0]["revisions"][0]["script"].update(steps=["\u200b"]), "its steps must not be empty"),
            (lambda r: r[0]["revisions"][0]["script"].update(goal="x" * 5_000), "a text has 5,000 characters"),
            (lambda r: r[0]["revisions"][0]["script"].update(steps=["x"] * 101), "there are 101; the limit is 100"),
            (lambda r: r[0]["keys"][0].update(text="x" * 60_000), "'keys.0.text' has 60,000 characters"),
            (lambda r: r[0]["values"][0].update(bindings={'a" b': "c"}), "'values.0.bindings"),
            (lambda r: r[0]["values"][0].update(of=["t9"]), "names the trajectory t9, which is not in the file"),
            (lambda r: r[0].update(created_at="soon"), "line 2: 'created_at': "),
        ],
    )  # fmt: skip
    def test_a_line_that_is_not_what_it_must_be_is_named(
        self, home: Path, here: Callable[[str], None], file: Path, run: Run, document: Document,
        change: Callable[[list[dict[str, Any]]], None], told: str,
    ) -> None:  # fmt: skip
        here("weak")
        status, _, err = run("import", changed(file, home / "bad.jsonl", change))
        assert status == 1
        assert told in err
        assert "nothing was imported" in err
        assert procedures(document) == []

    @pytest.mark.parametrize("line", ["{", "[1]", '{"kind": "procedure", "uses": 1' + "0" * 5_000 + "}", "[" * 100_000])
    def test_a_line_that_is_no_json_is_named(
        self, home: Path, here: Callable[[str], None], file: Path, run: Run, line: str
    ) -> None:
        here("weak")
        (home / "bad.jsonl").write_text(file.read_text() + line + "\n")
        status, _, err = run("import", str(home / "bad.jsonl"))
        assert status == 1
        assert "line 4: " in err

    def test_a_newer_format_is_said_to_be_newer(
        self, home: Path, here: Callable[[str], None], file: Path, run: Run
    ) -> None:
        (home / "new.jsonl").write_text(file.read_text().replace('"version":1', '"version":2', 1))
        assert "it has format 2, and this memp knows 1: upgrade memp" in run("import", str(home / "new.jsonl"))[2]

    def test_hostile_texts_are_cleaned_and_secrets_go_out(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        def poison(records: list[dict[str, Any]]) -> None:
            script = records[0]["revisions"][0]["script"]
            script.update(goal="Free \ud800 a \x1b[31mport\x1b[0m\u202e", steps=[f"export TOKEN={SECRET}", "look"])
            records[0].update(tier="pinned", uses=10**9, successes=10**9, origin=f"Bearer {SECRET}")
            records[0]["keys"][0]["extra"] = SECRET
            records[0]["sources"][0]["provenance"]["client"] = SECRET

        here("weak")
        document("import", changed(file, home / "bad.jsonl", poison))
        shown = document("show", "p1")
        assert (shown["goal"], shown["tier"], shown["uses"]) == ("Free \ufffd a port", "candidate", 0)
        assert shown["script"]["steps"][0] == "export TOKEN=[redacted: api key]"
        assert SECRET.encode() not in b"".join(path.read_bytes() for path in home.glob("weak.sqlite3*"))

    def test_times_of_the_future_and_of_no_calendar_are_taken_as_now(
        self, home: Path, here: Callable[[str], None], file: Path, document: Document
    ) -> None:
        here("weak")
        for number, at in enumerate(("2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00")):

            def set_(records: list[dict[str, Any]], at: str = at, number: int = number) -> None:
                records[0].update(created_at=at)
                records[0]["revisions"][0]["script"]["steps"] = [f"step {number}", "and on"]

            document("import", changed(file, home / "odd.jsonl", set_))
        with closing(open_memory(read_settings())) as memory:
            created = {procedure.created_at.year for procedure in memory.store.procedures()}
        assert min(created) > 2020
        assert max(created) < 2999

    def test_is_not_mixed_with_sessions(self, home: Path, file: Path, run: Run) -> None:
        (home / "run.json").write_text(json.dumps({"task": TASK, "steps": STEPS, "outcome": "success"}))
        status, _, err = run("import", str(home / "run.json"), str(file))
        assert (status, "import it by itself" in err) == (2, True)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_cut_and_no_garbage_is_more_than_an_error(self, file: Path, data: st.DataObject) -> None:
        whole = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(whole)))
        garbage = data.draw(st.binary(max_size=20))
        broken = bytes(whole[:at] + garbage + whole[at + data.draw(st.integers(0, 50)) :])
        with contextlib.suppress(InputError):
            assert read(io.BytesIO(broken), io.BytesIO()).manifest.format == "memp-memory"

    @pytest.mark.parametrize("json_", ["null", "7", '""', "[]", "{}", "1e400", "NaN", "true"])
    def test_a_field_of_any_type_does_no_harm(self, file: Path, json_: str) -> None:
        head, first, *_ = file.read_text(encoding="utf-8").splitlines()
        manifest, record = json.loads(head), json.loads(first)
        for name in record:
            line = json.dumps({**record, name: "HERE"}).replace('"HERE"', json_) + "\n"
            told = {**manifest, "sha256": hashlib.sha256(line.encode()).hexdigest(), "procedures": 1}
            with contextlib.suppress(InputError):
                read(io.BytesIO(f"{json.dumps(told)}\n{line}".encode()), io.BytesIO())

    @pytest.mark.skipif(os.geteuid() == 0, reason="whoever runs this may write everywhere")
    def test_a_folder_that_cannot_be_written_is_said(self, home: Path, file: Path, run: Run) -> None:
        (home / "locked").mkdir(mode=0o500)
        status, _, err = run("export", "memory", str(home / "locked" / "m.jsonl"))
        assert (status, "cannot be written" in err) == (1, True)
