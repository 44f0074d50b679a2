import dataclasses

import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.data.add import add
from core.data.dataset import read_index
from core.train.presets import PRESETS
from core.train.recommend import choose, flat_share, recommend

PHOTOS = ("chelsea", "coffee", "astronaut", "rocket", "camera", "brick", "grass", "gravel")


@pytest.fixture
def photos(workspace, tmp_path):
    for place, name in enumerate(PHOTOS):
        for part in range(6):
            (tmp_path / "photos" / ("first", "second")[place % 2]).mkdir(parents=True, exist_ok=True)
            pixels = getattr(data, name)()[part * 40 : part * 40 + 200, part * 30 : part * 30 + 200]
            Image.fromarray(pixels).save(tmp_path / "photos" / ("first", "second")[place % 2] / f"{name}{part}.png")
    return add(workspace, str(tmp_path / "photos"))


def test_photos_are_for_the_network_that_knows_photos_and_small_grey_digits_are_not(workspace, photos, digits):
    found = recommend(workspace, photos)

    assert found.preset == "quick_plus"
    assert found.reason.startswith("Photos, about 200 × 200 pixels, 20 training images a class on average: ")
    few = dataclasses.replace(photos, per_split={"train": 10, "val": 2, "test": 2})
    assert "More images a class" in choose(few, True, "200 × 200 pixels").reason
    assert "More images a class" not in found.reason
    assert recommend(digits.workspace, digits.dataset).preset == "fast"


def test_frames_of_a_burst_are_one_thing_and_more_things_would_help(workspace, photos, tmp_path):
    rows = [(path, path.parent.name, path.stem[:-1]) for path in sorted((tmp_path / "photos").rglob("*.png"))]
    table = tmp_path / "things.csv"
    table.write_text("path,label,group\n" + "\n".join(f"{path},{label},{thing}" for path, label, thing in rows))
    grouped = add(workspace, str(table))
    learnt = read_index(workspace, grouped, ["split", "group"]).query("split == 'train'")["group"]

    found = recommend(workspace, grouped).reason

    images, things = round(len(learnt) / 2), round(learnt.nunique() / 2)
    assert f"{images} training images of {things} groups a class on average" in found
    assert "More groups a class would help most." in found
    assert "of 1 burst a class" in choose(grouped, True, "", "burst", 2).reason


def test_drawings_on_a_ground_are_told_from_photos_by_their_pixels(workspace, tmp_path):
    random = np.random.default_rng(0)
    for name in ("first", "second"):
        (tmp_path / "drawn" / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.full((120, 120, 3), 255, np.uint8)
            pixels[30:80, 30:80] = random.integers(0, 256, (50, 50, 3))
            Image.fromarray(pixels).save(tmp_path / "drawn" / name / f"{number}.png")

    assert recommend(workspace, add(workspace, str(tmp_path / "drawn"))).reason.startswith("Figures on a plain ground")


def test_it_names_the_size_of_the_files_and_not_the_one_that_they_are_fitted_to(workspace, tmp_path):
    (tmp_path / "desk").mkdir()
    for place, size in enumerate([(640, 480), (640, 480), (640, 480), (1200, 900)]):
        folder = tmp_path / "desk" / ("mug", "pen")[place % 2]
        folder.mkdir(exist_ok=True)
        Image.fromarray(data.coffee()).resize(size).save(folder / f"{place}.png")
    mixed = add(workspace, str(tmp_path / "desk"))
    (tmp_path / "desk" / "pen" / "3.png").unlink()

    assert "Photos, about 640 × 480 pixels" in recommend(workspace, mixed).reason
    assert mixed.size == 96, "what a network sees if nobody asks for more"
    assert "Photos, 640 × 480 pixels" in recommend(workspace, add(workspace, str(tmp_path / "desk"))).reason


@pytest.mark.parametrize(
    ("size", "channels", "a_class", "is_photo", "preset"),
    [
        (28, 1, 6000, False, "fast"),
        (28, 1, 20, True, "fast"),
        (32, 3, 5000, False, "small"),
        (32, 3, 20, True, "quick_plus"),
        (96, 3, 80, False, "quick_plus"),
        (224, 1, 500, True, "quick_plus"),
        (224, 3, 3000, True, "quick"),
    ],
)
def test_size_tones_and_images_a_class_choose(photos, size, channels, a_class, is_photo, preset):
    like = dataclasses.replace(
        photos,
        size=size,
        channels=channels,
        images=2 * a_class + 18,
        per_split={"train": 2 * a_class, "val": 9, "test": 9},
    )

    found = choose(like, is_photo, "")

    assert found.preset == preset
    assert found.preset in PRESETS


def test_the_share_of_the_commonest_tone():
    pixels = np.repeat(np.array([0, 1, 200, 255], np.uint8), 25)

    assert flat_share(pixels) == 0.5, "tones that are hardly apart are one"
    assert flat_share(np.arange(256, dtype=np.uint8)) == 5 / 256
