import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter
from skimage import data as photos

from core.data import different
from core.data.add import add
from core.data.append import append_source
from core.data.checks import CHECKS, Issue, Thresholds, check, look_again
from core.data.checks.classes import images_for
from core.data.checks.issue import doubt
from core.data.collect import BURST
from core.data.dataset import read_index
from core.errors import ConfigError
from core.evaluate.evaluation import with_units
from core.evaluate.intervals import wilson_interval
from tests.making import encoded, noise, png, write_classes


@pytest.fixture
def folder(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 25, "dog": 25})


def found(workspace, folder, kind, **thresholds):
    issues = check(workspace, add(workspace, str(folder)), Thresholds.of(thresholds))
    return [issue for issue in issues if issue.kind == kind]


def save(folder, name, picture, **options):
    """A picture file in a class of the folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    kind = {"jpg": "JPEG", "png": "PNG"}[name.rpartition(".")[2]]
    (folder / name).write_bytes(encoded(picture, kind, **options))


def photo(size=(240, 180), name="coffee"):
    return Image.fromarray(getattr(photos, name)()).resize(size)


def test_a_sound_data_set_has_no_findings_but_that_its_test_split_is_small(workspace, folder):
    (issue,) = check(workspace, add(workspace, str(folder)))

    assert (issue.kind, issue.severity) == ("few_test_images", "note")


def test_files_that_were_left_out_are_listed(workspace, folder):
    (folder / "cat/bad.png").write_bytes(b"")

    (issue,) = found(workspace, folder, "unreadable")

    assert (issue.severity, issue.images) == ("warning", ("cat/bad.png",))


@pytest.mark.parametrize(
    ("labels", "alike"),
    [
        (("Cat", "cat", "dog"), ["'Cat' and 'cat'"]),
        (("cat", " cat", "cat  ", "dog"), ["' cat' and 'cat' and 'cat  '"]),
        (("Stra\u00dfe", "STRASSE", "\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m"), ["STRASSE", "ngstr"]),
        (("cat", "cats", "c at"), []),
    ],
)
def test_names_that_may_mean_one_class_are_told_together(workspace, tmp_path, labels, alike):
    folder = write_classes(tmp_path / "in", dict.fromkeys(labels, 4))

    messages = [issue.message for issue in found(workspace, folder, "similar_names")]

    assert len(messages) == len(alike)
    assert all(part in message for part, message in zip(alike, messages, strict=True))


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        ({"train/cat": 4, "train/dog": 4, "extra/owl": 4}, "warning"),
        ({"train_1/cat": 4, "train_2/cat": 4, "test/cat": 4}, "warning"),
        ({"test": 4, "control": 4}, "note"),
        ({"train/cat": 4, "train/dog": 4, "test/cat": 4}, None),
        ({"blood test/positive": 4, "blood test/negative": 4, "urine/positive": 4}, None),
    ],
)
def test_a_folder_that_looks_like_a_split_and_was_taken_for_a_class_is_told(workspace, tmp_path, counts, severity):
    issues = found(workspace, write_classes(tmp_path / "in", counts), "split_as_class")

    assert [issue.severity for issue in issues] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("counts", "todo"),
    [
        ({"train": 4, "test1": 4}, "sort them into a folder for each class (train/cat, train/dog)"),  # cat.0.jpg
        ({"train/train": 4, "test1/test1": 4}, "sort them into a folder for each class (train/cat, train/dog)"),
        ({"train/cat": 4, "train/dog": 4, "unlabeled": 4}, "take out what lies beside them and is none: unlabeled."),
        ({"train_1/cat": 4, "train_2/cat": 4, "test/cat": 4}, "call them train, val and test, each once"),
        ({"cat/train": 4, "dog": 4}, "give each class the same ones (cat/train, cat/test)"),
    ],
)
def test_what_to_do_about_a_split_that_was_taken_for_a_class_depends_on_how_it_lies(workspace, tmp_path, counts, todo):
    (issue,) = found(workspace, write_classes(tmp_path / "in", counts), "split_as_class")

    assert todo in issue.message
    assert "where one has and no other folder beside it has any" in issue.message  # as Train/0, Test, Meta are read


def test_splits_are_found_once_that_is_done(workspace, tmp_path):
    counts = ({"train/cat": 4, "train/dog": 4}, {"train/cat": 4, "test/cat": 4}, {"cat/train": 4, "cat/test": 4})
    for number, after in enumerate(counts):
        assert not found(workspace, write_classes(tmp_path / str(number) / "in", after), "split_as_class")


def test_one_picture_under_two_labels_is_an_error(workspace, folder):
    (folder / "dog/copy.png").write_bytes((folder / "cat/003.png").read_bytes())

    (issue,) = found(workspace, folder, "two_labels")

    assert issue.severity == "error"
    assert set(issue.images) == {"cat/003.png", "dog/copy.png"}
    assert "labels cat, dog" in issue.message


def test_one_picture_in_train_and_test_is_a_leak_that_names_the_pair(workspace, tmp_path):
    """FAULTS 14"""
    folder = write_classes(tmp_path / "in", {"train/cat": 25, "train/dog": 25, "test/cat": 25})
    write_classes(folder, {"test/dog": 25}, first_seed=500)
    for number in range(25):
        (folder / f"test/cat/{number:03d}.png").write_bytes(png(900 + number))
    (folder / "test/cat/leak.png").write_bytes((folder / "train/cat/007.png").read_bytes())

    (leak,) = found(workspace, folder, "split_leak")

    assert leak.severity == "error"
    assert set(leak.images) == {"train/cat/007.png", "test/cat/leak.png"}


def test_copies_on_one_side_are_a_note(workspace, folder):
    (folder / "cat/copy.png").write_bytes((folder / "cat/003.png").read_bytes())

    (issue,) = found(workspace, folder, "exact_duplicates")

    assert (issue.severity, len(issue.images)) == ("note", 2)


def test_classes_with_few_pictures_are_named_with_their_counts(workspace, folder):
    write_classes(folder, {"owl": 3}, first_seed=700)

    (issue,) = found(workspace, folder, "class_size")

    assert "owl (3)" in issue.message
    assert len(issue.images) == 3


def test_one_class_is_an_error(workspace, tmp_path):
    (issue,) = found(workspace, write_classes(tmp_path / "in", {"cat": 25}), "class_size")

    assert (issue.severity, "two or more" in issue.message) == ("error", True)


def test_the_worst_stands_first_and_every_kind_is_in_the_table(workspace, folder):
    (folder / "cat/bad.png").write_bytes(b"")
    (folder / "cat/copy.png").write_bytes((folder / "cat/003.png").read_bytes())
    (folder / "dog/copy.png").write_bytes((folder / "cat/004.png").read_bytes())

    issues = check(workspace, add(workspace, str(folder)))

    assert [issue.severity for issue in issues] == ["error", "warning", "note", "note", "note"]
    assert {issue.kind for issue in issues} <= set(CHECKS)


def test_near_copies_in_one_class_on_one_side_are_a_note(workspace, folder):
    save(folder, "cat/photo.png", photo())
    save(folder, "cat/small.jpg", photo((120, 90)), quality=60)

    (issue,) = found(workspace, folder, "near_duplicates")

    assert (issue.severity, set(issue.images)) == ("note", {"cat/photo.png", "cat/small.jpg"})
    assert issue.message.startswith("2 pictures look alike: the same thing twice, or two things of one kind?")


def test_a_near_copy_under_another_label_is_an_error(workspace, folder):
    save(folder, "cat/photo.png", photo())
    save(folder, "dog/small.jpg", photo((120, 90)), quality=60)

    (issue,) = found(workspace, folder, "two_labels")

    assert (issue.severity, set(issue.images)) == ("error", {"cat/photo.png", "dog/small.jpg"})
    assert issue.message.startswith(
        "Pictures of cat and dog look alike: the same thing under a wrong label, or things of two kinds?"
    )


def test_a_near_copy_under_another_label_in_another_split_names_both_splits(workspace, tmp_path):
    """FAULTS 14"""
    folder = write_classes(tmp_path / "in", {"train/cat": 25, "train/dog": 25, "test/cat": 25, "test/dog": 25})
    save(folder, "train/cat/photo.png", photo())
    save(folder, "test/dog/small.jpg", photo((120, 90)), quality=60)

    (issue,) = found(workspace, folder, "two_labels")

    assert set(issue.images) == {"train/cat/photo.png", "test/dog/small.jpg"}
    assert "Pictures of cat and dog look alike, in the splits test, train" in issue.message


def test_a_copy_under_another_label_is_told_as_that_and_as_a_copy(workspace, folder):
    (folder / "dog/copy.png").write_bytes((folder / "cat/003.png").read_bytes())
    issues = check(workspace, add(workspace, str(folder)))

    assert [issue.kind for issue in issues if "cat/003.png" in issue.images] == ["two_labels", "exact_duplicates"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("too_dark", lambda picture: picture.point(lambda tone: tone // 10)),
        ("too_bright", lambda picture: picture.point(lambda tone: 240 + tone // 17)),
        ("blurry", lambda picture: picture.filter(ImageFilter.GaussianBlur(8))),
        ("uniform", lambda picture: Image.new("RGB", picture.size, (90, 120, 100))),
    ],
)
def test_pictures_that_look_wrong_are_told_by_what_is_wrong_alone(workspace, folder, kind, change):
    for name in ("coffee", "astronaut", "chelsea", "rocket"):
        save(folder, f"cat/{name}.jpg", photo(name=name), quality=92)
    save(folder, "cat/wrong.jpg", change(photo((280, 210), "camera").convert("RGB")), quality=92)

    issues = check(workspace, add(workspace, str(folder)))

    looks = [issue for issue in issues if issue.kind in ("too_dark", "too_bright", "blurry", "uniform")]
    assert [(issue.kind, issue.images) for issue in looks] == [(kind, ("cat/wrong.jpg",))]


def test_of_pictures_too_bright_it_is_said_how_many_may_be_white_on_what_is_transparent(workspace, folder):
    ghost = Image.new("RGBA", (60, 60), (255, 255, 255, 0))
    ghost.paste((250, 250, 250, 255), (20, 20, 40, 40))
    save(folder, "cat/ghost.png", ghost)
    save(folder, "cat/white.png", Image.new("RGB", (60, 60), "white"))

    (issue,) = found(workspace, folder, "too_bright")

    assert set(issue.images) == {"cat/ghost.png", "cat/white.png"}
    assert "2 images are too bright" in issue.message
    assert "1 of these may be transparent. Here what is transparent lies on white, for a model too" in issue.message


def test_nothing_is_said_of_the_sharpness_of_tiny_pictures(workspace, folder):
    save(folder, "cat/tiny.png", photo((60, 45)).filter(ImageFilter.GaussianBlur(4)))

    assert found(workspace, folder, "blurry") == []


def test_a_threshold_decides(workspace, folder):
    save(folder, "cat/dusk.png", photo().point(lambda tone: tone // 6))

    assert found(workspace, folder, "too_dark") == []
    (issue,) = found(workspace, folder, "too_dark", dark=60)
    assert "a tone of 60 of 255 or less" in issue.message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"darkness": 3}, "There is no threshold 'darkness'. There are: near_bits, near_similarity, dark"),
        ({"dark": "very"}, "dark is 'very'; it must be a number"),
        ({"few_images": 2.5}, "few_images is 2.5; it must be a whole number"),
        ({"dark": 300}, "dark is 300; it must be from 0 to 255"),
        ({"interval": 0}, "interval is 0; it must be from 0.001 to 0.5"),
        ({"blur": float("nan")}, "blur is nan"),
        ({"interval": 1e-300}, "interval is 1e-300; it must be from 0.001 to 0.5"),
        ({"odd_size": float("inf")}, "odd_size is inf; it must be from 1 to 1,000,000"),
        ({"outlier": 10**400}, "it must be from 0.1 to 1,000,000"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused_with_what_can(values, said):
    with pytest.raises(ConfigError, match=said):
        Thresholds.of(values)


def test_pictures_much_larger_or_smaller_than_the_median_are_odd(workspace, folder):
    for name, side in (("big", 61), ("small", 2), ("fine", 50)):
        save(folder, f"cat/{name}.png", noise(900 + side, side, side))

    (issue,) = found(workspace, folder, "odd_size")

    assert set(issue.images) == {"cat/big.png", "cat/small.png"}
    assert "5 times smaller or larger than the median, 12 pixels (the side of a square as large)" in issue.message


def test_pictures_much_more_elongated_than_the_median_are_odd(workspace, folder):
    save(folder, "cat/tall.png", noise(900, 36, 12))
    save(folder, "cat/wide.png", noise(901, 12, 24))

    (issue,) = found(workspace, folder, "odd_shape")

    assert issue.images == ("cat/tall.png",)


def test_a_class_ten_times_smaller_than_the_largest_is_named(workspace, tmp_path):
    folder = write_classes(tmp_path / "in", {"cat": 60, "dog": 40, "owl": 6})

    (issue,) = found(workspace, folder, "class_imbalance")

    assert (issue.severity, len(issue.images)) == ("warning", 6)
    assert "cat has 60 images" in issue.message
    assert "owl (6)" in issue.message


def test_how_many_test_images_are_needed_is_what_the_interval_of_that_many_is_wide():
    assert images_for(0.05) == 385
    low, high = wilson_interval(193, 385)
    assert high - low == pytest.approx(0.1, abs=0.002)


def test_classes_with_too_few_test_images_are_told_with_the_number_that_it_takes(workspace, folder):
    (issue,) = found(workspace, folder, "few_test_images")

    plain, _, figures = issue.message.partition(" In figures: ")
    assert plain == (
        "Too few test images to tell how good a model is for: cat (2), dog (2). Of a class with 2 hardly anything is known. "
        "Add more images of them: of ten about one tests."
    )
    assert "takes 385 test images where it is near one half, 139 where it is near 90 %" in figures


def test_the_test_images_of_one_burst_count_as_one(workspace, folder):
    dataset = add(workspace, str(folder))
    path = dataset.folder(workspace) / "index.parquet"
    index = pd.read_parquet(path)
    bursts = pd.Series([f"burst {place % 3}" for place in range(len(index))])
    index.assign(split="test", group=bursts.where(index["label"] == "cat", "")).to_parquet(path, index=False)

    (issue,) = [one for one in check(workspace, dataset) if one.kind == "few_test_images"]

    assert "cat (3), dog (25); images of one group, and near copies, count as one." in issue.message
    assert "Of a class with 3 hardly anything is known" in issue.message, (
        "1.96 × 0.5 / √3 is 57 points, / √25 would be 20"
    )


def test_how_closely_a_share_is_known_is_said_where_anything_is(workspace, folder):
    dataset = add(workspace, str(folder))
    path = dataset.folder(workspace) / "index.parquet"
    pd.read_parquet(path).assign(split="test").to_parquet(path, index=False)

    (issue,) = [one for one in check(workspace, dataset) if one.kind == "few_test_images"]

    assert "Too few test images to tell to ± 5 points how good a model is for: cat (25), dog (25). " in issue.message
    assert "With the fewest it is known to ± 20 points only." in issue.message, "1.96 × 0.5 / √25"


def bursts_of_two(bursts, first=0):
    """Pictures of bursts of each of two classes, four frames a burst."""
    return [(f"{of}{burst}-{n}.png", of, f"{BURST}{of}-{burst}") for of in "ab" for burst in range(first, bursts) for n in range(4)]  # fmt: skip


def test_the_bursts_that_it_asks_for_are_those_that_make_one_more_test(workspace, tmp_path):
    """Of 3 bursts a class one tests, of 8 two: 5 more are asked for, then 4 till 12, and each time what was promised is so."""
    for number, (name, _, _) in enumerate(bursts_of_two(12)):
        (tmp_path / name).write_bytes(png(number, 24, 24))

    def asked_for(dataset):
        (issue,) = [one for one in check(workspace, dataset) if one.kind == "few_test_images"]
        return re.search(r"for: (.*?); images of one burst.* (Record .*?) In figures", issue.message).groups()

    csv = tmp_path / "desk.csv"
    csv.write_text("\n".join(["path,label,group", *map(",".join, bursts_of_two(3))]))
    dataset = add(workspace, str(csv))
    first = asked_for(dataset)
    csv.write_text("\n".join(["path,label,group", *map(",".join, bursts_of_two(8, 3))]))
    second = asked_for(append_source(workspace, dataset, str(csv)))

    ask = "Record {} more bursts of each, each before another background: then one more burst of each tests."
    assert first == ("a (1), b (1)", ask.format(5))
    assert second == ("a (2), b (2)", ask.format(4))


def test_a_version_from_before_the_measurements_is_checked_as_far_as_it_goes(workspace, folder):
    save(folder, "cat/photo.png", photo())
    save(folder, "cat/small.jpg", photo((120, 90)), quality=60)
    dataset = add(workspace, str(folder))
    path = dataset.folder(workspace) / "index.parquet"
    index = pd.read_parquet(path)
    new = ["brightness", "contrast", "shadows", "highlights", "blur", "metadata", "near"]
    index.drop(columns=new).to_parquet(path, index=False)

    kinds = {issue.kind for issue in check(workspace, dataset)}
    again = {issue.kind for issue in look_again(workspace, dataset, Thresholds())}

    assert "few_test_images" in kinds
    assert "near_duplicates" not in kinds
    assert "near_duplicates" in again


def test_near_copies_are_looked_for_anew_by_other_thresholds(workspace, folder):
    save(folder, "cat/photo.png", photo())
    save(folder, "cat/soft.png", photo().filter(ImageFilter.GaussianBlur(2)))
    dataset = add(workspace, str(folder))

    def pairs(**thresholds):
        issues = look_again(workspace, dataset, Thresholds.of(thresholds))
        return sum(issue.kind == "near_duplicates" for issue in issues)

    assert pairs() == pairs(near_similarity=0.5) == 1
    assert pairs(near_similarity=0.999) == 0


def test_fewer_bits_and_less_likeness_find_no_fewer_near_copies(workspace, folder, monkeypatch):
    save(folder, "cat/photo.png", photo())
    save(folder, "cat/soft.png", photo().filter(ImageFilter.GaussianBlur(2)))
    dataset = add(workspace, str(folder))

    def blind(folders, index):
        return lambda rows: np.random.default_rng(0).integers(0, 256, (len(rows), 64, 64, 3), np.uint8)

    monkeypatch.setattr("core.data.near.colours_in", blind)

    for thresholds in ({"near_similarity": 0.6}, {"near_bits": 9}):
        issues = look_again(workspace, dataset, Thresholds.of(thresholds))
        assert sum(issue.kind == "near_duplicates" for issue in issues) == 1


def test_stricter_near_copies_are_looked_for_among_those_that_the_import_found(workspace, folder, monkeypatch):
    save(folder, "cat/photo.png", photo())
    save(folder, "cat/soft.png", photo().filter(ImageFilter.GaussianBlur(2)))
    dataset = add(workspace, str(folder))
    seen = []
    monkeypatch.setattr(
        "core.data.near.names_of", lambda index, *_, **__: seen.append(len(index)) or index["sha256"] * 0
    )

    look_again(workspace, dataset, Thresholds.of({"near_similarity": 0.8}))

    assert seen == [2]


def manifest(folder, rows):
    """A list of (file, label, group) of random pictures, a picture a file."""
    folder.mkdir()
    for number, (name, _, _) in enumerate(rows):
        if not (folder / name).exists():
            (folder / name).write_bytes(png(number))
    lines = ["path,label,group", *(",".join(row) for row in rows)]
    (folder / "list.csv").write_text("\n".join(lines))
    return str(folder / "list.csv")


def test_classes_that_a_split_lacks_are_named_with_what_they_need(workspace, tmp_path):
    sizes = {"cat": 1, "dog": 2, "owl": 3}
    rows = [
        (f"{label}{burst}-{number}.png", label, f"{label} {burst}")
        for label, bursts in sizes.items() for burst in range(bursts) for number in range(12)
    ]  # fmt: skip

    issues = [
        issue
        for issue in check(workspace, add(workspace, manifest(tmp_path / "few", rows)))
        if issue.kind == "missing_in_split"
    ]

    assert [(issue.severity, issue.classes) for issue in issues] == [("warning", ("cat",)), ("warning", ("cat", "dog"))]
    assert "No validation image of cat: a run cannot validate it." in issues[0].message
    assert "two more groups of cat, one more group of dog; near copies, and images of one group" in issues[1].message
    assert [issue.count for issue in issues] == [1, 2]


def test_bursts_that_hold_the_same_images_are_said_to_count_as_one(workspace, tmp_path):
    rows = [(f"mug {burst}-{number}.png", "mug", f"webcam-{burst}") for burst in range(3) for number in range(5)]
    rows += [(f"pot {burst}-{number}.png", "pot", f"webcam-{burst + 3}") for burst in range(2) for number in range(5)]
    path = manifest(tmp_path / "bursts", rows)
    for burst in (1, 2):
        (tmp_path / "bursts" / f"mug {burst}-0.png").write_bytes((tmp_path / "bursts" / "mug 0-0.png").read_bytes())

    issues = check(workspace, add(workspace, path))

    said = [issue.message for issue in issues if issue.kind == "missing_in_split"]
    assert "two more bursts of mug" in said[0]
    assert said[0].endswith("But the three bursts of mug look alike, so they count as one.")
    assert "bursts of pot look alike" not in said[-1]


def test_near_copies_of_a_class_of_too_few_parts_are_a_leak_that_says_why(workspace, tmp_path):
    """Four bursts before one and the same wall; and a leak that the source's own split has says that instead."""
    wall = photo()
    rows = [(f"{burst}-{number}.jpg", "wall", f"burst {burst}") for burst in range(4) for number in range(5)]
    rows += [(f"cat{number}.png", "cat", "") for number in range(20)]
    path = manifest(tmp_path / "bursts", rows)
    for number, (name, label, _) in enumerate(rows):
        if label == "wall":
            save(tmp_path / "bursts", name, wall, quality=60 + number)

    issues = check(workspace, add(workspace, path))

    (leak,) = [issue for issue in issues if issue.kind == "split_leak"]
    assert len(leak.images) == 20
    assert "Near copies of wall were not kept together, because too few parts would be left of it" in leak.message


def recorded(workspace, folder, *bursts):
    """Each burst is (label, group, frames): all frames show one background, saved anew; further pictures look like nothing else."""
    rows = [
        (f"{label}{burst}-{number}.jpg", label, group)
        for burst, (label, group, frames) in enumerate(bursts) for number in range(frames)
    ]  # fmt: skip
    others = [(f"{label}-other{number}.png", label, "") for label in ("cup", "hat", "key") for number in range(8)]
    path = manifest(folder, rows + others)
    for number, (name, _, _) in enumerate(rows):
        save(folder, name, photo(), quality=50 + number)
    return add(workspace, path, "recorded")


def copies_found(workspace, dataset):
    found = [issue for issue in check(workspace, dataset) if issue.kind in ("near_duplicates", "two_labels")]
    return [(issue.kind, issue.severity, len(issue.images), issue.message) for issue in found]


def test_frames_of_one_burst_that_look_alike_or_are_the_same_are_no_finding(workspace, tmp_path):
    """A still scene before the webcam."""
    dataset = recorded(workspace, tmp_path / "in", ("cup", "webcam-a", 6))
    (tmp_path / "in" / "cup0-1.jpg").write_bytes((tmp_path / "in" / "cup0-0.jpg").read_bytes())
    again = add(workspace, str(tmp_path / "in" / "list.csv"), "again")

    assert len(set(read_index(workspace, dataset)["near"]) - {""}) == 1
    assert copies_found(workspace, dataset) == copies_found(workspace, again) == []
    assert "exact_duplicates" not in {issue.kind for issue in check(workspace, again)}


def test_bursts_of_one_label_that_look_alike_are_a_note_that_says_what_to_record(workspace, tmp_path):
    bursts = [("cup", "webcam-a", 4), ("cup", "webcam-b", 5)]

    assert copies_found(workspace, recorded(workspace, tmp_path / "in", *bursts)) == [
        (
            "near_duplicates", "note", 9,
            "2 bursts of cup look alike and tell no more than one: record one before another background or from another side; "
            "if they are different things, say so.",
        )
    ]  # fmt: skip


def test_an_image_of_no_burst_that_looks_like_a_burst_is_a_finding(workspace, tmp_path):
    (found,) = copies_found(workspace, recorded(workspace, tmp_path / "in", ("cup", "webcam-a", 4), ("cup", "", 1)))

    assert found[:3] == ("near_duplicates", "note", 5)
    assert found[3].startswith("1 picture looks like those of a burst: the same thing again?")


def test_bursts_of_several_labels_that_look_alike_are_a_warning_until_they_are_called_different(workspace, tmp_path):
    """Three things before one background; of one of them two bursts."""
    bursts = [("cup", "webcam-a", 3), ("hat", "webcam-b", 3), ("key", "webcam-c", 3), ("cup", "webcam-d", 3)]
    dataset = recorded(workspace, tmp_path / "in", *bursts)

    alike, of_cups = copies_found(workspace, dataset)
    assert doubt(check(workspace, dataset)) is None  # their labels are right, as a rule

    assert alike == (
        "two_labels", "warning", 12,
        "Bursts of cup, hat and key look alike. If they are different things before one background, say so; if a burst has the "
        "wrong label, mend it.",
    )  # fmt: skip
    assert of_cups[:3] == ("near_duplicates", "note", 6)
    index = read_index(workspace, dataset)
    different.say(workspace, dataset.name, [index["sha256"][(index["near"] != "").to_numpy()]])
    assert copies_found(workspace, dataset) == [of_cups]  # a cup is no hat; two bursts of cups are alike all the same
    cups = (index["near"] != "") & (index["label"] == "cup")
    different.say(workspace, dataset.name, [index["sha256"][cups.to_numpy()]])
    assert copies_found(workspace, dataset) == []


@pytest.mark.parametrize(
    "bursts",
    [
        [("cup", "webcam-a", 3), ("hat", "webcam-a", 1)],  # one frame of a burst is called otherwise
        [("cup", "webcam-a", 3), ("hat", "", 1)],
        [("cup", "one", 1), ("hat", "other", 1)],  # a group of one image is no burst
    ],
)
def test_near_copies_under_two_labels_of_which_not_all_are_bursts_of_one_label_are_an_error(
    workspace, tmp_path, bursts
):
    found = copies_found(workspace, recorded(workspace, tmp_path / "in", *bursts))

    assert ("two_labels", "error") in [one[:2] for one in found]


def test_the_very_same_picture_in_bursts_of_two_labels_is_an_error(workspace, tmp_path):
    recorded(workspace, tmp_path / "in", ("cup", "webcam-a", 3), ("hat", "webcam-b", 3))
    (tmp_path / "in" / "hat1-0.jpg").write_bytes((tmp_path / "in" / "cup0-0.jpg").read_bytes())

    found = copies_found(workspace, add(workspace, str(tmp_path / "in" / "list.csv"), "again"))

    assert [one[:3] for one in found] == [("two_labels", "error", 6)]


def test_near_copies_of_one_label_that_a_person_called_different_are_no_leak_and_are_not_kept_together(
    workspace, tmp_path
):
    """Two mugs and a hat before one wall; the source put the mugs into two splits."""
    rows = [("a.jpg", "mug", "train"), ("b.jpg", "mug", "test"), ("c.jpg", "hat", "val")]
    for number, (name, _, _) in enumerate(rows):
        save(tmp_path / "in", name, photo(), quality=60 + 10 * number)
    for number in range(4):
        rows.append((f"{number}.png", "mug", "train"))
        (tmp_path / "in" / f"{number}.png").write_bytes(png(number, 64, 64))
    (tmp_path / "in" / "list.csv").write_text("\n".join(["path,label,split", *map(",".join, rows)]))
    dataset = add(workspace, str(tmp_path / "in" / "list.csv"), "mugs")
    index = read_index(workspace, dataset).set_index("path")

    def leaks():
        return [issue for issue in check(workspace, dataset) if issue.kind == "split_leak"]

    def units():
        return with_units(different.read_apart(workspace, dataset)).set_index("path")["unit"]

    (leak,) = leaks()
    assert set(leak.images) == {"a.jpg", "b.jpg"} and leak.message.endswith("If they are different things, say so.")
    assert units()["a.jpg"] == units()["b.jpg"] != ""
    different.say(workspace, "mugs", [index["sha256"][["a.jpg", "b.jpg", "c.jpg"]]])
    assert leaks() == [leak]  # that a mug is no hat; two mugs may be one
    different.say(workspace, "mugs", [index["sha256"][["a.jpg", "b.jpg"]]])

    assert leaks() == []
    assert units()["a.jpg"] == units()["b.jpg"] == ""
    assert read_index(workspace, dataset)["near"].tolist() == index["near"].tolist(), "it can be taken back"
    different.say(workspace, "mugs", different.read(workspace, "mugs"), different=False)
    assert leaks() == [leak]


def test_what_a_person_called_different_things_is_found_no_more_until_they_take_it_back(workspace, folder):
    save(folder, "cat/photo.png", photo())
    save(folder, "dog/photo.jpg", photo(), quality=80)
    dataset = add(workspace, str(folder))

    def kinds():
        return {issue.kind for issue in check(workspace, dataset)} & {"two_labels", "near_duplicates"}

    (issue,) = [issue for issue in check(workspace, dataset) if issue.kind == "two_labels"]
    index = read_index(workspace, dataset)
    group = index["sha256"][index["path"].isin(issue.images)]
    different.say(workspace, dataset.name, [group])
    later = different.read(workspace, dataset.name)

    assert later == (frozenset(group),)
    assert kinds() == set()
    different.say(workspace, dataset.name, later, different=False)
    assert kinds() == {"two_labels", "near_duplicates"}


def test_findings_are_counted_by_groups_classes_or_images():
    assert Issue("near_duplicates", "note", ("a", "b", "c"), "").count == 1
    assert Issue("class_size", "warning", ("a", "b", "c"), "", ("cat", "dog")).count == 2
    assert Issue("too_dark", "note", ("a", "b", "c"), "").count == 3
    assert Issue("class_size", "warning", (), "").count == 1


def test_ten_thousand_groups_of_copies_are_told_within_seconds_each_on_its_own(workspace, folder, monkeypatch):
    dataset = add(workspace, str(folder))
    index = read_index(workspace, dataset)
    many = index.iloc[np.arange(30_000) % len(index)].reset_index(drop=True)
    many["sha256"] = [f"{row // 3:064x}" for row in range(len(many))]
    many["label"], many["split"], many["near"] = "cat", "train", ""
    many["path"] = [f"cat/{row}.png" for row in range(len(many))]
    monkeypatch.setattr("core.data.checks.read_index", lambda *_: many)

    issues = [issue for issue in check(workspace, dataset) if issue.kind == "exact_duplicates"]

    assert len(issues) == 10_000
    assert issues[7].images == ("cat/21.png", "cat/22.png", "cat/23.png")
