"""The bench of the page, small."""

import page


def test_every_page_is_measured():
    found = page.rows(sizes=[5], calls=1)
    assert {row.what.partition(",")[0] for row in found} >= {
        "/",
        "/procedures",
        "/runs",
        "/recalls",
        "/review",
        "/procedures/2",
    }
    assert all(row.value >= 0 for row in found)
