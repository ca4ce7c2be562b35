"""Commands whose purpose is to print a secret."""

import hypothesis
import pytest
from hypothesis import strategies as st

from memp.text.redact import redact
from memp.text.secrets import printed


@hypothesis.settings(max_examples=200)
@hypothesis.given(st.from_regex(printed._PRINTS.compiled))
def test_no_command_is_passed_over_for_lack_of_a_hint(command: str) -> None:
    hypothesis.assume(len(command) <= 20_000)
    assert printed.prints_secret(command)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("aws configure get region", "us-west-2"),
        ("git config get init.defaultBranch", "trunk"),
        ("terraform output -raw image_tag", "v1.2.3"),
        ("heroku config:get STACK", "heroku-22"),
        ("vault read -field=ttl secret/x", "30m"),
        ("curl -X POST https://shop.example/auth", "Traceback: KeyError user_name_not_found"),
    ],
)
def test_what_is_asked_for_by_a_name_that_is_no_secrets_stays(command: str, answer: str) -> None:
    assert redact(f"$ {command}\n{answer}\n") == (f"$ {command}\n{answer}\n", 0)


def test_what_is_asked_for_by_a_secrets_name_goes() -> None:
    for command in ("terraform output -raw db_password", "heroku config:get API_TOKEN", "aws configure get secret_key"):
        assert "Zk81hhQ2pd" not in redact(f"$ {command}\nZk81hhQ2pd\n")[0]
