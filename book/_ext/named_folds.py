"""Folds say what they hide: "Code for Fig. 7" instead of "Show code cell source".

A figure has its number once all pages are read, so its fold is named here. All other folds are named in the
metadata of their cells, as ``mystnb: {code_prompt_show: …}``.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx


def named_folds(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the fold of each cell that shows a figure by the figure's number."""
    numbers = app.env.toc_fignumbers.get(page, {}).get("figure", {})
    for cell in doctree.findall(nodes.container):
        shown = [name for one in cell.findall(nodes.figure) for name in one["ids"]]
        number = next((numbers[name] for name in shown if name in numbers), None)
        if cell.get("nb_element") == "cell_code" and number:
            told = f"Code for Fig. {'.'.join(map(str, number))}"
            for fold in cell.findall(HideCodeCellNode):
                fold["prompt_show"] = fold["prompt_hide"] = told


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("doctree-resolved", named_folds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
