"""How long a stage still takes, and when that is not said."""

import pytest

from core.progress import Progress


@pytest.mark.parametrize(
    ("done", "seconds", "left"),
    [
        (300, 2.0, None),  # its first seconds
        (13, 8.0, None),  # 1.3 % of it: the rate is that of its start
        (13, 40.0, 40.0 / 13 * 987),  # it is slow
        (250, 10.0, 30.0),
        (1000, 40.0, None),  # another stage may follow
        (999, 40.0, None),
    ],
)
def test_the_time_left_is_said_once_the_rate_is_steady_and_until_the_end(done, seconds, left):
    said = Progress("Reading", done, 1000, seconds=seconds).seconds_left

    assert said == (left if left is None else pytest.approx(left))


def test_nothing_is_said_where_the_total_is_not_known():
    assert Progress("Reading", 50, seconds=60.0).seconds_left is None
