"""A request read by rule."""

import pytest

from memp.evaluate.agents.planner import request


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Plan 3 days in Alba for a group of 8.", 8),
        ("A party of five wants to go to 2 cities for 5 days.", 5),
        ("A trip for two, from Homely to Alba.", 2),
        ("A trip for two days, for 3 people.", 3),
        ("Plan a trip for a couple.", 2),
        ("We are seven individuals.", 7),
        ("Plan a solo trip for 3 days.", 1),
    ],
)
def test_people_are_counted(text: str, count: int):
    assert request.people(text) == count


def test_money_is_read():
    assert request.budget("We have $12,300 to spend.") == 12300
    assert request.budget("We have enough.") is None


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("We bring our pets.", ["pets"]),
        ("A party of 5 who want pet-friendly rooms.", ["pets"]),
        ("Smoking must be allowed, and parties too.", ["smoking", "parties"]),
        ("Our kids come with us.", ["children"]),
        ("A party of 5.", []),
    ],
)
def test_what_a_house_must_not_forbid_is_read(text: str, rules: list[str]):
    assert request.forbidden_rules(text) == rules


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("We want entire rooms.", ["Entire home/apt"]),
        ("A private room, please.", ["Private room"]),
        ("Shared rooms are fine.", ["Shared room"]),
        ("We do not want a shared room.", ["Entire home/apt", "Private room"]),
        ("Any room will do.", []),
    ],
)
def test_types_of_room_are_read(text: str, types: list[str]):
    assert request.room_types(text) == types


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("We will not fly.", ["flight"]),
        ("We prefer non-self-driving transportation.", ["self-driving"]),
        ("We don't plan to drive ourselves.", ["self-driving"]),
        ("No flights, and we'd avoid driving.", ["flight", "self-driving"]),
        ("We like to fly. We do not like fish.", []),
    ],
)
def test_unwanted_means_are_read(text: str, means: list[str]):
    assert request.unwanted_means(text) == means


def test_only_known_cuisines_are_read():
    assert request.cuisines("Thai, Greek and Nordic food", ["Greek", "Thai", "Greek", "French"]) == ["Greek", "Thai"]


def test_a_request_falls_into_clauses():
    text = "Plan a trip to Alba, from May 1st, 2030, with $1,000. We bring pets, but no children"
    assert request.clauses(text) == [
        "Plan a trip to Alba", "from May 1st", "with $1,000", "We bring pets", "no children",
    ]  # fmt: skip
