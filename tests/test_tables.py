"""Kept tables: found again or made, one part for what is made at once, whole or not at all."""

import json
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from weightprobes import paths
from weightprobes.measures.networks import TrainingLog, WeightStatistics
from weightprobes.models.training import Training
from weightprobes.tables import tables
from weightprobes.tables.parts import Files, Mismatch
from weightprobes.tables.recipes import as_text
from weightprobes.tables.tables import kept
from weightprobes.tasks import Task

RECIPE = Training(Task.named("digits/7-9"))
OTHER = Training(Task.named("digits/0-1"))


class Maker:
    """Makes two rows a seed, and remembers which seeds it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, seeds):
        self.asked.append(list(seeds))
        rows = [(seed, draw, "digits/7-9", seed + draw / 10) for seed in seeds for draw in range(2)]
        return pd.DataFrame(rows, columns=["seed", "draw", "task", "accuracy"])


@pytest.fixture
def make(folders):
    return Maker()


def files(folder="PARTS"):
    return sorted(path for path in getattr(paths, folder).rglob("[!.]*") if path.is_file())


def whole():
    """The one table in ``data/results``, with all parts moved into it."""
    (path,) = tables.consolidate()
    return path


def test_a_table_is_found_again_without_making(make):
    made = kept("prune/digits", RECIPE, [0, 1], make)
    found = kept("prune/digits", RECIPE, [0, 1], make)
    pd.testing.assert_frame_equal(found, made)
    assert make.asked == [[0, 1]]


def test_only_missing_seeds_are_made(make):
    kept("prune/digits", RECIPE, [0, 1], make)
    table = kept("prune/digits", RECIPE, [0, 1, 2, 3], make)
    assert make.asked == [[0, 1], [2, 3]]
    pd.testing.assert_frame_equal(table, Maker()([0, 1, 2, 3]))


def test_fewer_seeds_are_a_part_of_the_table(make):
    kept("prune/digits", RECIPE, range(5), make)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [1, 2], make), Maker()([1, 2]))
    assert len(make.asked) == 1


def test_rows_come_in_the_order_of_the_seeds(make):
    kept("prune/digits", RECIPE, [2, 3], make)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0, 1, 2, 3], make), Maker()([0, 1, 2, 3]))


def test_rows_may_belong_to_something_else_than_a_seed(folders):
    asked = []

    def make(tasks):
        asked.append(list(tasks))
        rows = [(task, seed, len(task) + seed) for task in tasks for seed in (5, 4)]
        return pd.DataFrame(rows, columns=["task", "seed", "gap"])

    kept("gaps", RECIPE, ["digits/7-9", "digits/0-1"], make, by="task")
    table = kept("gaps", RECIPE, ["digits/0-1-2", "digits/0-1"], make, by="task")
    assert asked == [["digits/7-9", "digits/0-1"], ["digits/0-1-2"]]
    pd.testing.assert_frame_equal(table, make(["digits/0-1-2", "digits/0-1"]))


def test_another_recipe_or_name_is_another_file(make):
    for name, recipe in (("prune/digits", RECIPE), ("prune/digits", OTHER), ("flip/digits", RECIPE)):
        kept(name, recipe, [0], make)
    assert len(files()) == len(make.asked) == 3


def test_an_index_is_no_part_of_a_table(tmp_path):
    table = pd.DataFrame({"seed": [0, 1], "accuracy": [0.5, 0.75]}, index=["a", "b"])
    tables.write(tmp_path / "some.parquet", table, "recipe")
    pd.testing.assert_frame_equal(
        tables.read(tmp_path / "some.parquet", "recipe"), table.reset_index(drop=True)
    )


def test_the_recipe_travels_inside_the_file(make):
    kept("prune/digits", RECIPE, [0], make)
    (path,) = files()
    assert pq.read_schema(path).metadata[b"recipe"].decode() == as_text(RECIPE)
    pd.testing.assert_frame_equal(pd.read_parquet(path), Maker()([0]))


def test_a_file_of_another_recipe_is_refused_and_both_are_named(make):
    kept("prune/digits", RECIPE, [0], make)
    (path,) = files()
    tables.write(path, Maker()([0]), OTHER)
    with pytest.raises(Mismatch) as error:
        kept("prune/digits", RECIPE, [0], make)
    for part in (str(path), as_text(RECIPE), as_text(OTHER), "delete it"):
        assert part in str(error.value)


def test_a_file_without_a_recipe_is_refused(make):
    kept("prune/digits", RECIPE, [0], make)
    path = whole()
    Maker()([0]).to_parquet(path)
    with pytest.raises(Mismatch, match="damaged or no table of ours"):
        kept("prune/digits", RECIPE, [0], make)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_table_is_refused_with_the_way_out(make, share):
    kept("prune/digits", RECIPE, [0], make)
    path = whole()
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(Mismatch, match="damaged or no table of ours") as error:
        kept("prune/digits", RECIPE, [0], make)
    assert str(path) in str(error.value)
    assert str(error.value).endswith("delete it, and it is made anew")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_part_is_made_anew_with_a_warning(make, share):
    made = kept("prune/digits", RECIPE, [0], make)
    (path,) = files()
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.warns(UserWarning, match="damaged or no table of ours") as warnings:
        pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0], make), made)
    assert str(path) in str(warnings[0].message)
    assert path.read_bytes() == content


def test_a_changed_byte_is_never_read_as_another_number(make):
    sound = kept("prune/digits", RECIPE, range(50), make)
    path = whole()
    content, refused = path.read_bytes(), 0
    for place in range(4, len(content), 29):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, range(50), make), sound)
        except Mismatch:
            refused += 1
    assert refused > 20


def test_a_writer_killed_in_the_middle_leaves_nothing(make, monkeypatch):
    def killed(path, content):
        path.write_text("PAR1 and half of a table")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            kept("prune/digits", RECIPE, [0], make)
    assert files() == []
    assert len(kept("prune/digits", RECIPE, [0], make)) == 2


def test_what_a_dead_writer_left_is_never_read(make):
    kept("prune/digits", RECIPE, [0], make)
    (path,) = files()
    path.rename(path.with_name(f".{path.name}.dead"))
    kept("prune/digits", RECIPE, [0], make)
    assert make.asked == [[0], [0]]


def test_makers_of_different_parts_lose_nothing_of_each_other(make):
    def while_another_makes(seeds):
        kept("prune/digits", RECIPE, [2, 3], make)
        return make(seeds)

    kept("prune/digits", RECIPE, [0, 1], while_another_makes)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, range(4), make), Maker()(range(4)))
    assert make.asked == [[2, 3], [0, 1]]


def test_what_stands_in_two_parts_counts_once(make):
    for seeds in ([0, 1], [1, 2]):
        tables.write(Files.of_table("prune/digits", RECIPE).part(seeds), make(seeds), RECIPE, "seed")
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, range(3), make), Maker()(range(3)))
    pd.testing.assert_frame_equal(pd.read_parquet(whole()), Maker()(range(3)))


def test_parts_that_hold_nothing_wanted_are_not_read(make, monkeypatch):
    made = kept("prune/digits", RECIPE, [0, 1], make)
    kept("prune/digits", RECIPE, [2, 3], make)
    other = Files.of_table("prune/digits", RECIPE).part([2, 3])
    other.write_bytes(b"not even a table")
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0, 1], make), made)
    assert Files.of_table("prune/digits", RECIPE).parts([3, 4]) == [other]


# Consolidated


def test_consolidated_parts_are_one_table_in_order_and_the_parts_are_gone(make):
    for seeds in ([3], [0, 1], [10, 7]):
        kept("prune/digits", RECIPE, seeds, make)
    made = kept("prune/digits", RECIPE, [0, 1, 3, 7, 10], make)
    path = whole()
    assert path == Files.of_table("prune/digits", RECIPE).whole
    assert files() == []
    pd.testing.assert_frame_equal(pd.read_parquet(path), made)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0, 1, 3, 7, 10], make), made)
    assert len(make.asked) == 3


def test_the_recipes_of_a_name_are_known_from_its_parts_and_from_the_table_that_they_became(make):
    for recipe in (RECIPE, OTHER):
        kept("prune/digits", recipe, [0], make)
    told = tables.recipes("prune/digits")
    assert sorted(map(str, told)) == sorted(str(json.loads(as_text(one))) for one in (RECIPE, OTHER))
    assert len(list(tables.consolidate())) == 2
    assert sorted(map(str, tables.recipes("prune/digits"))) == sorted(map(str, told))
    assert tables.recipes("prune/others") == []


def test_parts_that_are_all_damaged_inside_make_no_empty_table(make, monkeypatch):
    kept("prune/digits", RECIPE, [0], make)
    (path,) = files()
    content = path.read_bytes()
    path.write_bytes(content[:20] + bytes(byte ^ 0xFF for byte in content[20:60]) + content[60:])
    with pytest.warns(UserWarning, match="damaged"):
        assert list(tables.consolidate()) == []
    assert path.exists()
    assert files("RESULTS") == []


def test_a_consolidated_table_takes_more_parts_and_the_order_of_making_does_not_matter(make):
    def made_in(order):
        for seeds in order:
            kept("prune/digits", RECIPE, seeds, make)
            path = whole()
        content = path.read_bytes()
        path.unlink()
        return content

    assert made_in([[0, 1], [2]]) == made_in([[2], [0, 1]]) == made_in([range(3)])


def test_tables_that_do_not_belong_to_seeds_are_consolidated_too(folders):
    def make(tasks):
        return pd.DataFrame({"task": tasks, "gap": [float(len(task)) for task in tasks]})

    wanted = ["digits/7-9", "digits/0-1"]
    made = kept("gaps", RECIPE, wanted, make, by="task")
    whole()
    pd.testing.assert_frame_equal(kept("gaps", RECIPE, wanted, lambda tasks: None, by="task"), made)


@pytest.mark.parametrize("death", ["before the table is there", "before the parts are gone"])
def test_a_consolidation_that_dies_loses_nothing_and_counts_nothing_twice(make, monkeypatch, death):
    made = kept("prune/digits", RECIPE, range(3), make)
    at = (Path, "replace" if "table" in death else "unlink")
    real = getattr(*at)

    def killed(path, *where, **how):
        if not path.name.startswith(".") or where:
            raise KeyboardInterrupt
        real(path, *where, **how)

    with monkeypatch.context() as patch:
        patch.setattr(*at, killed)
        with pytest.raises(KeyboardInterrupt):
            whole()
    for _ in range(2):
        pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, range(3), make), made)
        whole()
        kept("prune/digits", RECIPE, [3], make)
    assert make.asked == [[0, 1, 2], [3]]


def test_a_damaged_part_is_left_out_of_the_table(make):
    kept("prune/digits", RECIPE, [0], make)
    kept("prune/digits", RECIPE, [1], make)
    part = Files.of_table("prune/digits", RECIPE).part([1])
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="damaged or no table of ours"):
        pd.testing.assert_frame_equal(pd.read_parquet(whole()), Maker()([0]))
    assert files() == [part]


def test_a_part_that_is_consolidated_while_it_is_read_is_not_missed(make, monkeypatch):
    made = kept("prune/digits", RECIPE, [0], make)
    listed = Files.parts

    def then_moved(files, wanted):
        parts = listed(files, wanted)
        monkeypatch.setattr(Files, "parts", listed)
        whole()
        return parts

    monkeypatch.setattr(Files, "parts", then_moved)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0], make), made)
    assert make.asked == [[0]]


def test_a_maker_that_fails_leaves_the_old_table(make):
    made = kept("prune/digits", RECIPE, [0], make)
    with pytest.raises(ZeroDivisionError):
        kept("prune/digits", RECIPE, [0, 1], lambda seeds: 1 / 0)
    pd.testing.assert_frame_equal(kept("prune/digits", RECIPE, [0], make), made)


def test_a_folder_that_cannot_be_written_is_one_sentence_with_the_path(make, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setattr(paths, "PARTS", tmp_path / "file")
    with pytest.raises(OSError, match="make its folder writable") as error:
        kept("digits", RECIPE, [0], make)
    assert str(tmp_path / "file" / "digits-") in str(error.value)
    assert "\n" not in str(error.value)


# The tables that come with the book


def test_every_kept_table_is_named_for_the_recipe_inside():
    shipped = sorted(paths.BOOK.glob("*/*.parquet"))
    assert shipped
    for path in shipped:
        recipe = pq.read_schema(path).metadata[b"recipe"]
        assert path.stem.rsplit("-", 1)[1] == sha256(recipe).hexdigest()[:8]


# Tables of the networks themselves


def test_a_training_log_has_a_row_for_each_seed_and_epoch(folders, ensemble, training):
    table = TrainingLog(training).table(range(3))
    assert list(zip(table["seed"], table["epoch"], strict=True)) == [(s, e) for s in range(3) for e in (1, 2)]
    for name, values in ensemble.history.items():
        assert table[name].tolist() == values.flatten().tolist()
    assert not table["failed"].any()


def test_weight_statistics_have_a_row_for_each_matrix_and_one_for_all(folders, ensemble, training):
    table = WeightStatistics(training).table(range(3))
    assert table["layer"].tolist() == ["1", "2", "all"] * 3
    assert table["edges"].tolist() == [64 * 8, 8 * 2, 64 * 8 + 8 * 2] * 3
    first = ensemble.model(0)["0.weight"].numpy()
    row = table.iloc[0]
    assert row["positive"] == pytest.approx((first > 0).mean())
    assert row["size"] == pytest.approx(abs(first).mean(), rel=1e-5)
    assert row["spread"] == pytest.approx(first.std(), rel=1e-5)
