"""A secret that one text of a run names is redacted in all of its texts; words that only look like one stay."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memp.memory import ProceduralMemory
from memp.text.recurring import Recurring

SECRET = "hunter2secret"


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.iterdir()))


@pytest.mark.parametrize(
    "step",
    [
        f"echo password={SECRET} | chpasswd", f"mysql -uroot -p{SECRET}", f"curl -u bob:{SECRET} https://x.example",
        f"open https://bob:{SECRET}@x.example/login", f"curl -H 'Cookie: session={SECRET}' x.example",
        f"login(user='bob', password='{SECRET}')", f"deploy --token {SECRET}",
    ],
)  # fmt: skip
def test_a_secret_that_a_step_names_is_in_no_text_of_the_run(
    open_memory: Callable[..., ProceduralMemory], tmp_path: Path, step: str
):
    memory = open_memory()
    script = {"goal": f"set it to {SECRET}", "steps": [f"type {SECRET}", "look"]}
    said = {"action": f"type {SECRET}", "observation": f"you typed {SECRET}", "thought": f"{SECRET}!", "state": SECRET}
    memory.record(
        f"Set it to {SECRET}", [step, said], "success", evidence=f"check: log in with {SECRET}", facts=[SECRET]
    )
    memory.record(f"Set it to “{SECRET}”", [step, said, "look"], "success", script=script)
    memory.reflect(f"Set it to '{SECRET}' again", [step, said], f"{SECRET} is refused", lesson=f"not {SECRET}")
    memory.recall(f"Set it to {SECRET}", context=step, error=f"{SECRET} is refused", facts=[SECRET])
    memory.close()
    assert SECRET.encode() not in bytes_of(tmp_path)


def test_a_run_that_waits_for_a_word_holds_no_secret_either(
    open_memory: Callable[..., ProceduralMemory], tmp_path: Path
):
    memory = open_memory(write="ask")
    memory.record(f"Set it to {SECRET}", [f"login --password {SECRET}"], "success")
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("w*.json"))


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("set the password of the account to letmein", "set the password of the account to [redacted: secret]"),
        ("its password is: 'letmein'.", "its password is: '[redacted: secret]'."),
        ("psql -U letmein", "psql -U letmein"),
        ("they letmein", "they letmein"),
        ("the password was changed", "the password was changed"),
    ],
)
def test_a_word_is_a_secret_only_after_a_secrets_name(text: str, hidden: str):
    assert Recurring.among("PGPASSWORD=letmein psql").hide(text)[0] == hidden


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ("password=postgres", "psql -U postgres -d postgres"), ("token=123456", "refund 123456 to the customer"),
        ("credentials=gcp-key-2.json", "copy gcp-key-2.json to /etc"), ("password: required", "required fields"),
        ("password=hunter2secret", "hunter2secrets and xhunter2secret are others"), ("-ppw1 mysql -ppw1", "pw1"),
        ('password="{password_2}"', "use {password_2} here"), ("secret=${TOKEN_2}", "echo ${TOKEN_2}"),
    ],
)  # fmt: skip
def test_what_may_be_another_thing_stays(named: str, text: str):
    assert Recurring.among(f"mysql {named}").hide(text)[0] == text


@pytest.mark.parametrize(
    "task", [f"パスワードを{SECRET}に設定する", f"把密码改成{SECRET}", f"Kennwort:{SECRET}, bitte"]
)
def test_a_secret_is_found_within_a_text_without_spaces(task: str):
    assert SECRET not in Recurring.among(f"password={SECRET}").hide(task)[0]


def test_what_was_hidden_is_counted(memory: ProceduralMemory):
    recorded = memory.record(f"Set it to {SECRET}", [f"login --password {SECRET}", f"type {SECRET} -> ok"], "success")
    assert list(recorded.notes) == ["1 secret(s) redacted"]


def test_secrets_that_differ_have_marks_that_differ_in_all_texts():
    old, new = "AKIA" + "OLD7" * 4, "AKIA" + "NEW7" * 4
    steps = [
        f"list-keys -> {old}, {new}",
        f"disable --access-key-id {old}",
        f"enable --access-key-id {new} --token ab12cd34x",
    ]
    secrets = Recurring.among(steps)
    assert secrets.hide(steps) == ([
        "list-keys -> [redacted: api key], [redacted: api key 2]", "disable --access-key-id [redacted: api key]",
        "enable --access-key-id [redacted: api key 2] --token [redacted: secret 3]",
    ], 5)  # fmt: skip
    assert secrets.hide("type ab12cd34x")[0] == "type [redacted: secret 3]"


@pytest.mark.parametrize(
    "text",
    [
        "put-secret-value --secret-id prod/ci --secret-string file://key.json", "--access-key-id AKIAOLD1",
        "--token ci-token.txt",
        "ssh --private-key deploy.pem", "secret=projects/shop/secrets/db2",
        "--secret-arn arn:aws:secretsmanager:eu:1:secret:x",
    ],
)  # fmt: skip
def test_the_name_or_place_of_a_secret_is_none(text: str):
    assert Recurring.among(text).hide(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "vault login secret_id=6a174c20-f6de-a53c-74d2-6018fcceff64",
        "--password prod/ci/main",
        "password=hunter.key",
        "--secret wJalrXUtnFEMI/K7MDENG/bPxRfi",
        "token=a1b2c3d4e5",
    ],
)
def test_a_secret_is_one_whatever_it_is_called(text: str):
    assert "[redacted: secret]" in Recurring.among(text).hide(text)[0]


@pytest.mark.parametrize(
    ("action", "seen", "kept"),
    [
        ("gh auth token", "Zq3kPw8Lm2Rt6Vx9Bn4c", ""),
        ("op read op://app/db/value", "Harbor12!moat", ""),
        ("aws secretsmanager get-secret-value --secret-id db", '{"Name": "db", "String": "Zq3kPw8Lm2Rt6Vx9Bn4c"}', "db"),
        ("terraform output -raw db_password", "Harbor12!moat\n", ""),
        ("echo $DB_PASSWORD", "Harbor12!moat", ""),
    ],
)  # fmt: skip
def test_what_a_command_prints_whose_purpose_it_is_is_a_secret(action: str, seen: str, kept: str):
    steps = [{"action": action, "observation": seen}, {"action": "log in with Zq3kPw8Lm2Rt6Vx9Bn4c or Harbor12!moat"}]
    hidden, _ = Recurring.among(steps).hide(steps)
    assert "[redacted: secret" in hidden[0]["observation"] and kept in hidden[0]["observation"]
    # It is found again where it is used.
    assert "[redacted: secret" in hidden[1]["action"]


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        ("gh auth token", "printed"),
        ("vault kv get secret/db", "Error: no value found at secret/data/db"),
        ("kubectl get secrets", "NAME  TYPE  DATA  AGE\ndb  Opaque  2  41d"),
        ("pytest -k create_token", "3 passed in 0.41s at 2026-11-30T12:00:00Z"),
        ("git show HEAD", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ],
)
def test_what_such_a_command_says_of_itself_stays(action: str, seen: str):
    steps = [{"action": action, "observation": seen}]
    assert Recurring.among(steps).hide(steps) == (steps, 0)


def test_each_secret_is_counted_once_in_whichever_fields_it_stands(memory: ProceduralMemory):
    other = "Harbor12!moat"
    recorded = memory.record(
        f"Set it to {SECRET}",
        [
            f"login --password {SECRET} -> password={SECRET}", f"curl -H 'Authorization: Bearer {other}1x2y'",
            "password=[redacted: secret] -> ok",
        ],
        "success",
        evidence=f"check: password={SECRET}",
        script={"goal": "Log in", "steps": [f"login --password {SECRET}", f"use the token {other}1x2y"]},
    )  # fmt: skip
    assert recorded.notes[0] == "2 secret(s) redacted"


def test_the_value_of_a_parameter_that_is_a_secret_is_neither_kept_nor_shown(memory: ProceduralMemory, tmp_path: Path):
    script = {
        "goal": "Log in to the shop as {user} with {password}",
        "steps": ["type {user}", "type {password}"],
        "parameters": {"user": "who", "password": "such as Tundra8271_ember"},
    }
    for user, value in (("ann", "Tundra8271_ember"), ("bob", "Kestrel99!moat")):
        task = f"Log in to the shop as {user} with {value}"
        memory.record(task, [f"type {user} -> ok", f"type {value} -> in"], "success", script=script)
    found = memory.recall("Log in to the shop as cid with Violet77!cobalt").matches[0]
    assert found.bindings == {"user": "cid"} and "password" not in found.seen
    memory.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"type {password}" in kept
    assert not any(value in kept for value in (b"Tundra8271", b"Kestrel99"))
