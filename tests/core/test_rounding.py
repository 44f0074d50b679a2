import pytest

from core.evaluate.resolution import resolution
from core.rounding import significant


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (100, 2, "100"),
        (99.6, 2, "100"),
        (37.4, 2, "37"),
        (1.0, 2, "1"),
        (1.46, 2, "1.5"),
        (0.0042, 2, "0.0042"),
        (0.1, 2, "0.1"),
        (12345, 2, "12,000"),
        (-0.256, 2, "-0.26"),
        (2.0349, 3, "2.03"),
        (1234.5, 3, "1,230"),
        (0.00000123, 2, "0.0000012"),
        (0, 2, "0"),
    ],
)
def test_numbers_have_their_digits_and_never_an_exponent(value, digits, text):
    assert significant(value, digits) == text


def test_what_one_image_can_tell_is_said_in_plain_numbers():
    said = resolution(1.0, (0.0, 1.0), 1, 1).sentence()  # half of the interval is 50 points

    assert said.startswith("± 50 points.")
    assert "e+" not in resolution(0.5, (-1.0, 1.0), 1, 1).sentence()  # "1e+02 points" it was
