"""What is edited on Explore: it survives a refresh, dialogs begin anew, and all that match are selected at once."""

import numpy as np
from streamlit.testing.v1 import AppTest

from core.data import drafts, edit, shelf
from core.data.add import add
from core.data.dataset import find, read_index
from core.data.edits import Group, LeaveOut, MergeClasses, Move, Relabel, RenameClass, names_of
from core.jobs import exporting_data
from core.jobs.context import Context
from core.train.config import TrainConfig
from core.train.own_classes import names_in
from core.train.runs import Run
from core.workspace import queue
from core.workspace.atomic import write_json
from pages.explore_parts import edit_classes, tiles
from pages.shared import cached, edit_pending
from tests.making import write_classes
from tests.pages.conftest import again, labels, press, said


def test_a_merge_that_was_given_up_is_not_there_at_the_next_opening(flawed, explore):
    page = press(explore(flawed), "Classes")
    (parts,) = [box for box in page.multiselect if box.label == "Classes to merge"]
    parts.set_value(["cat", "dog"])

    page = press(page, "Classes")  # the browser closed the dialog without a word

    assert [box.value for box in page.multiselect if box.label == "Classes to merge"] == [[]]
    assert [box.value for box in page.selectbox if box.label == "Into"] == [None]


def test_classes_with_similar_names_are_merged_into_the_largest_from_their_finding(workspace, tmp_path, explore):
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "Cat": 4, "dog": 12, "Dog": 13})))
    page = explore(dataset, finding="similar_names-warning")

    page = press(press(page, "Merge Cat and cat", "Merge these classes"), "Merge Dog and dog", "Merge these classes")

    merged = MergeClasses(("Cat",), "cat"), MergeClasses(("dog",), "Dog")
    assert cached.draft(page.query_params["draft"]).edits == merged
    assert not [button.label for button in page.button if button.label.startswith("Merge ")]


def test_what_is_not_saved_is_there_after_a_refresh_and_for_nobody_else(flawed, explore):
    before = press(explore(flawed, finding="too_dark-note"), "Leave all 1 out")

    refreshed = explore(flawed, draft=before.query_params["draft"])

    assert "1 change, not saved:** 1 image left out" in said(refreshed)
    assert "not saved" not in said(explore(flawed))


def test_all_that_match_are_selected_and_not_only_the_page(flawed, explore, monkeypatch):
    monkeypatch.setattr(tiles, "A_PAGE", 5)
    page = explore(flawed, **{"class": "dog"})
    page.toggle[0].set_value(True)
    again(page)

    press(page, "Select page")
    assert "**5 selected**" in said(page)
    press(page, "Select all 14 that match")
    assert "**14 selected**" in said(page)
    press(page, "Leave out")

    assert [len(edit.images) for edit in cached.draft(page.query_params["draft"]).edits] == [14]


def test_where_one_page_shows_all_only_all_are_offered(flawed, explore):
    page = explore(flawed)
    page.toggle[0].set_value(True)
    again(page)

    assert [words for words in labels(page) if words.startswith("Select")] == ["Select all 27 that match"]


def test_what_is_changed_in_the_large_view_is_in_the_address_at_once(flawed, monkeypatch):
    """The dialog draws itself anew, not the page with the bar: a refresh before it is closed finds the change."""
    address = {}
    monkeypatch.setattr(edit_pending.state, "set_here", address.__setitem__)

    edit_pending.add(flawed, RenameClass("cat", "moggy"))

    assert cached.draft(address["draft"]).edits == (RenameClass("cat", "moggy"),)


def test_an_earlier_version_says_so_and_leads_to_the_newest(workspace, flawed, explore):
    edit.apply(workspace, flawed, [RenameClass("cat", "moggy")])
    page = explore(flawed)

    assert "An earlier version" in said(page)
    assert "An earlier version" not in said(press(page, "Go to version 2"))
    assert page.query_params["data"] == "pets@2"


def test_what_the_dialog_promises_of_older_runs_is_so(workspace, flawed, explore, monkeypatch):
    monkeypatch.setattr(edit_classes.state, "opening", lambda: 0)  # AppTest knows no dialog that stays open
    run = Run("old", flawed.reference, TrainConfig("fast_cnn"), data_fingerprint=flawed.fingerprint)
    write_json(run.folder(workspace) / "labels.json", ["cat", "dog"])
    (run.folder(workspace) / "model.tflite").write_bytes(b"")
    page = press(explore(flawed), "Classes")
    assert "Older runs are judged on a renamed class as before; merged classes they know only by a name that" in said(
        page
    )

    (name,) = [box for box in page.text_input if box.label == "New name"]
    name.set_value("moggy")
    press(press(page, "Classes", "Rename this class"), "Save as version 2")

    renamed = find(workspace, "pets@2")
    assert renamed.classes == ("dog", "moggy")
    assert names_in(workspace, run, renamed) == {"cat": "moggy", "dog": "dog"}
    merged = edit.apply(workspace, renamed, [MergeClasses(("dog",), "moggy")])
    assert names_in(workspace, run, merged) == {}
    known = edit.apply(workspace, merged, [RenameClass("moggy", "dog")])
    assert names_in(workspace, run, known) == {"dog": "dog"}


def large_view(reference, row):
    from pages.shared import cached, edit_one, frame

    edit_one.show(frame.dataset_in_hand(), cached.index(reference), row)


def test_what_is_changed_of_one_image_is_offered_for_the_rest_of_its_burst(workspace, flawed):
    index = read_index(workspace, flawed)
    rows = [row for row in np.flatnonzero((index["split"] == "train") & (index["label"] == "cat")) if row][:4]
    burst = Group(tuple(names_of(index, rows)), ("webcam-a-1",) * 4)
    dataset = edit.apply(workspace, flawed, [burst])
    first, *others = names_of(index, rows)
    first, rest, words = (first,), tuple(others), "The other 3 images of its burst too"

    def drawn(*edits):
        token = drafts.new_token()
        drafts.change(workspace, token, dataset, lambda before: edits)
        page = AppTest.from_function(large_view, args=(dataset.reference, rows[0]))
        page.query_params["data"], page.query_params["draft"] = dataset.reference, token
        return again(page)

    def offered(page):
        return [button.label for button in page.button if "of its burst" in button.label]

    for change, for_rest in ((Relabel(first, "dog"), Relabel(rest, "dog")), (LeaveOut(first), LeaveOut(rest))):
        page = press(drawn(change), words)
        assert cached.draft(page.query_params["draft"]).edits == (change, for_rest)
        assert offered(page) == []
    assert offered(drawn(Relabel(rest[:1], "dog"), Relabel(first, "dog"))) == [words.replace("3", "2")]
    assert offered(drawn(Move(first, "val"))) == []


def versions_of(reference):
    from pages.explore_parts import versions
    from pages.shared import cached

    versions.show(cached.dataset(reference))


def test_an_archive_of_deleted_data_is_not_offered_as_that_of_other_data_of_its_name(workspace, flawed, tmp_path):
    def offered(dataset):
        page = AppTest.from_function(versions_of, args=(dataset.reference,))
        return [link.proto.label for link in again(page).get("link_button")]

    asked = {
        "dataset": flawed.reference,
        "fingerprint": flawed.fingerprint,
        "format": "folders",
        "file_name": "pets-v1.zip",
    }
    job = queue.submit(workspace, queue.Job("export-1", exporting_data.KIND, queue.LIGHT, asked))
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, job.id, queue.DONE, "", exporting_data.run(Context(workspace, job)))
    assert len(offered(flawed)) == 1

    shelf.delete(workspace, "pets")
    other = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 9, "dog": 9}, first_seed=700)))
    assert other.reference == flawed.reference
    assert offered(other) == []
