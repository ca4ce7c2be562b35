"""What a text asks, by the classes of its verbs."""

import pytest

from memp.text.tasks.verbs import Agreement, agreement, asked, directions, swapped


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
        ("Put a hot pie on the table", "Put a cold pie on the table", Agreement(0, 1, 0)),
        ("Put a cold pie on the table", "Heat a pie and put it on the table", Agreement(0, 1, 0)),
        ("Mark the mail as read", "Mark the mail as unread", Agreement(0, 1, 0)),
        ("Sort the list in ascending order", "Sort the list in descending order", Agreement(0, 1, 0)),
        ("Reopen the closed ticket", "Open the ticket again", Agreement(1.0, 0.0, 0.0)),
        ("Show hidden files of the folder", "List the hidden files of the folder", Agreement(0.5, 0, 0)),
        ("Cool the hot soup", "Cool the soup", Agreement(1, 0, 0)),
        ("write a test for the parser", "add a test for the parser", Agreement(1.0, 0.0, 0.0)),
        ("Resize all photos", "Shrink all photos", Agreement(1.0, 0.0, 0.0)),
        ("Load the backup of the wiki", "Restore the backup of the wiki", Agreement(1.0, 0.0, 0.0)),
        ("Heat some mug", "put a cool mug in the cabinet", Agreement(0.0, 1.0, 0.0)),
    ],
)
def test_verbs_of_two_texts_agree_oppose_or_differ(one: str, other: str, expected: Agreement):
    assert agreement(asked(one), asked(other)) == expected == agreement(asked(other), asked(one))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Convert outro.mp4 to mov", "Convert intro.mov to mp4 and upload it", True),
        ("Copy the data from staging to production", "Copy the data from production to staging", True),
        ("Replace the tea with coffee", "Replace the coffee with tea", True),
        ("Move music to nas1 from nas2", "Move music from nas2 to nas1", False),
        ("Convert intro.mov to mp4", "Convert outro.mov to mp4", False),
        ("Move a lib from requests to httpx, async", "Move utils from requests to async httpx", False),
    ],
)
def test_things_in_each_others_place_are_told(one: str, other: str, expected: bool):
    ours, theirs = directions(one), directions(other)
    assert swapped(ours, theirs) is swapped(theirs, ours) is expected
