"""Commands whose purpose is to print a secret."""

import hypothesis
import pytest
from hypothesis import strategies as st

from memp.text.redact import redact
from memp.text.secrets import printed


@hypothesis.settings(max_examples=200)
@hypothesis.given(st.from_regex(printed._PRINTS.compiled))
def test_no_command_is_passed_over_for_lack_of_a_hint(command: str) -> None:
    assert any(hint in command.lower() for hint in printed._HINTS)


def seen(command: str, answer: str) -> str:
    """The answer with each secret as "#"."""
    for start, end in sorted(printed.printed(command, answer), reverse=True):
        answer = f"{answer[:start]}#{answer[end:]}"
    return answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("aws configure get region", "us-west-2"),
        ("npm config get registry", "https://registry.npmjs.org/"),
        ("git config get init.defaultBranch", "trunk-2026"),
        ("gcloud config get-value project", "acme-prod-421907"),
        ("terraform output -raw bucket_name", "acme-prod-logs-9f3k2"),
        ("heroku config:get STACK", "heroku-22"),
        ("go env get GOFLAGS", "-mod=mod2"),
        ("aws ssm get-parameter --name /ami", '{"Value": "ami-0abcd1234ef567890"}'),
        ("vault read -field=ttl auth/token/lookup-self", "768h5m"),
        ("curl -X POST http://localhost/auth", "Traceback in AuthService2.verify_v3 (request req-7F3k9x2mQ)"),
        ("kubectl -n web get secret", "default-token-x7k2p   kubernetes.io/service-account-token   3"),
        ("gh secret list", "AWS_KEY_ID2  Updated 2026-10-01"),
        ("gpg --list-keys", "pub   rsa4096\n      3AA5C34371567BD2F5C4F8E1D0F2A1B3C4D5E6F7"),
    ],
)
def test_what_names_no_secret_stays(command: str, answer: str) -> None:
    assert seen(command, answer) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("terraform output -raw db_password", "hunter22"),
        ("aws configure get aws_secret_access_key", "abc/d3fGHijkLMNop12"),
        ("npm config get //registry.npmjs.org/:_authToken", "npmx_81a"),
        ("heroku config:get CONN", "9f3kQ2mZ81xLpV0aT7uB"),
        ("aws ssm get-parameter --name /x --with-decryption --query Parameter.Value", "hunter22"),
        ("vault kv get -field=pw secret/db", "hunter22"),
        ("kubectl get secret db -o jsonpath={.data.pw} | base64 -d", "hunter22"),
    ],
)
def test_what_names_a_secret_or_is_by_chance_goes(command: str, answer: str) -> None:
    assert seen(command, answer) == "#"


def test_what_a_shell_answered_stands_in_a_text_with_its_prompt() -> None:
    for command in ("terraform output -raw db_password", "heroku config:get API_TOKEN", "aws configure get secret_key"):
        assert "Zk81hhQ2pd" not in redact(f"$ {command}\nZk81hhQ2pd\n")[0]
    for command, answer in (("terraform output -raw image_tag", "v1.2.3"), ("vault read -field=ttl secret/x", "30m")):
        assert redact(f"$ {command}\n{answer}\n") == (f"$ {command}\n{answer}\n", 0)
