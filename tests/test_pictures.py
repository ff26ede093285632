"""Figures as SVG: the same bytes each time, text as text, and the colours of the page."""

import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from weightprobes import figures
from weightprobes.book.pictures import description, inlined, svg
from weightprobes.figures.style import EASY, INK, THEMED, drawn, heat_map


@pytest.fixture
def figure():
    """Two panels: a line of the easy task with a marker, a map with a bright and a dark cell."""
    figures.style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
    left.plot([0.123456, 0.5], [1, 2.3456789], "o-", color=EASY, label="0.123456 < 1 & more")
    left.legend()
    left.set_ylabel("accuracy")
    heat_map(right, [[0.0, 1.0]], [["low", "high"]])
    return drawn(figure)


SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    """The texts of a picture, and the style of each."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return {"".join(text.itertext()): text.get("style") for text in found}


def test_a_figure_is_the_same_bytes_each_time(figure):
    assert svg(figure) == svg(figure)


def test_text_is_text_and_keeps_all_its_digits(figure):
    assert {"0.123456 < 1 & more", "accuracy", "low", "high"} <= texts(svg(figure)).keys()


def test_it_is_transparent_has_no_style_for_the_page_and_no_date(figure):
    picture = svg(figure)
    assert "<style" not in picture
    assert not re.search(r"20\d\d-\d\d-\d\d", picture)
    assert "font-family" not in picture
    background = next(ElementTree.fromstring(picture).iter(f"{SVG}path"))
    assert background.get("style") == "fill: none"


def test_no_coordinate_has_more_than_two_decimals(figure):
    tags = re.findall(r"<(?!text)[^>]*>", svg(figure))
    assert not [tag for tag in tags if re.search(r"\d\.\d{3}", tag)]


def test_it_carries_what_it_is_told(figure):
    told = '[{"what": "a < b & \\"c\\" 0.12345"}]'
    assert description(svg(figure, told)) == told
    assert description(svg(figure)) == ""


def test_in_a_page_it_has_the_pages_colours_but_on_bright_cells_text_stays_dark(figure):
    picture = inlined(svg(figure), "fig-some", "What is seen.")
    assert EASY.lower() not in picture
    assert INK.lower() not in picture
    assert "var(--figure-easy)" in picture
    styles = texts(picture)
    assert "fill: var(--figure-ink)" in styles["accuracy"]
    assert "fill: #ffffff" in styles["low"]
    assert "fill" not in styles["high"]  # black


def test_in_a_page_it_is_one_picture_with_a_name_and_its_own_parts(figure):
    one, other = (inlined(svg(figure), name, 'A "name" & <more>') for name in ("fig-one", "fig-other"))
    root = ElementTree.fromstring(one)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'A "name" & <more>')
    names = [set(re.findall(r' id="([^"]*)"', picture)) for picture in (one, other)]
    assert names[0]
    assert not names[0] & names[1]
    for picture, defined in zip((one, other), names, strict=True):
        used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", picture))
        assert used
        assert used <= defined


def test_every_colour_of_the_style_has_one_role_of_its_own():
    assert len(set(THEMED.values())) == len(THEMED)
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in THEMED)
