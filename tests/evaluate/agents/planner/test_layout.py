"""Layouts read off recalled plans."""

import pytest

from memp.evaluate.agents.planner.layout import layout_of
from memp.reply import ExampleReply, MatchReply

PLAN = [
    "day 1: from Homely to Alba; transportation: Taxi; accommodation: Inn, Alba; dinner: Bar, Alba",
    "day 2: Alba; accommodation: Inn, Alba; breakfast: A, Alba; lunch: B, Alba; dinner: C, Alba; attractions: Zoo, Alba",
    "day 3: from Alba to Homely; transportation: Taxi; breakfast: D, Alba",
    "submit",
]


def _match(*steps: str, example: tuple[str, ...] = ()) -> MatchReply:
    return MatchReply(
        id="p1", goal="g", fit=1, steps=list(steps), example=ExampleReply(steps=list(example)) if example else None
    )


def test_fields_and_where_they_are_are_read():
    layout = layout_of(_match(*PLAN))
    assert layout is not None
    first, stay, last = layout.patterns["first"], layout.patterns["stay"], layout.patterns["last"]
    assert dict(first.fields) == {"accommodation": "destination", "dinner": "destination"}
    assert first.travels and not stay.travels
    assert set(stay.fields) == {"accommodation", "breakfast", "lunch", "dinner"}
    assert dict(last.fields) == {"breakfast": "origin"}
    assert stay.attractions == ("destination",)
    assert layout.stays
    assert layout.spared == {"breakfast", "lunch", "dinner"}
    assert layout.pattern("between") == first


def test_placeholders_conditions_and_expectations_do_not_matter():
    plain, parsed = layout_of(_match(*PLAN)), layout_of(
        _match(
            "day {n}: from {home} to {city}; transportation: Taxi; accommodation: Inn, {city}; dinner: Bar, {city} -> 'written'",
            f"if 'written': {PLAN[1].replace('Alba', '{city}')}",
            PLAN[2],
        )
    )  # fmt: skip
    assert plain == parsed


def test_an_example_shows_a_plan_where_the_steps_do_not():
    seen = tuple(f"{line} -> Day is written down." for line in PLAN)
    assert (
        layout_of(_match(example=seen))
        == layout_of(_match("read the request", example=seen))
        == layout_of(_match(*PLAN))
    )


def test_a_line_that_was_cut_is_taken_to_go_on():
    layout = layout_of(_match(PLAN[0], "day 2: Alba; breakfast: A, Alba; lunch: B, Al...", PLAN[2]))
    assert layout is not None
    stay = layout.patterns["stay"]
    assert dict(stay.fields) == dict.fromkeys(("breakfast", "lunch", "dinner"), "destination")
    assert stay.attractions == ("destination",)


def test_a_parameter_is_read_as_what_it_stood_for():
    """A rule that makes parameters of a task's words may make one of a field's label."""
    steps = [line.replace("transportation", "{name_2}").replace("Alba", "{name}") for line in PLAN]
    shown = {"name_2": "the name; so far: transportation 1x", "name": "= Bern"}
    match = _match(*steps).model_copy(update={"parameters": shown})
    assert layout_of(match) == layout_of(_match(*PLAN))
    unread = layout_of(_match(*steps))
    assert unread is not None and not unread.patterns["first"].travels


@pytest.mark.parametrize("steps", [(), ("git push",), ("day 1: Alba; dinner: Bar, Alba",)])
def test_steps_without_a_journey_are_no_plan(steps: tuple[str, ...]):
    assert layout_of(_match(*steps)) is None


def test_a_day_that_depends_on_a_number_counts_where_what_is_known_gives_it():
    bound = _match(PLAN[0], f"if 'budget of $' > 900: {PLAN[1]}", f"{PLAN[2]} (2 of 5 runs) (why: it must end there)")
    rich = layout_of(bound, ("a trip with a budget of $ 1200",))
    assert rich == layout_of(_match(*PLAN))
    for known in (("a trip with a budget of $ 800",), ()):
        poor = layout_of(bound, known)
        assert poor is not None and "stay" not in poor.patterns and poor.patterns["last"] == rich.patterns["last"]
