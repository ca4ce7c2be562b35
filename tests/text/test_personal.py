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
    ("pay 5105 1051 0510 5100, or 4012888888881881", "pay [card number], or [card number]"),
    ("3714-496353-98431 is an Amex", "[card number] is an Amex"),
    ("to FR76 3000 6000 0112 3456 7890 189, thanks", "to [bank account], thanks"),
    ("GB82WEST12345698765432", "[bank account]"),
    (
        "call +49 30 901820, +1 (212) 736-5000 or (415) 867-5309",
        "call [phone number], [phone number] or [phone number]",
    ),
    ('{"phone": "4158675309", "Tel.": "030/901820-12"}', '{"phone": "[phone number]", "Tel.": "[phone number]"}'),
]
GONE += [
    ("card=4539578763621486 card_number=4539-5787-6362-1486", "card=[card number] card_number=[card number]"),
    ("iban=DE89370400440532013000", "iban=[bank account]"),
    ("mailto:bob@acme.io user:bob@acme.io email=bob%40acme.io", "mailto:[e-mail] user:[e-mail] email=[e-mail]"),
    ("ssh failed for ticket by bob@acme.io", "ssh failed for ticket by [e-mail]"),
    ("Telefon: 030 12345678, Handy: 0170 1234567", "Telefon: [phone number], Handy: [phone number]"),
    ("to=+447911123456 or 0049 170 1234567", "to=[phone number] or [phone number]"),
    ("/backup/home/jane/x", "/backup/home/[name]/x"),
]
STAYS = [
    "import Home from './Home/Header' app/home/page.tsx", "GET /home/dashboard", "/api/Users/search?q=1",
    "systemctl restart getty@tty1.service wg-quick@wg0.service user@1000.service", "user@host.corp.com$ ls",
    "npm i lodash@4.17.21.com", "kernel 6.1.52.1, openssl 1.1.1.3, nuget 4.8.1.2",
    "SHA1 Fingerprint=5A:3B:9C:1D:2E:4F:60:71", "trace_id 4539578763621486, order 4539578763621486",
    "jupyter cell: 20261130 cell = 1234567 sms: 200000000 ns", "sort +10000000000 offset +123456789012",
    "https://bob:pw@db.acme.io/x ssh -p 22 -i key jane@web.corp.io",
    "git clone git@github.com:o/r.git", "ssh -p 22 jane@db.corp.io 'ls'", "rsync -a x jane@host.corp.io:/x",
    "postgres://app@db.corp.io:5432/x", "user@example.com x@y.test noreply@github.com",
    "actions/checkout@v4.1 npm i @types/node@20.1",
    "10.0.0.1 127.0.0.1 192.168.1.1:80 8.8.8.8 ::1 fe80::1", "pkg==1.2.3.4 version 1.2.3.4 v5.6.7.8 120.0.6099.109",
    "12:30:45 a::b",
    "4012888888881882 4242 4242 4242 4242 5105105105105100-aaaa https://x.example/4012888888881881 1732838400000",
    "DE89370400440532013001 ABCD12345678 +1-202-555-0143 phone: 42 +12345678 bytes +100 -200 (123) 456 lines",
    "2026-11-29T10:00:00+0100 @@ -12,7 +1200000,8 @@ sum = 1 + 2345678901", "order 20261129-12345678 (2024) 123-456",
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
    for unit in (
        "a.",
        "a@",
        "1.",
        "a:",
        "/home/",
        "a-b@c.",
        "::",
        "1 ",
        "+1 ",
        "(1)",
        "4111-",
        "AA11AAAA",
        "tel: 1",
        "phone",
    ):
        impersonal(unit * 20_000, ["janedoe"])
