"""Pages of the library begin with a table of what is on them, and constants show their values."""

from pprint import pformat
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

FOLDER = "book/library/"


def summarised(app: Sphinx, doctree: nodes.document) -> None:
    """Put a table of all that is described on a page before its first section."""
    if not app.env.docname.startswith(FOLDER):
        return
    described = [
        one
        for one in doctree.findall(addnodes.desc)
        if one["domain"] == "py"
        and not isinstance(one.parent, addnodes.desc_content)
    ]
    first = next(iter(doctree.findall(nodes.section)))
    places = [
        place for place, one in enumerate(first) if isinstance(one, nodes.section)
    ]
    if described:
        first.insert(places[0] if places else len(first), _table(described))


def _table(described: list[addnodes.desc]) -> nodes.table:
    body = nodes.tbody("", *(_row(one) for one in described))
    columns = [nodes.colspec(colwidth=width) for width in (2, 5)]
    return nodes.table(
        "", nodes.tgroup("", *columns, body, cols=2), classes=["summary"]
    )


def _row(one: addnodes.desc) -> nodes.row:
    signature = one[0]
    name = signature["fullname"]
    link = nodes.reference(
        "", "", nodes.literal("", name), internal=True, refid=signature["ids"][0]
    )
    paragraph = next(iter(one[-1].findall(nodes.paragraph)), nodes.paragraph())
    about = " ".join(paragraph.astext().split())
    sentence = about.partition(". ")[0].rstrip(".:")
    cells = (nodes.paragraph("", "", link), nodes.paragraph("", f"{sentence}."))
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def valued(
    app: Sphinx,
    what: str,
    name: str,
    constant: Any,
    options: dict[str, Any],
    lines: list[str],
) -> None:
    """Show the value of a constant below what is said of it, on as many lines as it needs."""
    if what == "data":
        value = pformat(constant, width=88, sort_dicts=False)
        lines += ["", "::", "", *(f"    {line}" for line in value.splitlines()), ""]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-read", summarised)
    app.connect("autodoc-process-docstring", valued)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
