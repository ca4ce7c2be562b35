"""What a text asks, by the classes of its verbs."""

import pytest

from memp.text.tasks.verbs import Agreement, agreement, asked


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Create a bucket", "please make a new bucket", Agreement(1, 0, 0)),
        ("Turn on the lamp", "turn the lamp off", Agreement(0, 1, 0)),
        ("Connect the scanner", "Disconnect the scanner", Agreement(0, 1, 0)),
        ("Resize the volume", "Encrypt the volume", Agreement(0, 0, 1)),
        ("Descale the kettle", "The kettle is full of lime", Agreement(0, 0, 0)),
        ("Frobnicate the widget", "Resize the widget", Agreement(0, 0, 0)),
        ("List the open ports", "Find the open ports", Agreement(0.5, 0, 0)),
        ("put a rule into the firewall", "add a rule to the firewall", Agreement(0.0, 0.0, 0.0)),
        ("write a test for the parser", "add a test for the parser", Agreement(1.0, 0.0, 0.0)),
    ],
)
def test_verbs_of_two_texts_agree_oppose_or_differ(one: str, other: str, expected: Agreement):
    assert agreement(asked(one), asked(other)) == expected == agreement(asked(other), asked(one))
