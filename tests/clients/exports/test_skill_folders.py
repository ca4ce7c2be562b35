"""`memp export skills`, through its entry point, on a real memory file and real folders."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import skills_ref
from runs import CLEAN_CUP, CLEAN_MUG, MIGRATE, SCRIPT

from memp.domain.origin import Origin
from memp.domain.procedure import Ref
from memp.domain.results import Options
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.exchange.skills import fit_for_skills, skill_of
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp.update import review
from memp_clients.cli import main
from memp_clients.exports.skill_folders import apply, plan, read_manifest

MUG, COLUMN = "put-a-clean-item-p1", "add-a-column-to-the-table-without-downtime-p2"
SHIP = "ship-p4"
MANIFEST = ".memp-skills.json"

Export = Callable[..., dict[str, str]]


def opened(path: Path, project: str = "") -> ProceduralMemory:
    return ProceduralMemory(SQLiteStore(path), Ready(HashingEmbedder()), None, Options(project=project))


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memory with p1 validated, p2 pinned and p3 a candidate."""
    path = tmp_path / "memory.sqlite3"
    monkeypatch.setenv("MEMP_DB", str(path))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "200")
    memory = opened(path)
    memory.record("put a clean mug in cabinet", CLEAN_MUG, "success", evidence="environment: reward 1")
    memory.record("put a clean cup in cabinet", CLEAN_CUP, "success", evidence="environment: reward 1", used=["p1"])
    memory.record("add a column", MIGRATE, "success", script=SCRIPT, evidence="check: exit 0")
    review.pin(memory.store, 2, "mine")
    memory.record(
        "water the plants", ["take can -> ok", "pour -> ok"], "success", script={"goal": "Water", "steps": ["pour"]}
    )
    memory.close()
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "made" / "skills"


@pytest.fixture
def export(out: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> Export:
    """Export with --json: what was done with which name."""

    def ran(*options: str) -> dict[str, str]:
        status = main(["export", "skills", str(out), *options, "--json"])
        said, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return {skill["name"]: skill["does"] for skill in json.loads(said)["skills"]}

    return ran


@pytest.fixture
def fails(out: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Export what cannot be: the sentence that says why."""

    def ran(folder: Path | None = None, *options: str) -> str:
        assert main(["export", "skills", str(folder or out), *options]) == 1
        said, err = capsys.readouterr()
        assert said == ""
        return " ".join(err.split())

    return ran


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: files with their bytes, folders with none."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def changed(db: Path, change: Callable[[ProceduralMemory], object]) -> None:
    memory = opened(db)
    change(memory)
    memory.close()


def use(memory: ProceduralMemory) -> None:
    """One more use of p1: what its skill says of it changes."""
    memory.record("put a clean pan in cabinet", CLEAN_CUP, "success", evidence="environment: reward 1", used=["p1"])


def ship(memory: ProceduralMemory) -> None:
    """One more candidate, p4."""
    memory.record("ship it", ["pack -> ok", "send -> ok"], "success", script={"goal": "Ship", "steps": ["send"]})


class TestWhatIsWritten:
    def test_validated_and_pinned_procedures_become_valid_skills(self, export: Export, out: Path):
        assert export() == {COLUMN: "write", MUG: "write"}
        assert sorted(snapshot(out)) == [MANIFEST, COLUMN, f"{COLUMN}/SKILL.md", MUG, f"{MUG}/SKILL.md"]
        assert [skills_ref.validate(out / name) for name in (MUG, COLUMN)] == [[], []]
        assert "1 of 1 uses succeeded" in (out / MUG / "SKILL.md").read_text(encoding="utf-8")

    def test_tiers_are_chosen(self, export: Export, out: Path):
        assert export("--tier", "pinned", "--dry-run") == {COLUMN: "write"}
        assert export("--all", "--dry-run") == {COLUMN: "write", MUG: "write", "water-p3": "write"}
        assert not out.exists()
        assert export("--all") == {COLUMN: "write", MUG: "write", "water-p3": "write"}
        assert export() == {COLUMN: "keep", MUG: "keep", "water-p3": "remove"}
        assert not (out / "water-p3").exists()

    def test_a_second_run_changes_nothing(self, export: Export, out: Path):
        export()
        before = snapshot(out)
        assert export() == {COLUMN: "keep", MUG: "keep"} and snapshot(out) == before

    def test_what_a_person_is_told(self, export: Export, out: Path, capsys: pytest.CaptureFixture[str]):
        export()
        (out / MUG / "SKILL.md").write_text("mine", encoding="utf-8")
        assert main(["export", "skills", str(out)]) == 0
        said = capsys.readouterr().out
        assert f"{MUG}" in said and "left alone: a person changed it" in said
        assert "1 unchanged, 1 left alone." in said.replace("\n", "") and COLUMN not in said

    def test_what_is_held_back_is_named_with_the_reason_and_what_to_do(
        self, db: Path, out: Path, capsys: pytest.CaptureFixture[str]
    ):
        def told(memory: ProceduralMemory) -> None:
            memory.record("polish brass", ["rub it -> shiny"], "success", origin=Origin(channel="tool", name="s"))
            memory.record("clean", ["x -> y"], "success", script={"goal": "Clean up", "steps": ["ls", "sudo rm -rf /"]})

        changed(db, told)
        assert main(["export", "skills", str(out), "--all"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "p4 is left out: it is in quarantine, as only one source speaks for it." in said
        assert 'p5 is left out: it deletes widely (step 2: "sudo rm -rf /").' in said
        assert "`memp review p4` shows it; with --approve it is exported next time." in said
        changed(db, lambda memory: review.approve(memory.store, Ref(procedure_id=4), ""))
        assert main(["export", "skills", str(out), "--all", "--json"]) == 0
        assert list(json.loads(capsys.readouterr().out)["held_back"]) == ["p5"]
        opened(db.with_name("new.sqlite3")).close()
        assert main(["--db", str(db.with_name("new.sqlite3")), "export", "skills", str(out.parent / "other")]) == 0
        assert "nothing to write; --all takes candidates too" in " ".join(capsys.readouterr().out.split())

    def test_an_empty_memory_writes_no_skill(self, tmp_path: Path, export: Export, out: Path):
        opened(tmp_path / "new.sqlite3").close()
        assert export("--db", str(tmp_path / "new.sqlite3")) == {} and not out.exists()

    def test_each_project_keeps_to_its_own(self, db: Path, export: Export, out: Path):
        memory = opened(db, "shop")
        memory.record("ship it", ["pack -> ok", "send -> ok"], "success", script={"goal": "Ship", "steps": ["send"]})
        review.pin(memory.store, 4, "")
        memory.close()
        assert export("--project", "shop") == {COLUMN: "write", "ship-p4": "write", MUG: "write"}
        assert export("--project", "other") == {COLUMN: "keep", MUG: "keep"}
        assert (out / "ship-p4" / "SKILL.md").is_file()
        assert export() == {COLUMN: "keep", "ship-p4": "keep", MUG: "keep"}


class TestInStep:
    def test_what_memp_wrote_is_brought_up_to_date(self, db: Path, export: Export, out: Path):
        export()
        changed(db, use)
        assert export("--dry-run") == {COLUMN: "keep", MUG: "update"}
        assert "1 of 1 uses" in (out / MUG / "SKILL.md").read_text(encoding="utf-8")
        assert export() == {COLUMN: "keep", MUG: "update"}
        assert "2 of 2 uses" in (out / MUG / "SKILL.md").read_text(encoding="utf-8")
        assert export() == {COLUMN: "keep", MUG: "keep"}

    def test_what_a_person_edited_stays(self, db: Path, export: Export, out: Path):
        export()
        (out / MUG / "SKILL.md").write_text("mine now", encoding="utf-8")
        changed(db, use)
        for _ in range(2):
            before = snapshot(out)
            assert export() == {COLUMN: "keep", MUG: "edited"} and snapshot(out) == before

    def test_a_persons_own_file_beside_it_stays_while_the_skill_is_updated(self, db: Path, export: Export, out: Path):
        export()
        (out / MUG / "references").mkdir()
        (out / MUG / "references" / "mine.md").write_text("mine", encoding="utf-8")
        changed(db, use)
        assert export()[MUG] == "update"
        assert (out / MUG / "references" / "mine.md").read_text(encoding="utf-8") == "mine"
        changed(db, lambda memory: memory.store.archive(1, "old"))
        assert export()[MUG] == "edited"
        assert (out / MUG / "SKILL.md").is_file() and (out / MUG / "references" / "mine.md").is_file()

    @pytest.mark.parametrize(
        "gone",
        [
            lambda memory: memory.store.archive(2, "worse than none"),
            lambda memory: review.unpin(memory.store, 2, ("",), "no more"),
            lambda memory: memory.store.forget([2], []),
        ],
        ids=["archived", "demoted", "forgotten"],
    )
    @pytest.mark.parametrize("edit", [False, True], ids=["as it was", "edited"])
    def test_what_is_no_longer_fit_goes_and_its_edited_folder_stays(
        self, db: Path, export: Export, out: Path, gone: Callable[[ProceduralMemory], object], edit: bool
    ):
        export()
        if edit:
            (out / COLUMN / "SKILL.md").write_text("mine", encoding="utf-8")
        changed(db, gone)
        assert export() == {COLUMN: "edited" if edit else "remove", MUG: "keep"}
        assert (out / COLUMN).exists() is edit
        assert export() == ({COLUMN: "edited", MUG: "keep"} if edit else {MUG: "keep"})
        assert not edit or (out / COLUMN / "SKILL.md").read_text(encoding="utf-8") == "mine"

    def test_what_was_archived_and_is_back_is_written_again(self, db: Path, export: Export, out: Path):
        export()
        before = snapshot(out)
        changed(db, lambda memory: memory.store.archive(1, "old"))
        assert export()[MUG] == "remove"
        changed(db, lambda memory: memory.store.restore(1, "person", "good"))
        assert export()[MUG] == "write" and snapshot(out) == before

    def test_a_folder_that_a_person_deleted_is_not_brought_back(self, db: Path, export: Export, out: Path):
        export()
        (out / MUG / "SKILL.md").unlink()
        assert export()[MUG] == "deleted"
        (out / MUG).rmdir()
        changed(db, use)
        for _ in range(2):
            assert export() == {COLUMN: "keep", MUG: "deleted"} and not (out / MUG).exists()

    def test_a_name_stays_when_the_title_changes(self, db: Path, export: Export, out: Path):
        export()
        changed(db, lambda m: m.store.revise(2, 1, m.procedure(2).script.model_copy(update={"goal": "Widen {table}"}),
                                             "caller", "", [], state="current"))  # fmt: skip
        assert export() == {COLUMN: "update", MUG: "keep"}
        text = (out / COLUMN / "SKILL.md").read_text(encoding="utf-8")
        assert "# Widen {table}" in text and f"name: {COLUMN}\n" in text
        assert skills_ref.validate(out / COLUMN) == []

    def test_two_procedures_of_one_title_get_two_folders(self, db: Path, export: Export):
        memory = opened(db)
        memory.record(
            "water the lawn", ["open tap -> ok", "wait -> ok"], "success", script={"goal": "Water", "steps": ["tap"]}
        )
        memory.close()
        assert {"water-p3", "water-p4"} <= set(export("--all"))

    @pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
    def test_a_run_that_was_cut_short_is_taken_up_again(
        self, db: Path, export: Export, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], after: int
    ):  # fmt: skip
        export()
        changed(db, use)
        changed(db, ship)
        changed(db, lambda memory: memory.store.archive(2, "old"))
        before, synced = set(snapshot(out)), list[int]()

        def full(file: int) -> None:
            synced.append(file)
            if len(synced) > after:
                raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            status = main(["export", "skills", str(out), "--all"])
        assert status == 1 and "No space left on device" in capsys.readouterr().err
        assert not [name for name in set(snapshot(out)) - before if name.endswith(".memp")]
        assert set(export("--all").values()) <= {"write", "update", "remove", "keep"}
        assert export("--all") == {MUG: "keep", "water-p3": "keep", SHIP: "keep"}
        assert sorted(path.name for path in out.iterdir()) == [MANIFEST, MUG, SHIP, "water-p3"]
        assert "2 of 2 uses" in (out / MUG / "SKILL.md").read_text(encoding="utf-8")


class TestAnothersFolder:
    def test_what_changes_between_plan_and_deed_is_left_alone(self, db: Path, export: Export, out: Path):
        export()
        memory = opened(db)
        use(memory)
        ship(memory)
        memory.store.archive(2, "old")
        manifest = read_manifest(out)
        wanted = [(p, skill_of(memory.store, p, counts=True)) for p in fit_for_skills(memory.store, None, "candidate")]
        acts = plan(out, memory.store, manifest, wanted, None)
        assert {act.name: act.does for act in acts} == {
            MUG: "update", "water-p3": "write", SHIP: "write", COLUMN: "remove",
        }  # fmt: skip
        for name in (MUG, COLUMN, SHIP):
            (out / name).mkdir(exist_ok=True)
            (out / name / "SKILL.md").write_text("mine", encoding="utf-8")
        came = {act.name: act.does for act in apply(out, manifest, acts)}
        memory.close()
        assert came == {MUG: "edited", "water-p3": "write", SHIP: "edited", COLUMN: "edited"}
        assert {(out / name / "SKILL.md").read_text(encoding="utf-8") for name in (MUG, COLUMN, SHIP)} == {"mine"}
        assert export("--all") == {MUG: "edited", "water-p3": "keep", SHIP: "foreign", COLUMN: "edited"}

    def test_a_persons_own_files_and_skills_stay_untouched(self, export: Export, out: Path):
        (out / "my-skill").mkdir(parents=True)
        (out / "my-skill" / "SKILL.md").write_text("---\nname: my-skill\n---\n", encoding="utf-8")
        (out / MUG).mkdir()
        (out / MUG / "SKILL.md").write_text("a person's, of the same name", encoding="utf-8")
        (out / "notes.txt").write_text("notes", encoding="utf-8")
        before = snapshot(out)
        assert export() == {COLUMN: "write", MUG: "foreign"}
        after = snapshot(out)
        assert {name: after[name] for name in before} == before
        assert export() == {COLUMN: "keep", MUG: "foreign"} and snapshot(out) == after

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
    def test_a_link_is_not_followed(self, db: Path, export: Export, out: Path, tmp_path: Path):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        out.mkdir(parents=True)
        (out / MUG).symlink_to(elsewhere, target_is_directory=True)
        (out / COLUMN).write_text("a file", encoding="utf-8")
        assert export() == {COLUMN: "foreign", MUG: "foreign"} and snapshot(elsewhere) == {}
        (out / COLUMN).unlink()
        assert export()[COLUMN] == "write"
        (out / COLUMN / "SKILL.md").rename(elsewhere / "SKILL.md")
        (out / COLUMN / "SKILL.md").symlink_to(elsewhere / "SKILL.md")
        kept = (elsewhere / "SKILL.md").read_bytes()
        changed(db, lambda memory: memory.store.archive(2, "old"))
        assert export()[COLUMN] == "edited" and (elsewhere / "SKILL.md").read_bytes() == kept

    def test_without_its_manifest_only_what_says_the_same_is_taken_for_its_own(
        self, db: Path, export: Export, out: Path
    ):
        export()
        (out / MANIFEST).unlink()
        assert export() == {COLUMN: "keep", MUG: "keep"}
        (out / MANIFEST).unlink()
        changed(db, use)
        assert export() == {COLUMN: "keep", MUG: "foreign"}

    def test_a_folder_of_another_memory_is_refused(self, tmp_path: Path, export: Export, fails: Any, out: Path):
        export()
        before = snapshot(out)
        other = tmp_path / "other.sqlite3"
        memory = opened(other)
        memory.close()
        assert "holds skills of another memory" in fails(None, "--db", str(other))
        changed(other, lambda memory: memory.record("a", ["b -> c"], "success", script={"goal": "g", "steps": ["s"]}))
        changed(other, lambda memory: memory.record("d", ["e -> f"], "success", script={"goal": "h", "steps": ["t"]}))
        assert "holds skills of another memory" in fails(None, "--db", str(other), "--all")
        assert snapshot(out) == before


class TestBadInput:
    def test_a_file_is_no_folder(self, fails: Any, tmp_path: Path):
        file = tmp_path / "file"
        file.write_text("mine", encoding="utf-8")
        assert fails(file) == f"memp: {file} is a file: name a folder for the skills."
        assert "cannot be" in fails(file / "below") and file.read_text(encoding="utf-8") == "mine"

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_read_only_folder_is_said_and_stays(self, fails: Any, out: Path):
        out.mkdir(parents=True)
        out.chmod(0o500)
        assert f"{out / MANIFEST} cannot be written: Permission denied" in fails()
        assert snapshot(out) == {}

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a place where nobody may write, root included")
    def test_a_place_where_nobody_may_write_is_said(self, fails: Any):
        assert "/proc/self/skills cannot be written" in fails(Path("/proc/self/skills"))

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (b"{not json", "is not as memp wrote it"),
            (b"", "is not as memp wrote it"),
            (b"\xff\xfe{}", "is not as memp wrote it"),
            (b"[1]", "is not as memp wrote it"),
            (b"[" * 100_000, "is not as memp wrote it"),
            (b'{"format": 2}', "of another version of memp"),
            (b'{"format": 1, "skills": {"x": {"procedure": 1}}}', "is not as memp wrote it (skills.x"),
            (b'{"format": 1, "extra": 1}', "is not as memp wrote it (extra)"),
        ],
    )
    def test_a_broken_manifest_is_an_error_and_nothing_changes(
        self, export: Export, fails: Any, out: Path, text: bytes, told: str
    ):
        export()
        (out / MANIFEST).write_bytes(text)
        before = snapshot(out)
        assert told in fails() and snapshot(out) == before

    @pytest.mark.parametrize("name", ["../outside", "..", "/tmp", "a/b", "A", "", "a--b", "a" * 65])
    def test_a_manifest_cannot_name_what_lies_elsewhere(self, export: Export, fails: Any, out: Path, name: str):
        export()
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        outside = out.parent / "outside"
        outside.mkdir()
        (outside / "SKILL.md").write_bytes((out / MUG / "SKILL.md").read_bytes())
        manifest["skills"][name] = {**manifest["skills"][MUG], "procedure": 3}
        (out / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        assert "is not as memp wrote it (skills." in fails()
        assert (outside / "SKILL.md").is_file()

    @pytest.mark.parametrize("words", [("export",), ("export", "skills"), ("export", "skills", "d", "--tier", "best")])
    def test_a_wrong_command_line_is_said(self, db: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]):
        assert main(words) == 2 and len(capsys.readouterr().err) > 20
