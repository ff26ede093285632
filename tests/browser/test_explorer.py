"""The explorer in headless Chromium, from files: it answers as the library does, to eye, ear and keyboard."""

import shutil
from pathlib import Path

import pytest

from weightprobes.book import explorer
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import sweep
from weightprobes.tasks import PAPER_TASKS

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

STATIC = Path(__file__).parents[2] / "book" / "_static"
READINGS = {"float": "float", "signs": "sign"}
STEPS = (0, 30, 45, 80, 100)
RIGHT = """async ([task, states]) => {
    const network = await EXPLORER.networkOf(task);
    return states.map(state => EXPLORER.answersAt(network, state, state.step).right);
}"""
STRENGTHS = "([probe, steps]) => steps.map(step => EXPLORER.strengthAt(probe, step))"


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A page with nothing but the explorer."""
    parts = (STATIC / "explorer" / name for name in ("network.js", "explorer.js"))
    scripts = "".join(f'<script defer src="{part.as_uri()}"></script>' for part in parts)
    sheet = f'<link rel="stylesheet" href="{(STATIC / "book.css").as_uri()}">'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{sheet}{scripts}'
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    path.write_text(f'<!doctype html><html lang="en">{head}<div class="explorer"></div></html>')
    return path


@pytest.fixture
def page(browser, file):
    """The page, on which nothing may go wrong, and which may ask nobody."""
    opened, wrong = browser.new_page(viewport={"width": 390, "height": 800}), []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on(
        "request", lambda one: None if one.url.startswith(("file:", "data:")) else wrong.append(one.url)
    )
    opened.goto(file.as_uri())
    opened.wait_for_selector(".explorer form")
    yield opened
    assert wrong == []
    opened.close()


@pytest.mark.parametrize("task", PAPER_TASKS)
@pytest.mark.parametrize("probe", explorer.PROBES, ids=lambda probe: probe.label)
def test_the_browser_and_the_library_answer_alike(page, task, probe):
    network, (x, y, calibration) = explorer.network_of(task), explorer.images_of(task)
    strengths = page.evaluate(STRENGTHS, [probe.label, STEPS])
    for biases, policy in explorer.BIASES.items():
        table = sweep(
            network, x, y, probe, strengths, setting=Setting(biases=policy), training_images=calibration
        )
        for read, reading in READINGS.items():
            ours = table.loc[table["weights"] == reading, "accuracy"] * len(y)
            states = [dict(probe=probe.label, step=step, read=read, biases=biases) for step in STEPS]
            theirs = page.evaluate(RIGHT, [task, states])
            assert theirs == pytest.approx(ours.tolist(), abs=1.01), (biases, read)
