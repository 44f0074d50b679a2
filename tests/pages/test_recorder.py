"""Explore's recorder and what comes after: to which data set what is recorded goes, and what is said of it."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.data import collect
from core.data.add import add
from core.workspace import queue
from pages.shared import cached
from tests.making import PROJECT, png, write_classes
from tests.pages.conftest import press
from tests.pages.conftest import said as in_markdown


@pytest.fixture
def recorded(workspace, tmp_path):
    """A collection of one burst of five frames, one of one, and the data set `pets`."""
    cached.workspace.clear()  # a server has one, tests have many
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})))
    token = collect.begin(workspace)
    folder = collect.folder_of(workspace, token)
    for frame in ("a-0", "a-1", "a-2", "b-0"):
        (folder / frame).write_bytes(png(len(frame)))
        collect.note(folder, collect.Frame(frame, "mug"))
    return SimpleNamespace(token=token, dataset=dataset)


def app(into):
    import streamlit as st

    from pages.explore_parts import collect
    from pages.shared import frame

    if into is not None and "opened" not in st.session_state:
        st.session_state["opened"] = True
        collect.open_webcam(into)
    collect.show(collect.in_hand(), frame.dataset_in_hand())


def said(page):
    """All text of the page, as it is read."""
    return in_markdown(page).replace("\\", "")


def shown(recorded, opened_for, **address):
    page = AppTest.from_function(app, args=(opened_for,))
    page.session_state[collect_token()] = recorded.token
    page.query_params["data"] = recorded.dataset.reference
    for name, value in {"collect": recorded.token, **address}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def collect_token():
    from pages.shared.recorded import TOKEN

    return TOKEN


def where(page):
    (control,) = page.get("button_group")
    return control.value


@pytest.mark.parametrize(
    ("into", "address", "chosen"),
    [
        ("", {}, "A new data set"),
        ("pets", {}, "Add to pets"),
        (None, {"into": "pets"}, "Add to pets"),
        (None, {}, "A new data set"),
        (None, {"into": "other"}, "A new data set"),
    ],
)
def test_it_is_added_to_a_data_set_only_from_the_button_that_says_so_also_after_a_refresh(
    recorded, into, address, chosen
):
    page = shown(recorded, into, **address)

    assert where(page) == chosen
    assert ("into" in page.query_params) == (chosen == "Add to pets")


def test_bursts_of_a_frame_do_not_count_and_what_does_not_fit_is_said(recorded):
    page = shown(recorded, "pets")

    told = said(page)
    assert "Bursts of fewer than 3 frames: mug. They do not count." in told
    assert "One burst only: mug." in told
    assert "New in this data set: mug. Its classes are cat, dog." in told
    assert not page.info or "Two bursts" not in page.info[0].value


@pytest.mark.parametrize("bursts", [0, 1, 2])
def test_bursts_are_asked_for_that_do_not_look_alike_since_near_copies_count_as_fewer(recorded, workspace, bursts):
    folder = collect.folder_of(workspace, recorded.token)
    for burst in "ab":
        collect.throw_burst_away(folder, burst)
    for frame in (f"{burst}-{n}" for burst in "cd"[:bursts] for n in range(3)):
        (folder / frame).write_bytes(png(0))
        collect.note(folder, collect.Frame(frame, "cat"))

    page = shown(recorded, "")

    first, *more = [line for line in said(page).splitlines() if "another background" in line]
    assert first.startswith("Record three bursts or more of each class, each before another background")
    assert "every class before the same ones" in first
    assert [line.partition(":")[0] for line in more] == [[], ["One burst only"], ["Two bursts"]][bursts]
    assert ("look alike count as fewer" in said(page)) == (bursts == 0)


def test_to_which_data_set_it_goes_and_what_a_classifier_needs_is_said_from_the_beginning(recorded, workspace):
    folder = collect.folder_of(workspace, recorded.token)
    for burst in "ab":
        collect.throw_burst_away(folder, burst)
    assert where(shown(recorded, "pets")) == "Add to pets"

    (folder / "c-0").write_bytes(png(0))
    collect.note(folder, collect.Frame("c-0", "mug"))
    assert "A classifier needs two" in said(shown(recorded, ""))
    assert "A classifier needs two" not in said(shown(recorded, "pets"))


def test_undo_takes_back_what_was_done_last_says_what_also_after_a_refresh_and_redo_does_it_again(recorded, workspace):
    folder = collect.folder_of(workspace, recorded.token)
    collect.relabel_burst(folder, "b", "hat")
    (folder / "c-0").write_bytes(png(0))
    collect.note(folder, collect.Frame("c-0", "mug"))
    collect.drop(folder, "a-1")

    def now():
        return [(frame.id, frame.label, frame.dropped) for frame in collect.frames(folder)]

    first, second = [("a-0", "mug", False)], [("a-2", "mug", False), ("b-0", "hat", False)]
    page = shown(recorded, "")
    assert "Frame 2 of burst 1 of mug was left out." in said(page).splitlines()
    press(page, "Undo")
    assert now() == [*first, ("a-1", "mug", False), *second, ("c-0", "mug", False)]

    page = shown(recorded, "")
    lines = said(page).splitlines()
    assert "Burst 2 of mug was recorded." in lines
    assert "Undone: Frame 2 of burst 1 of mug was left out." in lines
    press(page, "Undo")
    assert now() == [*first, ("a-1", "mug", False), *second]
    assert "Burst 2 of mug was moved to hat." in said(page).splitlines()
    press(page, "Redo")
    press(page, "Redo")
    assert now() == [*first, ("a-1", "mug", True), *second, ("c-0", "mug", False)]
    assert "Redo" not in buttons(page)


def test_one_burst_gets_another_class_or_is_thrown_away(recorded, workspace):
    folder = collect.folder_of(workspace, recorded.token)
    collect.drop(folder, "a-2")
    page = shown(recorded, "pets")
    (burst,) = [box for box in page.selectbox if box.label == "Burst"]
    assert burst.options == ["mug · burst 1 · 2 frames", "mug · burst 2 · 1 frame"]
    burst.set_value("a")
    page.run()
    (label,) = [box for box in page.selectbox if box.label.startswith("Its class")]
    label.set_value("cat")
    page.run()

    press(page, "Move it to cat")
    assert collect.bursts_of(collect.frames(folder)) == {"cat": [3], "mug": [1]}
    (burst,) = [box for box in page.selectbox if box.label == "Burst"]
    burst.set_value("b")
    page.run()
    press(page, "Throw this burst away")
    assert collect.bursts_of(collect.frames(folder)) == {"cat": [3]}


@pytest.mark.parametrize(
    ("typed", "moved", "recording_then"),
    [("mug", "ab", ["mug", "dog"]), ("cat", "ab", ["cat", "cat"])],
    ids=["emptied by the second", "another"],
)
def test_where_the_class_to_record_is_emptied_by_a_move_its_new_name_is_recorded(
    recorded, monkeypatch, typed, moved, recording_then
):
    monkeypatch.setattr("pages.shared.camera.camera_works", lambda scheme, host: True)
    asked = []
    monkeypatch.setattr("pages.explore_parts.collect.record", lambda token, label, *rest: asked.append(label))
    page = shown(recorded, "pets")

    def box(words):
        (found,) = [box for box in page.selectbox if box.label.startswith(words)]
        return found

    box("Class to record").set_value(typed).run()
    seen = []
    for burst in moved:
        box("Burst").set_value(burst).run()
        box("Its class").set_value("dog").run()
        press(page, "Move it to dog")
        seen.append(asked[-1])

    assert seen == recording_then
    assert box("Class to record").value == recording_then[-1]


def explore(workspace, kind, **payload):
    """Explore, while a job of this kind waits that the visitor began."""
    cached.workspace.clear()
    queue.submit(workspace, queue.Job("job-1", kind, queue.LIGHT, {"title": "9 images", **payload}))
    page = AppTest.from_file(str(PROJECT / "pages/explore.py"))
    page.query_params["import"] = "job-1"
    if payload.get("data"):
        page.query_params["data"] = payload["data"]
    page.run()
    assert not page.exception
    return page


def buttons(page):
    return [button.label for button in page.button]


def test_while_a_new_data_set_is_saved_no_other_is_shown_until_it_is_asked_for(recorded, workspace):
    page = explore(workspace, "collect", name="desk", dataset=None, data="pets@1")

    assert not page.selectbox
    (meanwhile,) = [button for button in page.button if button.label.startswith("Look at another")]
    meanwhile.click().run()
    assert [box.label for box in page.selectbox][:1] == ["Data set"]
    assert "Cancel" in buttons(page), "it goes on"


def test_a_data_set_that_is_added_to_stays_in_sight(recorded, workspace):
    page = explore(workspace, "collect", name="pets", dataset="pets", data="pets@1")

    assert [box.label for box in page.selectbox][:1] == ["Data set"]


def test_data_can_be_added_while_the_first_import_runs(workspace):
    page = explore(workspace, "import", source="mnist", name="mnist")

    assert buttons(page) == ["Cancel", "Add data"]


def test_after_saving_the_way_to_training_is_shown_until_it_was_trained_on(recorded, workspace, links, monkeypatch):
    page = saved(workspace, recorded.dataset, "webcam")
    assert {"data": "pets@1"} in links
    assert "Saved. Look through the images, then train on them." in said(page)

    run = SimpleNamespace(dataset="pets@1")
    monkeypatch.setattr("pages.explore_parts.importing.list_runs", lambda workspace: [run])
    page.run()
    assert "Saved." not in said(page)


def test_after_saving_one_class_the_page_says_that_another_is_needed(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "mugs", {"mug": 12})))
    page = saved(workspace, dataset, "webcam")

    assert "Saved. A classifier needs two classes: record another one." in said(page)


def test_an_upload_leads_on_as_before(recorded, workspace):
    assert "Saved." not in said(saved(workspace, recorded.dataset, "files"))


@pytest.fixture
def links(monkeypatch):
    """Where the links of the page lead: AppTest knows one page only."""
    found = []
    monkeypatch.setattr("streamlit.page_link", lambda page, **given: found.append(given["query_params"]))
    return found


def saved(workspace, dataset, source):
    """Explore as it is drawn when the job that saved these pictures has ended."""
    cached.workspace.clear()
    queue.submit(workspace, queue.Job("job-1", "collect", queue.LIGHT, {"title": "24 images", "source": source}))
    queue.claim(workspace, queue.LIGHT)
    result = {"dataset": dataset.reference, "images": dataset.images, "added": dataset.images, "left_out": 0}
    queue.finish(workspace, "job-1", queue.DONE, result=result)
    page = AppTest.from_file(str(PROJECT / "pages/explore.py"))
    page.query_params["import"] = "job-1"
    page.run()
    assert not page.exception
    return page
