"""Members of a family: a run as it is aligned, and what its task and its observations explain."""

import pytest
from families import fetch, member, run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.reading.members import is_only_ordered, member_of


def texts(*steps: tuple[str, str], task: str = "do it") -> list[str]:
    return [action.text for action in member(task, *steps).actions]


def test_a_failed_attempt_is_no_step_and_a_look_is_kept_as_one_that_was_not_needed():
    each = member(
        "Install httpkit",
        ("cat notes.txt", "nothing here"),
        ("pip instal httpkit==2.32.0", 'ERROR: unknown command "instal"'),
        ("pip install httpkit==2.32.0", "Successfully installed"),
    )
    assert [(action.text, action.needed) for action in each.actions] == [
        ("cat notes.txt", False),
        ("pip install httpkit==2.32.0", True),
    ]


def test_what_may_have_changed_something_is_needed():
    steps = [
        ("mkdir -p out/x", "ok"),
        ("rm -rf tmp/y", "ok"),
        ("git commit -m wip", "ok"),
        ('send_mail(to="a@b.test")', "ok"),
    ]
    each = member("ship it", *steps)
    assert [action.text for action in each.actions if action.needed] == [action for action, _ in steps]


EFFECTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["rm a.txt -f", "git push origin x/y", 'pay(order="A7")', "click [Buy]", "sed -i s/a/b/ c.txt"]
        ),
        st.sampled_from(["ok", "done", "", "1 file changed"]),
    ),
    max_size=8,
    unique_by=lambda step: step[0],
)


@given(EFFECTS)
def test_no_step_with_an_effect_is_lost(steps: list[tuple[str, str]]):
    assert texts(*steps) == [action for action, _ in steps]


def test_a_wait_is_its_last_round():
    each = member("make tea", *[("wait", "It is cold.")] * 4, ("wait", "It boils."), ("pour tea", "ok"))
    assert [(action.text, action.times) for action in each.actions] == [("wait", 5), ("pour tea", 0)]


def test_letter_case_and_numbers_of_instances_are_not_compared():
    (one,) = member("tidy", ("Put Mug 1 in drawer 2", "ok")).actions
    (other,) = member("tidy", ("put mug 4 in drawer 3", "ok")).actions
    assert one.keys == other.keys and one.atoms != other.atoms


def test_what_stands_in_quotes_is_known():
    (action,) = member("say it", ('say("good day", 2)', "ok")).actions
    assert [a for a, quoted in zip(action.atoms, action.quoted, strict=True) if quoted and a != " "] == ["good", "day"]


@pytest.mark.parametrize(
    ("task", "value", "says"),
    [
        ("Restart the mugs in order", "mug", True),
        ("Wash two boxes", "box", True),
        ("Put the soap bar away", "soapbar", True),
        ("Fix parse_date, quickly", "parse_date", True),
        ("Release 'v1.2', now", "v1.2", True),
        ("Read dates.py", "date", False),
        ("anything", "", False),
    ],
)
def test_a_task_says_a_value_as_whole_words(task: str, value: str, says: bool):
    assert member(task).says(value) == says


def test_a_value_is_spelled_as_the_task_writes_it():
    each = member("Put the soap bar away")
    assert (each.spelling("soapbar"), each.spelling("towel")) == ("soap bar", "towel")


@pytest.mark.parametrize(
    ("task", "word", "ordered"),
    [
        ("Drop the column", "drop", True),
        ("Back it up. Drop the column", "drop", True),
        ("Clean it and drop it", "drop", True),
        ("Give it a drop of oil", "drop", False),
        ("Water and drop things", "drop", False),
    ],
)
def test_a_verb_of_a_task_is_only_ordered(task: str, word: str, ordered: bool):
    assert is_only_ordered(task, word) == ordered
    assert member(task).handles(word) == (not ordered)


def test_the_first_step_that_showed_a_value_counts():
    each = member_of(fetch("mug", "shelf", "basket"))
    assert each.shown_before("mug 1", 2) == 0
    assert each.shown_before("mug 1", 0) == -1, "not before it was seen"
    assert each.shown_before("lamp", 4) == each.shown_before("", 4) == -1


def test_a_check_that_is_done_again_counts_once():
    each = member("fill it", ("gauge()", "10 litres"), ("fill(5)", "ok"), ("gauge()", "15 litres"), ("fill(5)", "ok"))
    assert each.checks == frozenset({"gauge()", "fill(5)"})
    once = each.without_repeated(frozenset({"gauge()"}))
    assert [action.text for action in once.actions] == ["gauge()", "fill(5)", "fill(5)"]
    assert each.without_repeated(frozenset()) is each


def test_what_a_run_knew_is_the_newest_answer_of_each_reading():
    each = member_of(run_of("fill it", ("gauge()", "10 litres"), ("fill(5)", "ok"), ("gauge()", "15 litres")))
    assert each.known_at(2)["gauge()"] == "10 litres" and each.known_at(3)["gauge()"] == "15 litres"
