"""Formulas are set by KaTeX: when the book is built if there is node, and in the browser otherwise.

KaTeX, its style and the fonts that are used come with the book, in ``_static/katex``.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number

KATEX = Path(__file__).parents[1] / "_static" / "katex" / "katex.min.js"

#: Reads [[formula, whether it is displayed], …] and writes what each becomes.
_SCRIPT = f"""
const katex = require({json.dumps(str(KATEX))});
const formulas = JSON.parse(require("fs").readFileSync(0));
const set = formulas.map(([text, displayMode]) => katex.renderToString(text, {{displayMode}}));
console.log(JSON.stringify(set));
"""

#: What has been set so far, by formula and whether it is displayed.
_set: dict[tuple[str, bool], str] = {}


def set_page(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Set the formulas of a page in one go, and note that it has some."""
    kinds = (nodes.math, nodes.math_block)
    found = [_formula(one) for kind in kinds for one in doctree.findall(kind)]
    if app.builder.format != "html" or not (
        new := [one for one in found if one not in _set]
    ):
        return
    if shutil.which("node"):
        asked = ["node", "-e", _SCRIPT]
        done = subprocess.run(
            asked,
            input=json.dumps(new),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ValueError(f"a formula on {page} is none: {done.stderr}")
        _set.update(zip(new, json.loads(done.stdout), strict=True))


def _formula(node: nodes.Element) -> tuple[str, bool]:
    """A formula's text, and whether it stands by itself; several lines are aligned, as MathJax has it."""
    text, displayed = node.astext(), isinstance(node, nodes.math_block)
    if displayed and "\\\\" in text and "\\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    return text, displayed


def visit_math(self: Any, node: nodes.math) -> None:
    """A formula in a line."""
    self.body.append(f'<span class="math">{_html(self, node)}</span>')
    raise nodes.SkipNode


def visit_displaymath(self: Any, node: nodes.math_block) -> None:
    """A formula by itself, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(
            f'<span class="eqno">({get_node_equation_number(self, node)})</span>'
        )
    self.body.append(f"{_html(self, node)}</div>")
    raise nodes.SkipNode


def _html(self: Any, node: nodes.Element) -> str:
    formula = _formula(node)
    return (
        _set.get(formula)
        or f'<span data-formula="{int(formula[1])}">{self.encode(formula[0])}</span>'
    )


def scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Only pages with formulas need the style; only those that could not be set here need KaTeX."""
    if 'class="math"' in context.get("body", "") or 'class="math ' in context.get(
        "body", ""
    ):
        app.add_css_file("katex/katex.min.css")
        if "data-formula" in context["body"]:
            app.add_js_file("katex/katex.min.js")
            app.add_js_file("katex/set.js")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer(
        "katex", (visit_math, None), (visit_displaymath, None)
    )
    app.connect("doctree-resolved", set_page)
    app.connect("html-page-context", scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
