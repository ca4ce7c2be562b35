"""Evidence: whether what runs observed is the reason of a step, or tells them apart by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.branching.evidence import Evidence, is_same_thing, spoken, ways_of, without_names


@pytest.mark.parametrize(
    ("evidence", "proof"),
    [
        (Evidence(3, 1, 1), True),  # one run of three, in the only way in which the answer differs
        (Evidence(3, 1, 1, ways=3), False),  # every run shows something else
        (Evidence(3, 1, 1, nearer=1), False),  # a nearer answer differs as well
        (Evidence(3, 1, 1, nearer=1, signs=1), True),
        (Evidence(2, 1, 1), False),  # two runs always differ in one way
        (Evidence(2, 1, 1, signs=1), True),
        (Evidence(20, 10, 10, ways=100, nearer=5), True),
        (Evidence(20, 10, 1, ways=2), False),  # one run of ten is explained
        (Evidence(6, 3, 9), True),  # no more runs than have the step are explained
        (Evidence(5, 5, 5), False),  # all have the step
    ],
)
def test_evidence_is_proof_where_chance_would_seldom_show_it(evidence: Evidence, proof: bool):
    assert evidence.is_proof is proof


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 50), st.integers(0, 9))
def test_more_ways_and_nearer_answers_prove_less_and_signs_more(
    runs: int, having: int, covered: int, ways: int, nearer: int
):
    evidence = Evidence(runs, min(having, runs), covered, ways, nearer)
    assert evidence._replace(ways=ways + 1).odds <= evidence.odds
    assert evidence._replace(nearer=nearer + 1).odds < evidence.odds < evidence._replace(signs=1).odds


def test_a_long_answer_that_is_new_in_one_run_alone_splits_the_runs_once():
    words = {0: {"error", "disk", "is", "full"}, 1: {"saved"}, 2: {"saved"}}
    assert ways_of(words) == 1
    assert ways_of({0: {"anna"}, 1: {"bob"}, 2: {"cem"}}) == 3
    assert ways_of({0: {"saved"}, 1: {"saved"}}) == 0


def test_an_answer_of_which_little_is_left_is_of_another_thing():
    hall = {"a lamp", "a coat", "a door", "the hall"}
    assert is_same_thing(hall, {*hall} - {"a lamp"}, 4) and is_same_thing({"on"}, {"off"}, 1)
    assert not is_same_thing(hall, {"a sink", "a stove", "a door"}, 4)


def test_addresses_and_paths_are_no_reason():
    assert "example" not in without_names("cannot reach https://db.example.org/x today")
    assert "notes" not in without_names("no such file: src/notes/a.py")
    assert without_names("The door is closed. It has 2.5 m.") == "The door is closed. It has 2.5 m."


def test_a_compound_word_speaks_of_its_parts():
    assert spoken("toggle_data(fooBar=1)").split() == ["toggle", "data", "foo", "Bar", "1"]
