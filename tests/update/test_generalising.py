"""General procedures of two projects: when they are made, and what they leave out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from memp.config import open_memory
from memp.domain.results import Record
from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.update.generalising import Generalising

CHECK = "check: curl, exit 0"
SCRIPT: Mapping[str, Any] = {
    "goal": "Back up the ledger database",
    "steps": ["stop the writer", "dump ledger", "start the writer"],
}


def publish(
    memory: ProceduralMemory, project: str, app: str, *more: str, evidence: str = CHECK, **others: Any
) -> Record:
    steps = ["npm version patch -> v2", "npm run build -> built", f"npm publish --tag {app}-live -> + {app}",
             *more, "git push --follow-tags -> done"]  # fmt: skip
    task = f"bump the version of {app} and publish it"
    return memory.record(task, steps, "success", evidence=evidence, provenance=Provenance(project=project), **others)


def steps_of(memory: ProceduralMemory, record: Record) -> tuple[str, ...]:
    assert record.general is not None
    return memory.procedure(record.general).script.steps


def test_what_two_projects_have_done_alike_becomes_one_of_both(memory: ProceduralMemory):
    shop, blog = publish(memory, "shop", "shopkit"), publish(memory, "blog", "blogkit")
    assert shop.general is None and blog.built != shop.built
    text = " ".join(steps_of(memory, blog))
    assert "npm publish" in text and "shopkit" not in text and "blogkit" not in text
    assert memory.store.belonging([blog.general or 0])[blog.general or 0].general
    assert publish(memory, "docs", "dockit").general is None  # There is one already.


def test_one_that_only_its_agent_calls_a_success_or_that_followed_the_other_says_nothing(memory: ProceduralMemory):
    shop = publish(memory, "shop", "shopkit")
    assert publish(memory, "blog", "blogkit", evidence="").general is None
    assert publish(memory, "docs", "dockit", used=[f"p{shop.built}"]).general is None
    assert publish(memory, "", "nokit").general is None


def test_what_another_process_generalised_between_look_and_write_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    look, made = Generalising._look, list[Record]()  # pyright: ignore[reportPrivateUsage]

    def late(self: Generalising, *arguments: Any):
        put = look(self, *arguments)
        monkeypatch.setattr(Generalising, "_look", look)
        with open_memory(db=tmp_path / "memory.sqlite3", model="hashing", builder="extractive") as other:
            made.append(publish(other, "docs", "dockit"))
        return put

    with open_memory(db=tmp_path / "memory.sqlite3", model="hashing", builder="extractive") as memory:
        publish(memory, "shop", "shopkit")
        monkeypatch.setattr(Generalising, "_look", late)
        assert publish(memory, "blog", "blogkit").general is None
        assert made[0].general is not None
        ids = [procedure.id for procedure in memory.store.procedures()]
        assert [i for i, belonging in memory.store.belonging(ids).items() if belonging.general] == [made[0].general]


def test_a_step_of_one_project_is_left_out(memory: ProceduralMemory):
    publish(memory, "shop", "shopkit", "aws s3 sync dist s3://shop-assets -> synced")
    assert "s3" not in " ".join(steps_of(memory, publish(memory, "blog", "blogkit")))


def test_scripts_that_somebody_wrote_are_generalised_too(memory: ProceduralMemory):
    def backed_up(project: str, name: str) -> Record:
        script = {"goal": f"Back up the {name} database", "steps": [s.replace("ledger", name) for s in SCRIPT["steps"]]}
        return memory.record(f"back up the {name} database", [f"pg_dump {name} -> ok", "ls -> dump"], "success", evidence=CHECK,
                             script=script, provenance=Provenance(project=project))  # fmt: skip

    first, second = backed_up("shop", "ledger"), backed_up("blog", "posts")
    assert first.general is None and first.built != second.built
    assert not any(name in step for step in steps_of(memory, second) for name in ("ledger", "posts"))


def test_runs_join_within_their_project_only(memory: ProceduralMemory):
    shop = publish(memory, "shop", "shopkit")
    assert publish(memory, "shop", "shopkit", "npm audit -> ok").built == shop.built
    assert publish(memory, "blog", "shopkit").built != shop.built
    assert publish(memory, "", "anykit").built != shop.built
