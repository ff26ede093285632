"""Each page tells search engines and messengers what it is about: its first paragraph, and a picture."""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PICTURE = "_static/pruning.png"


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add the page's description, and OpenGraph's tags; addresses are whole if ``html_baseurl`` is set."""
    if doctree is None:
        return
    base = app.config.html_baseurl
    told = summary(doctree)
    graph = {
        "og:title": context["title"],
        "og:description": told,
        "og:type": "article",
        "og:image": base + PICTURE
        if base
        else context["pathto"](PICTURE, resource=True),
        "og:image:alt": "Accuracy of pruned networks, read with float weights and with signs only.",
    }
    if base:
        graph["og:url"] = context["pageurl"]
    tags = [f'<meta name="description" content="{escape(told)}" />']
    tags += [
        f'<meta property="{name}" content="{escape(text)}" />'
        for name, text in graph.items()
    ]
    context["metatags"] += "\n".join(tags)


def summary(doctree: nodes.document, longest: int = 200) -> str:
    """The page's first paragraph of text, cut between words."""
    paragraphs = (
        " ".join(one.astext().split()) for one in doctree.findall(nodes.paragraph)
    )
    text = next(
        (one for one in paragraphs if len(one) > 60), doctree.get("title", "")
    )
    return (
        text if len(text) <= longest else f"{text[:longest].rpartition(' ')[0]} …"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
