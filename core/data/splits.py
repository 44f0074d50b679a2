"""Who is in train, val and test: stratified by class, by group, seeded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.data.dataset import SPLITS

VAL_FRACTION = 0.1
TEST_FRACTION = 0.1
MOST_OF_A_CLASS = 0.75


def assign(
    labels: pd.Series,
    groups: pd.Series,
    source_splits: pd.Series,
    seed: int = 0,
    before: Mapping[str, str] | None = None,
) -> pd.Series:
    """Give every image a split.

    Where the source names none, 80 / 10 / 10. Where it has a test split, that stays and 10 % of its
    train becomes validation; where it has only a validation split, 10 % of its train becomes test.
    Images of one group stay on one side; a group counts for the class that most of it has. A class of one group is
    for training, of two for training and test, of three or more for all three.

    Args:
        labels: (N,) class names.
        groups: (N,) any hashable; images with equal ones belong together.
        source_splits: (N,) "train", "val", "test", or "" where the source does not say.
        seed: The same seed, labels and groups give the same splits.
        before: The splits of groups in earlier versions. They stay, unless the source says val or test.

    Returns:
        (N,) "train", "val" or "test".
    """
    splits = source_splits.where(source_splits.isin(SPLITS), "train").copy()
    named = set(source_splits.unique())
    movable = splits == "train"
    earlier = groups.map(before or {}).where(movable).fillna("")
    splits = splits.mask(earlier != "", earlier)
    if "test" not in named:
        drawn = _draw("test", labels[movable], groups[movable], earlier[movable], TEST_FRACTION, seed)
        splits.loc[drawn] = "test"
    movable &= splits != "test"
    if "val" not in named:
        fraction = VAL_FRACTION if "test" in named else VAL_FRACTION / (1 - TEST_FRACTION)
        drawn = _draw("val", labels[movable], groups[movable], earlier[movable], fraction, seed + 1)
        splits.loc[drawn] = "val"
    return splits


def _draw(split: str, labels: pd.Series, groups: pd.Series, earlier: pd.Series, fraction: float, seed: int) -> pd.Index:
    """Rows of whole new groups that bring `split` to about `fraction` of each class, never all of a class."""
    frame = pd.DataFrame({"label": labels, "group": groups, "earlier": earlier})
    counts = frame.groupby(["group", "label"], sort=False).agg(images=("label", "size"), earlier=("earlier", "first"))
    counts = counts.reset_index()
    units = counts.sort_values("images", ascending=False, kind="stable").drop_duplicates("group")
    units = units.assign(images=counts.groupby("group", sort=False)["images"].sum().loc[units["group"]].to_numpy())
    units = units.sort_values("group", kind="stable")
    random = np.random.default_rng(seed)
    drawn: list[object] = []
    for _, of_class in units.groupby("label", sort=True):
        shuffled = of_class.iloc[random.permutation(len(of_class))]
        total = int(shuffled["images"].sum())
        wanted = max(round(total * fraction), 1) if len(shuffled) > 1 else 0
        taken = int(shuffled.loc[shuffled["earlier"] == split, "images"].sum())
        new = shuffled[shuffled["earlier"] == ""]
        for group, images in zip(new["group"].iloc[:-1], new["images"].iloc[:-1], strict=True):
            if taken >= wanted:
                break
            if taken + images <= wanted or (taken == 0 and images * 2 <= total):
                drawn.append(group)
                taken += int(images)
        if taken == 0 and wanted and len(new):  # few groups of unlike sizes: the smallest, unless it is nearly all
            smallest = int(new["images"].argmin())
            if new["images"].iloc[smallest] <= MOST_OF_A_CLASS * total:
                drawn.append(new["group"].iloc[smallest])
    return frame.index[frame["group"].isin(drawn)]
