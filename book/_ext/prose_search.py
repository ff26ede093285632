"""The search finds words of the text, not of code, outputs or pictures.

``_static/prose_search.js`` shows what it finds without them, too.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search import WordCollector

_ASIDE = (nodes.literal_block, nodes.raw, nodes.doctest_block)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, which has no place to say it."""
    visit = WordCollector.dispatch_visit

    def dispatch_visit(self: WordCollector, node: nodes.Node) -> None:
        if isinstance(node, _ASIDE):
            raise nodes.SkipNode
        visit(self, node)

    WordCollector.dispatch_visit = dispatch_visit
    app.add_js_file("prose_search.js", priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
