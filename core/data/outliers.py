"""Pictures that look like nothing else in the data set, by their embeddings."""

from __future__ import annotations

import numpy as np
import pandas as pd

THRESHOLD = 4.0
ENOUGH = 20
TINY = 1e-6
NORMAL = 1.4826  # the median absolute deviation of a normal distribution, times this, is its standard deviation


def find_outliers(neighbour_distance: np.ndarray, labels: pd.Series, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Pictures whose nearest neighbours are much farther away than is usual in their class.

    The score is the modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993: the distance
    minus its median, over 1.4826 times the median absolute deviation. Median and deviation are of the picture's class
    where that has `ENOUGH` pictures, else of all.

    Args:
        neighbour_distance: (N,) mean distances to the nearest neighbours, as `core.data.projection.ImageMap` has
            them; NaN where a picture has no embedding.
        labels: (N,) class names.
        threshold: The score from which on a picture is an outlier.

    Returns:
        One row an outlier, worst first: `row` (of the index), `score`, `distance`.
    """
    distance = neighbour_distance.astype(np.float64)
    known = np.flatnonzero(~np.isnan(distance))
    table = pd.DataFrame({"row": known, "label": labels.astype(str).to_numpy()[known], "distance": distance[known]})
    everything = _usual(table["distance"])
    score = np.empty(len(table))
    for places in table.groupby("label").indices.values():
        own = table["distance"].iloc[places]
        middle, spread = _usual(own) if len(places) >= ENOUGH else everything
        score[places] = (own - middle) / max(spread, TINY)
    table["score"] = score
    found = table[table["score"] >= threshold].sort_values(["score", "row"], ascending=[False, True])
    return found[["row", "score", "distance"]].reset_index(drop=True)


def _usual(distance: pd.Series) -> tuple[float, float]:
    """Median, and standard deviation told by the median absolute deviation."""
    middle = distance.median()
    return float(middle), float(NORMAL * (distance - middle).abs().median())
