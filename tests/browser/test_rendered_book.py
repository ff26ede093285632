"""The rendered book in headless Chromium, from files, as a reader without a network opens it.

Runs when ``WEIGHTPROBES_BOOK`` names the rendered folder (``_build/html`` after ``make book``).
"""

import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from weightprobes.book.pdf import pages

BOOK = os.environ.get("WEIGHTPROBES_BOOK")

pytestmark = pytest.mark.skipif(not BOOK, reason="WEIGHTPROBES_BOOK names no rendered book; run make book")


def address(page: str) -> str:
    return (Path(BOOK) / f"{page}.html").absolute().as_uri()


@pytest.fixture(scope="module")
def browser():
    quiet = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def watched(browser: Browser):
    """A page, and what went wrong on it: requests that leave the machine, errors."""
    page, wrong = browser.new_page(), []
    page.on("request", lambda request: wrong.append(request.url) if leaves(request.url) else None)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page, wrong
    page.close()


def leaves(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:"))


def test_the_front_door_leads_to_the_landing_page(watched):
    page, _ = watched
    page.goto(address("index"))
    page.wait_for_url("**/book/index.html")


BROKEN_IMAGES = "images => images.filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.src)"
UNEXPLAINED_FIGURES = """figures => figures.filter(f => f.getAttribute('aria-label').length < 40
    || !f.closest('figure')?.querySelector('figcaption')
    || !f.closest('.cell_output').querySelector('.provenance')).map(f => f.getAttribute('aria-label'))"""
CLIPPED = """parts => parts.filter(p => p.scrollWidth > p.clientWidth + 1
    && !['auto', 'scroll'].includes(getComputedStyle(p).overflowX)).map(p => p.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("chapter", list(pages()))
def test_every_page_is_whole(watched, chapter):
    page, wrong = watched
    page.goto(address(chapter), wait_until="networkidle")
    assert page.locator("h1").first.inner_text()
    assert wrong == []  # no request left the machine, no error on the console
    assert page.locator("article img").evaluate_all(BROKEN_IMAGES) == []
    assert page.locator("article svg.figure").evaluate_all(UNEXPLAINED_FIGURES) == []
    assert page.locator("article .cell_output img").count() == 0  # figures are no files
    text = page.locator("article").inner_text()
    for raw in (r"\(", r"\)", "$$", "{glue", "{cite}", "{term}"):
        assert raw not in text
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("article .picture, article .wide").evaluate_all(CLIPPED) == []


def brightness(page: Page, element: str) -> float:
    colour = page.locator(element).first.evaluate("e => getComputedStyle(e).backgroundColor")
    return sum(float(part) for part in colour.strip("rgba()").split(",")[:3]) / 3


def test_the_book_turns_dark_with_the_reader(browser):
    for scheme, dark in (("light", False), ("dark", True)):
        page = browser.new_page(color_scheme=scheme)
        page.goto(address("notebooks/pruning"), wait_until="networkidle")
        assert (brightness(page, "body") < 60) is dark
        page.close()


def test_mathematics_is_typeset(watched):
    page, _ = watched
    page.goto(address("book/method"), wait_until="networkidle")
    assert page.locator(".katex").count() > 10
    assert page.locator(".katex-error").count() == 0
    stops = "parts => parts.filter(p => p.tabIndex >= 0).length"
    assert page.locator("span.math, span.math *, div.math, div.math *").evaluate_all(stops) == 0


def test_figures_follow_light_and_dark(browser):
    seen = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(address("notebooks/pruning"), wait_until="networkidle")
        text = page.locator("svg.figure text").first
        seen[scheme] = text.evaluate("t => getComputedStyle(t).fill")
        page.close()
    assert seen["light"] != seen["dark"]


def test_the_first_page_loads_little(watched):
    page, _ = watched
    loaded = []
    page.on("request", lambda request: loaded.append(urlparse(request.url).path))
    page.goto(address("book/index"), wait_until="networkidle")
    files = [Path(path) for path in set(loaded) if Path(path).is_file() and "explorer" not in path]
    assert sum(file.stat().st_size for file in files) <= 1_000_000


def test_the_whole_book_is_small():
    files = [path for path in Path(BOOK).rglob("*") if path.is_file() and path.name != "book.pdf"]
    assert sum(path.stat().st_size for path in files) <= 25_000_000


def test_search_finds_a_word(watched):
    page, wrong = watched
    # snippets are fetched, which browsers refuse from files: so this one page comes from a server
    serve = partial(SimpleHTTPRequestHandler, directory=BOOK)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q=binarisation")
        page.wait_for_selector("#search-results li a[href*='binarization']")
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q=randperm")
        page.wait_for_selector("#search-results p.search-summary:not(:empty)")
        page.wait_for_timeout(500)
        found = page.locator("#search-results li").count()
        server.shutdown()
    assert wrong == []
    assert found == 0  # a word of the code alone


def test_a_click_on_a_head_sorts_the_scorecard_and_each_row_leads_to_its_chapter(watched):
    page, _ = watched
    page.goto(address("notebooks/claims"), wait_until="networkidle")
    table = page.locator("table.sortable").first
    numbers = "cells => cells.map(cell => Number(cell.textContent))"
    first_column = table.locator("tbody tr td:first-child")
    head = table.locator("thead th").first
    head.click()
    page.wait_for_function("document.querySelector('table.sortable th[aria-sort]') !== null")
    once = first_column.evaluate_all(numbers)
    head.click()
    page.wait_for_timeout(200)
    again = first_column.evaluate_all(numbers)
    assert once == again[::-1]
    assert sorted(once) == list(range(1, 31))
    for address_of_chapter in table.locator("tbody a").evaluate_all("links => links.map(a => a.href)"):
        assert Path(urlparse(address_of_chapter).path).exists()


def test_every_square_of_the_front_page_leads_to_its_evidence(watched):
    page, _ = watched
    page.goto(address("book/index"), wait_until="networkidle")
    targets = page.locator("ol.claims a").evaluate_all("links => links.map(a => a.href)")
    assert len(targets) == 30
    for target in set(targets):
        page.goto(target)
        assert page.locator(f"#{urlparse(target).fragment}").count() == 1


def test_the_front_door_to_the_explorer_leads_to_what_is_on_the_screen(watched):
    page, wrong = watched
    page.goto(address("book/index"))
    page.locator("input[name=biases][value=refitted]").check()
    page.wait_for_function("document.querySelector('.answer strong').textContent > '85'")
    page.get_by_role("link", name="Try it").click()
    page.wait_for_url("**/explorer.html#task=mnist/7-9&*&biases=refitted")
    page.get_by_role("link", name="The easy task").click()
    page.wait_for_url("**/explorer.html#task=mnist/0-7&*&biases=published")
    assert wrong == []


def test_every_verdict_on_a_condition_leads_to_a_figure(watched):
    page, _ = watched
    page.goto(address("notebooks/boundary_conditions"), wait_until="networkidle")
    table = page.locator("table.verdicts")
    targets = set(table.locator("thead a").evaluate_all("links => links.map(a => a.hash)"))
    assert len(targets) > 1
    for target in targets:
        assert page.locator(target).count() == 1


@pytest.mark.parametrize("chapter", ["book/index", "book/explorer"])
def test_without_scripts_there_is_a_picture_in_the_place_of_the_explorer(browser, chapter):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address(chapter))
    assert page.locator(".explorer img").bounding_box()["width"] > 400
    assert "needs JavaScript" in page.locator(".explorer").inner_text()
    page.close()
