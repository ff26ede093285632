"""Formulas are set by KaTeX when the book is built, if there is node, and in the browser otherwise.

Its style and fonts come with the book; see ``_static/katex``.
"""

import shutil

from sphinx.application import Sphinx
from sphinx.config import Config


def where(app: Sphinx, config: Config) -> None:
    """Set them here, if that is possible."""
    config.katex_prerender = shutil.which("node") is not None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx, after KaTeX."""
    app.setup_extension("sphinxcontrib.katex")
    app.connect("config-inited", where)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
