"""axe-core finds nothing serious on any page, light or dark, at a desk or on a phone.

Runs when ``WEIGHTPROBES_BOOK`` names the rendered folder, and ``WEIGHTPROBES_AXE`` the file ``axe.min.js`` of
npm's package ``axe-core``.
"""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from weightprobes.book.pdf import pages

BOOK, AXE = os.environ.get("WEIGHTPROBES_BOOK"), os.environ.get("WEIGHTPROBES_AXE")

pytestmark = pytest.mark.skipif(not (BOOK and AXE), reason="WEIGHTPROBES_BOOK and WEIGHTPROBES_AXE name none")

FOUND = """async () => (await axe.run()).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`))"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_nothing_serious_is_found(scheme, width):
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        for name in [*pages(), "search"]:
            page.goto((Path(BOOK) / f"{name}.html").absolute().as_uri())
            page.evaluate(Path(AXE).read_text())
            found[name] = page.evaluate(FOUND)
        browser.close()
    assert {name: one for name, one in found.items() if one} == {}
