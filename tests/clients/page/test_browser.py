"""The page in a real browser, over `memp open`: every page at three widths and in both themes, by keyboard, and a person's ten
minutes. Skipped where there is no Chromium (`apt install chromium`, or MEMP_TEST_BROWSER names one)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import ARGUMENTS, CHROMIUM, IN_CHROMIUM
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sample_memory import make_memory

pytestmark = IN_CHROMIUM

PAGES = (
    "/", "/procedures", "/procedures?q=rotate+a+key&all=1", "/procedures/decide?id=1&id=2&id=99&act=reject",
    "/procedures/forget?id=2&id=3", "/procedures?families=1", "/procedures/1", "/procedures/1/forget", "/runs", "/runs/37",
    "/runs/1/revoke", "/procedures/1/edit", "/recalls", "/recalls/1", "/review", "/health", "/nowhere",
)  # fmt: skip
PICTURES = {
    "home": "/", "procedures": "/procedures", "procedure": "/procedures/2", "run": "/runs/37", "recalls": "/recalls",
    "review": "/review", "health": "/health",
}  # fmt: skip
WIDTHS = (360, 768, 1440)
PAPER = 718
"""Pixels of the width of A4 without its margins."""

BROKEN = (Path(__file__).parent / "broken.js").read_text(encoding="utf-8")
TARGETS = {"rules": {"target-size": {"enabled": True}}}
"""axe leaves out by default what WCAG 2.2 has on how large a target is."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `memp open` prints, over the sample memory."""
    home = tmp_path_factory.mktemp("home")
    make_memory(home / "memory.sqlite3")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MEMP_")},
        "HOME": str(home), "MEMP_MODEL": "hashing", "MEMP_DB": str(home / "memory.sqlite3"), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "memp"), "open", "--no-browser"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@pytest.fixture(scope="module")
def visit(browser: Browser, link: str) -> Iterator[tuple[BrowserContext, str]]:
    """A browser that was let in, and the address of the page."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.wait_for_url(re.compile(r":\d+/$"))
    page.close()
    yield context, link.partition("/enter")[0]
    context.close()


@pytest.fixture
def page(visit: tuple[BrowserContext, str]) -> Iterator[Page]:
    """A new tab, in which nothing may go wrong that the console tells."""
    opened = visit[0].new_page()
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "404 (Not Found)" not in message.text:
            faults.append(message.text)

    opened.on("console", note)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    opened.close()
    assert not faults


def go(page: Page, visit: tuple[BrowserContext, str], path: str) -> None:
    page.goto(f"{visit[1]}{path}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_every_width_and_has_no_fault_that_axe_finds(
    page: Page, visit: tuple[BrowserContext, str], theme: str
):
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for path in PAGES:
        go(page, visit, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"
            assert page.evaluate(BROKEN) == [], f"{path} at {width}"
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER, "height": 800})
        assert page.evaluate(BROKEN) == [], f"{path} on paper"
        assert page.get_by_role("heading", level=1).is_visible() and not page.get_by_role("button").first.is_visible()
        page.emulate_media(media="screen")
        faults = Axe().run(page, options=TARGETS).response["violations"]
        assert not faults, f"{path}: {[(one['id'], [node['html'] for node in one['nodes']][:3]) for one in faults]}"


def test_a_person_finds_reads_decides_takes_back_and_forgets(page: Page, visit: tuple[BrowserContext, str]):
    go(page, visit, "/")
    page.get_by_role("link", name="Procedures").first.click()
    page.get_by_role("searchbox").fill("restore the orders database")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name=re.compile("Restore the")).click()
    page.get_by_text("agents without it reach").first.wait_for()
    assert page.get_by_role("img").count() == 2
    page.get_by_label("Reason, for the log").first.fill("house rule")
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("status").filter(has_text="p2 is pinned.").wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    page.get_by_role("status").filter(has_text="p2 is validated").wait_for()
    page.get_by_role("link", name="Review").click()
    page.get_by_role("link", name="p1r3").first.wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("a")
    page.get_by_role("status").filter(has_text="p1 is now as revision 3").wait_for()
    page.get_by_text("Nothing waits").wait_for()
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="t36", exact=True).click()
    page.get_by_role("link", name="Forget it").click()
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_role("status").filter(has_text="t36 is deleted").wait_for()


def test_a_letter_that_is_typed_into_a_field_decides_nothing(page: Page, visit: tuple[BrowserContext, str]):
    go(page, visit, "/procedures/2")
    field = page.get_by_label("Reason, for the log").first
    field.click()
    page.keyboard.type("area jpku")
    assert field.input_value() == "area jpku" and page.url.endswith("/procedures/2")


@pytest.mark.skipif("MEMP_TEST_PICTURES" not in os.environ, reason="MEMP_TEST_PICTURES names no folder")
def test_the_pictures_of_the_documentation(browser: Browser, visit: tuple[BrowserContext, str]):
    folder = Path(os.environ["MEMP_TEST_PICTURES"])
    context = browser.new_context(storage_state=visit[0].storage_state(), viewport={"width": 1000, "height": 640})
    page = context.new_page()
    for name, path in PICTURES.items():
        go(page, visit, path)
        page.screenshot(path=folder / f"{name}.png")
    context.close()


def test_a_link_that_was_used_lets_nobody_else_in(browser: Browser, link: str, visit: tuple[BrowserContext, str]):
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(link)
    assert answer is not None and answer.status == 401 and "used already" in page.content()
    context.close()


def test_a_page_of_another_site_can_neither_frame_it_nor_send_its_forms(
    browser: Browser, page: Page, visit: tuple[BrowserContext, str], tmp_path: Path
):
    evil = tmp_path / "evil.html"
    evil.write_text(
        f'<iframe src="{visit[1]}/procedures/3"></iframe><form method="post" action="{visit[1]}/procedures/3">'
        '<input name="act" value="reject"><button>Win</button></form>'
    )
    other = visit[0].new_page()
    other.goto(evil.as_uri())
    assert all("Upgrade the package" not in frame.content() for frame in other.frames)
    other.get_by_role("button").click()
    assert "Upgrade the package" not in other.content()
    other.close()
    go(page, visit, "/procedures/3")
    assert "archived" not in page.locator("h1 + p").inner_text()


def test_it_is_whole_without_a_script(browser: Browser, visit: tuple[BrowserContext, str]):
    context = browser.new_context(java_script_enabled=False, storage_state=visit[0].storage_state())
    plain = context.new_page()
    for path in PAGES[:-1]:
        answer = plain.goto(f"{visit[1]}{path}")
        assert answer is not None and answer.status in (200, 404)
        assert plain.locator("h1").count() == 1
    context.close()
