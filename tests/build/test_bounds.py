"""Bounds of kinship: they never leave out a run that would have been one of a family."""

import random

from families import chores

from memp.build.bounds import most_shared
from memp.build.induction.alignment import align, align_more, as_aligned
from memp.build.kinship import shared_of
from memp.build.reading.reduction import member_of


def test_what_is_shared_is_never_more_than_its_bound():
    words = "cat ls make deploy stop start scp mkdir get_order() cancel() open take".split()
    for number in range(300):
        chance = random.Random(number)
        runs = [
            chores(
                f"Do {i} of kind {number}", *(f"{chance.choice(words)} {chance.choice('abc')}" for _ in range(length))
            )
            for i, length in enumerate(chance.choices(range(1, 14), k=chance.randint(2, 4)))
        ]
        members = as_aligned([member_of(run) for run in runs], frozenset())
        columns = align(members[:-1])
        assert most_shared(members, columns) >= shared_of(members, align_more(columns, members)), runs


def test_the_bound_leaves_out_what_has_little_in_common():
    ours, theirs = chores("Bake bread", "mix a", "bake a", "cool a"), chores("Sew a coat", "cut b", "sew b", "bake b")
    members = [member_of(ours), member_of(theirs)]
    assert most_shared(members, align(members[:1])) == 0
    assert most_shared([members[0], member_of(chores("Bake buns", "mix b", "bake b"))], align(members[:1])) == 1
