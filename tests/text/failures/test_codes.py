"""Error codes: where they stand, and when they tell two errors apart."""

import pytest

from memp.text.failures.codes import codes_of, same_code


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        ("E23 artefact rejected by realm policy", {"E23"}),
        ("hvy push basket r118 --ring 1: E17", {"E17"}),
        ("error[E0308]: mismatched types", {"E0308"}),
        ("src/a.ts(3,4): error TS2339: Property", {"TS2339"}),
        ("HTTP/1.1 404 Not Found", {"404"}),
        ("Error: ENOENT: no such file", {"ENOENT"}),
        ("ORA-12170: timeout", {"ORA-12170"}),
        ('{"code": "E07", "detail": "locked"}', {"E07"}),
        ('{"error": 4107}', {"4107"}),
        ("ERROR: relation is locked", set()),
        ("exit status 3", set()),
        ("Booking K4T9QX not found", set()),
        ("", set()),
    ],
)
def test_a_code_stands_at_the_beginning_of_what_a_tool_says(error: str, codes: set[str]):
    assert codes_of(error) == codes


@pytest.mark.parametrize(
    ("remembered", "error", "same"),
    [
        ("E23 rejected", "it says E23 when deploying", True),
        ("E23 rejected", "E24 rejected", False),
        ("HTTP 404", "HTTP 403", False),
        ("ENOENT: no such file", "EACCES: no access", False),
        ("E23 rejected", "ticket REL-220 was rejected", None),
        ("E23 rejected", "rejected", None),
        ("HTTP 404", "the mirror returned 404", True),
        ("HTTP 404", "the mirror returned 403", False),
        ("HTTP 404", "the mirror was slow: 1200 ms for 350 files on port 8080 in 2024", None),
        ("HTTP 404", "it returned 500 rows", None),
        ("HTTP 404", "the service is on an 8080 port", None),
        ("HTTP 404", "we gave it a 2048 bit key", None),
        ("HTTP 404", "we get a 403 from the proxy", False),
        ("HTTP 404", "it was a 404", True),
        ("rejected", "E23 rejected", None),
    ],
)
def test_another_code_of_the_same_form_is_another_error(remembered: str, error: str, same: bool | None):
    assert same_code(remembered, error) is same
