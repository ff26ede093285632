"""The search finds words of the text, not of code, outputs or pictures.

``_static/prose_search.js`` shows what it finds without them, too.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search import IndexBuilder

_ASIDE = (nodes.literal_block, nodes.raw, nodes.doctest_block)


def without_asides(doctree: nodes.document) -> nodes.document:
    """A copy of a page with its text alone."""
    prose = doctree.deepcopy()
    for node in list(prose.findall(lambda node: isinstance(node, _ASIDE))):
        node.parent.remove(node)
    return prose


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, which has no place to say it."""
    feed = IndexBuilder.feed

    def feed_prose(
        self: IndexBuilder, page: str, file: str, title: str, doctree: Any
    ) -> None:
        feed(self, page, file, title, without_asides(doctree))

    IndexBuilder.feed = feed_prose
    app.add_js_file("prose_search.js", priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
