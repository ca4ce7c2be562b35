"""Rules that a text names: the evaluator's messages, and a person's words."""

import pytest

from memp.evaluate.agents.planner.rules import Rule, rules_in


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Reasonable City Route: the trip must end where it starts.", Rule.ROUTE),
        ("Complete Information: day 1 has no accommodation.", Rule.COMPLETE),
        ("Within Current City: the lunch of day 3, Inn, Bern, is not in Alba.", Rule.IN_CITY),
        ("Within Sandbox: there is no such lunch as on day 3.", Rule.LISTED),
        ("Diverse Restaurants: the restaurant Budget, Alba is visited a second time.", Rule.RESTAURANTS),
        ("Diverse Attractions: the attraction Zoo, Alba is visited a second time.", Rule.ATTRACTIONS),
        ("Non-conflicting Transportation: self-driving cannot be combined with a taxi.", Rule.ONE_WAY),
        ("Minimum Nights Stay: House Rules Inn, Alba asks for at least 2 nights in a row.", Rule.NIGHTS),
        ("Budget: the plan costs $5, more than the budget of $4.", Rule.BUDGET),
        ("Room Rule: the accommodation Inn has the house rule 'No pets'.", Rule.HOUSE_RULES),
        ("Room Type: the accommodation Inn has the room type 'Shared room'.", Rule.ROOM_TYPE),
        ("Cuisine: no restaurant of the plan serves the cuisine Thai.", Rule.CUISINES),
        ("Transportation: the travellers want no flight.", Rule.MEANS),
        ("never eat in the same restaurant twice", Rule.RESTAURANTS),
        ("an accommodation may ask for a minimum of three nights", Rule.NIGHTS),
        ("keep to the budget", Rule.BUDGET),
    ],
)
def test_a_message_names_its_rule_and_no_other(text: str, rule: Rule):
    assert rules_in([text]) == {rule}


def test_a_text_without_a_rule_names_none():
    assert rules_in(["", "The trip was nice.", "day 2: Alba"]) == set()
