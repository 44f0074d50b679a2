import pytest

from pages.evaluate_parts.verdict import align_of_guess


@pytest.mark.parametrize(
    ("baseline", "low", "high", "ends_there", "align"),
    [
        (0.1, 0.95, 0.99, True, "left"),
        (0.5, 0.9, 1.0, True, "right"),  # to its right 18 % of the line would be shared
        (0.1, 0.5, 0.6, True, None),  # both stand left of the middle
        (0.5, 0.42, 0.55, False, None),
        (0.45, 0.0, 0.1, False, "left"),
        (0.97, 0.99, 1.0, True, None),
    ],
)
def test_words_at_the_baseline_and_at_the_interval_never_overlap(baseline, low, high, ends_there, align):
    assert align_of_guess(baseline, low, high, ends_there) == align
