"""Secrets that look like a key of some service, whichever it is: a short name, a sign, and a long run of letters and digits.

Services name their tokens so that scanners find them ("ghp_...", "tvly-..."; GitHub introduced the form in 2021, and most that
came after follow it), and new services come faster than a list of them. What is told by chance alone, without such a name before
it, is left: identifiers of documents look the same, and an agent needs them.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from memp.text.patterns import Pattern

_RUN = Pattern(r"(?<=[A-Za-z0-9][_-])[A-Za-z0-9]{20,200}+(?![\w/+=-])")
"""The run behind the sign; what goes on with one of base64's signs is a digest ("sha512-...=") or data."""

_PREFIX = re.compile(r"(?<![\w/.+=@-])[A-Za-z]{2,14}\d{0,2}(?:[_-][A-Za-z0-9]{1,14}){0,2}[_-]\Z")

_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")

LONG = 30
"""From so many on letters of one case will do: of 36 signs, 30 have 155 bits. A shorter run has to have both cases."""

_CALLED_ID = re.compile(r"\b(?:ids?|Ids?|IDs?|identifiers?)\b[^.;\n]{0,24}\Z")
"""What stands before a value that a sentence calls an identifier."""

NUMBERED = frozenset(
    """msg message messages req request requests resp response call calls tool toolu toolcall chatcmpl completion cmpl gen run runs step
    item asst assistant thread conv conversation session sess chat file files batch job task evt event evts trace span log build image
    img container sha sha1 sha256 sha512 md5 digest hash commit rev ref etag cus customer sub subscription pi ch pm py price prod
    product inv invoice acct account org organization proj project user usr team ws workspace env dep deploy deployment srv svc vol
    snap subnet vpc sg ami eni rtb igw instance node pod id uid uuid guid part chunk doc page block row rec record test tmp temp cache
    version ver v""".split()
)
"""What services number: the identifier of a request or of an object opens nothing."""


def by_shape(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where the keys of services stand that their shape tells."""
    for match in _RUN.finditer(text):
        run = match[0]
        if not is_run_by_chance(run):
            continue
        prefix = _PREFIX.search(text, max(0, match.start() - 50), match.start())
        if prefix and not _is_identifier(text, prefix):
            yield prefix.start(), match.end()


def _is_identifier(text: str, prefix: re.Match[str]) -> bool:
    named = NUMBERED.intersection(re.split("[_-]", prefix[0].lower()))
    return bool(named) or bool(_CALLED_ID.search(text[max(0, prefix.start() - 40) : prefix.start()]))


def is_run_by_chance(run: str) -> bool:
    """Whether a run of letters and digits is no word, no date, no hash and no name of a file or a class."""
    digits = sum(map(str.isdigit, run))
    cases = any(map(str.isupper, run)) + any(map(str.islower, run))
    # Two in a hundred runs of 20 signs of 62 have fewer than two digits; names that people give have them at their end.
    return (
        digits >= 2
        and len(run.rstrip("0123456789")) > len(run) // 2
        and not _HEX.fullmatch(run)
        and (cases == 2 or (cases == 1 and len(run) >= LONG))
        and _mixed(run)
    )


def _mixed(run: str) -> bool:
    """Whether letters and digits alternate as chance has them, and not as "Report2024Final2" has."""
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(run))
    return turns >= 4
