"""Files that appear whole or not at all."""

import pytest

from weightprobes.tables.files import written_whole


def test_a_file_and_its_folders_appear_when_the_block_ends(tmp_path):
    path = tmp_path / "some" / "folder" / "table"
    with written_whole(path) as scratch:
        scratch.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "table"
    path.write_text("old")
    with written_whole(path) as scratch:
        scratch.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("death", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_writer_killed_in_the_middle_leaves_nothing(tmp_path, death):
    def write():
        with written_whole(tmp_path / "table") as scratch:
            scratch.write_text("half")
            raise death

    with pytest.raises(death):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_writer_killed_in_the_middle_leaves_the_old_file(tmp_path):
    path = tmp_path / "table"
    path.write_text("old")

    def write():
        with written_whole(path) as scratch:
            scratch.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [(file, file.read_text()) for file in tmp_path.iterdir()] == [(path, "old")]


def test_the_umask_says_who_may_read_a_file(tmp_path, umask):
    path = tmp_path / "folder" / "table"
    with written_whole(path) as scratch:
        scratch.write_text("whole")
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert path.parent.stat().st_mode & 0o777 == 0o777 & ~umask


@pytest.mark.parametrize("place", ["file/table", "file/folder/table"])
def test_a_folder_that_cannot_be_written_is_one_sentence_with_the_path(tmp_path, place):
    (tmp_path / "file").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="make its folder writable") as error, written_whole(tmp_path / place):
        pass
    assert str(error.value).startswith(f"cannot write {tmp_path / place} (")
    assert "\n" not in str(error.value)
