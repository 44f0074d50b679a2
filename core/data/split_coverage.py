"""Few units a class: which of them train, validate and test, so that every class stands in each split where it can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.data.dataset import SPLITS

MOST_OF_A_CLASS = 0.75
NODES = 20_000  # of the search: a limit that gives the same answer everywhere, as seconds would not


def covered(
    labels: pd.Series, groups: pd.Series, splits: pd.Series, free: pd.Series, goals: Sequence[str], seed: int
) -> pd.Series:
    """`splits`, changed where a class is missing in a split that it could stand in.

    Every class that has a free group stands in train. Of all ways to do that this is one in which most classes stand in
    val too; of those, one in which most stand in test; of those, the one that moves the fewest images. Exact, by a
    mixed-integer program. A class that has images in train to stay does not count as standing where a group of more
    than `MOST_OF_A_CLASS` of it is: that is for training.

    Args:
        labels, groups, splits: (N,) classes, what stays together, and the splits so far.
        free: (N,) bool, whether an image may go to another split; equal for those of a group that are in "train", as
            far as the source says.
        goals: The splits that they may go to; "train" is one.
        seed: Decides between ways that are equally good.
    """
    missing = pd.crosstab(labels, splits).reindex(columns=list(goals), fill_value=0) == 0
    stays = pd.crosstab(labels[~free], splits[~free]).reindex(missing.index, columns=SPLITS, fill_value=0) > 0  # type: ignore[call-arg]
    units = pd.DataFrame({"group": groups, "label": labels, "split": splits})[free]
    units = units.groupby(["group", "label", "split"], sort=True).size().rename("images").reset_index()
    parts = units["label"].value_counts().reindex(missing.index, fill_value=0)
    several = parts + stays.sum(axis=1) > 1
    hopeful = (missing["train"] | (missing.any(axis=1) & several)) & (parts > 0)
    units = units[_reached(units, set(hopeful.index[hopeful]))]
    if units.empty:
        return splits
    share = units["images"] / labels.value_counts()[units["label"]].to_numpy()
    learns = stays["train"][units["label"]].to_numpy()
    units["counts"] = ~((share > MOST_OF_A_CLASS) & learns)
    wanted = groups[free].map(_solved(units, stays, list(goals), seed))
    return splits.mask(free & wanted.reindex(splits.index).notna(), wanted.reindex(splits.index))


def _reached(units: pd.DataFrame, labels: set[str]) -> np.ndarray:
    """Which rows are of these classes, of classes that share a group with one, and so on."""
    reached = np.zeros(len(units), bool)
    grows = bool(labels)
    while grows:
        reached = units["group"].isin(set(units["group"][units["label"].isin(labels)])).to_numpy()
        wider = set(units["label"][reached])
        grows, labels = len(wider) > len(labels), wider
    return reached


def _solved(units: pd.DataFrame, stays: pd.DataFrame, goals: list[str], seed: int) -> dict[object, str]:
    """Which groups go where they were not.

    x[group, goal] says where each group goes; y[class, goal], for val and test, whether the class stands there.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    group, names = pd.factorize(units["group"])
    label, classes = pd.factorize(units["label"])
    drawn = np.zeros(len(names), int)
    drawn[group] = units["split"].map(goals.index)
    choices = len(names) * len(goals)
    judged = [goal for goal in ("val", "test") if goal in goals]
    size = choices + len(judged) * len(classes)
    stays = stays.loc[list(classes)]
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    values: list[np.ndarray] = []
    least: list[np.ndarray] = []
    worth = np.zeros(size)

    def cover(goal: str, counting: np.ndarray, place: int | None, value: float = 0) -> None:
        """For each class: at least one counting group goes to `goal`, or its y at `place` is 0."""
        first = len(classes) * len(least)
        rows.append(first + label[counting])
        columns.append(group[counting] * len(goals) + goals.index(goal))
        values.append(np.ones(int(counting.sum())))
        there = stays[goal].to_numpy()
        if place is None:
            least.append(~there)
            return
        rows.append(first + np.arange(len(classes)))
        columns.append(np.arange(place, place + len(classes)))
        values.append(np.where(there, 0.0, -1.0))
        least.append(np.zeros(len(classes)))
        worth[place : place + len(classes)] = np.where(there, 0, value)

    cover("train", np.ones(len(units), bool), None)
    for number, goal in enumerate(judged):
        of_more_worth = len(classes) + 1 if goal == "val" else 1
        cover(goal, units["counts"].to_numpy(), choices + number * len(classes), of_more_worth)
    ends = np.concatenate(rows), np.concatenate(columns)
    covering = coo_array((np.concatenate(values), ends), (len(classes) * len(least), size)).tocsr()
    places = np.arange(choices)
    once = coo_array((np.ones(choices), (places // len(goals), places)), (len(names), size)).tocsr()
    rules = [LinearConstraint(once, 1, 1), LinearConstraint(covering, np.concatenate(least), np.inf)]

    def solve(cost: np.ndarray, *more: LinearConstraint) -> tuple[np.ndarray | None, float]:
        options = {"mip_rel_gap": 0, "node_limit": NODES}
        found = milp(
            cost,
            integrality=np.arange(size) < choices,
            bounds=Bounds(0, 1),
            constraints=[*rules, *more],
            options=options,
        )
        return found.x, found.fun or 0.0

    x, best = solve(-worth)
    if x is None:
        return {}
    which_of_two_equal = 1 + np.random.default_rng(seed).random((len(names), 1)) / 1000
    moves = np.bincount(group, units["images"])[:, None] * which_of_two_equal * np.ones(len(goals))
    moves[np.arange(len(names)), drawn] = 0
    as_good = LinearConstraint(worth, -best - 0.5, np.inf)
    fewest, _ = solve(np.concatenate([moves.ravel(), np.zeros(size - choices)]), as_good)
    chosen = (x if fewest is None else fewest)[:choices].reshape(len(names), len(goals)).argmax(axis=1)
    return {names[one]: goals[chosen[one]] for one in np.flatnonzero(chosen != drawn).tolist()}
