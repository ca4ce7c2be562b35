"""Alignment: which steps of several runs correspond."""

import pytest
from families import FAMILIES, dilution, fetch, member, order, release, run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.alignment import align, align_more, most_similar, similarity, stretches
from memp.build.reading.members import Member
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory

ACTIONS = st.sampled_from(
    ["go to shelf 1", "take mug 2 from shelf 1", "make all", "git tag v1 -f", 'get_order(id="A7")', "wait"]
)


def operations(runs: list[Trajectory]) -> list[list[str]]:
    """The operation of every member in every column; empty where it has none."""
    members = [member_of(run) for run in runs]
    return [[c[m].operation if m in c else "" for m in range(len(members))] for c in align(members)]


@pytest.mark.parametrize("runs", FAMILIES)
def test_every_step_stands_in_one_column_and_in_the_order_of_its_run(runs: list[Trajectory]):
    members = [member_of(run) for run in runs]
    columns = align(members)
    for number, each in enumerate(members):
        assert [column[number] for column in columns if number in column] == list(each.actions)


@given(st.lists(st.lists(ACTIONS, min_size=1, max_size=6), min_size=1, max_size=4))
def test_an_alignment_loses_nothing_whatever_the_runs_are(runs: list[list[str]]):
    members = [member("do it", *((action, "ok") for action in actions)) for actions in runs]
    columns = align(members)
    for number, each in enumerate(members):
        assert [column[number] for column in columns if number in column] == list(each.actions)
    assert all(len({action.operation for action in column.values()}) == 1 for column in columns)


COPIES = st.builds(
    "cp {}/{} {}{}".format, st.sampled_from("src lib".split()), st.sampled_from("a.py b.py c.py".split()),
    st.sampled_from("out build".split()), st.sampled_from(["", " -v", "/a.py"]),
)  # fmt: skip
RUNS = st.lists(st.one_of(ACTIONS, COPIES), min_size=1, max_size=9)


def likest(one: Member, other: Member) -> float:
    """The largest sum of similarities of an alignment of two runs, by all pairs of steps."""
    best = [0.0] * (len(other.actions) + 1)
    for a in one.actions:
        row = [0.0]
        for j, b in enumerate(other.actions):
            row.append(max(best[j] + similarity(one, a, other, b), best[j + 1], row[j]))
        best = row
    return best[-1]


@given(RUNS, RUNS)
def test_no_other_alignment_of_two_runs_has_more_in_common(ours: list[str], theirs: list[str]):
    one, other = (member("copy a.py from src", *((action, "ok") for action in actions)) for actions in (ours, theirs))
    both = [column for column in align([one, other]) if len(column) == 2]
    assert sum(similarity(one, c[0], other, c[1]) for c in both) == pytest.approx(likest(one, other))


@given(RUNS, RUNS)
def test_no_two_steps_are_more_similar_than_their_words_allow(ours: list[str], theirs: list[str]):
    one, other = (member("copy a.py from src", *((action, "ok") for action in actions)) for actions in (ours, theirs))
    for a in one.actions:
        alike = [b for b in other.actions if b.operation == a.operation]
        for b, most in zip(alike, most_similar(a, alike), strict=True):
            assert similarity(one, a, other, b) <= most + 1e-9


def test_runs_that_do_the_same_to_other_things_correspond_step_by_step():
    assert operations([fetch("mug", "shelf", "basket"), fetch("pen", "bench", "crate", 7)]) == [
        ["go", "go"], ["take", "take"], ["go", "go"], ["put", "put"],
    ]  # fmt: skip


def test_a_step_that_one_run_has_besides_stands_between():
    steps = operations([release("1.4.0"), release("2.0.1", ("git fetch --tags", "done"))])
    assert ["", "git fetch"] in steps and len(steps) == len(operations([release("1.4.0")])) + 1


def test_one_more_run_is_aligned_as_if_it_had_been_there_from_the_start():
    members = [member_of(run) for run in FAMILIES[2]]
    assert align_more(align(members[:2]), members) == align(members)


def test_of_no_runs_there_are_no_columns():
    assert align([]) == []


def test_equal_steps_are_wholly_alike_and_others_in_part():
    one, other = member_of(dilution("S17", "1:10")), member_of(dilution("S42", "1:50"))
    takes, dilutes = [(a, b) for a, b in zip(one.actions, other.actions, strict=True)][-2:]
    assert similarity(one, takes[0], other, takes[1]) == 1.0
    assert 0 < similarity(one, dilutes[0], other, dilutes[1]) < 1


def test_a_word_that_nothing_explains_is_part_of_what_is_done():
    one = member("Do the morning work", ("press the green key twice.", "ok"))
    other = member("Do the evening work", ("press the red key twice.", "ok"))
    assert similarity(one, one.actions[0], other, other.actions[0]) == 0.0


def test_a_word_that_the_tasks_name_or_a_step_showed_is_explained():
    one = member("Water the fern", ("water the fern", "ok"))
    other = member("Water the palm", ("water the palm", "ok"))
    assert similarity(one, one.actions[0], other, other.actions[0]) > 0
    seen = [
        member("Water the dry one", ("look", f"The {p} is dry."), (f"water the {p}", "ok")) for p in ("fern", "palm")
    ]
    assert similarity(seen[0], seen[0].actions[-1], seen[1], seen[1].actions[-1]) > 0


def test_a_keyword_in_capitals_is_no_value_even_in_quotes():
    one = member("change the table", ('sql("CREATE TABLE a")', "ok"))
    other = member("change the table", ('sql("DROP TABLE a")', "ok"))
    assert similarity(one, one.actions[0], other, other.actions[0]) == 0.0


def test_another_call_is_another_step():
    one = member_of(order("A-1044", "x"))
    assert similarity(one, one.actions[0], one, one.actions[-1]) == 0.0


def test_stretches_cover_both_sequences():
    a, b = ["go", " ", "to", " ", "shelf"], ["go", " ", "shelf"]
    found = list(stretches(a, b))
    assert [x for left, _, _ in found for x in a[left]] == a and [x for _, right, _ in found for x in b[right]] == b
    assert all(a[left] == b[right] for left, right, same in found if same)


def test_a_run_that_ends_early_has_no_step_in_the_last_columns():
    short = run_of(
        "put a cup in drawer.", *((s.action, s.observation) for s in fetch("cup", "table", "drawer").steps[:2])
    )
    assert operations([fetch("mug", "shelf", "basket"), short])[2:] == [["go", ""], ["put", ""]]
