"""Augmentations that people saved by name."""

import pytest

from core.augment.config import AugmentConfig
from core.augment.saved import FILE_NAME, delete, list_saved, save
from core.errors import InputError, NotFoundError
from tests.making import read_json

TURNS = AugmentConfig((("zoom", 0.1), ("rotation", 0.05)))


def test_nothing_is_saved_in_a_new_workspace(workspace):
    assert list_saved(workspace) == {}


def test_what_was_saved_comes_back_in_its_order(workspace):
    assert save(workspace, "  my   turns ", TURNS) == "my turns"
    save(workspace, "a first", AugmentConfig((("blur", 1.0),)))
    assert list(list_saved(workspace)) == ["a first", "my turns"]
    assert list_saved(workspace)["my turns"].names == ("zoom", "rotation")
    assert list_saved(workspace)["my turns"] == TURNS


def test_the_file_is_readable_without_fovea(workspace):
    save(workspace, "my turns", TURNS)
    assert read_json(workspace.root / FILE_NAME) == {"my turns": [["zoom", 0.1], ["rotation", 0.05]]}


def test_a_probability_of_its_own_is_saved_too(workspace):
    sometimes = AugmentConfig((("zoom", 0.1, 0.8), ("rotation", 0.05)))
    save(workspace, "sometimes", sometimes)
    assert read_json(workspace.root / FILE_NAME) == {"sometimes": [["zoom", 0.1, 0.8], ["rotation", 0.05]]}
    assert list_saved(workspace)["sometimes"] == sometimes


def test_the_same_name_replaces(workspace):
    save(workspace, "mine", TURNS)
    save(workspace, "mine", AugmentConfig())
    assert list_saved(workspace) == {"mine": AugmentConfig()}


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_that_does_not_fit_is_refused(workspace, name):
    with pytest.raises(InputError, match="from 1 to 60"):
        save(workspace, name, TURNS)
    assert list_saved(workspace) == {}


def test_deleting_takes_that_one_only(workspace):
    save(workspace, "one", TURNS)
    save(workspace, "two", TURNS)
    delete(workspace, "one")
    assert list(list_saved(workspace)) == ["two"]
    with pytest.raises(NotFoundError, match="There are: two"):
        delete(workspace, "one")


@pytest.mark.parametrize("text", ["{", "[1]", '{"mine": 5}', '{"mine": [["spin", 1]]}', '{"mine": [["zoom", "x"]]}'])
def test_a_file_that_was_spoilt_by_hand_is_named(workspace, text):
    (workspace.root / FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=r"augmentations\.json|There is no augmentation"):
        list_saved(workspace)
