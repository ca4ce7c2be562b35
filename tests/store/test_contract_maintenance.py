"""Maintenance: what a store holds, whether it is sound, and that it is there again when it is opened."""

from collections.abc import Callable

from stored import IDENTITY, add, embed_all, hits, refs, run

from memp.store import Store


def test_stats_count_what_is_there(store: Store):
    used, archived = add(store, facts=["mug"]), add(store, "boil an egg", steps=["boil it"], embed=False)
    store.add_trajectory("", run("clean the pan", reward=0), refs(used), False)
    store.archive(archived, "useless")
    stats = store.stats()
    assert (stats.trajectories, stats.successes, stats.procedures, stats.archived) == (3, 2, 1, 1)
    assert (stats.revisions, stats.credits, stats.pitfalls, stats.recalls) == (2, 1, 0, 0)
    assert (stats.keys, stats.pending, stats.identity) == (6, 3, IDENTITY)
    assert stats.bytes > 0


def test_a_sound_store_has_no_faults_before_and_after_its_indexes_are_built_anew(store: Store):
    procedure, gone = add(store, facts=["mug"]), add(store, "clean the cup", steps=["rinse"])
    store.archive(gone, "useless")
    add(store, "clean the pan", steps=["scrub"], embed=False)
    assert store.check() == []
    store.reindex()
    assert store.check() == []
    assert hits(store, "clean the mug") == ({procedure}, {procedure, 3})


def test_what_is_added_after_a_reindex_is_found(store: Store):
    add(store)
    store.reindex()
    later = add(store, "boil an egg", steps=["boil it"])
    assert later in hits(store, "boil an egg")[0] & hits(store, "boil an egg")[1]


def test_what_one_store_writes_another_one_on_the_same_memory_reads(open_store: Callable[[], Store]):
    one, other = open_store(), open_store()
    procedure = add(one)
    assert hits(other, "clean the mug") == ({procedure}, {procedure})
    assert (other.path, other.schema_version, other.read_only) == (one.path, one.schema_version, False)
    one.close()
    one.close()
    embed_all(other)
    assert [p.id for p in other.procedures()] == [procedure]
