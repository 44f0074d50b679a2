import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from skimage import data as photos

from core import compute, images
from core.augment.config import PRESETS
from core.augment.operations import OPERATIONS
from core.augment.pipeline import draw
from core.compute import Helper
from core.errors import HelperError, InputError
from tests.making import encoded


@pytest.fixture(scope="module")
def helper():
    running = Helper()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def pictures():
    return np.stack([images.load(encoded(array), 24, 3) for array in (photos.chelsea(), photos.coffee())])


def preview(helper, pictures, **changes):
    arguments = {"operations": PRESETS["strong"].to_json(), "images": pictures, "draws": 3, "seed": 5, **changes}
    return helper.ask("preview_augmentation", **arguments)


def test_the_preview_is_what_the_layers_of_training_draw(helper, pictures):
    shown, labels = preview(helper, pictures)

    expected = np.stack([draw(PRESETS["strong"], pictures, 5, epoch)[0] for epoch in (1, 2, 3)])
    np.testing.assert_array_equal(shown, expected)
    assert (shown[0] != shown[1]).any()
    np.testing.assert_array_equal(labels, np.ones((3, 2, 1)))


def test_each_operation_alone_changes_the_first_picture(helper, pictures):
    everything = {name: operation.default for name, operation in OPERATIONS.items()}

    after = helper.ask("preview_operations", operations=everything, images=pictures)

    assert list(after) == list(everything)
    assert [name for name, picture in after.items() if (picture == pictures[0]).all()] == []
    assert {(picture.shape, picture.dtype) for picture in after.values()} == {((24, 24, 3), np.dtype(np.uint8))}


def test_speed_is_images_a_second_and_more_operations_cost_more(helper):
    def speed(operations):
        return helper.ask("measure_speed", operations=operations, size=16, channels=1)

    assert speed({}) == float("inf")
    assert 0 < speed({"augmix": 0.5, "elastic": 0.1, "cutmix": 1.0}) < speed({"flip_vertical": 1.0})


def test_the_layers_of_a_network_are_told(helper):
    layers = helper.ask(
        "describe_network", architecture="fast_cnn", options={}, input_shape=(28, 28, 1), num_classes=10
    )

    assert [layer["kind"] for layer in layers].count("Conv2D") == 3
    assert layers[-1] == {"name": layers[-1]["name"], "kind": "Dense", "output_shape": (10,), "parameters": 5_770}
    with pytest.raises(InputError, match="Fast CNN has no option 'depth'"):
        helper.ask(
            "describe_network", architecture="fast_cnn", options={"depth": 1}, input_shape=(28, 28, 1), num_classes=10
        )


def test_wrong_settings_come_back_as_the_askers_error_and_a_bug_as_ours(helper, pictures):
    pid = helper.pid

    with pytest.raises(InputError, match="There is no augmentation 'swirl'"):
        preview(helper, pictures, operations={"swirl": 1.0})
    with pytest.raises(HelperError, match="could not be computed"):
        preview(helper, pictures, images=None)

    assert helper.pid == pid, "neither costs the process"


def test_a_killed_helper_comes_back_with_the_next_question(helper, pictures):
    before, _ = preview(helper, pictures)
    pid = helper.pid
    os.kill(pid, signal.SIGKILL)

    np.testing.assert_array_equal(preview(helper, pictures)[0], before)

    assert helper.pid != pid


def test_a_helper_that_takes_too_long_is_given_up_after_the_time_that_was_given_and_replaced(helper):
    helper.ask("warm_up")
    pid = helper.pid
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()

    with pytest.raises(HelperError, match=r"took longer than 0\.2 s"):
        helper.ask("warm_up", timeout_seconds=0.2)

    assert time.monotonic() - begun < compute.STARTUP_SECONDS / 2, "the imports were done long before"
    assert helper.ask("warm_up", timeout_seconds=0.2), "the imports of the next one do not count either"
    assert helper.pid != pid


def test_nobody_waits_longer_for_the_work_of_others_than_for_their_own(helper):
    helper.ask("warm_up")
    os.kill(helper.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as other:
        long = other.submit(helper.ask, "warm_up", timeout_seconds=4.0)
        while not helper._lock.locked():
            time.sleep(0.01)

        with pytest.raises(HelperError, match=r"Others' work took longer than 0\.1 s"):
            helper.ask("warm_up", timeout_seconds=0.1)

        assert not long.done()
        os.kill(helper.pid, signal.SIGCONT)
        assert long.result()


def test_stop_ends_the_process(monkeypatch):
    helper = Helper()
    helper.start()
    pid = helper.pid

    helper.stop()

    assert helper.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
