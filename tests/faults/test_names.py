"""FAULTS 30 and 6: what a data set, run or sweep may be called, and what is asked for by a name that none can have."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.data import shelf
from core.data.add import add, name_after
from core.data.dataset import find
from core.errors import InputError, NotFoundError
from core.train import runs, sweeps
from core.workspace import queue
from core.workspace.paths import check_name, is_name
from tests.making import write_classes

WIDE = "\N{MATHEMATICAL SCRIPT CAPITAL A}" * 64  # letters of four bytes each
NAMES_OF_NOTHING = (WIDE, "\U00020000" * 64, "caf\udce9", "", "..", "a/b", "a\x00", "a.", "x" * 65)
E_AND_ACCENT = unicodedata.normalize("NFD", "é")


@pytest.mark.parametrize("name", NAMES_OF_NOTHING, ids=range(len(NAMES_OF_NOTHING)))
def test_30_nothing_has_a_name_that_no_folder_can_have(workspace, name):
    for asked in (
        lambda: find(workspace, name),
        lambda: find(workspace, f"{name}@1"),
        lambda: runs.find_run(workspace, name),
        lambda: sweeps.find_sweep(workspace, name),
        lambda: queue.get(workspace, name),
        lambda: workspace.dataset(name),
        lambda: workspace.run(name),
    ):
        with pytest.raises(NotFoundError, match="There is no "):
            asked()
    with pytest.raises(InputError):
        check_name(name)


@given(some.text(max_size=80))
def test_6_a_name_that_may_be_given_fits_into_a_folders_with_what_stands_behind_it(text):
    names = [name_after(text)]
    if is_name(text) and len(text.encode()) <= 200:
        names.append(check_name(text))
    for name in names:
        assert check_name(name) == name
        assert len(f"{name}@999999999-train".encode()) < 255
        assert unicodedata.is_normalized("NFC", name)


def test_6_the_longest_name_of_wide_letters_is_added_and_a_longer_one_refused_before_anything_is_read(
    workspace, tmp_path
):
    pets = write_classes(tmp_path / WIDE[:60], {"cat": 12, "dog": 12})

    assert add(workspace, str(pets), WIDE[:50]).name == WIDE[:50]
    assert add(workspace, str(pets)).name == WIDE[:50]
    with pytest.raises(InputError, match="takes 204 bytes on disk; a name takes 200 at most"):
        add(workspace, str(pets), WIDE[:51])
    with pytest.raises(InputError, match="takes 204 bytes"):
        shelf.rename(workspace, WIDE[:50], WIDE[:51])
    assert [one.name for one in shelf.list_datasets(workspace)] == [WIDE[:50]]


def test_6_a_name_typed_as_letter_and_accent_is_the_one_of_the_letter_with_it(workspace, tmp_path):
    pets = write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})

    assert add(workspace, str(pets), E_AND_ACCENT).name == "é"
    assert find(workspace, E_AND_ACCENT) == find(workspace, f"{E_AND_ACCENT}@1") == find(workspace, "é")
    assert shelf.rename(workspace, E_AND_ACCENT, f"caf{E_AND_ACCENT}")[-1].name == "café"
    with pytest.raises(InputError, match="There is a data set 'café' already"):
        shelf.rename(workspace, "café", f"caf{E_AND_ACCENT}")


def test_6_a_name_of_an_earlier_fovea_that_is_longer_is_found_and_can_be_changed(workspace, tmp_path, monkeypatch):
    pets = write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})
    monkeypatch.setattr("core.data.add.check_name", lambda name: name)
    add(workspace, str(pets), WIDE[:63])

    assert find(workspace, WIDE[:63]).folder(workspace).is_dir()
    assert shelf.rename(workspace, WIDE[:63], "pets")[-1].name == "pets"
