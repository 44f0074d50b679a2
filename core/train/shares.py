"""Part of the training images, for a learning curve: every class as before, the smaller part inside the larger."""

from __future__ import annotations

import numpy as np
import pandas as pd


def part(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """(N,) bool, which images belong to that share.

    Each class gives the same share of its images, rounded, and one at least. The images that a smaller share takes are
    among those of a larger one with the same seed. A group is taken as a whole or not at all, and counts for the class
    that most of it has; where groups are large a share can only be met as nearly as they allow.

    Args:
        labels: (N,) int.
        groups: (N,) int, equal for images that belong together.
        share: In 0..1.
        seed: Decides who comes first.
    """
    table = pd.DataFrame({"label": labels, "group": groups})
    counts = table.groupby(["group", "label"], sort=True).size().rename("images").reset_index()
    units = counts.sort_values("images", ascending=False, kind="stable").drop_duplicates("group").sort_values("group")
    units["images"] = table.groupby("group").size().loc[units["group"]].to_numpy()
    units = units.iloc[np.random.default_rng(seed).permutation(len(units))]
    of_class = units.groupby("label", sort=False)["images"]
    before, total = of_class.cumsum() - units["images"], of_class.transform("sum")
    is_taken = ((before + units["images"] / 2) <= share * total) | (before == 0)
    return np.isin(groups, units.loc[is_taken, "group"])
