"""Who is let in to the page, and what a browser is told to keep to."""

from collections.abc import Callable

import pytest
from page_browser import HOST, Browser
from starlette.testclient import TestClient

from memp_clients.page.access import LINK_LASTS, MOST_LINKS, SESSION_LASTS, Access
from memp_clients.page.app import PAGES, make_page
from memp_server.opening import LazyMemory

Browse = Callable[..., Browser]
READ = sorted(page.path.replace("{id:int}", "1") for page in PAGES if page.reads)
WRITE = sorted(page.path.replace("{id:int}", "1") for page in PAGES if page.writes)


def stranger(access: Access | None = None) -> TestClient:
    """A browser that was not let in, of a memory that it must not reach."""

    def unreached() -> object:
        raise AssertionError("the memory was opened for a stranger")

    return TestClient(make_page(LazyMemory(unreached), access or Access(8000)), base_url=HOST)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("path", [*READ, "/nowhere", "/docs", "/mcp"])
def test_who_has_no_cookie_reads_nothing(path: str):
    answer = stranger().get(path)
    assert answer.status_code == 401 and "memp open" in answer.text


@pytest.mark.parametrize("path", WRITE)
def test_who_has_no_cookie_changes_nothing(path: str):
    assert stranger().post(path, data={"token": "x"}, headers={"origin": HOST}).status_code == 401


def test_a_link_lets_in_once():
    access = Access(8000)
    link = access.new_link()
    first, second = stranger(access), stranger(access)
    assert first.get(link).status_code == 200 and "memp-8000" in first.cookies
    answer = second.get(link)
    assert answer.status_code == 401 and "used already" in answer.text and not second.cookies


def test_a_link_and_a_visit_end():
    now = 0.0
    access = Access(8000, clock=lambda: now)
    client = stranger(access)
    old, good = access.new_link(), access.new_link()
    now = LINK_LASTS - 1
    assert client.get(good).status_code == 200
    now = LINK_LASTS + 1
    assert stranger(access).get(old).status_code == 401
    now += SESSION_LASTS + 1
    assert client.get("/").status_code == 401


def test_of_many_links_that_nobody_used_the_oldest_goes():
    access = Access(8000)
    links = [access.new_link() for _ in range(MOST_LINKS + 1)]
    assert [stranger(access).get(link).status_code for link in (links[0], links[1])] == [401, 200]


@pytest.mark.parametrize("link", ["", "x", "é", "\ud800", "a" * 10_000])
def test_what_is_no_link_lets_nobody_in(link: str):
    answer = stranger().get("/enter", params={"link": link.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 401


def test_the_cookie_is_for_this_page_alone(browse: Browse):
    access = Access(8000)
    answer = stranger(access).get(access.new_link())
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "domain" not in cookie
    assert "location" not in answer.headers, "a redirect from another site would go on without the cookie"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:@evil.example", "", "[::2]"]
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/static/style.css", "/enter?link=x", "/procedures/1"])
def test_a_name_that_was_made_to_lead_here_gets_nothing(browse: Browse, host: str, path: str):
    answer = browse().client.get(path, headers={"host": host})
    assert answer.status_code in (400, 421) and "Rotate" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_is_known_by_its_names(browse: Browse, host: str):
    assert browse().client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8000", "http://127.0.0.1:8000.evil.example", ""],
)  # fmt: skip
def test_a_form_of_another_page_changes_nothing(browse: Browse, origin: str):
    browser = browse()
    token = browser.token("/procedures/1")
    sent = {"token": token, "act": "pin", "state": browser.state("/procedures/1")}
    assert browser.client.post("/procedures/1", data=sent, headers={"origin": origin}).status_code == 403
    assert browser.client.post("/procedures/1", data=sent).status_code == 403, "a browser always says its origin"
    assert browser.memory.procedure(1).tier == "validated"


@pytest.mark.parametrize("token", ["", "x", "é", None])
def test_a_form_without_its_token_changes_nothing(browse: Browse, token: str | None):
    browser = browse()
    sent = {"act": "pin", "state": browser.state("/procedures/1"), **({} if token is None else {"token": token})}
    answer = browser.client.post("/procedures/1", data=sent, headers={"origin": HOST})
    assert answer.status_code == 403 and browser.memory.procedure(1).tier == "validated"


def test_the_token_of_another_visit_is_none(browse: Browse):
    one, other = browse(), browse()
    sent = {"token": other.token("/procedures/1"), "act": "pin", "state": one.state("/procedures/1")}
    assert one.client.post("/procedures/1", data=sent, headers={"origin": HOST}).status_code == 403


@pytest.mark.parametrize("path", [*READ, "/nowhere", "/static/style.css", "/static/../app.py"])
def test_every_answer_may_not_be_framed_scripted_or_kept(browse: Browse, path: str):
    headers = browse().client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY" and headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "same-origin"


def test_files_beside_the_static_ones_are_not_given(browse: Browse):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"):
        assert browse().client.get(path).status_code == 404


def test_a_form_that_is_too_large_is_refused_unread(browse: Browse):
    browser = browse()
    answer = browser.client.post(
        "/procedures/1", content=b"x", headers={"origin": HOST, "content-length": str(1 << 40)}
    )  # fmt: skip
    assert answer.status_code == 413
