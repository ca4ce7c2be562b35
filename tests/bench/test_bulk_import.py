"""The benchmark of imports, on small ones: every procedure comes in with its vectors."""

from bulk_import import rows


def test_it_gives_the_share_of_each_size_and_the_growth():
    table = rows([2, 4], "hashing", runs=True)
    assert [row.what.split(":")[0] for row in table[:2]] == ["bulk import of 2", "bulk import of 4"]
    assert len(table) == 4 and all(row.value > 0 for row in table)
