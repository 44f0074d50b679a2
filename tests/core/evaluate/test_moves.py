import numpy as np
import pytest

from core.evaluate.moves import MOVES, move


def test_a_quarter_turn_and_whole_pixels_are_exact():
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)

    np.testing.assert_array_equal(move(images, "rotation", 90), np.rot90(images, axes=(1, 2)))
    np.testing.assert_array_equal(move(images, "rotation", -90), np.rot90(images, -1, axes=(1, 2)))
    for name, one in MOVES.items():
        np.testing.assert_array_equal(move(images, name, one.still), images)


def test_a_shift_is_by_that_share_of_the_side_in_drawn_directions():
    images = np.zeros((200, 41, 41, 1), np.uint8)
    images[:, 18:23, 18:23] = 50 + np.arange(200)[:, None, None, None]  # alike, they would all go the same way
    moved = move(images, "shift", 0.2)[..., 0].astype(float)
    rows, columns = np.indices(moved.shape[1:])
    weight = moved.sum((1, 2))
    down, right = (moved * rows).sum((1, 2)) / weight - 20, (moved * columns).sum((1, 2)) / weight - 20

    np.testing.assert_allclose(np.hypot(down, right), 0.2 * 41, atol=0.5)
    assert {(d > 0, r > 0) for d, r in zip(down, right, strict=True)} == {
        (a, b) for a in (True, False) for b in (True, False)
    }


@pytest.mark.parametrize(("factor", "area"), [(0.5, 0.25), (2, 4)])
def test_a_scale_changes_the_area_by_its_square(factor, area):
    images = np.zeros((1, 64, 64, 1), np.uint8)
    images[:, 24:40, 24:40] = 250

    assert move(images, "scale", factor).sum() / images.sum() == pytest.approx(area, rel=0.1)


def test_what_comes_in_has_the_colour_of_the_rim():
    images = np.full((1, 32, 32, 3), (10, 200, 30), np.uint8)
    images[:, 8:24, 8:24] = 255

    assert (move(images, "scale", 0.5)[0, 0, 0] == (10, 200, 30)).all()
