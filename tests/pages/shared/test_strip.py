"""The strip of running jobs, above the page that it is drawn on."""

import pytest
from streamlit.testing.v1 import AppTest

from core.workspace import queue
from pages.shared import job_progress
from tests.making import PROJECT


def strip(shown, seconds_ago):
    import time

    from pages.shared import job_progress, state, strip

    state.put(job_progress.DRAWN, {shown: time.monotonic() - seconds_ago})
    strip.show("explore")


@pytest.fixture(autouse=True)
def jobs(workspace):
    for number in (1, 2):
        payload = {"dataset": f"desk@{number}", "name": f"desk@{number}"}
        queue.submit(workspace, queue.Job(f"embed-{number}", "calibrate", queue.LIGHT, payload))


def bars(page):
    page = page.run()
    assert not page.exception
    return [one.proto.text for one in page.get("progress")]


@pytest.mark.parametrize(
    ("seconds_ago", "strip_has"), [(0.0, ["desk@2"]), (job_progress.STAYS_SECONDS + 1, ["desk@1", "desk@2"])]
)
def test_a_job_that_the_page_itself_shows_is_not_in_the_strip_until_it_shows_it_no_more(seconds_ago, strip_has):
    found = bars(AppTest.from_function(strip, args=("embed-1", seconds_ago)))

    assert [
        name for name in ("desk@1", "desk@2") if any(name.replace("@", "\\@") in one or name in one for one in found)
    ] == strip_has


def test_on_a_page_each_job_has_one_bar_from_the_first_moment_on(workspace):
    payload = {"source": "/pets", "source_name": "pets", "name": "animals"}  # the folder, and the name that was given
    queue.submit(workspace, queue.Job("import-1", "import", queue.LIGHT, payload))
    app = AppTest.from_file(PROJECT / "pages/shared/navigation.py").run()

    home, explore = bars(app), bars(app.switch_page("../explore.py"))

    assert [sum(words in one for one in home) for words in ("Import", "Calibration")] == [1, 2]
    assert [sum(words in one for one in explore) for words in ("Import", "Adding animals", "Calibration")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"source": "/pets", "source_name": "pets", "name": "animals"}, "animals"),
        ({"source": "/pets", "source_name": "pets", "name": "animals", "append": True}, "pets to animals"),
        ({"source": "mnist", "source_name": "MNIST", "name": None}, "MNIST"),
        ({"source": "/pets"}, "/pets"),
        ({"title": "9 images from the webcam to desk", "name": "desk"}, "9 images from the webcam to desk"),
        ({}, "job-1"),
    ],
)
def test_data_that_is_added_has_the_name_that_it_was_given(payload, name):
    assert job_progress.name_of(queue.Job("job-1", "import", queue.LIGHT, payload)) == name
