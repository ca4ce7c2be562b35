"""Portability: procedures come out of one store and into another as candidates, with their words and no evidence."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from stored import add, add_pitfall, hits, refs, run, script

from memp.domain.portable import Exported, ExportedProcedure, ExportedRun
from memp.domain.procedure import Draft, Script
from memp.errors import StoreError
from memp.store import Store
from memp.store.records import TakenIn, Taking

FILE = "a" * 64


def fill(store: Store) -> int:
    """A procedure of all that is exported: two runs, a use, a revision, a pitfall, findings; its id."""
    place = {"object": "mug", "place": "sink"}
    procedure = add(store, facts=["mug"], bindings=place)
    add(store, "clean the cup", bindings={"object": "cup", "place": "shelf"})
    failed = store.add_trajectory("", run("clean the pan", reward=0), refs(procedure), False).id
    add_pitfall(store, procedure, failed, "the tap is dry", "use the well")
    store.revise(procedure, 1, script("rinse", "wash"), "caller", "dust", [], state="current")
    store.revise(procedure, 2, script("soak"), "caller", "grease", [], state="trial")
    return procedure


def exported(store: Store, **chosen: Any) -> list[Exported]:
    return list(store.portable(**{"scopes": None, "tiers": (), "ids": None, "runs": True} | chosen))


def take_in(store: Store, records: Sequence[Exported], *, merge: bool = False, scope: str | None = None) -> TakenIn:
    """Take records in, once it was foretold what that brings."""

    def twin(_: Draft) -> Callable[[Script], bool]:
        return lambda _: merge

    taking = Taking(scope, 0.5, twin)
    before = store.stats()
    foretold = store.would_take_in(FILE, [records], taking)
    assert store.stats() == before
    taken = store.take_in(FILE, [records], taking)
    assert taken == foretold
    return taken


def there_and_back(store: Store, **options: Any) -> TakenIn:
    """Forget all that is in a store and take it in again from its export."""
    records = exported(store)
    procedures = [p.id for p in store.procedures(active=False)]
    store.forget(procedures, store.runs_of(procedures))
    return take_in(store, records, **options)


def test_an_export_has_the_procedure_with_all_that_it_says_and_its_runs(store: Store):
    fill(store)
    procedure, *runs = exported(store)
    assert isinstance(procedure, ExportedProcedure)
    assert [(r.script, r.current) for r in procedure.revisions] == [(script(), False), (script("rinse", "wash"), True)]
    assert [(key.kind, key.text) for key in procedure.keys] == [
        ("task", "clean the mug"), ("fact", "mug"), ("task", "clean the cup"),
    ]  # fmt: skip
    assert [(met.pitfall.trigger, met.seen) for met in procedure.pitfalls] == [("the tap is dry", 1)]
    assert [(dict(v.bindings), v.found, v.runs, v.of) for v in procedure.values] == [
        ({"object": "cup", "place": "shelf"}, (("where cup is", "shelf"),), 1, ("t2",)),
        ({"object": "mug", "place": "sink"}, (("where mug is", "sink"),), 1, ("t1",)),
    ]
    assert [(by.evidence, by.uses, by.successes) for by in procedure.by] == [("claim", 1, 0)]
    assert [(source.evidence, source.runs) for source in procedure.sources] == [("claim", 2)]
    assert [run.id for run in runs] == ["t1", "t2"]
    assert isinstance(runs[0], ExportedRun)
    assert (runs[0].task, runs[0].steps) == ("clean the mug", run().steps)


def test_what_is_exported_is_chosen_by_scope_tier_and_id(store: Store):
    first, other = add(store), add(store, scope="other")
    store.set_tier(other, "validated", "memp", "")
    store.archive(first, "useless")
    assert [record.id for record in exported(store, runs=False)] == [f"p{other}"]
    assert exported(store, scopes=[""], runs=False) == []
    assert exported(store, tiers=("candidate",), runs=False) == []
    assert [record.id for record in exported(store, ids=[first], runs=False)] == [f"p{first}"]


def test_an_import_is_a_candidate_with_the_words_and_no_evidence(store: Store):
    gone = fill(store)
    assert there_and_back(store) == TakenIn(created=1, merged=0, noted=0, known=0, runs=2)
    (procedure,) = store.procedures()
    assert (procedure.tier, procedure.uses, procedure.revision, procedure.script) == (
        "candidate", 0, 2, script("rinse", "wash"),
    )  # fmt: skip
    assert procedure.id != gone
    assert hits(store, "mug")[1] == {procedure.id}
    assert store.stood_for(procedure.id, {})["place"] == [("shelf", 1), ("sink", 1)]
    assert store.findings(["where mug is"], [""], procedure.id) == {"where mug is": [("sink", 1)]}
    assert store.findings(["where mug is"], [""]) == {}
    assert [known.pitfall.instead for known in store.pitfalls([procedure.id])] == ["use the well"]
    assert store.standings([procedure.id])[procedure.id].sources == ()
    (told,) = store.imports(procedure.id)
    assert (told.how, [(one.file, one.uses) for one in told.claims]) == ("created", [(FILE, 1)])
    assert store.check() == []


def test_the_same_import_again_adds_nothing(store: Store):
    fill(store)
    records = exported(store)
    there_and_back(store)
    before = store.stats()
    assert take_in(store, records) == TakenIn(created=0, merged=0, noted=0, known=1, runs=0)
    assert store.stats() == before


def test_what_the_runs_of_a_file_say_is_kept_without_them(store: Store):
    fill(store)
    records = [record for record in exported(store, runs=False) if isinstance(record, ExportedProcedure)]
    store.forget([1], store.runs_of([1]))
    assert take_in(store, records).created == 1
    (procedure,) = store.procedures()
    assert (procedure.claimed, procedure.trajectories) == (2, ())
    assert store.stood_for(procedure.id, {"object": "mug"})["place"] == [("sink", 1)]
    again = next(record for record in exported(store) if isinstance(record, ExportedProcedure))
    assert {values.runs for values in again.values} == {1}
    assert [earlier.file for earlier in again.earlier] == [FILE]


def test_an_import_is_merged_into_a_candidate_and_only_noted_of_what_is_trusted(store: Store):
    add(store, "clean the cup", steps=["wash {object}"])
    (record, *_) = exported(store, runs=False)
    assert isinstance(record, ExportedProcedure)
    store.forget([1], [])
    for tier, how, expected in (("candidate", "merged", {1}), ("validated", "noted", set[int]())):
        mine = add(store, f"wash up {how}", steps=["wash {object}"], merge=False, scope=how)
        if tier == "validated":
            store.set_tier(mine, "validated", "person", "")
        other = record.current.script.model_copy(update={"goal": f"Clean it, {how}"})
        revision = record.current.model_copy(update={"script": other})
        taken = take_in(store, [record.model_copy(update={"revisions": (revision,)})], merge=True, scope=how)
        assert getattr(taken, how) == 1
        assert len(hits(store, "clean the cup", [how])[1]) == len(expected)
        assert [one.how for one in store.imports(mine)] == [how]


def test_a_failure_after_the_first_batch_says_how_much_is_in(store: Store):
    fill(store)
    add(store, "boil an egg", steps=["boil it"])
    records = exported(store)
    store.forget([1, 2], store.runs_of([1, 2]))

    def cut() -> Iterator[Sequence[Exported]]:
        yield records[:1]
        store.close()
        yield records[1:]

    with pytest.raises(StoreError, match="1 records are in: the same import again does the rest") as failure:
        store.take_in(FILE, cut(), Taking(None, 0.5, lambda _: lambda _: False))
    assert failure.value.stored == failure.value.kept


def test_what_is_learned_between_two_batches_is_known_to_the_next(store: Store):
    add(store)
    egg = add(store, "boil an egg", steps=["boil it"])
    records = exported(store, runs=False)
    store.forget([1, egg], store.runs_of([1, egg]))

    def batches() -> Iterator[Sequence[Exported]]:
        yield records[:1]
        add(store, "boil an egg", steps=["boil it"])
        yield records[1:]
        yield [records[0].model_copy(update={"id": "p7"})]

    taken = store.take_in(FILE, batches(), Taking(None, 0.5, lambda _: lambda _: False))
    assert (taken.created, taken.known) == (1, 2)


def test_a_snapshot_is_read_whatever_is_written_meanwhile(open_store: Callable[[], Store]):
    reader, writer = open_store(), open_store()
    for number in range(3):
        add(writer, f"task {number}", steps=[f"do {number}"])
    records = reader.portable(scopes=None, tiers=(), ids=None, runs=False)
    assert next(records).id == "p1"
    writer.archive(2, "useless")
    add(writer, "later", steps=["do more"])
    assert [record.id for record in records] == ["p2", "p3"]
