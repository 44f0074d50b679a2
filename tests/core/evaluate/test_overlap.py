"""An evaluation on images that the run learnt from says so, beside the figure without them."""

import io
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core.data import different
from core.data.add import add
from core.data.dataset import read_index
from core.evaluate import paired
from core.evaluate.evaluation import evaluate, find_evaluation, read_predictions
from core.evaluate.metrics import figures
from core.evaluate.overlap import NEAR, NEW, SAME, of_own_split, overlap, share_words, told, warning
from core.workspace import Workspace
from tests.making import fovea


def tiles():
    """24 cuts of photos, 160 pixels a side, no two of them alike."""
    found = []
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        photo = Image.fromarray(getattr(photos, name)()).convert("RGB")
        corners = [
            (left, top) for top in range(0, photo.height - 160, 160) for left in range(0, photo.width - 160, 160)
        ]
        found += [photo.crop((left, top, left + 160, top + 160)) for left, top in corners]
    return found[:24]


def saved(picture, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def resaved(picture):
    out = io.BytesIO()
    picture.resize((120, 120), Image.Resampling.LANCZOS).save(out, "JPEG", quality=75)
    return Image.open(out)


@pytest.fixture(scope="module")
def had(tmp_path_factory):
    """A data set that a run learnt from, and another that holds some of its images, near copies of some, and new ones."""
    folder, pictures = tmp_path_factory.mktemp("overlap"), tiles()
    parts = {"train": range(8), "val": range(8, 12), "test": range(12, 16)}
    for split, numbers in parts.items():
        for number in numbers:
            saved(pictures[number], folder / "own" / split / f"class {number % 2}" / f"{number}.png")
    other = folder / "other"
    expected = {}
    for number, kind in {0: SAME, 9: SAME, 12: NEW, 2: NEAR, 10: NEAR, 13: NEW, 17: NEW, 18: NEW, 19: NEW}.items():
        picture = resaved(pictures[number]) if kind == NEAR else pictures[number]
        name = f"test/class {number % 2}/{number}.{'jpg' if kind == NEAR else 'png'}"
        saved(picture, other / name)
        expected[name] = kind  # 12 and 13 are of its test split: it did not learn from them
    name = "test/class 1/17 again.jpg"  # alike are two that are both new
    saved(resaved(pictures[17]), other / name)
    expected[name] = NEW
    workspace = Workspace.open(folder / "workspace")
    own = add(workspace, str(folder / "own"), "own")
    run = SimpleNamespace(dataset=own.reference, data_fingerprint=own.fingerprint, title="a run")
    return workspace, run, own, add(workspace, str(other), "other"), expected


def test_the_same_files_and_near_copies_are_told_from_new_images(had):
    workspace, run, _, other, expected = had
    index = read_index(workspace, other)

    found = overlap(workspace, run, other, index)

    assert dict(zip(index["path"].str.replace("\\", "/"), found.tolist(), strict=True)) == expected


def test_a_run_had_its_training_and_validation_images_and_not_its_test_images(had):
    workspace, run, own, _, _ = had
    index = read_index(workspace, own)

    found = overlap(workspace, run, own, index)

    assert (found == np.where(index["split"] == "test", NEW, SAME)).all()


def test_in_its_own_data_near_copies_of_what_it_had_are_told_from_those_of_test_images_alone(workspace, tmp_path):
    pictures, expected = tiles(), {}
    for number, (split, near_copy_of) in enumerate(
        [
            ("train", None),
            ("train", None),
            ("val", None),
            ("test", None),
            ("test", 0),
            ("test", 2),
            ("test", 3),
            ("test", None),
        ]
    ):
        picture = pictures[number] if near_copy_of is None else resaved(pictures[near_copy_of])
        of = number if near_copy_of is None else near_copy_of
        name = f"{split}/class {of % 2}/{number}.{'png' if near_copy_of is None else 'jpg'}"
        saved(picture, tmp_path / "own" / name)
        expected[name] = SAME if split != "test" else NEAR if near_copy_of in (0, 2) else NEW
    own = add(workspace, str(tmp_path / "own"), "own")
    run = SimpleNamespace(dataset=own.reference, data_fingerprint=own.fingerprint, title="a run")
    index = read_index(workspace, own)

    found = overlap(workspace, run, own, index)

    assert dict(zip(index["path"], found.tolist(), strict=True)) == expected


@pytest.fixture
def one_background(workspace, tmp_path):
    """Images before one background: cups trained and tested on, keys tested on only; and one that is new."""
    expected = {}
    for name, number, kind in (
        ("train/cup/a.png", 0, SAME),
        ("train/key/b.png", 1, SAME),
        ("test/cup/c.jpg", 0, NEAR),
        ("test/key/d.jpg", 0, NEW),  # a cup flatters no key
        ("test/key/b again.png", 1, SAME),
        ("test/cup/b too.png", 1, SAME),  # the very same picture, whatever its label
        ("test/key/e.png", 2, NEW),
    ):
        saved(resaved(tiles()[number]) if name.endswith("jpg") else tiles()[number], tmp_path / "own" / name)
        expected[name] = kind
    near = tmp_path / "own" / "test/key/d.jpg"
    resaved(tiles()[0]).save(near, quality=60)
    return add(workspace, str(tmp_path / "own"), "own"), expected


@pytest.mark.parametrize("in_own_data", [True, False])
def test_near_copies_of_another_label_are_new_images_and_exact_copies_are_known_whatever_their_label(
    workspace, one_background, tmp_path, in_own_data
):
    own, expected = one_background
    run = SimpleNamespace(dataset=own.reference, data_fingerprint=own.fingerprint, title="a run")
    asked = own if in_own_data else add(workspace, str(tmp_path / "own" / "test"), "other")
    index = read_index(workspace, asked)

    found = overlap(workspace, run, asked, index)

    paths = index["path"] if in_own_data else "test/" + index["path"]
    assert dict(zip(paths, found.tolist(), strict=True)) == {path: expected[path] for path in paths}


def test_near_copies_that_a_person_called_different_things_are_new_images(workspace, one_background):
    own, expected = one_background
    run = SimpleNamespace(dataset=own.reference, data_fingerprint=own.fingerprint, title="a run")
    index = read_index(workspace, own)
    sha256 = dict(zip(index["path"], index["sha256"], strict=True))

    def kinds():
        return dict(zip(index["path"], overlap(workspace, run, own, index).tolist(), strict=True))

    different.say(
        workspace, "own", [[sha256[path] for path in ("train/cup/a.png", "test/cup/c.jpg", "test/key/d.jpg")]]
    )
    assert kinds() == expected  # that cups are no keys; two cups may be one
    different.say(workspace, "own", [[sha256["train/cup/a.png"], sha256["test/cup/c.jpg"]]])
    assert kinds() == expected | {"test/cup/c.jpg": NEW}


def test_where_the_data_was_deleted_nobody_knows(had):
    workspace, run, _, other, _ = had
    gone = SimpleNamespace(dataset="gone@1", data_fingerprint="", title=run.title)

    found = told(overlap(workspace, gone, other, read_index(workspace, other)[:3]), np.ones(3, bool))

    assert found["same"] is None and "deleted" in found["reason"]
    assert warning(found, 3, 1.0) == ""


def test_the_figure_without_them_is_of_the_new_images_alone():
    found = told(np.array([SAME, SAME, NEAR, NEW, NEW]), np.array([True, True, True, True, False]))

    assert (found["same"], found["near"], found["without"]["n"], found["without"]["accuracy"]) == (2, 1, 2, 0.5)
    assert warning(found, 5, 0.8).endswith(
        "which as a rule flatters. Without them it is 50.0 % (9.5 to 90.5) of 2 images."
    )
    assert "3 of the 5 images" in warning(found, 5, 0.8)


def test_where_the_figure_without_them_is_no_lower_only_both_are_said():
    """Right on one of the three that it had, and on both that are new."""
    found = told(np.array([SAME, SAME, NEAR, NEW, NEW]), np.array([True, False, False, True, True]))

    words = warning(found, 5, 0.6)

    assert "With them it is 60.0 %. Without them it is 100.0 % (" in words
    assert "flatters" not in words


@pytest.mark.parametrize("grouped", [False, True])
def test_the_figure_without_them_and_its_interval_are_those_of_an_evaluation_of_the_rest(grouped):
    random = np.random.default_rng(3)
    labels, groups = random.integers(3, size=120), np.arange(120) // 10 if grouped else None
    probabilities = np.eye(3)[np.where(np.arange(120) // 10 % 3 == 0, (labels + 1) % 3, labels)]
    found = random.choice([SAME, NEAR, NEW, NEW], size=120)
    new = found == NEW

    without = told(found, probabilities.argmax(1) == labels, groups)["without"]
    alone = figures(labels[new], probabilities[new], ("a", "b", "c"), groups[new] if grouped else None)

    assert without == {name: alone[name] for name in ("n", "accuracy", "accuracy_ci95")}
    width = without["accuracy_ci95"][1] - without["accuracy_ci95"][0]
    assert width > 0.4 if grouped else width < 0.25  # a group is right or wrong as a whole: twelve, not dozens


def test_all_of_them_or_one_is_said_in_words():
    every = told(np.array([SAME, SAME]), np.array([True, True]))

    assert share_words(every, 2) == "All 2 images are among those that the run learnt from or was validated on"
    assert warning(every, 2, 1.0).endswith("the figure says nothing about new ones.")
    assert every["without"] == {"n": 0, "accuracy": None, "accuracy_ci95": None} and every["reason"]


def test_evaluate_on_the_very_digits_says_so_and_a_test_split_of_its_own_says_nothing(trained, tmp_path):
    workspace, run = trained.workspace, trained.run
    index = read_index(workspace, trained.dataset)
    for row in index[index["split"] == "train"].index[:40]:
        facts = index.loc[row]
        target = tmp_path / "again" / str(facts["label"]) / f"{row}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(workspace.dataset("digits") / facts["file"], target)
    again = add(workspace, str(tmp_path / "again"), "again")
    split = next(name for name in ("train", "test", "val") if again.per_split.get(name))

    value = evaluate(workspace, run, again, split).to_json()

    assert (value["overlap"]["same"], value["overlap"]["near"]) == (value["n"], 0)
    assert set(
        read_predictions(workspace, run, find_evaluation(workspace, run, again.reference, split))["overlap"]
    ) == {SAME}
    assert of_own_split(run, again.reference, split) is None
    assert of_own_split(run, run.dataset, "test") is None
    assert "learnt from these very images" in of_own_split(run, run.dataset, "train")
    own = fovea(workspace, "evaluate", run.id)
    assert (own["overlap"]["same"], own["overlap"]["near"]) == (0, 0)
    assert own["overlap"]["without"]["accuracy"] == own["accuracy"]
    kept = find_evaluation(workspace, run, again.reference, split)
    rows = read_predictions(workspace, run, kept, ["row"])["row"].to_numpy()
    assert paired.had_before(workspace, run, kept, rows[:3]) == 3  # of those that are compared alone
    own = evaluate(workspace, run, trained.dataset, "test")
    assert paired.had_before(workspace, run, own, np.arange(trained.dataset.images)) == 0
    earlier = replace(own, figures={**own.figures, "overlap": None})
    assert paired.had_before(workspace, run, earlier, rows) is None
