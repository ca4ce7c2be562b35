"""Names of hosts, paths and applications in commands of several trades."""

import pytest

from memp.text.names import names_in


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("fly deploy --app shop-prod --config deploy/fly.toml", ["shop-prod", "deploy/fly.toml"]),
        ("ssh deploy@web1.example.net 'systemctl restart shop'", ["deploy@web1.example.net"]),
        ("psql -h db.internal -U shop -c 'select 1'", ["db.internal", "shop", "select"]),
        ("kubectl -n payments rollout restart deploy/api -> 'done'", ["payments", "deploy/api"]),
        ("curl https://shop.example.com/health", ["https://shop.example.com/health"]),
        ("put the {object} in {place}", []),
        ("npm publish --tag {tag}-live", []),
        ("npm test", []),
        ('create_ticket(queue="ops-eu", priority=3)', ["create_ticket", "ops-eu"]),
        ("copy C:\\sites\\shop to \\\\nas\\backup", ["C:\\sites\\shop"]),
        ("", []),
    ],
)
def test_a_name_is_known_by_its_form_or_stands_behind_an_option(command: str, names: list[str]):
    assert names_in(command) == names
