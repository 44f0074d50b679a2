import csv
import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from benchmarks import found_slices
from benchmarks.found_slices import World
from core.commands.weaknesses import in_lines
from core.data import shelf
from core.data.add import add
from core.data.dataset import read_index
from core.evaluate.disparity import disparity
from core.evaluate.evaluation import evaluate, evaluation_folder, find_evaluation
from core.evaluate.slice_columns import (
    Column,
    Part,
    Sliceable,
    columns_of,
    in_words,
    part_of,
    read_sliceable,
    source_folders,
)
from core.evaluate.slices import Slices, find_slices, slices_of, within_classes
from tests.making import fovea

HOSTILE = "<img src=x onerror=alert(1)>|1..2"


def sliceable(labels, correct, columns, groups=None, classes=10):
    predicted = np.where(correct, labels, (labels + 1) % classes)
    names = tuple(map(str, range(classes)))
    of_class = Column("class", "class", labels.astype(str).astype(object))
    return Sliceable(names, labels, predicted, groups, (of_class, *columns), True)


def test_a_found_slice_has_its_figures_and_they_agree_with_statsmodels():
    random = np.random.default_rng(0)
    labels, brightness = random.integers(0, 10, 4_000), random.normal(0, 1, 4_000)
    dark = brightness < np.quantile(brightness, 0.06)
    correct = random.random(4_000) < np.where(dark, 0.7, 0.95)

    found = find_slices(sliceable(labels, correct, [Column("brightness", "brightness", brightness, ("darkest", "x"))]))

    (one,) = found.found
    inside = brightness <= float(one.key.split("..")[1])
    assert one.where.startswith("brightness up to ")
    assert "(the darkest " in one.where
    assert (one.n, one.accuracy) == (inside.sum(), pytest.approx(correct[inside].mean()))
    of_slice, of_rest = ((correct[of].sum(), of.sum()) for of in (inside, ~inside))
    low, _ = proportion_confint(*of_slice, method="wilson")
    tail = 0.05 * 0.05 / found.looked_at
    _, far = proportion_confint(*of_slice, alpha=2 * tail, method="beta")
    near, _ = proportion_confint(*of_rest, alpha=2 * tail, method="beta")
    assert one.accuracy_ci95 == pytest.approx((low, far), abs=1e-9)
    reach = np.hypot(far - one.accuracy, one.rest_accuracy - near)
    assert one.difference_ci95[0] == pytest.approx(one.difference - reach, abs=1e-9)
    assert one.difference == pytest.approx(correct[~inside].mean() - correct[inside].mean())
    assert one.difference_ci95[0] < one.difference < one.difference_ci95[1]
    assert one.holds_within_classes
    assert one.classes[0][1] == pytest.approx(np.bincount(labels[inside]).max() / inside.sum())
    assert Slices.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_intervals_of_what_a_search_found_hold_the_true_gap_where_ordinary_ones_do_not():
    found = found_slices.simulate(World(2_000, 0.8, 0.15, ("brightness",)), draws=100)

    assert found.finds >= 70
    assert found.coverage >= 0.93
    assert found.ordinary <= 0.9


def test_what_is_found_where_nothing_differs_may_be_no_gap_at_all():
    found = found_slices.simulate(World(1_000, 0.9), draws=200)

    assert 3 <= found.finds <= 20  # 10 expected
    assert found.coverage >= 0.85
    assert found.ordinary <= 0.2


def test_intervals_of_groups_that_are_found_hold_the_true_gap():
    found = found_slices.simulate(World(3_000, 0.9, 0.2, ("brightness",), (5, 15, 0.2)), draws=40)

    assert found.finds >= 25
    assert found.coverage >= 0.93  # 0.91 by the ordinary ones


def test_a_slice_that_was_chosen_by_hand_has_its_ordinary_interval():
    images = found_slices.draw(World(2_000, 0.8, 0.2, ("camera",)), np.random.default_rng(0))
    (found,) = (one for one in find_slices(images, 199).found if one.column == "camera")
    by_hand = next(
        rate for rate in disparity(images.correct, images.column("camera")).rates if rate.part.key == found.key
    )

    assert (by_hand.low, by_hand.high) == pytest.approx(proportion_confint(by_hand.good, by_hand.n, method="wilson"))
    assert found.accuracy_ci95[0] == by_hand.low
    assert found.accuracy_ci95[1] > by_hand.high + 0.05


def test_the_commands_words_have_both_intervals_and_say_how_they_are_made():
    images = found_slices.draw(World(2_000, 0.8, 0.2, ("camera",)), np.random.default_rng(0))
    found = find_slices(images, 199)
    one, (low, high) = found.found[0], found.found[0].difference_ci95

    first, *_, last = in_lines(found)

    assert first.startswith("camera: c: ")
    assert f"{one.difference * 100:.1f} points ({low * 100:.1f} to {high * 100:.1f}) under the rest" in first
    assert f"picked by, out of {found.looked_at:,} slices" in last


def test_too_few_images_are_not_searched_and_that_is_said():
    labels = np.arange(49) % 2
    found = find_slices(sliceable(labels, np.arange(49) >= 20, [Column("x", "x", np.arange(49.0))]), 199)

    assert (found.found, found.looked_at) == ((), 0)
    assert in_lines(found)[0] == "Too few images to look for slices that do worse: it takes 50."


def test_a_slice_that_is_only_a_hard_class_in_disguise_is_told_from_one_that_is_not():
    random = np.random.default_rng(1)
    labels = random.integers(0, 10, 6_000)
    hard = labels == 3
    disguise = np.where(hard & (random.random(6_000) < 0.9), "attic", "hall").astype(object)
    own = random.choice(np.array(["x", "y", "z"], dtype=object), 6_000)
    correct = random.random(6_000) < np.where(hard, 0.75, 0.97) - np.where(own == "z", 0.1, 0.0)
    columns = [Column("column_room", "room", disguise), Column("column_own", "own", own)]

    alone = {
        column.name: find_slices(dataclasses.replace(sliceable(labels, correct, [column]), columns=(column,)))
        for column in columns
    }

    assert alone["room"].found[0].holds_within_classes is False
    assert alone["room"].found[0].classes[0][0] == "3"
    assert alone["own"].found[0].holds_within_classes is True


def test_of_slices_that_are_found_for_their_hard_class_hardly_one_is_called_worse_than_the_class():
    said = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 10, 2_000)
        brightness = random.normal(0, 1, 2_000) + np.where(labels == 3, 1.5, 0)
        contrast = brightness + random.normal(0, 1, 2_000)
        correct = random.random(2_000) < np.where(labels == 3, 0.7, 0.95)
        columns = [Column("brightness", "brightness", brightness), Column("contrast", "contrast", contrast)]
        images = dataclasses.replace(sliceable(labels, correct, columns), columns=tuple(columns))
        said += any(one.holds_within_classes for one in find_slices(images, 199).found)

    assert said <= 6  # 3 at most expected, 7 or more one time in 30; 15 without the correction


def test_the_chance_within_classes_is_that_of_dealing_out_within_each():
    random = np.random.default_rng(2)
    labels, inside = random.integers(0, 3, 300), random.random(300) < 0.2
    correct = random.random(300) < np.where(inside, 0.75, 0.85)
    _, p = within_classes(inside, correct, labels)

    wrong, dealt = (~correct).astype(int), 0
    for _ in range(4_000):
        shuffled = wrong.copy()
        for label in range(3):
            places = np.flatnonzero(labels == label)
            shuffled[places] = random.permutation(wrong[places])
        dealt += shuffled[inside].sum() >= wrong[inside].sum()
    assert p == pytest.approx(dealt / 4_000, abs=4 * np.sqrt(p * (1 - p) / 4_000))


def test_the_chance_within_classes_is_near_mantel_and_haenszels():
    random = np.random.default_rng(3)
    labels, inside = random.integers(0, 5, 5_000), random.random(5_000) < 0.1
    correct = random.random(5_000) < np.where(inside, 0.58, 0.6)  # many mistakes, so that the normal curve fits
    tables = [
        [[(inside & ~correct & of).sum(), (inside & correct & of).sum()],
         [(~inside & ~correct & of).sum(), (~inside & correct & of).sum()]]
        for of in (labels == label for label in range(5))
    ]  # fmt: skip
    normal = StratifiedTable([np.array(one, float) for one in tables]).test_null_odds().pvalue / 2
    assert 0.01 < normal < 0.5

    assert within_classes(inside, correct, labels)[1] == pytest.approx(normal, abs=0.03)
    by_group = within_classes(inside, correct, labels, np.arange(5_000))[1]  # each image a group of its own
    assert by_group == pytest.approx(normal, abs=0.02)


def test_a_class_that_is_in_the_slice_alone_says_nothing_within_classes():
    labels = np.array([0, 0, 1, 1])

    assert within_classes(labels == 0, np.array([True, False, True, True]), labels) is None


def test_where_nothing_was_found_it_says_what_gap_would_have_been():
    random = np.random.default_rng(4)
    labels = random.integers(0, 10, 2_000)

    found = find_slices(sliceable(labels, random.random(2_000) < 0.95, []))

    assert found.found == ()
    assert found.typical_n == 100
    assert 0.05 < found.typical_gap < 0.3


@pytest.mark.parametrize(
    ("path", "label", "folder"),
    [
        ("cat/1.png", "cat", ""),
        ("train/cat/1.png", "cat", ""),
        ("cat/camera 1/1.png", "cat", "camera 1"),
        ("camera 1/monday/cat/1.png", "cat", "camera 1/monday"),
        ("birds/owl/1.png", "birds/owl", ""),
        ("camera 2\\1.png", "cat", "camera 2"),
        ("test/000001", "7", ""),
        ("1.png", "cat", ""),
    ],
)
def test_the_source_folder_is_what_the_path_says_beside_split_and_class(path, label, folder):
    assert source_folders(pd.Series([path]), pd.Series([label])).tolist() == [folder]


def test_of_many_folders_only_the_uppermost_count():
    paths = pd.Series([f"camera {i % 2}/day {i}/x.png" for i in range(100)])

    assert set(source_folders(paths, pd.Series(["cat"] * 100))) == {"camera 0", "camera 1"}


def test_a_part_is_read_back_from_its_address_whatever_it_is_called():
    columns = [
        Column("column_a", "a", np.array([HOSTILE, "", "b"], dtype=object)),
        Column("column_a|x", "a|x", np.array([HOSTILE, "", "b"], dtype=object)),
        Column("brightness", "brightness", np.array([0.1, 1 / 3, np.nan])),
    ]
    parts = [Part("column_a", HOSTILE), Part("column_a|x", HOSTILE), Part("brightness", low=0.1, high=1 / 3)]

    for part, column in zip(parts, columns, strict=True):
        again = part_of(part.key, columns)
        assert again.of(column).tolist() == part.of(column).tolist()
        assert again.key == part.key
    assert [part_of(key, columns) for key in ("", "brightness", "brightness|x", "brightness|1..2..3", "nothing|1")] == [
        None
    ] * 5


def test_bands_are_named_by_their_end_or_their_bounds():
    column = Column("brightness", "brightness", np.arange(100.0), ("darkest", "brightest"))

    assert in_words(Part("brightness", low=0.0, high=9.0), column) == "brightness up to 9 (the darkest 10 %)"
    assert in_words(Part("brightness", low=80.0, high=99.0), column) == "brightness from 80 on (the brightest 20 %)"
    assert in_words(Part("brightness", low=0.0, high=51.0), column) == "brightness up to 51 (the darker half)"
    assert in_words(Part("brightness", low=47.0, high=99.0), column) == "brightness from 47 on (the brighter half)"
    assert (
        in_words(Part("brightness", low=0.0, high=69.0), column) == "brightness up to 69 (all but the brightest 30 %)"
    )
    assert (
        in_words(Part("brightness", low=15.0, high=99.0), column) == "brightness from 15 on (all but the darkest 15 %)"
    )
    assert in_words(Part("brightness", low=40.0, high=45.5), column) == "brightness from 40 to 45.5"
    assert in_words(Part("class", "8"), Column("class", "class", np.array(["8"]))) == "class 8"


@pytest.fixture(scope="module")
def cameras(trained, tmp_path_factory):
    """The digits again, as a manifest that says of each a camera, a day and, in the path, a folder; the run on them."""
    workspace, folder = trained.workspace, tmp_path_factory.mktemp("cameras")
    index = read_index(workspace, trained.dataset)
    root = workspace.dataset("digits")
    with (folder / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "split", "camera", "day", "empty"])
        for number, row in enumerate(index.itertuples()):
            place = folder / f"shelf {number % 2}" / f"{number}.png"
            place.parent.mkdir(exist_ok=True)
            place.write_bytes((root / row.file).read_bytes())
            rows.writerow([place.relative_to(folder), row.label, row.split, f"cam {number % 3}", number % 30, ""])
    dataset = add(workspace, str(folder / "list.csv"), name="cameras")
    return dataset, evaluate(workspace, trained.run, dataset, "train")


def test_an_evaluation_is_sliced_by_class_looks_folder_and_the_manifests_columns(trained, cameras):
    images = read_sliceable(trained.workspace, trained.run, cameras[1])

    by = {column.key: column for column in images.columns}
    assert list(by) == ["class", "brightness", "contrast", "folder", "column_camera", "column_day"]
    assert images.correct.mean() == pytest.approx(cameras[1].figures["accuracy"])
    assert set(by["folder"].values) == {"shelf 0", "shelf 1"}
    assert set(by["column_camera"].values) == {"cam 0", "cam 1", "cam 2"}
    assert by["column_day"].is_number
    assert len(by["brightness"].values) == cameras[1].figures["n"]


def test_slices_are_kept_beside_the_evaluation_until_it_is_another(trained, cameras, monkeypatch):
    evaluation = cameras[1]
    found = slices_of(trained.workspace, trained.run, evaluation)
    monkeypatch.setattr("core.evaluate.slices.find_slices", lambda images: pytest.fail("searched again"))

    assert slices_of(trained.workspace, trained.run, evaluation) == found

    folder = evaluation_folder(trained.workspace, trained.run, evaluation.dataset, evaluation.split)
    (folder / "metrics.json").write_text((folder / "metrics.json").read_text() + " ")
    monkeypatch.setattr("core.evaluate.slices.find_slices", lambda images: dataclasses.replace(found, looked_at=7))
    assert slices_of(trained.workspace, trained.run, evaluation).looked_at == 7


def test_slices_that_an_earlier_fovea_kept_are_searched_anew(trained, cameras):
    folder = evaluation_folder(trained.workspace, trained.run, cameras[1].dataset, cameras[1].split)
    (folder / "slices.json").unlink(missing_ok=True)
    found = slices_of(trained.workspace, trained.run, cameras[1])
    kept = json.loads((folder / "slices.json").read_text())
    earlier = {"of": f"4-{kept['of'].partition('-')[2]}", "slices": {**kept["slices"], "looked_at": 3}}
    (folder / "slices.json").write_text(json.dumps(earlier))

    assert slices_of(trained.workspace, trained.run, cameras[1]) == found


def test_the_command_says_what_was_found_and_how_each_column_does(trained, cameras):
    answer = fovea(trained.workspace, "slices", trained.run.id, "--data", "cameras", "--split", "train")

    assert (answer["run"], answer["dataset"], answer["split"]) == (trained.run.id, "cameras@1", "train")
    assert answer["n"] == cameras[1].figures["n"]
    assert isinstance(answer["found"], list)
    camera = next(column for column in answer["by_column"] if column["name"] == "camera")
    assert sorted(part["where"] for part in camera["parts"]) == ["camera: cam 0", "camera: cam 1", "camera: cam 2"]
    assert sum(part["n"] for part in camera["parts"]) == answer["n"]
    assert camera["largest_gap"]["chosen_of"] == 3


def test_when_the_data_set_went_or_another_has_its_name_classes_are_still_known(trained, tmp_path, request):
    workspace = trained.workspace
    evaluation = find_evaluation(workspace, trained.run, "digits@1", "test")
    gone = dataclasses.replace(evaluation, dataset="gone@1")
    source = evaluation_folder(workspace, trained.run, "digits@1", "test")
    target = evaluation_folder(workspace, trained.run, "gone@1", "test")
    target.mkdir(parents=True)
    request.addfinalizer(lambda: shutil.rmtree(target))  # the run is everybody's
    table = pd.read_parquet(source / "predictions.parquet")
    table.drop(columns="group").to_parquet(
        target / "predictions.parquet"
    )  # as versions before groups were kept wrote it
    (target / "metrics.json").write_text((source / "metrics.json").read_text())

    images = read_sliceable(workspace, trained.run, gone)
    assert ([column.key for column in images.columns], images.has_pictures) == (["class"], False)
    assert find_slices(images).n == len(table)

    with np.load("core/data/sources/bundled/mnist.npz") as arrays:
        np.savez(tmp_path / "gone.npz", x_train=arrays["x_train"][:2000], y_train=arrays["y_train"][:2000])
    add(workspace, str(tmp_path / "gone.npz"))
    assert not read_sliceable(workspace, trained.run, gone).has_pictures
    shelf.delete(workspace, "gone")


def test_columns_that_say_the_same_of_all_images_are_none():
    index = pd.DataFrame(
        {"path": ["a.png", "b.png"], "label": ["x", "x"], "width": [8, 8], "height": [8, 8], "blur": [np.nan] * 2,
         "column_site": ["Rome", "Rome"], "column_some": ["", "Rome"], "column_age": [3.0, np.nan]}
    )  # fmt: skip

    assert [column.key for column in columns_of(index)] == ["column_some"]
