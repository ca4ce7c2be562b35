"""The page beside the tools: `memp serve --http` at `/`."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from http_server import HTTPServer
from sample_memory import make_memory

from memp_clients.cli import main


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HTTPServer]:
    folder = tmp_path_factory.mktemp("beside")
    make_memory(folder / "memory.sqlite3")
    with HTTPServer(folder) as running:
        yield running


def link(server: HTTPServer, **headers: str) -> httpx2.Response:
    return httpx2.post(server.url.replace("/mcp", "/link"), headers=headers or server.authorization)


def test_who_has_the_token_gets_a_link_and_with_it_the_page(server: HTTPServer):
    with httpx2.Client() as client:
        assert client.get(link(server).text.strip()).status_code == 200
        page = client.get(server.url.replace("/mcp", "/procedures"))
        assert page.status_code == 200 and "Rotate the API key" in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_who_has_it_not_gets_neither(server: HTTPServer):
    assert link(server, authorization="Bearer x").status_code == 401
    assert httpx2.get(server.url.replace("/mcp", "/link"), headers=server.authorization).status_code == 405
    for path in ("/", "/procedures", "/runs/1"):
        answer = httpx2.get(server.url.replace("/mcp", path), headers=server.authorization)
        assert answer.status_code == 401, "the token of programs opens no page"
    assert httpx2.post(server.url, json={}).status_code == 401, "nor the cookie of a page the tools"


def test_where_clients_look_for_oauth_there_is_nothing(server: HTTPServer):
    for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server/mcp", "/register"):
        assert httpx2.get(server.url.replace("/mcp", path)).status_code == 404


def test_a_link_is_not_for_names_that_were_made_to_lead_here(server: HTTPServer):
    assert link(server, **server.authorization, host="evil.example").status_code == 421
    assert link(server, **server.authorization, origin="http://evil.example").status_code == 403


def test_other_machines_get_the_tools_alone(tmp_path: Path):
    with HTTPServer(tmp_path, "--allow-host", "memory.lan") as running:
        assert httpx2.get(running.url.replace("/mcp", "/")).status_code == 404
        assert httpx2.post(running.url.replace("/mcp", "/link"), headers=running.authorization).status_code == 404


def test_the_command_opens_the_page_of_a_server_that_runs(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("memp_clients.page.serving.read_token", lambda: server.token)
    port = server.url.split(":")[2].partition("/")[0]
    assert main(["open", "--served", port, "--no-browser"]) == 0
    with httpx2.Client() as client:
        assert client.get(capsys.readouterr().out.split()[4]).status_code == 200
        assert client.get(server.url.replace("/mcp", "/review")).status_code == 200
    monkeypatch.setattr("memp_clients.page.serving.read_token", lambda: "x" * 43)
    assert main(["open", "--served", port, "--no-browser"]) == 1
    assert "gives no link" in capsys.readouterr().err


def test_where_no_server_runs_it_says_what_to_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("memp_clients.page.serving.read_token", lambda: "x" * 43)
    assert main(["open", "--served", "1", "--no-browser"]) == 1
    assert "start `memp serve --http`" in capsys.readouterr().err
