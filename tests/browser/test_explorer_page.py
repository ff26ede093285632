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
    network, (x, y, calibration) = explorer.network_of(task), explorer.carried_images(task)
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


def test_the_keyboard_makes_it_fall_and_stand_up_again(page):
    slider = page.locator("input[name=step]")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.answer strong').textContent > '95'")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.answer strong').textContent < '55'")
    assert "calls 0\u00a0% of them 7 and 100\u00a0% 9" in page.locator(".answer").inner_text()
    page.locator("input[name=biases]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.answer strong').textContent > '85'")
    assert page.locator("input[name=biases]:checked").input_value() == "refitted"


def test_all_controls_are_reached_by_tab(page):
    page.locator("select[name=task]").focus()
    reached = []
    for _ in range(5):
        reached.append(page.evaluate("document.activeElement.name"))
        page.keyboard.press("Tab")
    assert reached == ["task", "probe", "read", "biases", "step"]


def test_what_is_seen_is_told(page):
    page.locator("input[name=step]").fill("30")
    told = page.get_by_role("status")
    page.wait_for_function("document.querySelector('.told').textContent.includes('30\u00a0% of the way')")
    assert page.locator(".answer strong").inner_text() in told.inner_text()
    assert page.locator("input[name=step]").get_attribute("aria-valuetext") == "30\u00a0% of the way to signs"
    for drawing in page.get_by_role("img").all():
        assert len(drawing.get_attribute("aria-label")) > 40


def test_a_view_has_an_address_and_a_new_probe_starts_where_it_tells_most(page, file):
    view = "task=fashion_mnist/3-1&probe=noise-uniform&strength=0.125&read=signs&biases=kept"
    page.goto(f"{file.as_uri()}#{view}")
    page.reload()
    page.wait_for_function("document.querySelector('select[name=task]')?.value === 'fashion_mnist/3-1'")
    assert page.locator("input[name=read]:checked").input_value() == "signs"
    assert page.locator(".strength").inner_text() == "noise of up to ±0.13 on every weight"
    page.select_option("select[name=probe]", "flip-smallest")
    changed = view.replace("noise-uniform", "flip-smallest").replace("0.125", "0.3")
    page.wait_for_function("view => location.hash === '#' + view", arg=changed)


def test_nothing_is_written_into_the_address_before_anything_is_touched(page, file):
    page.wait_for_function("document.querySelector('.told').textContent")
    assert page.url == file.as_uri()


def test_data_that_do_not_load_are_told_and_nothing_breaks(page):
    page.evaluate("EXPLORER.tasks['mnist/0-7'] = {...EXPLORER.tasks['mnist/7-9'], test: 'AAAA'}")
    page.select_option("select[name=task]", "mnist/0-7")
    page.wait_for_selector(".explorer [role=alert]:not(:empty)")
    page.select_option("select[name=task]", "mnist/7-9")
    page.wait_for_selector(".explorer [role=alert]:empty", state="attached")


@pytest.mark.parametrize(
    "view", ["#task=cifar/0-1&probe=__proto__", "#task=", "#task=mnist/7-9&strength=much"]
)
def test_an_address_that_means_nothing_opens_the_first_view(page, file, view):
    page.goto(f"{file.as_uri()}{view}")
    page.reload()
    page.wait_for_selector(".answer strong")
    assert page.locator("select[name=task]").input_value() == "mnist/7-9"
    assert page.locator("select[name=probe]").input_value() == "binarize-unit"


def test_the_whole_curve_appears(page):
    page.wait_for_function(
        "[...document.querySelectorAll('polyline')].every(one => one.points.numberOfItems === 21)"
    )


@pytest.mark.parametrize("task", PAPER_TASKS)
def test_it_fits_a_phone_whatever_the_classes_are_called(page, task):
    page.select_option("select[name=task]", task)
    page.wait_for_function(
        "task => document.querySelector('.images').dataset.task.includes(' vs ')", arg=task
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
