"""A report in headless Chromium, from its file: it sorts, it fits a phone, and nothing goes wrong on it."""

import shutil

import pandas as pd
import pytest

from weightprobes import report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture
def page(tmp_path):
    """A report of three layers, the second of which could not be refitted, on a phone."""
    table = pd.DataFrame(
        {
            "layer": ["h.2.weight", "h.10.weight", f"{'deep.' * 12}weight"],
            "word": ["scale", "unclear", "robust"],
            "parameters": [900, 1000, 20],
            "signs": [0.1, -0.05, 0.3],
            "scale": [0.1, -0.05, 0.2],
            "offset": [-0.1, float("nan"), 0.05],
            "information": [0.1, float("nan"), 0.05],
        }
    )
    file = report(table, tmp_path / "report.html")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened, wrong = browser.new_page(viewport={"width": 390, "height": 800}), []
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.on("console", lambda message: wrong.append(message.text))
        opened.goto(file.as_uri())
        yield opened
        assert wrong == []
        browser.close()


def test_a_click_on_a_head_sorts_by_value_and_another_one_turns_it(page):
    def order(head: str) -> list[str]:
        page.get_by_role("button", name=head, exact=True).click()
        return [name[:4] for name in page.locator("tbody th").all_inner_texts()]

    assert order("lost by signs") == ["deep", "h.2.", "h.10"]
    assert page.locator("th[aria-sort]").all_inner_texts() == ["lost by signs"]
    assert order("lost by signs") == ["h.10", "h.2.", "deep"]
    assert order("weights") == ["h.10", "h.2.", "deep"]
    assert order("offset") == ["deep", "h.2.", "h.10"]  # what is not known comes last
    assert order("layer") == ["h.10", "h.2.", "deep"]
    assert order("word") == ["h.10", "h.2.", "deep"]


def test_it_fits_a_phone_and_the_table_scrolls_by_itself(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("(box => box.scrollWidth > box.clientWidth)(document.querySelector('.wide'))")
