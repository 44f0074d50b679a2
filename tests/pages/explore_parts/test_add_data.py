"""Adding data under a name that is taken: nothing is replaced without a question."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.data.add import add
from core.data.dataset import read_index
from core.data.shelf import versions
from core.data.sources import Reading
from core.jobs import importing
from core.progress import never, no_progress
from tests.making import write_classes, write_zip


def folder_door():
    from pages.explore_parts import add_data

    add_data._folder(1)


def upload_door():
    from pages.explore_parts import add_data

    add_data._upload(1)


@pytest.fixture
def begun(monkeypatch):
    """The payloads of the imports that the page began."""
    payloads = []
    monkeypatch.setattr("core.jobs.start.start", lambda workspace, kind, job_id, **payload: payloads.append(payload))
    monkeypatch.setattr("pages.explore_parts.importing.begun", lambda job: None)
    return payloads


@pytest.fixture
def pets(workspace, tmp_path):
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 6, "dog": 6})))


@pytest.fixture
def more(tmp_path):
    """Other images of the same classes, in a folder of the same name."""
    return write_classes(tmp_path / "more" / "pets", {"cat": 3, "dog": 2}, first_seed=700)


def look_inside(folder):
    page = AppTest.from_function(folder_door).run()
    page.text_input[0].set_value(str(folder))
    return press(page, "Look inside")


def press(page, words):
    (button,) = [button for button in page.button if button.label == words]
    button.click()
    page.run()
    assert not page.exception
    return page


def imported(workspace, payload):
    job = SimpleNamespace(payload=payload)
    context = SimpleNamespace(workspace=workspace, job=job, on_progress=no_progress, should_stop=never)
    return importing.run(context)["dataset"]


@pytest.mark.parametrize(
    ("words", "images", "kept"), [("Add to pets", 17, True), ("Make version 2 of these only", 5, False)]
)
def test_a_folder_of_a_taken_name_is_added_to_or_replaces_as_is_said(workspace, pets, more, begun, words, images, kept):
    page = press(look_inside(more), "Add this folder")

    assert begun == []
    assert "pets is there already, with 12 images in version 1" in page.warning[0].value.replace("\\", "")
    press(page, words)
    (payload,) = begun

    assert imported(workspace, payload) == "pets@2"
    newest = versions(workspace, "pets")[-1]
    assert newest.images == images
    assert set(read_index(workspace, pets)["sha256"]) <= set(read_index(workspace, newest)["sha256"]) or not kept


def test_what_is_inside_is_said_to_be_counted_by_names_before_it_is_read(workspace, more, begun):
    (more / "cat/cut.png").write_bytes(b"no picture")

    page = look_inside(more)

    (told,) = [one.value for one in page.markdown if "2 classes" in one.value]
    assert told == "**2 classes, 6 images**, counted by their names"
    assert any("one that cannot be read is left out" in one.value for one in page.caption)
    press(page, "Add this folder")
    assert imported(workspace, begun[0]) == "pets@1"
    assert versions(workspace, "pets")[0].images == 5


def test_another_name_asks_nothing(workspace, pets, more, begun):
    page = press(look_inside(more), "Add this folder")
    page.text_input[1].set_value("others")

    press(page, "Add this folder")

    assert [(payload["name"], payload["append"]) for payload in begun] == [("others", False)]


def test_an_upload_of_a_taken_name_is_asked_for_too(workspace, pets, more, begun, tmp_path, monkeypatch):
    sent = write_zip(
        tmp_path / "sent.zip", {f"{path.parent.name}/{path.name}": path.read_bytes() for path in more.rglob("*.png")}
    )
    came = SimpleNamespace(path=sent, name="pets.zip")
    monkeypatch.setattr("pages.explore_parts.add_data.upload", lambda key: came)
    page = AppTest.from_function(upload_door).run()
    (send,) = [button.label for button in page.button if button.label.startswith("Add pets")]

    press(press(page, send), "Add to pets")

    assert [(payload["name"], payload["append"], payload["remove_source"]) for payload in begun] == [
        ("pets", True, True)
    ]
    assert imported(workspace, begun[0]) == "pets@2"
    assert versions(workspace, "pets")[-1].change == "Added more from pets.zip"


def test_classes_that_would_be_new_there_are_named_and_the_toast_counts_what_came(workspace, pets, tmp_path, begun):
    folder = write_classes(tmp_path / "other" / "pets", {"cat": 2, "owl": 3}, first_seed=900)

    page = press(look_inside(folder), "Add this folder")

    assert "1 class would be new there: owl." in page.warning[0].value.replace("\\", "")
    press(page, "Add to pets")
    job = SimpleNamespace(payload=begun[0])
    context = SimpleNamespace(workspace=workspace, job=job, on_progress=no_progress, should_stop=never)
    came = importing.run(context)
    assert (came["images"], came["added"], came["left_out"]) == (17, 5, 0)


def test_what_is_of_a_data_set_s_name_is_read_as_that_was(workspace, tmp_path, begun):
    folder = write_classes(tmp_path / "pets", {"cat/old": 3, "cat/young": 3, "dog/old": 3})
    add(workspace, str(folder), reading=Reading(class_from="first"))

    press(look_inside(folder), "Add this folder")
    page = press(look_inside(folder), "Add this folder")

    assert "would be new" not in page.warning[0].value
    press(page, "Add to pets")
    assert [payload["class_from"] for payload in begun] == ["first"]
