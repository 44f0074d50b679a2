"""Explore's recorder and what comes after: to which data set what is recorded goes, and what is said of it."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.data import collect
from core.data.add import add
from core.workspace import queue
from pages.shared import cached
from tests.making import PROJECT, png, write_classes
from tests.pages.conftest import press, said


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

    told = " ".join(warning.value for warning in page.warning)
    assert "Bursts of fewer than 3 frames: mug. They do not count." in told
    assert "One burst only: mug." in told
    assert "It has no class of these yet" in told
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

    (advice,) = [line for line in said(page).splitlines() if "another background" in line]
    assert advice.startswith(
        ["Record each class in three bursts or more, each", "One burst only", "Two bursts"][bursts]
    )


def test_one_burst_gets_another_class_or_is_thrown_away(recorded, workspace):
    folder = collect.folder_of(workspace, recorded.token)
    page = shown(recorded, "pets")
    (burst,) = [box for box in page.selectbox if box.label == "Burst"]
    assert burst.options == ["mug · burst 1 · 3 frames", "mug · burst 2 · 1 frame"]
    burst.set_value("a")
    page.run()
    (label,) = [box for box in page.selectbox if box.label == "Its class"]
    label.set_value("cat")
    page.run()

    press(page, "Move it to cat")
    assert collect.bursts_of(collect.frames(folder)) == {"cat": [3], "mug": [1]}
    (burst,) = [box for box in page.selectbox if box.label == "Burst"]
    burst.set_value("b")
    page.run()
    press(page, "Throw this frame away")
    assert collect.bursts_of(collect.frames(folder)) == {"cat": [3]}


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
