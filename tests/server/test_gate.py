"""Who is let in over HTTP: the exact names of this machine, and the token."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_server import HTTPServer
from mcp.types import LATEST_PROTOCOL_VERSION
from raw_http import INITIALIZE, JSON, answer_to

OWN_HOSTS = [
    "127.0.0.1", "127.0.0.1:1", "localhost", "localhost:1234", "LOCALHOST", "LocalHost:65535", "[::1]", "[::1]:80",
    "[0:0:0:0:0:0:0:1]", "[0000::0001]:8710", "memory.lan", "Memory.LAN:8710", "[fe80::2]", "[FE80:0::2]:80",
]  # fmt: skip
OTHER_HOSTS = [
    "", "localhost:evil", "localhost:@evil", "localhost:80@evil.example", "@localhost", "localhost@evil", "localhost:",
    "localhost:0", "localhost:65536", "localhost:80:80", "localhost:-1", "localhost.evil.example", "localhost.", "evil",
    "evil.example", "evil.localhost", "127.0.0.1.evil.example:80", "127.0.0.1x", "127.1", "2130706433", "0x7f.0.0.1",
    "0.0.0.0", "::1", "[::1", "::1]", "[::1]x", "[::1]:evil", "[::2]", "[::ffff:127.0.0.1]", "[::1%25lo]", "[]", "[::1]:",
    "memory.lan.evil", "xmemory.lan", "memory.lan/", "memory.lan#localhost", "localhost,evil", "localhost evil",
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPServer]:
    options = ("--allow-host", "Memory.lan", "--allow-host", "fe80::2")
    with HTTPServer(tmp_path_factory.mktemp("gate"), *options) as running:
        yield running


def status(server: HTTPServer, *headers: str, path: str = "/mcp") -> int:
    """The status of a request with these lines as its headers besides the usual ones; without one for the host."""
    return int(answer_to(server, *headers, path=path).split()[1])


def bearer(server: HTTPServer) -> str:
    return f"Authorization: Bearer {server.token}"


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_a_name_of_this_machine_is_let_in_however_it_is_written(server: HTTPServer, host: str):
    assert status(server, f"Host: {host}", bearer(server)) == 200
    for scheme in ("http", "https", "HTTP"):
        assert status(server, "Host: localhost", bearer(server), f"Origin: {scheme}://{host}") == 200


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_what_only_looks_like_a_name_of_this_machine_is_refused(server: HTTPServer, host: str):
    assert status(server, f"Host: {host}", bearer(server)) in (400, 421)
    assert status(server, "Host: localhost", bearer(server), f"Origin: http://{host}") == 403


@pytest.mark.parametrize(
    "origin",
    ["null", "http://localhost:x.evil", "http://localhost/", "http://localhost?x", "http://localhost#x", "localhost",
     "http:localhost", "//localhost", "file://localhost", "ftp://localhost", "http://user@localhost",
     "http://evil.example/http://localhost", "http://localhost http://evil.example", "*"],
)  # fmt: skip
def test_an_origin_is_a_scheme_and_a_name_and_nothing_else(server: HTTPServer, origin: str):
    assert status(server, "Host: localhost", bearer(server), f"Origin: {origin}") == 403


def test_of_several_origins_each_must_be_this_machine(server: HTTPServer):
    both = ("Origin: http://localhost", "Origin: http://evil.example")
    assert status(server, "Host: localhost", bearer(server), *both) == 403
    assert status(server, "Host: localhost", bearer(server), *reversed(both)) == 403


def test_two_hosts_or_none_are_refused(server: HTTPServer):
    assert status(server, bearer(server)) == 400
    assert status(server, "Host: localhost", "Host: evil.example", bearer(server)) == 400
    assert status(server, "Host: evil.example", "Host: localhost", bearer(server)) == 400


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer x", "Basic {}", "{}", "Bearer {}x", "Bearer x{}", "Bearer {} x", "Bearer \u00e4"]
)  # fmt: skip
def test_without_the_token_nobody_is_let_in(server: HTTPServer, given: str):
    lines = (f"Authorization: {given.format(server.token)}",) if given else ()
    answer = answer_to(server, "Host: localhost", *lines)
    assert answer.startswith("HTTP/1.1 401 ")
    head, _, body = answer.partition("\r\n\r\n")
    assert "www-authenticate: bearer" in head.lower()
    # A client that finds a pointer to OAuth forgets the token that it was given.
    assert "resource_metadata" not in head
    assert "token" in body and server.token not in answer


def test_the_name_of_the_scheme_is_written_in_any_case(server: HTTPServer):
    assert status(server, "Host: localhost", f"Authorization: bearer {server.token}") == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PUT", "HEAD"])
def test_no_method_goes_without_the_token(server: HTTPServer, method: str):
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request(method, "/mcp", headers=JSON)
    assert connection.getresponse().status == 401
    connection.close()


def test_the_sessionless_era_needs_the_token_too(server: HTTPServer):
    version = f"MCP-Protocol-Version: {LATEST_PROTOCOL_VERSION}"
    assert status(server, "Host: localhost", version) == 401


@pytest.mark.parametrize(
    "path",
    ["/", "/mcp/", "/mcp%0A", "/mcp%0a", "/MCP", "//mcp", "/mcp//", "/./mcp", "/mcp%2F", "/mcp%00", "/mcp;x",
     "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
     "/.well-known/oauth-authorization-server", "/authorize", "/token", "/register", "http://localhost/mcp"],
)  # fmt: skip
@pytest.mark.parametrize("with_token", [True, False])
def test_there_is_nothing_at_other_paths(server: HTTPServer, path: str, with_token: bool):
    lines = (bearer(server),) if with_token else ()
    assert status(server, "Host: localhost", *lines, path=path) == 404


def test_a_query_after_the_path_changes_nothing(server: HTTPServer):
    assert status(server, "Host: localhost", path="/mcp?token=x") == 401
    assert status(server, "Host: localhost", bearer(server), path="/mcp?x=y") == 200


def test_the_network_needs_the_token_too(tmp_path: Path):
    with HTTPServer(tmp_path, "--allow-host", "memory.lan", address="0.0.0.0:0") as running:
        port = running.host.split(":")[1]
        for headers, wanted in (({}, 401), (running.authorization, 200)):
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
            connection.request("POST", "/mcp", json.dumps(INITIALIZE), {**JSON, **headers, "host": "memory.lan"})
            assert connection.getresponse().status == wanted
            connection.close()
