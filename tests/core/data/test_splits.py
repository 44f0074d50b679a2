from itertools import product

import numpy as np
import pandas as pd
import pytest

from core.data import split_coverage
from core.data.splits import assign, copies, leaks, naive_leaks, part, units, untied


def frame(counts, groups=None, splits=""):
    labels = pd.Series([name for name, count in counts.items() for _ in range(count)])
    groups = pd.Series(groups if groups is not None else [f"picture {i}" for i in range(len(labels))])
    splits = pd.Series([splits] * len(labels)) if isinstance(splits, str) else pd.Series(splits)
    return labels, groups, splits


def test_without_splits_of_its_own_a_source_is_parted_80_10_10_in_every_class():
    labels, groups, splits = frame({"cat": 100, "dog": 50, "owl": 30})

    parts = pd.crosstab(labels, assign(labels, groups, splits))

    assert parts.loc["cat"].to_dict() == {"train": 80, "val": 10, "test": 10}
    assert parts.loc["dog"].to_dict() == {"train": 40, "val": 5, "test": 5}
    assert parts.loc["owl"].to_dict() == {"train": 24, "val": 3, "test": 3}


def test_the_test_split_of_the_source_stays_and_a_tenth_of_its_train_becomes_val():
    labels, groups, splits = frame({"cat": 110, "dog": 110}, splits=["train"] * 100 + ["test"] * 10 + ["train"] * 110)
    splits.iloc[-10:] = "test"

    assigned = assign(labels, groups, splits)

    assert ((assigned == "test") == (splits == "test")).all()
    assert (assigned == "val").sum() == 20
    assert set(labels[assigned == "val"]) == {"cat", "dog"}


def test_the_val_split_of_the_source_stays_and_a_tenth_of_its_train_becomes_test():
    labels, groups, splits = frame({"cat": 120, "dog": 120}, splits=(["train"] * 100 + ["val"] * 20) * 2)

    assigned = assign(labels, groups, splits)

    assert ((assigned == "val") == (splits == "val")).all()
    assert (assigned == "test").sum() == 20


def test_all_three_splits_of_the_source_stay_as_they_are():
    labels, groups, splits = frame({"cat": 30}, splits=["train", "val", "test"] * 10)

    assert (assign(labels, groups, splits) == splits).all()


@pytest.mark.parametrize("seed", range(5))
def test_pictures_of_one_group_stay_on_one_side(seed):
    groups = [f"patient {i // 7}" for i in range(300)]
    labels, groups, splits = frame({"ill": 150, "well": 150}, groups)

    assigned = assign(labels, groups, splits, seed)

    assert (assigned.groupby(groups).nunique() == 1).all()
    assert set(assigned) == {"train", "val", "test"}


def test_the_same_seed_gives_the_same_splits_and_another_seed_others():
    labels, groups, splits = frame({"cat": 100, "dog": 100})

    assert (assign(labels, groups, splits, 3) == assign(labels, groups, splits, 3)).all()
    assert (assign(labels, groups, splits, 3) != assign(labels, groups, splits, 4)).any()


def test_the_order_of_the_rows_does_not_decide_who_is_drawn():
    labels, groups, splits = frame({"cat": 60, "dog": 60})
    turned = np.random.default_rng(0).permutation(len(labels))

    assigned = assign(labels, groups, splits)
    assigned_turned = assign(labels.iloc[turned], groups.iloc[turned], splits.iloc[turned])

    assert (assigned.sort_index() == assigned_turned.sort_index()).all()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10])
def test_a_small_class_always_keeps_something_to_learn_from(count):
    labels, groups, splits = frame({"rare": count, "common": 50})

    assigned = assign(labels, groups, splits)

    assert "train" in set(assigned[labels == "rare"])


def test_a_class_with_three_pictures_is_in_all_three_splits():
    labels, groups, splits = frame({"rare": 3, "common": 50})

    assigned = assign(labels, groups, splits)

    assert set(assigned[labels == "rare"]) == {"train", "val", "test"}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("frames", "splits"),
    [
        ((24,), ["train"]),
        ((24, 20), ["train", "val"]),
        ((20, 24, 31), ["test", "train", "val"]),
        ((20, 24, 31, 22, 27), ["test", "train", "val"]),
    ],
    ids=["1 burst", "2 bursts", "3 bursts", "5 bursts"],
)
def test_bursts_train_first_then_validate_then_test(frames, splits, seed):
    groups = [f"{name} {burst}" for name in ("cup", "pot") for burst, count in enumerate(frames) for _ in range(count)]
    labels, groups, nothing = frame({"cup": sum(frames), "pot": sum(frames)}, groups)

    assigned = assign(labels, groups, nothing, seed)

    assert (assigned.groupby(groups).nunique() == 1).all()
    for name in ("cup", "pot"):
        assert sorted(set(assigned[labels == name])) == splits


def test_bursts_that_come_one_after_the_other_get_the_splits_that_are_missing():
    before, seen = {}, []
    for burst in range(4):
        groups = [f"burst {number}" for number in range(burst + 1) for _ in range(20 + number)]
        labels, groups, nothing = frame({"cup": len(groups)}, groups)
        before = dict(zip(groups, assign(labels, groups, nothing, before=before), strict=True))
        seen.append(before[f"burst {burst}"])

    assert seen == ["train", "val", "test", "train"]


def bursts_in(labels, groups, splits):
    """How many groups of each class are in train, val and test."""
    return pd.crosstab(labels, splits, values=groups, aggfunc="nunique").to_dict("index")


def recorded(per_class, frames=(15, 22), seed=0):
    """`frame` of so many bursts of each of three classes, each of a number of frames between two."""
    chance = np.random.default_rng(seed)
    names, groups = [], []
    for burst, name in product(range(per_class), ("hammer", "scissors", "tape")):
        count = int(chance.integers(*frames))
        names += [name] * count
        groups += [f"{name} {burst}"] * count
    return pd.Series(names), pd.Series(groups), pd.Series([""] * len(names))


@pytest.mark.parametrize("seed", range(8))
def test_more_bursts_also_test_and_validate_where_one_burst_did_and_none_moves(seed):
    """9 bursts, 3 a class, then 18 more: of the 9 a class, a fourth each (2) validates and tests, one more than before."""
    labels, groups, nothing = recorded(3, seed=seed)
    before = dict(zip(groups, assign(labels, groups, nothing, seed), strict=True))
    labels, groups, nothing = recorded(9, seed=seed)

    assigned = assign(labels, groups, nothing, seed, before)

    assert set(before) == {f"{name} {burst}" for name in ("hammer", "scissors", "tape") for burst in range(3)}
    assert all(set(assigned[groups == group]) == {split} for group, split in before.items())
    assert bursts_in(labels, groups, assigned) == {
        name: {"train": 5, "val": 2, "test": 2} for name in ("hammer", "scissors", "tape")
    }


@pytest.mark.parametrize(("per_class", "judge"), [(3, 1), (7, 1), (8, 2), (12, 3), (20, 5), (28, 5), (60, 6)])
def test_a_fourth_of_the_bursts_of_a_class_tests_until_there_are_five_then_a_tenth(per_class, judge):
    labels, groups, nothing = recorded(per_class, (20, 21))

    assigned = assign(labels, groups, nothing)

    for of_class in bursts_in(labels, groups, assigned).values():
        assert of_class == {"train": per_class - 2 * judge, "val": judge, "test": judge}


def test_bursts_that_are_added_one_at_a_time_also_come_to_test():
    before, seen = {}, []
    for burst in range(12):
        groups = [f"burst {number}" for number in range(burst + 1) for _ in range(20)]
        labels, groups, nothing = frame({"cup": len(groups)}, groups)
        before = dict(zip(groups, assign(labels, groups, nothing, before=before), strict=True))
        seen.append(before[f"burst {burst}"])

    assert seen[:4] == ["train", "val", "test", "train"]
    assert (seen.count("val"), seen.count("test")) == (2, 3), (
        "the twelfth is the third to test; the third to validate comes next"
    )


def test_images_that_stand_alone_are_drawn_by_tenths_beside_bursts():
    labels, groups, nothing = frame(
        {"cup": 100}, [f"burst {i // 20}" for i in range(60)] + [f"one {i}" for i in range(40)]
    )
    before = {"burst 0": "test", "burst 1": "val", "burst 2": "train"}

    assigned = assign(labels, groups, nothing, before=before)

    alone = assigned[groups.str.startswith("one")].value_counts().to_dict()
    assert alone == {"train": 32, "val": 4, "test": 4}, "with the burst that is there, each has five parts"


def standing(labels, splits):
    """How many classes are in train, in val and in test."""
    there = set(zip(labels, splits, strict=True))
    return tuple(sum((label, split) in there for label in set(labels)) for split in ("train", "val", "test"))


@pytest.mark.parametrize("fixed", [(), ("train",), ("test", "train")])
@pytest.mark.parametrize("seed", range(20))
def test_every_class_stands_in_train_then_val_then_test_wherever_any_assignment_of_its_groups_does_so(seed, fixed):
    chance = np.random.default_rng((seed, len(fixed)))
    names = list("abc")[: chance.integers(1, 4)]
    groups, labels = [], []
    for group in range(chance.integers(2, 7)):
        for label in chance.choice(names, chance.integers(1, len(names) + 1), replace=False):
            images = int(chance.choice([4, 5, 6, 9]))
            groups += [f"g{group}"] * images
            labels += [label] * images
    labels, groups, nothing = pd.Series(labels), pd.Series(groups), pd.Series([""] * len(labels))
    before = {f"g{number}": split for number, split in enumerate(fixed)}

    assigned = assign(labels, groups, nothing, seed, before)

    every = sorted(set(groups))
    ways = (dict(zip(every, way, strict=True)) | before for way in product(("train", "val", "test"), repeat=len(every)))
    assert (assigned.groupby(groups).nunique() == 1).all()
    assert (assigned[groups.isin(before)] == groups.map(before).dropna()).all()
    assert standing(labels, assigned) == max(standing(labels, groups.map(way)) for way in ways)


def mixed(images, classes, groups, prefix=""):
    chance = np.random.default_rng(0)
    labels = pd.Series([f"{prefix}c{one}" for one in chance.integers(0, classes, images)])
    return labels, pd.Series([f"{prefix}g{one}" for one in chance.integers(0, groups, images)])


@pytest.fixture
def programs(monkeypatch):
    """How many variables each program had that was solved."""
    from scipy import optimize

    solve, sizes = optimize.milp, []
    monkeypatch.setattr(optimize, "milp", lambda cost, **rest: (sizes.append(len(cost)), solve(cost, **rest))[1])
    return sizes


def test_so_many_groups_of_so_many_classes_that_a_search_would_take_minutes_are_moved_one_by_one(programs):
    """The exact search finds 299, 294 and 286 classes, in 20 seconds."""
    labels, groups = mixed(2000, 300, 400)

    assigned = assign(labels, groups, pd.Series("", labels.index))

    assert not programs
    assert (assigned.groupby(groups).nunique() == 1).all()
    found = standing(labels, assigned)
    assert found[0] == labels.nunique() == 299
    assert found >= (299, 294, 280)


def test_groups_moved_one_by_one_stand_where_the_exact_search_has_them(monkeypatch):
    labels, groups = mixed(500, 50, 100)
    nothing = pd.Series("", labels.index)
    exact = assign(labels, groups, nothing)
    monkeypatch.setattr(split_coverage, "MOST_TO_SEARCH", -1)

    one_by_one = assign(labels, groups, nothing)

    assert (one_by_one != exact).any()
    assert standing(labels, one_by_one) == standing(labels, exact) == (50, 50, 50)


def test_what_does_not_hang_together_is_searched_apart(programs):
    """In one program these 20 take half a minute."""
    pieces = [mixed(100, 20, 20, f"{number} ") for number in range(20)]
    labels, groups = (pd.concat(parts, ignore_index=True) for parts in zip(*pieces, strict=True))

    assigned = assign(labels, groups, pd.Series("", labels.index))

    assert len(programs) == 40
    assert max(programs) == 20 * 3 + 20 * 2
    alone = assign(*pieces[0], pd.Series("", pieces[0][0].index))
    assert standing(pieces[0][0], assigned[:100]) == standing(pieces[0][0], alone)


def test_groups_that_hold_several_classes_are_parted_so_that_each_is_validated():
    """By its own majority each group would train; only one way of eight has both classes on both sides."""
    groups = ["a"] * 30 + ["b"] * 30 + ["c"] * 12
    labels = pd.Series(["cat"] * 30 + ["dog"] * 30 + ["cat", "dog"] * 6)

    assigned = assign(labels, pd.Series(groups), pd.Series([""] * len(labels)))

    assert standing(labels, assigned) == (2, 2, 0)


def test_classes_of_two_images_are_for_training_and_validation_also_where_they_are_many():
    labels, groups, nothing = frame({f"face {number}": 2 for number in range(1000)})

    assert assign(labels, groups, nothing).value_counts().to_dict() == {"train": 1000, "val": 1000}


def test_a_new_group_that_is_nearly_all_of_its_class_is_for_training():
    labels, groups, nothing = frame({"cup": 305}, ["old"] * 5 + ["new"] * 300)

    assert set(assign(labels, groups, nothing, before={"old": "train"})) == {"train"}


def test_a_group_that_holds_most_of_a_class_is_not_taken_away_from_training():
    labels, groups, splits = frame({"cat": 100}, ["big"] * 90 + [f"small {i}" for i in range(10)])

    assigned = assign(labels, groups, splits)

    assert set(assigned[groups == "big"]) == {"train"}


def test_groups_keep_the_split_that_they_had_and_new_ones_fill_up_to_a_tenth():
    labels, groups, splits = frame({"cat": 50, "dog": 50})
    first = assign(labels, groups, splits)
    before = dict(zip(groups, first, strict=True))
    labels, groups, splits = frame(
        {"cat": 100, "dog": 100},
        [f"picture {i}" for i in (*range(50), *range(100, 150), *range(50, 100), *range(150, 200))],
    )

    second = assign(labels, groups, splits, before=before)

    there = groups.isin(before)
    assert (second[there] == groups[there].map(before)).all()
    assert second.value_counts().to_dict() == {"train": 160, "val": 20, "test": 20}


def test_a_test_split_that_the_source_names_wins_over_what_was_before():
    labels, groups, splits = frame({"cat": 20}, splits=["test"] * 5 + ["train"] * 15)

    second = assign(labels, groups, splits, before=dict.fromkeys(groups, "train"))

    assert (second[:5] == "test").all()


def index_of(rows):
    """An index of (sha256, group, near[, label]) rows."""
    table = pd.DataFrame([(*row, "cat")[:4] for row in rows], columns=["sha256", "group", "near", "label"])
    return table.assign(split="", path=[f"{row}.png" for row in range(len(rows))])


def test_copies_near_copies_and_groups_hang_together_also_through_each_other():
    index = index_of(
        [
            ("a", "", ""),
            ("a", "burst", ""),  # a copy of the first
            ("b", "burst", "n"),
            ("c", "", "n"),  # a near copy of one of the burst
            ("d", "", "m"),
            ("e", "other", "m"),
            ("f", "", ""),
        ]
    )

    unit = units(index).tolist()

    assert unit[0] == unit[1] == unit[2] == unit[3]
    assert unit[4] == unit[5]
    assert len({unit[0], unit[4], unit[6]}) == 3


def test_a_picture_that_hangs_together_with_none_is_a_unit_by_its_content():
    assert units(index_of([("b", "", ""), ("a", "", ""), ("c", "x", "")])).tolist() == ["b", "a", "x"]


def test_an_index_from_before_near_copies_has_units_too():
    assert units(index_of([("a", "", ""), ("a", "", "")]).drop(columns="near")).nunique() == 1


@pytest.mark.parametrize("seed", range(30))
def test_what_is_judged_as_copies_is_in_one_split_but_for_classes_that_would_be_left_too_few_parts(seed):
    chance = np.random.default_rng(seed)
    rows = [
        (f"{chance.integers(0, 150):03d}", f"g{chance.integers(0, 40)}" if chance.random() < 0.5 else "",
         f"n{chance.integers(0, 50)}" if chance.random() < 0.4 else "", str(chance.choice(["cat", "dog", "owl"])))
        for _ in range(200)
    ]  # fmt: skip
    index = index_of(rows)
    released = untied(index)

    splits = part(index, seed, {})

    torn = splits.groupby(copies(index)).nunique()
    inside = copies(index).isin(torn.index[torn > 1])
    assert set(index["label"][inside]) <= released


def test_near_copies_of_two_labels_are_no_leak_and_do_not_tie():
    index = index_of(
        [("a", "", "n", "food"), ("b", "", "n", "music"), ("c", "", "n", "food"), ("d", "", "", "food"), ("e", "", "", "food")]
    )  # fmt: skip

    assert copies(index).tolist() == ["a", "b", "a", "d", "e"]
    assert units(index).tolist() == ["a", "b", "a", "d", "e"]


def test_only_the_near_copies_of_a_class_that_is_short_of_parts_are_let_go():
    rows = [(f"w{number}", f"burst {number}", "wall", "wall") for number in range(4)]
    rows += [(f"c{number}", "", f"n{number // 2}", "cat") for number in range(20)]
    index = index_of(rows)

    assert untied(index) == {"wall"}
    assert units(index)[:4].nunique() == 4
    assert units(index)[4:].nunique() == 10


@pytest.mark.parametrize("seed", range(3))
def test_near_copies_stay_on_one_side_and_a_split_by_image_would_have_parted_them(seed):
    index = index_of([(f"{row:03d}", "", f"n{row // 4}" if row < 200 else "") for row in range(400)])
    source = index["split"]

    index["split"] = part(index, seed, {})

    near = index[index["near"] != ""]
    assert (near.groupby("near")["split"].nunique() == 1).all()
    assert leaks(index["split"], units(index)) == {"val": 0, "test": 0}
    naive = naive_leaks(index, source, seed)
    by_image = assign(index["label"], index["path"], source, seed)
    taught = set(near["near"][by_image[near.index] == "train"])
    expected = {
        split: int(((by_image[near.index] == split) & near["near"].isin(taught)).sum()) for split in ("val", "test")
    }
    assert naive == expected
    assert naive["test"] > 5


def test_a_new_near_copy_goes_where_the_picture_was_and_what_was_there_stays():
    first = index_of([(f"{row:03d}", "", "") for row in range(60)])
    first["split"] = part(first, 0, {})
    before = dict(zip(first["sha256"], first["split"], strict=True))
    again = index_of([(f"{row:03d}", "", f"n{row % 60}") for row in range(120)])  # each has a near copy now

    again["split"] = part(again, 0, before)

    assert again["split"][:60].tolist() == first["split"].tolist()
    assert again["split"][60:].tolist() == first["split"].tolist()


def test_two_pictures_that_were_parted_stay_so_though_a_new_one_is_near_both():
    index = index_of([("a", "", "n"), ("b", "", "n"), ("c", "", "n")])

    assert part(index, 0, {"a": "train", "b": "test"}).tolist()[:2] == ["train", "test"]


def test_where_all_is_test_already_a_class_is_parted_all_the_same():
    labels = pd.Series(["a"] * 3)

    drawn = assign(labels, pd.Series(range(3)), pd.Series("", labels.index), shares=(0, 1))

    assert sorted(drawn) == ["test", "train", "val"]  # each has one, as every class that has three
