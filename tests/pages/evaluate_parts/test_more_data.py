"""What More data? says of the points."""

import numpy as np
import pytest

from core.evaluate.learning_curve import fit
from core.evaluate.shares import of_share
from core.train.sweeps import Result
from pages.evaluate_parts.more_data import _points, sentence

IMAGES = np.array([51, 102, 204])


@pytest.mark.parametrize("answered", [51, 1000])
def test_errors_that_rise_with_more_data_are_not_called_next_to_nothing(answered):
    """They gave "0.01 points at most", as if that were known."""
    said = sentence(fit(IMAGES, np.array([0.22, 0.3, 0.5]) * answered, np.full(3, answered)))

    assert said.startswith("It cannot be told whether more data would help")


def test_where_it_is_known_to_be_next_to_nothing_that_is_said():
    said = sentence(fit(IMAGES, np.array([0.02, 0.02, 0.0196]) * 10_000, np.full(3, 10_000)))

    assert "doubling the data should bring next to nothing" in said


def test_frames_of_three_bursts_count_as_what_their_interval_says():
    groups = np.repeat(np.arange(3), 17)
    right = [np.arange(51) < number for number in (17, 25, 50)]
    results = [
        Result(
            f"run-{place}",
            {"train_share": (0.25, 0.5, 1.0)[place]},
            "done",
            {
                "test_accuracy": float(of.mean()),
                "test_interval": list(of_share(of, groups)),
                "test_images": 51,
                "history": [{"step_images": int(IMAGES[place])}],
            },
        )
        for place, of in enumerate(right)
    ]

    points = _points(results)

    assert points["images"].tolist() == IMAGES.tolist()
    assert (points["answered"] < 6).all()
    assert (points["wrong"] / points["answered"]).tolist() == pytest.approx([1 - of.mean() for of in right])
    said = sentence(fit(IMAGES, points["wrong"].to_numpy(), points["answered"].to_numpy()))
    assert said.startswith("It cannot be told")
