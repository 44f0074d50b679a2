"""How many pixels may be decoded at once."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from core import images
from core.images import reading
from core.images.budget import BUDGET, MAX_PIXELS, Budget
from tests.making import memory_rises_by_less_than, noise

PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def giant():
    """8,000 × 8,000 pixels with alpha in 250 KB."""
    out = io.BytesIO()
    Image.new("RGBA", (8000, 8000), (200, 30, 30, 128)).save(out, "PNG")
    assert out.tell() < 400_000
    return out.getvalue()


def test_many_giant_pictures_at_once_take_the_memory_of_one(monkeypatch, giant):
    monkeypatch.setattr(reading, "BUDGET", Budget(MAX_PIXELS))

    def thumbnail(_):
        with reading.BUDGET.held():
            return images.thumbnail(images.decode(giant)).getpixel((5, 5))

    with memory_rises_by_less_than(9 * MAX_PIXELS), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(thumbnail, range(4))) == [(227, 142, 142)] * 4


def test_one_waits_until_there_is_room_and_whoever_holds_some_goes_on():
    budget, first_has, second_has, done = Budget(100), threading.Event(), threading.Event(), threading.Event()

    def first():
        with budget.held():
            budget.take(80)
            first_has.set()
            budget.take(80)  # does not wait for what it holds itself
            done.wait(PATIENCE_SECONDS)

    def second():
        first_has.wait(PATIENCE_SECONDS)
        with budget.held():
            budget.take(30)
            second_has.set()

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(first), pool.submit(second)]
        assert first_has.wait(PATIENCE_SECONDS)
        assert not second_has.wait(0.2)
        done.set()
        assert second_has.wait(PATIENCE_SECONDS)
        for one in running:
            one.result()
    assert budget._free == 100


def test_what_is_taken_is_given_back_also_by_one_that_fails_and_by_blocks_inside():
    budget = Budget(100)
    with pytest.raises(ValueError, match="broken"), budget.held():
        budget.take(10**9)  # more than there is: all there is
        with budget.held():
            budget.take(5)
        assert budget._free == -5
        raise ValueError("broken")
    assert budget._free == 100


def test_every_way_of_decoding_gives_its_pixels_back():
    free = BUDGET._free
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        out = io.BytesIO()
        Image.fromarray(noise(1, 40, 50)).save(out, kind)
        images.load(out.getvalue(), 16, 3)
        with pytest.raises(images.reading.ImageError):
            images.decode(out.getvalue()[: len(out.getvalue()) // 2])
    assert BUDGET._free == free


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_strips_on_white_are_the_whole_picture_on_white(mode):
    samples = np.random.default_rng(0).integers(0, 256, (2 * reading.STRIP + 3, 7, len(mode)), dtype=np.uint8)
    picture = Image.fromarray(samples, mode)
    out = io.BytesIO()
    picture.save(out, "PNG")
    whole = Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture.convert("RGBA"))
    decoded = images.decode(out.getvalue())
    assert decoded.info["transparent"]
    np.testing.assert_array_equal(decoded, whole.convert("L" if mode == "LA" else "RGB"))
