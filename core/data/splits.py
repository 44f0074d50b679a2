"""Who is in train, val and test: stratified by class, by what hangs together, seeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.data.dataset import SPLITS
from core.data.linked import components
from core.data.split_coverage import MOST_OF_A_CLASS, covered

VAL_FRACTION = 0.1
TEST_FRACTION = 0.1
FEWEST_UNITS = 3
GROUPS_TO_JUDGE_BY = 5  # of a class, in val and in test: a figure of one or two bursts says nothing
ONE_IN = 4  # of the groups of a class judges, until there are as many
MOST_TO_JUDGE_BY = 1 / 3  # of a class's images, for the sake of more groups


def copies(index: pd.DataFrame) -> pd.Series:
    """(N,) str, equal for images that are copies of one picture, or near copies of one label, also through each other.

    It is what leaks are found by and what a split keeps together: there is no other judgement. Near copies under two
    labels are two things or a wrong label (`two_labels`); one does not flatter the other's figure.

    Args:
        index: As `units` takes it.
    """
    return index["sha256"].groupby(_connected([index["sha256"], _near(index)])).transform("min")


def frames(index: pd.DataFrame, alike: pd.Series) -> pd.Series:
    """(N,) bool: images that are alike to others of their own burst, or group of the source, and label: as is to be expected.

    Args:
        index: With label and group ("" for none).
        alike: (N,) equal for images that look alike; None or "" for none.
    """
    inside = (index["group"] != "") & alike.notna() & (alike != "")
    table = index.loc[inside, ["group", "label"]].astype(str).assign(alike=alike[inside])
    several = table.duplicated(keep=False)
    return several.reindex(index.index, fill_value=False)


def units(index: pd.DataFrame, *ties: pd.Series) -> pd.Series:
    """What must stay on one side: (N,) a name for each image, equal for those that hang together.

    Images hang together that are of one group of the source or `copies`, but for the near copies of classes that are
    `untied`; and those that hang together with the same one.

    Args:
        index: Columns `label`, `sha256`, `group` ("" for none) and, where near copies were looked for, `near` ("" for
            none).
        ties: More columns (N,); images with equal values hang together.
    """
    said = index[[name for name in ("group", "near") if name in index]]
    if not ties and index["sha256"].is_unique and (said == "").all(axis=None):
        return index["sha256"]  # at once, however many
    own = index["group"].where(index["group"] != "", index["sha256"])
    near = _near(index)
    near = near.where(~index["label"].isin(untied(index, *ties)), None)
    return own.groupby(_connected([own, index["sha256"], near, *ties])).transform("min")


def untied(index: pd.DataFrame, *ties: pd.Series) -> set[str]:
    """The classes whose near copies may be in two splits, because else a class would be left fewer than `FEWEST_UNITS`.

    Bursts before one and the same wall would all be one, and nothing would be left to judge by.

    Args:
        index, ties: As `units` takes them.
    """
    own = index["group"].where(index["group"] != "", index["sha256"])
    near = _near(index)
    if not near.notna().any():
        return set()
    labels = index["label"].astype(str)
    firmly = pd.Series(_connected([own, index["sha256"], *ties]), index.index)
    without: set[str] = set()
    while True:
        loosely = pd.Series(_connected([firmly, near]), index.index)
        counts = pd.DataFrame({"label": labels, "firmly": firmly, "loosely": loosely}).groupby("label").nunique()
        few = counts.index[(counts["loosely"] < FEWEST_UNITS) & (counts["firmly"] > counts["loosely"])]
        if few.empty:
            return without
        if not set(few) - without:  # what ties them are near copies of other classes in their groups
            beside = loosely.isin(loosely[labels.isin(few)]) & near.notna()
            few = pd.Index(labels[beside].unique())
        without |= set(few)
        near = near.where(~labels.isin(without), None)


def _near(index: pd.DataFrame) -> pd.Series:
    """(N,) equal for near copies of one label; None for those that have none."""
    if "near" not in index:
        return pd.Series(None, index.index, dtype=object)
    return (index["near"].astype(str) + "\t" + index["label"].astype(str)).where(index["near"] != "", None)


def _connected(ties: Sequence[pd.Series]) -> np.ndarray:
    """(N,) equal numbers for images that share a value, which is not None, with each other, directly or by others."""
    count = size = len(ties[0])
    images, knots = [], []
    for tie in ties:
        codes, names = pd.factorize(tie)
        tied = np.flatnonzero(codes >= 0)
        images.append(tied)
        knots.append(size + codes[tied])
        size += len(names)
    return components(size, np.concatenate(images), np.concatenate(knots))[:count]


def part(index: pd.DataFrame, seed: int, before: Mapping[str, str]) -> pd.Series:
    """The split of every image: `assign` by `units`; an image that was there keeps its split.

    Args:
        index: Columns `label`, `split` (as the source says), and those of `units`.
        seed: Of what is drawn.
        before: The splits of pictures (by sha256) and groups in earlier versions.
    """
    unit = units(index)
    earlier = index["sha256"].map(before).fillna(index["group"].map(before))
    of_unit = earlier.dropna().groupby(unit).first().to_dict()
    splits = assign(index["label"], unit, index["split"], seed, {str(name): split for name, split in of_unit.items()})
    stays = earlier.notna() & ~index["split"].isin(SPLITS[1:])
    return splits.mask(stays, earlier)


def naive_leaks(index: pd.DataFrame, source_splits: pd.Series, seed: int) -> dict[str, int]:
    """How many images of val and of test a split image by image puts beside one in train that they hang together with,
    and `index["split"]` does not. Splits that the source brings are not counted: they are its own.
    """
    drawn = [split for split in ("val", "test") if split not in set(source_splits)]
    unit = units(index)
    if unit.is_unique:
        return dict.fromkeys(drawn, 0)
    naive = leaks(assign(index["label"], index["path"], source_splits, seed), unit)
    ours = leaks(index["split"], unit)
    return {split: max(naive[split] - ours[split], 0) for split in drawn}


def assign(
    labels: pd.Series,
    groups: pd.Series,
    source_splits: pd.Series,
    seed: int = 0,
    before: Mapping[str, str] | None = None,
    shares: tuple[float, float] = (VAL_FRACTION, TEST_FRACTION),
    by_groups: bool = True,
) -> pd.Series:
    """Give every image a split.

    Where the source names none, 80 / 10 / 10. Where it has a test split, that stays and 10 % of its
    train becomes validation; where it has only a validation split, 10 % of its train becomes test.
    Images of one group stay on one side; a group counts for the class that most of it has. What the source does not say is
    drawn by images, and where groups of several images make few of them also by groups: new ones go to val and to test
    while either has fewer than `groups_to_judge_by` of the class, up to `MOST_TO_JUDGE_BY`. Then `covered` sees to it
    that every class stands in train, in val and in test, in this order, where its groups allow it: a class of one group
    is for training, of two for training and validation, of three or more for all three.

    Args:
        labels: (N,) class names.
        groups: (N,) any hashable; images with equal ones belong together.
        source_splits: (N,) "train", "val", "test", or "" where the source does not say.
        seed: The same seed, labels and groups give the same splits.
        before: The splits of groups in earlier versions. They stay, unless the source says val or test.
        shares: Of each class, in val and in test, where the source does not say.
        by_groups: Whether it is drawn also by groups; else the shares are kept, and with them what each class weighs in a
            figure of them all.

    Returns:
        (N,) "train", "val" or "test".
    """
    splits = source_splits.where(source_splits.isin(SPLITS), "train").copy()
    named = set(source_splits.unique())
    movable = splits == "train"
    earlier = groups.map(before or {}).where(movable).fillna("").astype(str)
    free = movable & (earlier == "")
    splits = splits.mask(earlier != "", earlier)
    sizes = _sizes(labels[movable], groups[movable], earlier[movable])
    groups_of = sizes["label"].value_counts()
    enough = {label: groups_to_judge_by(count) if by_groups else 0 for label, count in groups_of.items()}
    if "test" not in named:
        drawn = _draw("test", sizes, shares[1], enough, seed)
        splits.loc[movable & groups.isin(drawn)] = "test"
        sizes = sizes[~sizes["group"].isin(drawn)]
    movable &= splits != "test"
    if "val" not in named:
        fraction = shares[0] if "test" in named else shares[0] / (max(1 - shares[1], shares[0]) or 1)
        drawn = _draw("val", sizes[sizes["earlier"] != "test"], fraction, enough, seed + 1)
        splits.loc[movable & groups.isin(drawn)] = "val"
    goals = [split for split in SPLITS if split == "train" or split not in named]
    return covered(labels, groups, splits, free, goals, seed) if len(goals) > 1 else splits


def leaks(splits: pd.Series, units: pd.Series) -> dict[str, int]:
    """How many images of "val" and of "test" hang together with one in "train"."""
    taught = set(units[splits == "train"])
    return {split: int(units[splits == split].isin(taught).sum()) for split in ("val", "test")}


def groups_to_judge_by(groups: int) -> int:
    """How many of a class's `groups` go to val, and to test, at least, where they hold several images: they count as one each."""
    return min(groups // ONE_IN, GROUPS_TO_JUDGE_BY)


def more_until_another_judges(groups: int, there: int) -> int:
    """How many more groups a class of `groups` takes until another goes to a split that has `there` of them, fewer than enough."""
    return max((ONE_IN * (there + 1) if there else FEWEST_UNITS) - groups, 1)


def _sizes(labels: pd.Series, groups: pd.Series, earlier: pd.Series) -> pd.DataFrame:
    """Of each group the class that most of it has, how many images it has, and its earlier split; by their names."""
    frame = pd.DataFrame({"label": labels, "group": groups, "earlier": earlier})
    counts = frame.groupby(["group", "label"], sort=False).agg(images=("label", "size"), earlier=("earlier", "first"))
    counts = counts.reset_index()
    sizes = counts.sort_values("images", ascending=False, kind="stable").drop_duplicates("group")
    sizes = sizes.assign(images=counts.groupby("group", sort=False)["images"].sum().loc[sizes["group"]].to_numpy())
    return sizes.sort_values("group", kind="stable")


def _draw(split: str, sizes: pd.DataFrame, fraction: float, enough: Mapping[object, int], seed: int) -> list[object]:
    """New groups that bring `split` to about `fraction` of each class, and to `enough` groups, never all of a class."""
    random = np.random.default_rng(seed)
    drawn: list[object] = []
    names, counts, earlier_of = (sizes[column].to_numpy() for column in ("group", "images", "earlier"))
    codes, labels = pd.factorize(sizes["label"], sort=True)
    of_classes = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1]) if len(codes) else []
    for label, of_class in zip(labels, of_classes, strict=True):
        shuffled = of_class[random.permutation(len(of_class))]
        total, earlier = int(counts[shuffled].sum()), earlier_of[shuffled]
        wanted = max(round(total * fraction), 1) if len(shuffled) > 1 else 0
        there = counts[shuffled][earlier == split]
        taken, parts = int(there.sum()), len(there)
        new = shuffled[earlier == ""]
        spare = new if (earlier == "train").any() else new[:-1]
        for group, images in zip(names[spare], counts[spare], strict=True):
            short = 0 < parts < min(enough[label], taken)  # fewer groups than enough, though not fewer images
            if taken >= wanted and not short:
                break
            if (
                taken + images <= wanted
                or (taken == 0 and images * 2 <= total)
                or (short and taken + images <= MOST_TO_JUDGE_BY * total)
            ):
                drawn.append(group)
                taken, parts = taken + int(images), parts + 1
        if taken == 0 and wanted and len(new):  # few groups of unlike sizes: the smallest, unless it is nearly all
            smallest = new[counts[new].argmin()]
            if counts[smallest] <= MOST_OF_A_CLASS * total:
                drawn.append(names[smallest])
    return drawn
