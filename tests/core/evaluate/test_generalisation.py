"""A training that knows its training images alone is told so, and what to do, where that is beyond doubt."""

from types import SimpleNamespace

import pandas as pd
import pytest

from core.evaluate import generalisation
from core.evaluate.generalisation import only_its_training_images


@pytest.fixture
def told(monkeypatch):
    """What is said of epochs of (accuracy, validation accuracy), of 2 training images and validation images of these groups."""

    def said(epochs, groups, classes=None, **more):
        rows = [(f"{row}", label, "val", group) for row, (label, group) in enumerate(groups)]
        rows += [("x", "cup", "train", ""), ("y", "hat", "train", "")]
        index = pd.DataFrame(rows, columns=["sha256", "label", "split", "group"])
        monkeypatch.setattr(generalisation, "learnt_from", lambda workspace, run: None)
        monkeypatch.setattr(generalisation, "read_apart", lambda workspace, dataset: index)
        history = [{"epoch": n, "accuracy": a, "val_accuracy": v, **more} for n, (a, v) in enumerate(epochs, 1)]
        return only_its_training_images(
            None, SimpleNamespace(figures={"history": history}, config=SimpleNamespace(classes=classes))
        )

    return said


def bursts(number, images=6):
    return [("cup" if burst % 2 else "hat", f"webcam-a-{burst}") for burst in range(number) for _ in range(images)]


def test_all_of_training_and_nothing_of_validation_is_said_with_the_cause_and_the_cure(told):
    assert told([(0.8, 0.1), (1.0, 0.0)], bursts(2)) == (
        "At epoch 2 it knows its training images (100 %) but not the validation images (0 %): it may have learnt "
        "backgrounds or the bursts rather than the things. Record each class in several places and with several "
        "backgrounds, or more bursts."
    )
    assert told([(1.0, 0.0)], bursts(2), strength=100.0).startswith("At strength 100 it knows")


@pytest.mark.parametrize(
    ("epochs", "groups", "is_said"),
    [
        ([(1.0, 0.0)], bursts(1), False),  # one burst, however many frames, is one image
        ([(1.0, 0.0)], bursts(2), True),  # Wilson's 0 to 66 % of 2
        ([(1.0, 0.5)], bursts(4), False),  # 15 to 85 % of 4 bursts
        ([(1.0, 0.5)], [("cup", "")] * 24, True),  # 31 to 69 % of 24 images
        ([(0.99, 0.9)], [("cup", "")] * 10_000, False),  # surely lower, and as usual
        ([(0.7, 0.1)], bursts(8), False),  # it does not know its training images either
        ([(0.95, 0.9), (1.0, 0.0)], bursts(8), False),  # an epoch knew both
        ([], bursts(8), False),
    ],
)
def test_only_what_the_worth_of_the_validation_images_puts_beyond_doubt_is_said(told, epochs, groups, is_said):
    assert bool(told(epochs, groups)) == is_said


def test_images_of_classes_that_the_run_does_not_learn_do_not_count(told):
    assert told([(1.0, 0.0)], bursts(2))
    assert not told([(1.0, 0.0)], bursts(2), classes=("cup",))


def test_where_nothing_was_recorded_no_bursts_are_spoken_of(told):
    said = told([(1.0, 0.1)], [("cup", "")] * 24)

    assert "burst" not in said.lower()
    assert said.endswith("Take images of each class in several places and with several backgrounds, or more images.")
