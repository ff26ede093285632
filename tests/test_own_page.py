"""The page *Bring your own model*: what it shows runs as it stands, and in few lines."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "book" / "own.md").read_text()
FIRST, *BLOCKS = re.findall(r"^```\{code-block\} python\n(.*?)^```", PAGE, re.M | re.S)
TITLES = re.findall(r"^## (.*)", PAGE, re.M)


@pytest.mark.parametrize("block", BLOCKS, ids=TITLES[: len(BLOCKS)])
def test_every_snippet_runs_behind_the_first(block, tmp_path, monkeypatch):
    if "transformers" in block:
        pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(FIRST, names)
    exec("from weightprobes import diagnose\n" + block, names)
    assert set(names["table"]["word"]) <= {"robust", "scale", "offset", "information", "unclear"}


@pytest.mark.parametrize("block", [FIRST, *BLOCKS])
def test_every_snippet_is_about_ten_lines(block):
    assert sum(bool(line.strip()) for line in block.splitlines()) <= 10
