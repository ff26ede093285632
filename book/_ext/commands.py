"""The reference of the commands takes its place in ``library/commands.md`` when that is read."""

from sphinx.application import Sphinx

from weightprobes.cli.reference import reference

MARK = "<!-- commands -->"


def put_in(app: Sphinx, page: str, source: list[str]) -> None:
    """Put it in the place of the mark."""
    if MARK in source[0]:
        source[0] = source[0].replace(MARK, reference())


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("source-read", put_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
