"""The numbers that a notebook shows in its text, as its outputs keep them."""

import json
from ast import literal_eval
from pathlib import Path

#: How papermill and MyST-NB mark what is glued.
RECORD = "application/papermill.record/text/plain"


def glued(notebook: Path) -> dict[str, str]:
    """What the text of a ``notebook`` shows, by the names that it calls it by."""
    told = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if RECORD in output.get("data", {}):
                text = "".join(output["data"][RECORD])
                # a text stands in quotes, a number does not
                value = literal_eval(text) if text[:1] in "'\"" else text
                told[output["metadata"]["scrapbook"]["name"]] = str(value)
    return told
