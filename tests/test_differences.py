"""Two folders of tables, compared: a number that moved is seen, and a new name is no such thing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from weightprobes.cli import app as cli
from weightprobes.tables import tables
from weightprobes.tables.differences import differences
from weightprobes.tables.stored import save

TABLE = pd.DataFrame({"seed": [0, 1, 2], "task": "digits/7-9", "accuracy": [0.5, 0.75, np.nan]})
NAME = "results/prune/digits-0a1b2c3d.parquet"
RENAMED = "results/prune/digits-ffffffff.parquet"


@pytest.fixture
def old(tmp_path) -> Path:
    """A checkout with one table."""
    tables.write(tmp_path / "old" / "data" / NAME, TABLE, "its recipe")
    return tmp_path / "old"


@pytest.fixture
def new(old) -> Path:
    """A copy of ``old``."""
    return shutil.copytree(old, old.parent / "new")


def written(folder: Path, name: str = NAME, recipe: str = "another recipe", **columns: object) -> None:
    """Put :data:`TABLE` with other ``columns`` into ``folder``, and nothing else."""
    shutil.rmtree(folder)
    tables.write(folder / "data" / name, TABLE.assign(**columns), recipe)


def told(old: Path, new: Path, *columns: str) -> list:
    """What is told of the only table."""
    (row,) = differences(old, new).to_dict("records")
    return [row[column] for column in columns] if columns else row["verdict"]


def exit_code(*arguments: object) -> int:
    return CliRunner().invoke(cli.app, ["diff", *map(str, arguments)]).exit_code


@pytest.mark.parametrize("changed", [{}, {"accuracy": 0.25}])
def test_a_row_has_the_columns_that_are_documented_and_all_have_values(changed, old, new):
    written(new, **changed)
    columns = ["table", "was", "verdict", "values", "largest", "columns", "reason"]
    found = differences(old, new)
    assert list(found.columns) == columns
    assert not found.isna().any(axis=None)


def test_a_copy_is_equal(old, new):
    assert told(old, new) == "equal"
    assert exit_code(old, new) == 0


def test_the_same_values_are_equal_whatever_else_the_file_says(old, new):
    written(new)
    assert (old / "data" / NAME).read_bytes() != (new / "data" / NAME).read_bytes()
    assert told(old, new) == "equal"


def test_the_least_change_of_one_number_is_seen(old, new):
    written(new, accuracy=[0.5, np.nextafter(0.75, 1), np.nan])
    found = told(old, new, "verdict", "values", "largest", "columns")
    assert found == ["differs", 1, np.nextafter(0.75, 1) - 0.75, "accuracy"]
    assert exit_code(old, new) == 1


@pytest.mark.parametrize(
    ("columns", "values", "largest", "names"),
    [
        ({"accuracy": [0.25, 0.75, np.nan]}, 1, 0.25, "accuracy"),
        ({"accuracy": [0.5, 0.75, 0.75]}, 1, np.inf, "accuracy"),
        ({"accuracy": [0.75, 0.5, np.nan]}, 2, 0.25, "accuracy"),
        ({"task": ["digits/7-9", "digits/7-9", None]}, 1, 0, "task"),
        ({"seed": [0, 1, 5], "task": "digits/0-1"}, 4, 3, "seed, task"),
    ],
)
def test_what_differs_is_counted_and_measured(columns, values, largest, names, old, new):
    written(new, **columns)
    assert told(old, new, "verdict", "values", "largest", "columns") == ["differs", values, largest, names]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (TABLE.astype({"accuracy": "float32"}), "float64 (3,) → float32 (3,)"),
        (TABLE.astype({"seed": "float64"}), "int64 (3,) → float64 (3,)"),
        (TABLE.astype({"seed": "int32"}), "int64 (3,) → int32 (3,)"),
        (TABLE.iloc[:2], "int64 (3,) → int64 (2,); str (3,) → str (2,); float64 (3,) → float64 (2,)"),
        (TABLE.rename(columns={"accuracy": "gap"}), "accuracy is gone; gap is new"),
        (TABLE[["task", "seed", "accuracy"]], "another order of columns"),
    ],
)
def test_types_rows_and_columns_count_too(changed, reason, old, new):
    tables.write(new / "data" / NAME, changed, "its recipe")
    assert told(old, new, "verdict", "reason") == ["differs", reason]


def test_a_table_with_another_digest_and_equal_values_is_renamed(old, new):
    written(new, RENAMED)
    assert told(old, new, "verdict", "was", "table") == ["renamed", NAME, RENAMED]
    assert exit_code(old, new) == 0


def test_the_only_one_of_its_name_is_compared_though_its_digest_is_another(old, new):
    written(new, RENAMED, seed=[0, 1, 3])
    assert told(old, new, "verdict", "values") == ["renamed, differs", 1]
    assert exit_code(old, new) == 1


def test_of_several_of_one_name_equal_ones_go_together_whatever_their_order(old, new):
    tables.write(old / "data" / "results/prune/digits-11111111.parquet", TABLE.assign(seed=7), "second")
    tables.write(old / "data" / "results/prune/digits-22222222.parquet", TABLE.assign(seed=8), "third")
    shutil.rmtree(new)
    for digest, seed in (("a" * 8, 8), ("b" * 8, 9), ("c" * 8, 7)):
        tables.write(new / f"data/results/prune/digits-{digest}.parquet", TABLE.assign(seed=seed), digest)
    found = differences(old, new).set_index("table")
    assert found["verdict"].tolist() == ["renamed", "renamed, differs", "renamed"]
    assert found["was"].str[-16:-8].tolist() == ["22222222", "0a1b2c3d", "11111111"]


def test_two_tables_of_one_content_may_be_one_by_now(old, new):
    tables.write(old / "data" / "results/prune/digits-11111111.parquet", TABLE, "0 for 0.0")
    shutil.rmtree(new)
    tables.write(new / "data" / RENAMED, TABLE, "0.0")
    assert differences(old, new)["verdict"].tolist() == ["renamed", "renamed"]


def test_in_which_order_seeds_were_made_does_not_count(old, new):
    tables.write(new / "data" / NAME, TABLE.iloc[[2, 0, 1]].reset_index(drop=True), "its recipe")
    assert told(old, new) == "equal"


def test_several_that_differ_are_not_guessed(old, new):
    tables.write(old / "data" / "results/prune/digits-11111111.parquet", TABLE.assign(seed=7), "second")
    shutil.rmtree(new)
    for digest, seed in (("a" * 8, 8), ("b" * 8, 9)):
        tables.write(new / f"data/results/prune/digits-{digest}.parquet", TABLE.assign(seed=seed), digest)
    assert sorted(differences(old, new)["verdict"]) == ["only in new"] * 2 + ["only in old"] * 2


def test_a_table_less_is_told_and_a_table_more_moves_no_number(old, new):
    tables.write(new / "data" / "results" / "more.parquet", TABLE, "more")
    assert differences(old, new)["verdict"].tolist() == ["only in new", "equal"]
    assert exit_code(old, new) == 0
    assert differences(new, old)["verdict"].tolist() == ["only in old", "equal"]
    assert exit_code(new, old) == 1


def test_a_changed_byte_is_damage_and_not_believed(old, new):
    path = new / "data" / NAME
    content = bytearray(path.read_bytes())
    content[20] ^= 0xFF
    path.write_bytes(content)
    verdict, reason = told(old, new, "verdict", "reason")
    assert (verdict, str(path) in reason) == ("damaged", True)
    assert exit_code(old, new) == 1
    shutil.rmtree(old / "data")
    tables.write(old / "data" / "results" / "other.parquet", TABLE, "other")
    assert sorted(differences(old, new)["verdict"]) == ["damaged", "only in old"]


def test_the_folder_may_be_a_checkout_its_data_its_results_or_a_store(old, new):
    assert told(old / "data", new) == "equal"
    assert told(old / "data" / "results", new) == "equal"
    shutil.move(new / "data", new.parent / "store")
    assert told(old, new.parent / "store") == "equal"


def test_a_folder_without_tables_is_refused(old, tmp_path):
    for pair in ((old, tmp_path / "nowhere"), (tmp_path / "nowhere", old)):
        with pytest.raises(ValueError, match="nowhere holds no tables"):
            differences(*pair)


def test_models_are_compared_tensor_by_tensor(old, new, ensemble, training):
    model = "data/checkpoints/digits-0a1b2c3d.safetensors"
    for folder in (old, new):
        save(folder / model, ensemble, training)
    assert set(differences(old, new)["verdict"]) == {"equal"}
    moved = {name: value.clone() for name, value in ensemble.parameters.items()}
    moved["2.weight"][0, 0, 0] += 0.5
    save(new / model, replace(ensemble, parameters=moved), training)
    row = differences(old, new).set_index("table").loc["checkpoints/digits-0a1b2c3d.safetensors"]
    assert (row["verdict"], row["values"], row["columns"]) == ("differs", 1, "parameters/2.weight")
    assert row["largest"] == pytest.approx(0.5)


def test_the_command_shows_what_differs_to_people_and_all_to_machines(old, new):
    tables.write(new / "data" / "results" / "more.parquet", TABLE, "more")
    tables.write(new / "data" / NAME, TABLE.assign(accuracy=[0.25, 0.5, np.nan]), "its recipe")
    shown = CliRunner().invoke(cli.app, ["diff", str(old), str(new)]).stdout
    assert f"{NAME}: differs; 2 values in accuracy, by up to 0.25\n" in shown
    assert shown.endswith("1 only in new; 1 differs, by up to 0.25\n")
    rows = json.loads(CliRunner().invoke(cli.app, ["diff", str(old), str(new), "--json"]).stdout)
    assert [row["verdict"] for row in rows["tables"]] == ["only in new", "differs"]
    assert rows["numbers"] == rows["verdicts"] == []
