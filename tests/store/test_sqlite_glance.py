"""Reads of a hook in the memory file, beside the pitfalls of tests/light/test_peek.py; and that it loads little for it."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from stored import add, refs, run, script

from memp.domain.procedure import Draft
from memp.domain.trajectory import Provenance
from memp.errors import StoreError
from memp.light.project import Place
from memp.store.sqlite.glance import SQLiteGlance
from memp.store.sqlite.store import SQLiteStore


def test_a_memory_is_empty_of_what_is_in_recall_of_the_project_or_of_none(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    with closing(SQLiteStore(path)) as store, closing(SQLiteGlance(path, "shop")) as glance:
        assert glance.is_empty()
        add(store, scope="other")
        assert glance.is_empty()
        procedure = add(store)
        assert not glance.is_empty()
        store.archive(procedure, "useless")
        assert glance.is_empty()


def test_the_validated_procedures_of_a_project_come_the_most_successful_first(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    parser = Place("parser")
    with closing(SQLiteStore(path)) as store, closing(SQLiteGlance(path)) as other:
        for number, folder in enumerate(("parser", "parser", "parser", "lexer")):
            trajectory = store.add_trajectory("", run(f"job {number}", provenance=Provenance(project=folder)), [], True)
            draft = Draft(script=script(f"do {number}", goal=f"Do {number}"), builder="caller")
            store.put("", draft, trajectory.id, draft.script.signature(), [])
        for procedure in (1, 2, 4):
            store.set_tier(procedure, "validated", "person", "")
        assert other.of_project(5) == []
        with closing(SQLiteGlance(path, place=parser)) as glance:
            assert [known.goal for known in glance.of_project(5)] == ["Do 1", "Do 0"]
            store.add_trajectory("", run("job 0 again"), refs(1), True)
            assert [(known.id, known.uses, known.successes) for known in glance.of_project(1)] == [(1, 1, 1)]
        store.merge_projects("parser", "grammar")
        with closing(SQLiteGlance(path, place=parser)) as glance:
            assert len(glance.of_project(5)) == 2


def test_a_file_that_is_not_there_is_an_error_and_stays_so(tmp_path: Path):
    with pytest.raises(StoreError, match="cannot be opened"):
        SQLiteGlance(tmp_path / "none.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_a_glance_loads_nothing_heavy():
    heavy = "{'numpy', 'pydantic', 'sqlite_vec', 'memp.store.records', 'memp.store.sqlite.connection'}"
    check = f"import memp.store.sqlite.glance, sys; sys.exit(bool({heavy} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
