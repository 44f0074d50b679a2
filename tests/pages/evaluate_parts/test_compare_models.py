"""What Compare says of how much a difference takes to show."""

import pytest

from pages.evaluate_parts.compare_models import what_it_takes


@pytest.mark.parametrize(
    ("needed", "images", "groups", "words"),
    [
        (2497, 1000, None, "about 2,500 images"),
        (630, 81, 3, "about 24 groups like these"),  # three bursts of 27 frames: longer ones would show nothing
        (811, 81, 3, "more than 10 times as many groups"),
        (10_001, 1000, None, "more than 10 times as many images"),
    ],
)
def test_how_much_a_difference_takes_is_counted_in_what_hangs_together(needed, images, groups, words):
    assert what_it_takes(needed, images, groups) == words
