"""Figures of notebooks stand in the page itself, in its colours, and tell where they come from."""

import subprocess
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from weightprobes.book import pictures, provenance


class Inlined(SphinxPostTransform):
    """Each SVG that a cell shows, with a fold under its caption."""

    default_priority = 400
    formats = ("html",)

    def run(self) -> None:
        for image in list(self.document.findall(nodes.image)):
            path = Path(self.env.srcdir, image["uri"])
            if path.suffix == ".svg":
                self.inline(image, path.read_text())

    def inline(self, image: nodes.image, picture: str) -> None:
        figure = image.parent
        name = next(iter(figure.get("ids", [])), "picture")
        html = pictures.inlined(picture, name, image.get("alt", ""))
        chapter = Path(self.env.docname).name
        fold = provenance.fold(pictures.description(picture), chapter, commit())
        scrolling = f'<div class="picture" tabindex="0" role="group">{html}</div>'
        image.replace_self(nodes.raw("", scrolling, format="html"))
        if isinstance(figure, nodes.figure):
            after = figure.parent.index(figure) + 1
            figure.parent.insert(after, nodes.raw("", fold, format="html"))


@cache
def commit() -> str:
    """The checkout's commit, and whether files differ from it; empty where git knows none."""
    asked = ["git", "describe", "--always", "--dirty=, with changes", "--exclude=*"]
    found = subprocess.run(
        asked,
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_post_transform(Inlined)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
