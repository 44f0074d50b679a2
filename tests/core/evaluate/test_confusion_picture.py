import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from core.evaluate.confusion import BY_COLUMN, BY_ROW, COUNTS
from core.evaluate.confusion_look import cell_text, strengths
from core.evaluate.confusion_picture import MOST_NAMED, Inks, draw
from core.evaluate.lettering import font_for, shortened


def picture(matrix, classes=None, by=COUNTS, order=None, **options):
    """(H, W, 3) uint8 of what is drawn."""
    everything = np.arange(len(matrix)) if order is None else order
    names = classes or tuple(f"kind {place}" for place in range(len(matrix)))
    data = draw(np.array(matrix), names, everything, everything, by, "A run", "digits, version 1", **options)
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def colours_of(array):
    return {tuple(colour) for colour in np.unique(array.reshape(-1, 3), axis=0).tolist()}


def mixed(ink, strength, ground="#ffffff"):
    below, above = (np.array(ImageColor.getrgb(one)) for one in (ground, ink))
    return tuple((below + strength * (above - below)).round().astype(int).tolist())


def test_mistakes_and_right_answers_have_their_colours():
    inks = Inks()
    found = colours_of(picture([[8, 2], [0, 5]]))

    assert {mixed(inks.accent, 0.5), mixed(inks.muted, 0.24), mixed(inks.text, 1)} <= found
    assert mixed(inks.muted, 0.10 + 0.14 * 5 / 8) in found


@pytest.mark.parametrize("by", [COUNTS, BY_ROW, BY_COLUMN])
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_it_is_large_enough_to_read_and_not_too_large_to_send(classes, by):
    matrix = np.random.default_rng(0).integers(0, 90, (classes, classes))
    height, width, _ = picture(matrix, by=by).shape

    assert min(height, width) > classes * 22
    assert max(height, width) < 3300


def test_the_order_and_the_choice_of_classes_are_those_asked_for():
    matrix = np.array([[8, 2, 0], [0, 5, 0], [0, 0, 4]])
    whole, two, turned = (
        picture(matrix),
        picture(matrix, order=np.array([0, 1])),
        picture(matrix, order=np.array([1, 0, 2])),
    )

    assert two.shape[0] < whole.shape[0]
    assert whole.shape == turned.shape
    assert (whole != turned).any()


def test_beyond_what_can_be_named_it_is_a_map_where_a_single_mistake_is_seen():
    matrix = np.diag(np.full(MOST_NAMED + 40, 50))
    matrix[3, 90] = 1

    assert (picture(matrix) == mixed(Inks().accent, 1.0)).all(axis=-1).any()


def test_it_can_be_drawn_on_dark_ground():
    found = picture([[8, 2], [0, 5]], inks=Inks("#4fc3b7", "#e8e9e8", "#9ba1a3", "#3a3e40", "#17191a"))

    assert tuple(found[0, 0].tolist()) == ImageColor.getrgb("#17191a")


def test_no_mistake_no_image_and_strange_names_are_drawn_too():
    picture([[0, 0], [0, 0]], ("", "猫"))
    picture([[3, 0], [0, 0]], ("<img src=x onerror=alert(1)>" * 9, "=cmd()"))


def test_long_names_end_in_an_ellipsis_within_their_width():
    font = font_for("a", 20)

    assert shortened("a cat", font, 500) == "a cat"
    short = shortened("a very long name of a class" * 3, font, 120)
    assert short.endswith("…")
    assert font.getlength(short) <= 120


def test_the_strongest_mistake_stays_readable_and_right_answers_quiet():
    found = strengths(np.array([[90, 30], [1, 0]]), np.eye(2, dtype=bool))

    assert found[0, 1] == pytest.approx(0.5)
    assert 0.5 > found[1, 0] > 0.14
    assert found[0, 0] == pytest.approx(0.24)
    assert found[1, 1] < found[0, 0]


def test_what_stands_in_a_cell():
    assert [cell_text(value, COUNTS) for value in (0, 7, 1234)] == ["", "7", "1,234"]
    assert [cell_text(value, BY_ROW) for value in (0, 0.004, 0.125, 1)] == ["", "<1", "12", "100"]
