"""The rendered book as one PDF: its pages as one page, printed by Chromium.

``python -m weightprobes.book.pdf`` prints ``_build/html`` into its ``book.pdf``, and links it from the front
page.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urldefrag

import yaml
from bs4 import BeautifulSoup, Tag

from weightprobes import paths

HTML = paths.HOME / "_build" / "html"

#: The names under which Chromium is installed.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

LINK = '<p class="pdf"><a href="../book.pdf">The whole book as one PDF</a></p>'


def pages() -> Iterator[str]:
    """The book's pages in their order, like ``"notebooks/noise"``."""
    contents = yaml.safe_load((paths.HOME / "book" / "_toc.yml").read_text())
    yield contents["root"]
    for part in contents["parts"]:
        yield from _below(part["chapters"])


def _below(entries: list[dict]) -> Iterator[str]:
    for one in entries:
        yield one["file"]
        yield from _below(one.get("sections", []))


def whole(html: Path, names: list[str]) -> str:
    """One page of all ``names``: names of places and links between pages become its own."""
    book = BeautifulSoup((html / f"{names[0]}.html").read_text(), "html.parser")
    chapters = book.new_tag("main", attrs={"class": "bd-article printed"})
    for name in names:
        page = BeautifulSoup((html / f"{name}.html").read_text(), "html.parser")
        chapters.append(_own(page.find("article"), name, names))
    for script in book.find_all("script"):
        script.decompose()
    book.body.clear()
    book.body.append(chapters)
    book.html["data-theme"] = "light"
    return str(book)


def _own(article: Tag, page: str, names: list[str]) -> Tag:
    """The article of a ``page``, as a part of the book that has all ``names``."""
    prefix = page.replace("/", "-")
    for place in article.find_all(id=True):
        place["id"] = f"{prefix}-{place['id']}"
    for used in article.find_all(href=True):
        address, fragment = urldefrag(used["href"])
        target = _page(page, address)
        if re.match(r"\w+:", address):
            continue
        if target in names:
            used["href"] = f"#{target.replace('/', '-')}{f'-{fragment}' if fragment else ''}"
    for part in article.find_all(style=re.compile("url\\(#")) + article.find_all(attrs={"clip-path": True}):
        for name in ("style", "clip-path"):
            if name in part.attrs:
                part[name] = part[name].replace("url(#", f"url(#{prefix}-")
    for used in article.find_all("use"):
        used["xlink:href"] = f"#{prefix}-{used['xlink:href'][1:]}"
    article["id"], article["class"] = prefix, "bd-article chapter"
    return article


def _page(page: str, address: str) -> str:
    """The page that an ``address`` on a ``page`` leads to."""
    if not address:
        return page
    return normpath(Path(page).parent / Path(address).with_suffix(""))


def browser() -> str:
    """The browser that prints; raises ValueError if there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise ValueError(f"there is no browser to print with: install one of {', '.join(BROWSERS)}")
    return found


def write(html: Path) -> Path:
    """Print the book in ``html`` into its ``book.pdf``, whole or not at all, and link it."""
    if not (html / "book" / "index.html").exists():
        raise ValueError(f"{html} holds no rendered book: make book, or make render, first")
    # in the folder of the front page, from where its style is found
    source = html / "book" / ".whole.html"
    try:
        source.write_text(whole(html, list(pages())))
        with TemporaryDirectory(dir=html) as scratch:
            printed = Path(scratch) / "book.pdf"
            options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
            options += ["--generate-pdf-document-outline", f"--print-to-pdf={printed}", source.as_uri()]
            subprocess.run([browser(), *options], check=True, capture_output=True)
            printed.replace(html / "book.pdf")
    finally:
        source.unlink(missing_ok=True)
    front = html / "book" / "index.html"
    if LINK not in front.read_text():
        front.write_text(front.read_text().replace("</article>", f"{LINK}</article>", 1))
    return html / "book.pdf"


def main() -> None:
    """What the module's docstring says."""
    try:
        print(write(HTML))
    except ValueError as error:
        sys.exit(f"weightprobes: {error}")


if __name__ == "__main__":
    main()
