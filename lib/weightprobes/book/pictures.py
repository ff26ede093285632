"""A figure as SVG: the same bytes each time, small, its text as text; in a page, in the page's colours."""

import io
import re
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure

from weightprobes.figures.style import THEMED

_LOOK = {"svg.fonttype": "none", "svg.hashsalt": "weightprobes"}

#: What a picture tells of itself besides what we write into it.
_UNTOLD = dict.fromkeys(("Date", "Creator", "Type", "Format"))

#: Of what is rasterised.
_DPI = 200

_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_DESCRIPTION = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)


def svg(figure: Figure, description: str = "") -> str:
    """``figure`` as SVG, transparent, with a ``description`` in its metadata."""
    written = io.StringIO()
    told = {"Description": description} if description else {}
    with mpl.rc_context(_LOOK):
        figure.savefig(
            written, format="svg", metadata=_UNTOLD | told, bbox_inches="tight", transparent=True, dpi=_DPI
        )
    text = written.getvalue()
    text = text[text.index("<svg") :]
    head, metadata, body = text.partition("</metadata>")
    return head + metadata + _compact(body) if metadata else _compact(text)


def _compact(text: str) -> str:
    """SVG without what no eye sees: digits, line ends, names that nothing refers to, fonts nobody has."""
    text = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0]), text)
    text = re.sub(r" ?\n(?=[A-Zz\"])", " ", text)  # within paths
    text = re.sub(r" transform=\"rotate\(-0 [^\"]*\"", "", text)
    text = re.sub(r"font-family: [^;\"]*(; )?", "", text)
    used = set(re.findall(r"#([\w.-]+)", text))
    text = re.sub(r" id=\"([^\"]*)\"", lambda name: name[0] if name[1] in used else "", text)
    # a style sheet would hold for a whole page
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, count=1, flags=re.DOTALL)
    return re.sub(r"\n\s+", "\n", text)


def description(picture: str) -> str:
    """What :func:`svg` wrote into the metadata of a ``picture``; empty if there is nothing."""
    found = _DESCRIPTION.search(picture)
    return found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if found else ""


def inlined(picture: str, name: str, alt: str) -> str:
    """A ``picture`` of :func:`svg` to stand in a page: in its colours, light or dark, and with its font.

    ``name`` tells its parts from those of other pictures on the page; ``alt`` is read out instead of it.
    """
    picture = _METADATA.sub("", picture)
    for colour, role in THEMED.items():
        picture = picture.replace(colour.lower(), f"var(--figure-{role})")
    picture = re.sub(r"(?<= id=\")(?=[^\"])|(?<=url\(#)|(?<=href=\"#)", f"{name}-", picture)
    inside = f'class="figure" role="img" aria-label="{escape(alt)}" stroke-linejoin="round"'
    return picture.replace("<svg ", f"<svg {inside} ", 1)
