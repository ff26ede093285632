"""What the book's own extensions of Sphinx do to its pages, and its pages as one to print."""

import sys
from pathlib import Path

import pytest
import yaml

sphinx = pytest.importorskip("sphinx", reason="the book's packages are not installed")

from docutils import nodes  # noqa: E402
from typer.main import get_command  # noqa: E402

from weightprobes.book import pdf  # noqa: E402
from weightprobes.cli.app import app  # noqa: E402
from weightprobes.cli.reference import reference  # noqa: E402

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import described  # noqa: E402
import lean  # noqa: E402
import mathematics  # noqa: E402


def test_every_command_and_option_is_in_the_reference():
    text = reference()
    for name, command in get_command(app).commands.items():
        section = text.partition(f"## `weightprobes {name}`")[2].partition("\n## ")[0]
        assert section, name
        for parameter in command.params:
            for option in parameter.opts if not getattr(parameter, "hidden", False) else []:
                assert f"`{option}" in section, (name, option)


def test_the_reference_stands_on_its_page():
    assert "<!-- commands -->" in (ROOT / "book" / "library" / "commands.md").read_text()


def icon(number, other=""):
    return f'"icon-{number}":[512,512,[{other}],"f{number:03x}","M0 {number}"],'


def test_icons_that_no_page_uses_are_left_out():
    script = "before{" + "".join(icon(number) for number in range(1200)) + icon(7000, '"old-name"') + "}after"
    kept = lean.pruned(script, {"icon-3", "old-name"})
    assert kept == "before{" + icon(3) + icon(7000, '"old-name"') + "}after"


def test_another_form_of_the_icons_is_seen():
    with pytest.raises(ValueError, match="another form"):
        lean.pruned("icons, but not as we know them", set())


def paragraph(text):
    return nodes.paragraph("", text)


def test_a_page_is_described_by_its_first_long_paragraph_cut_between_words():
    page = nodes.document(None, None)
    page += [paragraph("Short."), paragraph("word " * 60)]
    told = described.summary(page)
    assert told.startswith("word word")
    assert told.endswith("word …")
    assert len(told) <= 202


def test_several_lines_of_a_formula_are_aligned():
    block = nodes.math_block("", r"a &= b \\ c &= d")
    assert mathematics._formula(block) == (r"\begin{aligned}a &= b \\ c &= d\end{aligned}", True)
    assert mathematics._formula(nodes.math("", "a")) == ("a", False)


def test_extensions_that_are_named_are_there():
    named = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["local_extensions"]
    files = {path.stem for path in (ROOT / "book" / "_ext").glob("*.py")}
    assert set(named) == files


PAGE = """<html><head><link href="../_static/book.css"/><script>1</script></head><body><nav>menu</nav>
<article><h1 id="top">{name}</h1><a href="{link}">there</a><a href="#top">up</a><a href="https://a.b">out</a>
<svg><defs><path id="p"/></defs><g clip-path="url(#p)"><use xlink:href="#p"></use></g></svg>
</article></body></html>"""


@pytest.fixture
def html(tmp_path):
    """A rendered book of two pages."""
    for name, link in (
        ("book/index", "../notebooks/noise.html#top"),
        ("notebooks/noise", "../book/index.html"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.html").write_text(PAGE.format(name=name, link=link))
    return tmp_path


def test_pages_become_one_whose_links_and_names_are_its_own(html):
    text = pdf.whole(html, ["book/index", "notebooks/noise"])
    assert "menu" not in text
    assert "<script" not in text
    assert text.index('id="book-index"') < text.index('id="notebooks-noise"')
    for link in (
        'href="#notebooks-noise-top"',
        'href="#book-index"',
        'href="#book-index-top"',
        'href="https://a.b"',
    ):
        assert link in text
    for name in ("book-index", "notebooks-noise"):
        for part in (f'id="{name}-p"', f'clip-path="url(#{name}-p)"', f'xlink:href="#{name}-p"'):
            assert text.count(part) == 1


def test_the_printed_pages_are_those_of_the_contents():
    names = list(pdf.pages())
    assert names[0] == "book/index"
    assert "book/library/commands" in names
    assert len(names) == len(set(names))


def test_without_a_book_or_a_browser_one_sentence_says_so(tmp_path, html, monkeypatch):
    with pytest.raises(ValueError, match="holds no rendered book: make book"):
        pdf.write(tmp_path / "none")
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.setattr(pdf, "pages", lambda: iter(["book/index", "notebooks/noise"]))
    with pytest.raises(ValueError, match="no browser to print with: install one of chromium"):
        pdf.write(html)
    assert not (html / "book.pdf").exists()
    assert not list(html.rglob(".whole.html"))
    assert pdf.LINK not in (html / "book" / "index.html").read_text()


@pytest.mark.skipif(not any(map(pdf.shutil.which, pdf.BROWSERS)), reason="there is no Chromium here")
def test_a_book_is_printed_and_linked_once_from_its_front_page(html, monkeypatch):
    monkeypatch.setattr(pdf, "pages", lambda: iter(["book/index", "notebooks/noise"]))
    for _ in range(2):
        assert pdf.write(html).read_bytes().startswith(b"%PDF-")
    assert (html / "book" / "index.html").read_text().count(pdf.LINK) == 1
