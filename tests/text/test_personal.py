"""Personal data out of what is shared; what the work needs stays."""

import pytest

from memp.text.personal import impersonal

GONE = [
    ("mail jane.doe@corp.io, or <a@b.co>.", "mail [e-mail], or <[e-mail]>."),
    ("ssh-keygen -C jane@corp.io", "ssh-keygen -C [e-mail]"),
    ("git config user.email jane@corp.io", "git config user.email [e-mail]"),
    ("ping 93.184.216.34 and http://93.184.216.34:8080/x", "ping [ip address] and http://[ip address]:8080/x"),
    ("2606:2800:220:1:248:1893:25c8:1946 answered", "[ip address] answered"),
    ("/mnt/backup/home/janedoe/x D:\\old\\Users\\jane\\x", "/mnt/backup/home/[name]/x D:\\old\\Users\\[name]\\x"),
    ("/srv/janedoe/x /Volumes/JaneDoe", "/srv/[name]/x /Volumes/[name]"),
    ("/home/janedoe/x", "~/x"),
]
STAYS = [
    "git clone git@github.com:o/r.git", "ssh -p 22 jane@db.corp.io 'ls'", "rsync -a x jane@host.corp.io:/x",
    "postgres://app@db.corp.io:5432/x", "user@example.com x@y.test noreply@github.com",
    "actions/checkout@v4.1 npm i @types/node@20.1",
    "10.0.0.1 127.0.0.1 192.168.1.1:80 8.8.8.8 ::1 fe80::1", "pkg==1.2.3.4 version 1.2.3.4 v5.6.7.8 120.0.6099.109",
    "12:30:45 a::b",
    "https://a.example/home/jane/x", "/srv/janedoe-app/x janedoe says", "/mnt/x/home/runner/work", "/srv/dev/x",
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), GONE)
def test_personal_data_goes(text: str, shown: str) -> None:
    assert impersonal(text, ["janedoe", "dev"]) == shown
    assert impersonal(shown, ["janedoe", "dev"]) == shown


@pytest.mark.parametrize("text", STAYS)
def test_what_the_work_needs_stays(text: str) -> None:
    assert impersonal(text, ["janedoe", "dev", "ab"]) == text


def test_a_long_text_of_anything_takes_no_long_time() -> None:
    for unit in ("a.", "a@", "1.", "a:", "/home/", "a-b@c.", "::"):
        impersonal(unit * 20_000, ["janedoe"])
