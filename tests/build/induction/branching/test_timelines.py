"""Timelines: what the runs of a family read before and after a step."""

import pytest
from families import run_of

from memp.build.induction.alignment import align
from memp.build.induction.branching.timelines import Spot, Timelines
from memp.build.induction.parameters import generalise
from memp.build.reading.reduction import member_of


def timelines(*answers: tuple[str, str]) -> Timelines:
    """Of runs that read a line's state, reset it and read it again, with these answers."""
    runs = [
        run_of(
            f"Reset line L-{number}",
            (f"line state L-{number}", before), (f"line reset L-{number}", "done"), (f"line state L-{number}", after),
        )
        for number, (before, after) in enumerate(answers, 10)
    ]  # fmt: skip
    members = [member_of(run) for run in runs]
    return Timelines(generalise(members, align(members)))


def test_an_answer_before_a_step_is_the_newest_and_one_after_it_the_next():
    made = timelines(("locked", "ready"), ("stuck", "ready"))
    reading, reset = made.general.texts[0], made.general.columns[1]
    for member, action in reset.items():
        spot = Spot(member, action)
        assert made.before(spot)[reading].text == ("locked", "stuck")[member]
        assert made.after(spot, reading) == "ready" and made.after(spot, made.general.texts[1]) is None
        assert made.all_of(member)[reading] == [("locked", "stuck")[member], "ready"]


@pytest.mark.parametrize(
    ("one", "other", "varies"),
    [
        (("at 5 bar", "at 5 bar"), ("at 5 bar", "at 5 bar"), False),
        (("at 5 bar", "at 5 bar"), ("at 7 bar", "at 5 bar"), True),
        (("locked", "ready"), ("locked", "ready"), True),
    ],
)
def test_a_reading_varies_where_its_words_or_its_numbers_do(
    one: tuple[str, str], other: tuple[str, str], *, varies: bool
):  # fmt: skip
    made = timelines(one, other)
    assert made.varies(made.general.texts[0]) is varies


def test_a_word_that_most_steps_name_tells_none_apart():
    made = timelines(("locked", "ready"), ("stuck", "ready"))
    reset = made.general.columns[1][0]
    assert "reset" in made.spoken_of(reset) and "line" not in made.spoken_of(reset)
