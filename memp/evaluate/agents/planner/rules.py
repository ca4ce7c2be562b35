"""Rules of planning: which of them a text names.

The planner enforces no rule that nothing recalled names. To understand a rule's words is its competence; that a rule holds
at all is the memory's.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Rule(StrEnum):
    """A rule that the planner can keep to once it is named."""

    ROUTE = "the cities are visited in one round"
    COMPLETE = "a day has all that belongs to it"
    IN_CITY = "what a day has is in its city"
    LISTED = "travel is as the tables have it"
    RESTAURANTS = "no restaurant twice"
    ATTRACTIONS = "no attraction twice"
    ONE_WAY = "a car is not combined with other means"
    NIGHTS = "a minimum of nights"
    BUDGET = "a budget"
    HOUSE_RULES = "house rules"
    ROOM_TYPE = "a type of room"
    CUISINES = "cuisines"
    MEANS = "unwanted means of transport"


_TWICE = r"\b(?:second time|twice|repeat\w*|different|diverse)\b"

_WORDS: Mapping[Rule, re.Pattern[str]] = {
    rule: re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for rule, pattern in {
        Rule.ROUTE: r"\broute\b|\bround trip\b|\bmust (?:start|end)\b",
        Rule.COMPLETE: r"\bcomplete\b|\bmissing\b|\bday \d+ has no\b",
        Rule.IN_CITY: r"\bcurrent city\b|\bcity of the day\b",
        Rule.LISTED: r"\bsandbox\b|\bthere is no such\b",
        Rule.RESTAURANTS: rf"\brestaurants?\b.*{_TWICE}|{_TWICE}.*\brestaurants?\b",
        Rule.ATTRACTIONS: rf"\battractions?\b.*{_TWICE}|{_TWICE}.*\battractions?\b",
        Rule.ONE_WAY: r"\bconflict\w*|\bcannot be combined\b",
        Rule.NIGHTS: r"\bminimum\b.*\bnights?\b|\bnights? in a row\b",
        Rule.BUDGET: r"\bbudget\b",
        Rule.HOUSE_RULES: r"\b(?:room|house) rules?\b",
        Rule.ROOM_TYPE: r"\broom types?\b|\btypes? of rooms?\b",
        Rule.CUISINES: r"\bcuisines?\b",
        Rule.MEANS: r"\A\W*transportation\W*\Z|\bwants? no (?:flights?|self-driving)\b",
    }.items()
}


def rules_in(texts: Iterable[str]) -> set[Rule]:
    """The rules that texts name: by what stands before the first colon, else by the whole text.

    After the colon may stand names of places, and a restaurant may be called "Budget".
    """
    named: set[Rule] = set()
    for text in texts:
        named |= _rules(text.partition(":")[0]) or _rules(text)
    return named


def _rules(text: str) -> set[Rule]:
    return {rule for rule, words in _WORDS.items() if words.search(text)}
