"""The names of parts, and what they count."""

import pandas as pd
import pytest

from weightprobes.tables.parts import is_complete, items_of, name_of


@pytest.mark.parametrize(
    ("items", "name"), [([3], "3"), ([0, 1, 2], "0-2"), (range(10, 20), "10-19"), ((7, 8), "7-8")]
)
def test_numbers_in_a_row_are_named_by_the_first_and_the_last(items, name):
    assert name_of(items) == name
    assert list(items_of(name)) == list(items)


@pytest.mark.parametrize(
    "items", [[0, 2], [2, 1, 0], [1, 1], ["digits/0-1"], ["3"], [-1, 0], [0.5], [1, 2, 4]]
)
def test_everything_else_by_a_digest_that_counts_nothing(items):
    assert name_of(items).startswith("x")
    assert items_of(name_of(items)) is None


def test_different_items_have_different_names():
    lists = [[0, 2], [2, 0], [0, 1, 2], ["0", "2"], [1, 3], ["a"], ["b"]]
    assert len({name_of(items) for items in lists}) == len(lists)


@pytest.mark.parametrize("cut", [0, 4, 8, 100, 0.5, -4, -1])
def test_a_table_that_was_cut_is_not_complete(tmp_path, cut):
    path = tmp_path / "0-4.parquet"
    pd.DataFrame({"seed": range(5)}).to_parquet(path)
    whole = path.read_bytes()
    assert is_complete(path)
    path.write_bytes(whole[: int(cut * len(whole)) if isinstance(cut, float) else cut])
    assert not is_complete(path)


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1PAR1"])
def test_the_marks_of_a_table_with_nothing_between_them_are_none(tmp_path, content):
    path = tmp_path / "0-4.parquet"
    path.write_bytes(content)
    assert not is_complete(path)


@pytest.mark.parametrize(
    "header", [b"[]", b"7", b"null", b'{"a": 3}', b'{"a": {"data_offsets": 1}}', b'{"a": []}']
)
def test_models_with_a_header_of_any_shape_are_damaged_and_stop_nothing(tmp_path, header):
    path = tmp_path / "0-4.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"values")
    assert not is_complete(path)
