"""Repeated checks, which count once."""

from families import member
from hypothesis import given
from hypothesis import strategies as st

from memp.build.reading.members import Member
from memp.build.reading.repetition import common_checks


def ward(*steps: str) -> Member:
    """A nurse reads the chart of a patient, and does something."""
    return member("look after the patient", *((step, f"{step} shows {n}") for n, step in enumerate(steps)))


def test_a_check_of_all_was_done_again_or_at_the_beginning_alone():
    again = ward("read_chart()", "give(dose=2)", "read_chart()")
    once = ward("read_chart()", "give(dose=3)")
    between = ward("give(dose=1)", "read_chart()", "wash()")
    assert common_checks([again, once]) == common_checks([again, ward("wash()")]) == frozenset({"read_chart()"})
    assert common_checks([again, between]) == frozenset(), "there it is a step like any other"
    assert common_checks([]) == frozenset()


@given(st.lists(st.lists(st.sampled_from(["gauge()", "fill(5)", "get_name()"]), max_size=5), max_size=4))
def test_a_common_check_was_done_again_by_somebody(runs: list[list[str]]):
    members = [ward(*steps) for steps in runs]
    assert common_checks(members) <= frozenset[str]().union(*(each.checks for each in members))
