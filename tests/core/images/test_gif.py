"""A GIF that Pillow would be busy with for minutes is cut to what it needs, or refused; all others are as they are."""

import time

import numpy as np
import pytest
from PIL import Image

from core import images
from core.data.strip import without_metadata
from core.errors import ImageError
from core.images import gif
from tests.making import encoded, noise


def film(**options):
    """A GIF of three frames, and where its first block begins."""
    first, *others = (Image.fromarray(noise(seed)).quantize(16, dither=Image.Dither.NONE) for seed in range(3))
    data = encoded(first, "GIF", save_all=True, append_images=others, **options)
    return data, 13 + 3 * (2 << (data[10] & 7))


def with_blocks(blocks):
    data, at = film()
    return data[:at] + blocks + data[at:]


COMMENT = b"\x21\xfe"
BUSY = {
    "a comment of 100,000 parts": COMMENT + (b"\xff" + b"c" * 255) * 100_000 + b"\0",
    "300,000 comments": (COMMENT + b"\1c\0") * 300_000,
    "an application's block of 100,000 parts": b"\x21\xff\x0bXMP DataXMP" + b"\1x" * 100_000 + b"\0",
    "bytes of no block": b"\0" * (30 << 20),
}


@pytest.mark.parametrize("what", BUSY)
def test_31_comments_and_stray_bytes_keep_nobody_busy(tmp_path, what):
    data = with_blocks(BUSY[what])
    (tmp_path / "one.gif").write_bytes(data)

    given = gif.readable(data)

    assert len(given) < 2 << 20
    plain = np.asarray(images.decode(film()[0]))
    for whole in (data, without_metadata(data)[0]):
        np.testing.assert_array_equal(np.asarray(images.decode(whole)), plain)
    assert images.frames(tmp_path / "one.gif") == 3


def test_31_a_gif_of_more_parts_than_any_picture_has_is_refused():
    data = with_blocks((COMMENT + b"\1c\0") * (gif.MOST_PARTS // 2 + 1))
    start = time.process_time()
    for read in (images.decode, without_metadata):
        with pytest.raises(ImageError, match="more than 2,000,000 parts"):
            read(data)
    assert time.process_time() - start < 60  # it took minutes


@pytest.mark.parametrize("options", [{}, {"comment": b"hello", "loop": 0, "duration": 40}])
def test_a_usual_gif_is_given_to_pillow_as_it_is(options):
    data = film(**options)[0]
    assert gif.readable(data) is data


def test_whatever_is_cut_off_or_noise_is_looked_through():
    data = film(comment=b"hello" * 100)[0]
    for length in range(len(data)):
        gif.readable(data[:length])
    for seed in range(200):
        gif.readable(b"GIF89a" + np.random.default_rng(seed).bytes(300))
