"""Leave out of the rendered book what no page uses: icons, source maps, fonts of icons.

The theme brings two thousand icons, of which every page would load all.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

#: An icon in FontAwesome's script: its name, its size, other names, its letter, its paths.
_ICON = re.compile(
    r'(?:"([\w-]+)"|([\w$]+)):\[\d+,\d+,\[([^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\[(?:"[^"]*",?)+\])\],?'
)

#: The same in the theme's style, where each would load a font until the script has drawn it.
_LETTERS = re.compile(r'(?:\.fa-[\w-]+:+before,?)+\{content:"[^"]*"\}')

#: Of the theme's files, for development; and fonts with the icons that the script has, too.
_UNUSED = ("scripts/*.map", "styles/*.map", "vendor/fontawesome/webfonts/*.ttf")


def lean(app: Sphinx, error: Exception | None) -> None:
    """Prune ``_static``."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    script = static / "scripts" / "fontawesome.js"
    pages = [page.read_text() for page in Path(app.outdir).rglob("*.html")]
    scripts = [one.read_text() for one in static.rglob("*.js") if one != script]
    used = {
        icon
        for text in (*pages, *scripts)
        for icon in re.findall(r"\bfa-([a-z0-9-]+)", text)
    }
    script.write_text(pruned(script.read_text(), used))
    for style in (static / "styles").glob("*.css"):
        style.write_text(_LETTERS.sub("", style.read_text()))
    for path in (path for pattern in _UNUSED for path in static.glob(pattern)):
        path.unlink()
    shutil.rmtree(
        static / "locales", ignore_errors=True
    )  # translations of the theme's words


def pruned(script: str, used: set[str]) -> str:
    """FontAwesome's script with the ``used`` icons alone."""
    found = _ICON.findall(script)
    if len(found) < 1000:
        raise ValueError(
            "fontawesome.js has another form than lean.py knows: look at its icons again"
        )
    return _ICON.sub(lambda icon: icon[0] if used & _names(icon) else "", script)


def _names(icon: re.Match) -> set[str]:
    return {icon[1] or icon[2], *re.findall(r'"([\w-]+)"', icon[3])}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", lean)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
