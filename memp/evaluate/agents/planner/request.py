"""A request for a trip, read by rule: how many people, how much money, and what they want or do not want.

Read are words of the request only. Each reading is used for a rule that a recall has named, and not before.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

NUMBERS: Mapping[str, int] = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_NUMBER = rf"(\d+|{'|'.join(NUMBERS)})"
_PEOPLE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:group|party|family|team) of {_NUMBER}\b",
        rf"\b{_NUMBER}[- ](?:people|persons?|individuals|travell?ers|adults|friends|guests|of us)\b",
        rf"\b(?:for|itinerary for|trip for) {_NUMBER}\b(?!(?:\s|-)*(?:days?|nights?|weeks?|cit|different|separate|distinct))",
    )
)
_PAIR = re.compile(r"\b(?:couple|pair|the both of us)\b", re.IGNORECASE)
_MONEY = re.compile(r"\$\s?(\d[\d,]*)")
_CLAUSE = re.compile(r"[,;.?!](?:\s|$)|\b(?:but|although|however)\b|\s(?=with\b)", re.IGNORECASE)
_WORDS = 2
"""Words from which on a part of a sentence is a clause."""

_NOT = re.compile(r"\b(?:not|no|non|without|avoid\w*|never|exclud\w+|rather than|instead of)\b|n't\b", re.IGNORECASE)
_HOUSE: Mapping[str, re.Pattern[str]] = {
    rule: re.compile(pattern, re.IGNORECASE)
    for rule, pattern in {
        "pets": r"\bpets?\b",
        "smoking": r"\bsmok",
        "parties": r"\bparties\b|\bparty\b(?! of)",
        "children": r"\bchild|\bkids?\b",
        "visitors": r"\bvisitors?\b",
    }.items()
}
"""What a house may forbid, and the words of those who want it."""

_MEANS: Mapping[str, re.Pattern[str]] = {
    "flight": re.compile(r"\bfl(?:y|ies|ying|ights?)\b|\bplanes?\b|\bair travel\b", re.IGNORECASE),
    "self-driving": re.compile(r"\bself[- ]driv\w*|\bdriv(?:e|ing)\b", re.IGNORECASE),
}


def clauses(request: str) -> Sequence[str]:
    """The clauses of a request; dates and the like between two commas are none."""
    parts = (part.strip() for part in _CLAUSE.split(request))
    return [part for part in parts if len(part.split()) >= _WORDS]


def people(request: str) -> int:
    """How many travel; one where the request does not say."""
    for pattern in _PEOPLE:
        if (match := pattern.search(request)) is not None:
            return NUMBERS.get(match[1].lower()) or int(match[1])
    return 2 if _PAIR.search(request) else 1


def budget(request: str) -> float | None:
    """The money that there is."""
    match = _MONEY.search(request)
    return None if match is None else float(match[1].replace(",", ""))


def forbidden_rules(request: str) -> Sequence[str]:
    """The house rules that rule an accommodation out."""
    return [rule for rule, words in _HOUSE.items() if words.search(request)]


def room_types(request: str) -> Sequence[str]:
    """The types of room that fit, as the tables name them; none where any does."""
    text = request.lower()
    if re.search(r"\bentire (?:\w+ )?(?:rooms?|homes?|apartments?|places?)\b", text):
        return ["Entire home/apt"]
    if re.search(r"\bprivate (?:\w+ )?rooms?\b", text):
        return ["Private room"]
    shared = next((clause for clause in clauses(text) if re.search(r"\bshar(?:ed|ing)\b", clause)), None)
    if shared is None:
        return []
    return ["Entire home/apt", "Private room"] if _NOT.search(shared) else ["Shared room"]


def cuisines(request: str, known: Iterable[str]) -> Sequence[str]:
    """Those of the known cuisines that the request names."""
    return [name for name in dict.fromkeys(known) if re.search(rf"\b{re.escape(name)}\b", request)]


def unwanted_means(request: str) -> Sequence[str]:
    """The means of transport that the request rules out."""
    denied = [clause for clause in clauses(request) if _NOT.search(clause)]
    return [means for means, words in _MEANS.items() if any(words.search(clause) for clause in denied)]
