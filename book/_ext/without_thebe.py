"""Leave thebe's scripts out of every page.

Jupyter Book always loads thebe, for live code, which this book does not use. With Sphinx 7 its
settings are written twice, an error on every console, and they name a server that is not ours.
"""

from typing import Any

from sphinx.application import Sphinx


def without_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Keep the page's scripts but for thebe's."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if "thebe" not in f"{script.filename} {script.attributes.get('body', '')}"
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", without_thebe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
