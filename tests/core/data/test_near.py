"""Near copies: which pictures are, which only look a little alike, and what it takes to tell."""

import io
import os
import threading

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter
from skimage import data as photos
from sklearn.datasets import load_digits

from core import images
from core.data import alikeness, near
from core.data.phash import numbers_of, part_numbers, phash, tones_of
from tests.making import encoded


def tiles(width=200, height=200):
    """Different cuts of real photos."""
    found = []
    for name in ("astronaut", "camera", "coffee", "rocket", "chelsea"):
        photo = Image.fromarray(getattr(photos, name)()).convert("RGB")
        for top in range(0, photo.height - height + 1, height):
            for left in range(0, photo.width - width + 1, width):
                found.append(photo.crop((left, top, left + width, top + height)))
    return found


def small_of(pictures):
    """What the scan leaves of pictures: hashes, shorter sides, and how to see them."""
    seen = []
    for picture in pictures:
        thumbnail = images.thumbnail(picture)
        out = io.BytesIO()
        thumbnail.save(out, "JPEG", quality=85)
        seen.append((tones_of(thumbnail), Image.open(out).convert("RGB").resize((64, 64), Image.Resampling.BILINEAR)))
    tones, colours = np.stack([one for one, _ in seen]), np.stack([np.asarray(other) for _, other in seen])
    sides = np.array([min(picture.size) for picture in pictures])
    return pd.Series(phash(tones)), sides, near.Small(tones.__getitem__, colours.__getitem__)


def without(left, top, right, bottom):
    """Cut off shares of the width and height."""

    def cut(picture):
        width, height = picture.size
        return picture.crop((left * width, top * height, (1 - right) * width, (1 - bottom) * height))

    return cut


COPIES = {
    "JPEG of quality 50": lambda picture: Image.open(io.BytesIO(encoded(picture, "JPEG", quality=50))),
    "WebP of quality 40": lambda picture: Image.open(io.BytesIO(encoded(picture, "WEBP", quality=40))),
    "half the size": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "twice the size": lambda picture: picture.resize((picture.width * 2, picture.height * 2)),
    "another shape": lambda picture: picture.resize((picture.width, picture.height * 3 // 4)),
    "cropped on all sides": without(0.03, 0.03, 0.03, 0.03),
    "cropped at a corner": without(0.03, 0.03, 0, 0),
    "in grey": lambda picture: picture.convert("L"),
    "lighter": lambda picture: picture.point(lambda tone: min(tone * 1.25, 255)),
}


@pytest.mark.parametrize("way", COPIES)
def test_copies_of_real_pictures_are_found_and_no_two_different_ones(way):
    originals = tiles()
    pictures = [*originals, *(COPIES[way](picture).convert("RGB") for picture in originals)]

    group = near.groups_of(*small_of(pictures))

    count = len(originals)
    found = group[:count] == group[count:]
    assert found.mean() >= 0.95
    assert len(set(group[:count])) == count


def test_a_copy_is_found_where_a_picture_has_so_few_details_that_saving_it_anew_throws_its_hash_over():
    mast = Image.fromarray(photos.rocket()).crop((426, 0, 639, 200))  # before the evening sky
    pictures = [mast, Image.open(io.BytesIO(encoded(mast, "WEBP", quality=40))).convert("RGB"), *tiles()]
    hashes, sides, small = small_of(pictures)
    one, other = numbers_of(hashes[:2].tolist())
    assert np.bitwise_count(one ^ other) > near.BITS

    group = near.groups_of(hashes, sides, small)

    assert group[0] == group[1]
    assert len(set(group)) == len(pictures) - 1


def test_a_cropped_copy_is_found_where_one_straight_edge_leaves_open_how_it_lies_on_the_whole():
    drawn = np.random.default_rng(0)
    down, across = np.mgrid[-100:100, -106:107]

    def edge():
        angle, away = drawn.uniform(0, 2 * np.pi), drawn.uniform(-70, 70)
        side = (
            1 / (1 + np.exp((away - across * np.cos(angle) - down * np.sin(angle)) / drawn.uniform(0.5, 4)))[..., None]
        )
        tones = side * drawn.uniform(0, 255, 3) + (1 - side) * drawn.uniform(0, 255, 3)
        return Image.fromarray((tones + drawn.normal(0, 2, (200, 213, 1))).clip(0, 255).astype(np.uint8))

    edges = [edge() for _ in range(80)]
    whole = small_of(edges)[2].colours(np.arange(80))
    for cut in (without(0.03, 0.03, 0.03, 0.03), without(0.03, 0.03, 0, 0), without(0, 0.03, 0.03, 0)):
        cropped = small_of([cut(picture) for picture in edges])[2].colours(np.arange(80))
        assert alikeness.alikeness(whole, cropped).min() >= near.SIMILARITY


def test_different_pictures_have_no_edges_in_common_even_where_hashes_are_alike():
    seen = small_of(tiles())[2].colours(np.arange(len(tiles())))
    first, second = (ends[::4] for ends in np.triu_indices(len(seen), 1))

    alike = alikeness.alikeness(seen[first], seen[second])

    assert alike.max() < near.SIMILARITY
    np.testing.assert_allclose(alikeness.alikeness(seen, seen), 1, atol=1e-3)


def test_a_picture_of_the_same_shape_in_another_colour_is_another_picture():
    drawing = Image.new("RGB", (200, 200), "white")
    drawing.paste("red", (60, 40, 140, 160))
    other = Image.new("RGB", (200, 200), "white")
    other.paste("blue", (60, 40, 140, 160))

    group = near.groups_of(*small_of([drawing, other, drawing.filter(ImageFilter.SMOOTH)]))

    assert group[0] == group[2] != group[1]


def test_a_row_of_pictures_each_near_the_next_is_no_one_group_but_several():
    whole = Image.fromarray(photos.rocket())
    frames = [whole.crop((shift, 0, shift + 400, 400)) for shift in range(0, 240, 6)]
    hashes, sides, small = small_of(frames)
    seen = small.colours(np.arange(len(frames)))
    assert alikeness.alikeness(seen[:-1], seen[1:]).min() >= near.SIMILARITY, "each is near the next"

    group = near.groups_of(hashes, sides, small)

    assert 3 <= len(set(group)) <= 12
    assert max(np.ptp(np.flatnonzero(group == one)) for one in set(group)) < len(frames) / 2


def test_handwritten_digits_are_no_near_copies_of_each_other_but_saved_anew_they_are():
    digits = [
        Image.fromarray(np.round(digit * 15.9).astype(np.uint8)).resize((28, 28)) for digit in load_digits().images
    ]
    tones = np.stack([tones_of(digit) for digit in digits])
    again = np.stack(
        [tones_of(Image.open(io.BytesIO(encoded(digit, "JPEG", quality=75)))) for digit in digits[:100]]
    )  # fmt: skip
    both = np.concatenate([tones, again])

    group = near.groups_of(pd.Series(phash(both)), np.full(len(both), 28), near.Small(both.__getitem__, None))

    count = len(digits)
    assert len(set(group[:count])) >= count - 2
    assert (group[:100] == group[count:]).mean() > 0.9


def test_blank_pictures_are_no_near_copies_of_each_other():
    blank = [Image.new("RGB", (100, 100), (tone, tone, tone)) for tone in range(0, 250, 10)]

    assert len(set(near.groups_of(*small_of(blank)))) == len(blank)


def test_a_thousand_pictures_of_one_hash_do_not_grow_to_a_million_pairs():
    tones = np.random.default_rng(0).integers(0, 256, (1000, 32, 32), np.uint8)
    looked = []

    def colours(rows):
        looked.append(len(rows))
        return np.random.default_rng(len(looked)).integers(0, 256, (len(rows), 64, 64, 3), np.uint8)

    hashes = pd.Series(["c3d2e1f00f1e2d3c"] * 1000)
    group = near.groups_of(hashes, np.full(1000, 200), near.Small(tones.__getitem__, colours))

    assert len(set(group)) == 1000
    assert sum(looked) < 20_000


def test_the_hash_of_a_part_is_about_that_of_the_picture_cropped_to_it():
    pictures = tiles()
    cropped = phash([tones_of(without(0.03, 0, 0, 0.03)(picture)) for picture in pictures])
    expected = np.array([int(one, 16) for one in cropped], np.uint64)

    found = part_numbers(np.stack([tones_of(picture) for picture in pictures]), (0, 0.97), (0.03, 1))

    assert np.median(np.bitwise_count(found ^ expected)) <= 2


def test_names_are_equal_for_near_copies_and_empty_for_pictures_that_have_none():
    photo, other, third = tiles()[:3]
    pictures = [photo, other, COPIES["half the size"](photo), third, third]
    hashes, _, small = small_of(pictures)
    index = pd.DataFrame({"sha256": list("abcdd"), "phash": hashes, "width": 200, "height": 200})

    names = near.names_of(index, small)

    assert names.tolist() == ["a", "", "a", "", ""]


def test_what_was_a_near_copy_stays_one_however_its_thumbnail_shows_it():
    photo, other, third = tiles()[:3]
    pictures = [photo, COPIES["half the size"](photo), other, third, COPIES["half the size"](third)]
    hashes, _, small = small_of([photo, other, other, third, COPIES["half the size"](third)])
    index = pd.DataFrame({"sha256": list("abcde"), "phash": hashes, "width": 200, "height": 200})
    assert near.names_of(index, small_of(pictures)[2]).tolist() == ["a", "a", "", "d", "d"]
    assert near.names_of(index, small).tolist() == ["", "b", "b", "d", "d"], "seen otherwise"

    names = near.names_of(index, small, known=pd.Series(["a", "a", "", None, ""]))

    assert names.tolist() == ["a", "a", "a", "d", "d"]


def test_pictures_on_disk_are_compared_by_as_many_threads_as_there_are_cores(tmp_path, monkeypatch):
    """A pool inside the threads of a pool would make their square."""
    cores, alive, colours_of = 3, [], alikeness.colours_of

    def counted(picture):
        alive.append(threading.active_count())
        return colours_of(picture)

    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(alikeness, "colours_of", counted)
    monkeypatch.setattr(near, "LOOKS_AT_ONCE", 4)
    originals = tiles()
    pictures = [*originals, *(COPIES["half the size"](picture) for picture in originals)]
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png")
    index = pd.DataFrame({"sha256": [f"{number:02d}" for number in range(len(pictures))]})
    index = index.assign(file=[f"{number}.png" for number in range(len(pictures))], width=200, height=200)
    index["phash"] = small_of(pictures)[0]
    before = threading.active_count()

    names = near.names_of(index, near.Small(near.tones_in([tmp_path], index), near.colours_in([tmp_path], index)))

    assert (names != "").mean() > 0.9
    assert max(alive) - before <= cores


def test_how_many_images_are_one_thing_over_again_counts_copies_and_near_copies():
    index = pd.DataFrame({"near": ["n1", "n1", "", "", "", "n2"], "sha256": ["a", "b", "c", "c", "d", "e"]})

    assert near.with_another(index) == 4  # n1 twice, c twice; of n2 one only is among them
    assert near.with_another(index[2:3]) == 0
    assert near.with_another(index[["sha256"]]) == 2
