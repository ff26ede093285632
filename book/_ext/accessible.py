"""Names for screen readers where the theme and its extensions give none, or others than what is seen."""

from pathlib import Path

from sphinx.application import Sphinx

#: What stands in pages, and what is to stand there.
CHANGES = {
    # folds of the contents have a picture alone
    '<summary><span class="toctree-toggle" role="presentation">': (
        '<summary aria-label="Pages below"><span class="toctree-toggle">'
    ),
    # other names than the words that are seen
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'search-button-field search-button__button pst-js-only" title="Search" aria-label="Search"': (
        'search-button-field search-button__button pst-js-only"'
    ),
    'data-mode="light" title="Light"': 'data-mode="light"',
    'data-mode="dark"  title="Dark"': 'data-mode="dark"',
    'data-mode="auto"  title="System Settings"': 'data-mode="auto"',
    # lists whose children are more than items
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    'role="doc-biblioentry"': "",
}


def name(app: Sphinx, error: Exception | None) -> None:
    """Change all pages."""
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = before = page.read_text()
        for old, new in CHANGES.items():
            text = text.replace(old, new)
        if text != before:
            page.write_text(text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
