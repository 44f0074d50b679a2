"""Edits that nobody saved yet outlive the page; two tabs lose nothing of each other."""

import os
import time

import pytest

from core.data import drafts, shelf
from core.data.add import add
from core.data.dataset import read_index
from core.data.edits import LeaveOut, MergeClasses, Relabel, names_of
from core.errors import DamagedError
from core.evaluate.renaming import rename_dataset
from core.workspace.sweep import sweep
from tests.making import write_classes


@pytest.fixture
def pets(workspace, tmp_path):
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})), keep=True)


def added(workspace, token, base, *edits):
    drafts.change(workspace, token, base, lambda before: (*before, *edits))


def test_what_was_put_into_a_draft_is_read_again_and_taken_back(workspace, pets):
    token = drafts.new_token()
    cat = tuple(names_of(read_index(workspace, pets), [0]))
    edits = (Relabel(cat, "dog"), LeaveOut(cat), MergeClasses(("cat",), "dog"))

    added(workspace, token, pets, *edits[:1])
    added(workspace, token, pets, *edits[1:])  # as another tab that shows the same address

    assert drafts.read(workspace, token) == drafts.Draft(pets, edits)
    drafts.change(workspace, token, pets, lambda before: before[:-1])
    assert drafts.read(workspace, token).edits == edits[:2]
    drafts.change(workspace, token, pets, lambda before: ())
    assert drafts.read(workspace, token) is None
    assert not list((workspace.root / "drafts").iterdir())


def test_a_draft_is_nobodys_who_has_not_got_its_token_and_goes_with_its_version(workspace, pets, tmp_path):
    token = drafts.new_token()
    added(workspace, token, pets, MergeClasses(("cat",), "dog"))

    others = (drafts.new_token(), "", "none", "../catalogue", "x" * 32)
    assert [drafts.read(workspace, other) for other in others] == [None] * 5
    shelf.delete(workspace, "pets")
    assert drafts.read(workspace, token) is None
    add(workspace, str(tmp_path / "pets"), keep=True)  # the name comes again, the version that was edited does not
    assert drafts.read(workspace, token) is None


def test_a_draft_goes_with_its_data_set_to_another_name(workspace, pets):
    token, other = drafts.new_token(), drafts.new_token()
    cat = tuple(names_of(read_index(workspace, pets), [0]))
    added(workspace, token, pets, LeaveOut(cat))
    drafts.file_of(workspace, other).write_text("{")

    (renamed,) = rename_dataset(workspace, "pets", "animals")

    assert drafts.read(workspace, token) == drafts.Draft(renamed, (LeaveOut(cat),))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"base": []}',
        '{"base": "pets@1"}',
        '{"base": "pets@1", "made_at": 0, "edits": [{}]}',
    ],
)
def test_a_damaged_draft_is_told_of_and_gives_way(workspace, pets, text):
    token = drafts.new_token()
    added(workspace, token, pets, MergeClasses(("cat",), "dog"))

    drafts.file_of(workspace, token).write_text(text)

    with pytest.raises(DamagedError, match=f"{token}.json is damaged .* not saved, are lost"):
        drafts.read(workspace, token)
    added(workspace, token, pets, MergeClasses(("dog",), "cat"))
    assert len(drafts.read(workspace, token).edits) == 1


def test_what_nobody_touches_for_a_month_goes(workspace, pets):
    for days, stays in ((29, True), (31, False)):
        token = drafts.new_token()
        added(workspace, token, pets, MergeClasses(("cat",), "dog"))
        then = time.time() - days * 24 * 3600
        os.utime(drafts.file_of(workspace, token), (then, then))
        sweep(workspace)
        assert drafts.file_of(workspace, token).exists() == stays
