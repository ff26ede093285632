"""A report: one page that opens offline, and the same numbers as JSON and CSV beside it."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from weightprobes import diagnose, plan, report, sensitivity, verify
from weightprobes.engine.report import globs
from weightprobes.rng import generator

ANGRY = 'a<script>alert("b")</script>'


class Net(nn.Module):
    """A recurrent layer, which cannot be refitted, and a linear one, which can."""

    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.gru(x)[0][:, -1])


@pytest.fixture(scope="module")
def subject():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Net()
    x = torch.randn(40, 5, 3, generator=generator("report"))
    with torch.inference_mode():
        answers = model(x).argmax(1)

    def evaluate(model):
        with torch.inference_mode():
            return model(x).argmax(1) == answers

    return model, evaluate, [x]


@pytest.fixture(scope="module")
def diagnosis(subject):
    model, evaluate, batches = subject
    return diagnose(model, evaluate, calibration=batches, names={"head.weight": ANGRY})


class Reader(HTMLParser):
    """Collects what a page loads, and checks that every element is closed."""

    VOID = frozenset({"meta", "rect", "path", "polyline"})

    def __init__(self):
        super().__init__()
        self.open, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href", "action", "data")]
        self.open += [] if tag in self.VOID else [tag]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(subject, diagnosis, tmp_path):
    model, evaluate, batches = subject
    chosen = plan(diagnosis.replace(ANGRY, "head.weight"), budget=1)
    found = verify(model, evaluate, chosen, calibration=batches)
    curves = sensitivity(model, evaluate, strengths=(0, 0.5), readings=("float", "sign"))
    page = report(
        diagnosis, tmp_path / "of" / "mine.html", plan=chosen, verified=found, curves=curves, title="1 < 2"
    )
    reader = Reader()
    reader.feed(text := page.read_text("utf-8"))
    assert reader.open == reader.loads == []
    assert "//" not in text  # no address anywhere
    assert "<title>1 &lt; 2</title>" in text
    assert ANGRY not in text
    assert f"All at once, they lose {found['loss']:.3f}".replace("-", "−") in text
    assert text.count("<figure>") == curves["layer"].nunique()
    assert {file.name for file in page.parent.iterdir()} == {"mine.html", "mine.json", "mine.csv"}


def test_json_and_csv_hold_the_diagnosis(diagnosis, tmp_path):
    page = report(diagnosis, tmp_path / "report.html")
    told = json.loads(page.with_suffix(".json").read_text(), parse_constant=pytest.fail)
    assert told["score"] == diagnosis.attrs["score"]
    score = f"{diagnosis.attrs['score']:.3f}"
    assert f"{len(diagnosis)} layers of a model that scores {score} (95 % interval " in page.read_text()
    for table in (pd.DataFrame(told["diagnosis"]), pd.read_csv(page.with_suffix(".csv"))):
        assert list(table.columns) == list(diagnosis.columns)
        assert list(table["layer"]) == list(diagnosis["layer"])
        numbers = diagnosis.select_dtypes("number")
        pd.testing.assert_frame_equal(table[numbers.columns], numbers, check_dtype=False, atol=1e-9)


def test_bars_are_as_long_as_the_parts_and_stay_within_their_frame(diagnosis, tmp_path):
    numbers = {"signs": [0.5, 0.1], "scale": [0.3, 0.2], "offset": [0.1, -0.15], "information": [0.1, 0.05]}
    table = diagnosis.head(2).assign(**numbers)
    text = report(table, tmp_path / "report.html").read_text()
    bars = re.findall(r'<rect class="(\w+)" x="(\S+)" y="2" width="(\S+)"', text)
    wide = {part: [float(width) for name, _, width in bars if name == part] for part in numbers}
    for part in ("scale", "offset", "information"):
        assert wide[part] == pytest.approx(100 * np.abs(numbers[part]) / (0.5 + 0.15), abs=0.01)
    assert all(float(x) >= 0 and float(x) + float(width) <= 100.01 for _, x, width in bars)


def test_a_bar_begins_at_no_loss_with_gains_to_its_left(diagnosis, tmp_path):
    numbers = {"signs": [0.1], "scale": [0.3], "offset": [-0.25], "information": [0.05]}
    text = report(diagnosis.head(1).assign(**numbers), tmp_path / "report.html").read_text()
    bars = re.findall(r'<rect class="(\w+)" x="(\S+)" y="2" width="(\S+)"', text)
    ends = {name: (float(x), float(x) + float(width)) for name, x, width in bars}
    (zero,) = re.findall(r'class="axis" d="M(\S+) 0V12"', text)
    assert float(zero) == pytest.approx(100 * 0.25 / 0.6, abs=0.01)
    assert ends["offset"] == pytest.approx((0, float(zero)), abs=0.02)
    assert ends["scale"] == pytest.approx((float(zero), float(zero) + 50), abs=0.02)
    assert ends["information"] == pytest.approx((float(zero) + 50, 100), abs=0.02)
    assert "−0.250" in text
    assert "-0.250" not in re.sub(r'data-value="\S+"', "", text)  # which is for sorting


def test_a_page_without_a_plan_and_curves_ends_with_the_table(diagnosis, tmp_path):
    text = report(diagnosis, tmp_path / "report.html").read_text()
    behind = text[text.index("</table>") : text.index("<script>")]
    assert re.sub(r"<[^>]*>|\s", "", behind) == ""


def test_what_cannot_be_refitted_is_shown_as_not_told_apart(diagnosis, tmp_path):
    text = report(diagnosis, tmp_path / "report.html").read_text()
    (row,) = re.findall(r"<tr><th[^>]*>gru\.weight_hh_l0</th>.*?</tr>", text)
    assert 'class="rest"' in row
    assert row.count("–") == 2  # offset and information
    assert "nan" not in text.lower()


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("report.htm", slice(None), "'report.htm' is no HTML file: give a name that ends in .html"),
        (
            "report.html",
            slice(0, 0),
            "the table of the diagnosis has no rows: give what weightprobes.diagnose",
        ),
    ],
)
def test_what_is_no_report_is_refused_and_nothing_is_written(
    name, table, said, diagnosis, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape(said)):
        report(diagnosis[table], name)
    with pytest.raises(ValueError, match="the table of the curves has no strength"):
        report(diagnosis, "report.html", curves=diagnosis)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_report_that_was_there(diagnosis, tmp_path, monkeypatch):
    before = {file: file.read_bytes() for file in [report(diagnosis, tmp_path / "report.html")]}
    (tmp_path / "report.csv").unlink()
    (tmp_path / "report.csv").mkdir()
    (tmp_path / "report.csv" / "full").touch()
    with pytest.raises(OSError, match="cannot write"):
        report(diagnosis, tmp_path / "report.html", title="another")
    assert {file: file.read_bytes() for file in before} == before


def test_globs_match_the_names_and_no_others():
    every = [f"h.{block}.{part}.weight" for block in range(12) for part in ("q", "k")] + ["conv1.weight"]
    queries = [name for name in every if ".q." in name]
    assert globs(queries, every) == ["h.*.q.weight"]
    assert globs(queries[1:], every) == queries[1:]
    assert globs(["conv1.weight"], every) == ["conv1.weight"]


def test_the_script_is_short(diagnosis, tmp_path):
    text = report(diagnosis, tmp_path / "report.html").read_text()
    (script,) = re.findall(r"<script>\n(.*?)</script>", text, re.S)
    assert script.count("\n") <= 40
