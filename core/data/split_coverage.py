"""Few units a class: which of them train, validate and test, so that every class stands in each split where it can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.data.dataset import SPLITS
from core.data.linked import components

MOST_OF_A_CLASS = 0.75
NODES = 20_000  # of the search: a limit that gives the same answer everywhere, as seconds would not
MOST_TO_SEARCH = 10_000  # groups × (classes - 1) that hang together: a second or two; beyond, it may be minutes
AT_ONCE = 300  # of these, where they are pieces of their own, which the search does not see


def covered(
    labels: pd.Series, groups: pd.Series, splits: pd.Series, free: pd.Series, goals: Sequence[str], seed: int
) -> pd.Series:
    """`splits`, changed where a class is missing in a split that it could stand in.

    Every class that has a free group stands in train. Of all ways to do that this is one in which most classes stand in
    val too; of those, one in which most stand in test; of those, the one that moves the fewest images. Exact, by a
    mixed-integer program, up to `MOST_TO_SEARCH`; beyond, nearly so. A class that has images in train to stay does not
    count as standing where a group of more than `MOST_OF_A_CLASS` of it is: that is for training.

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
    piece = _connected(units)
    units = units[piece.isin(piece[units["label"].isin(hopeful.index[hopeful])])]
    if units.empty:
        return splits
    share = units["images"] / labels.value_counts()[units["label"]].to_numpy()
    learns = stays["train"][units["label"]].to_numpy()
    units["counts"] = ~((share > MOST_OF_A_CLASS) & learns)
    together = _together(units, piece[units.index])
    large = units[together > MOST_TO_SEARCH]
    wanted = {} if large.empty else _one_by_one(large, stays, list(goals), seed)
    for _, some in units.groupby(together[together <= MOST_TO_SEARCH] // AT_ONCE):
        wanted |= _solved(some, stays, list(goals), seed)
    gone = groups[free].map(wanted)
    return splits.mask(free & gone.reindex(splits.index).notna(), gone.reindex(splits.index))


def _connected(units: pd.DataFrame) -> pd.Series:
    """Equal for rows of one class, of one group, or that hang together by others."""
    group, names = pd.factorize(units["group"])
    label, classes = pd.factorize(units["label"])
    return pd.Series(components(len(names) + len(classes), group, len(names) + label)[group], units.index)


def _together(units: pd.DataFrame, piece: pd.Series) -> pd.Series:
    """How large the piece of each row is, together with all that are smaller: groups × (classes - 1)."""
    sizes = units.groupby(piece)[["group", "label"]].nunique()
    return piece.map((sizes["group"] * (sizes["label"] - 1)).sort_values(kind="stable").cumsum())


def _one_by_one(units: pd.DataFrame, stays: pd.DataFrame, goals: list[str], seed: int) -> dict[object, str]:
    """As `_solved`, but by moves of single groups, each of which is for the better: nearly as good, and fast."""
    group, names = pd.factorize(units["group"])
    label, classes = pd.factorize(units["label"])
    counts = np.where(np.array(goals)[:, None] == "train", True, units["counts"].to_numpy())  # (goals, rows)
    drawn = np.zeros(len(names), int)
    drawn[group] = units["split"].map(goals.index)
    at = drawn.copy()
    standing = stays.loc[list(classes), goals].to_numpy().astype(int).T  # (goals, classes)
    for goal in range(len(goals)):
        standing[goal] += np.bincount(label[counts[goal] & (at[group] == goal)], minlength=len(classes))
    rows_of = _positions(group)
    groups_of = [group[rows] for rows in _positions(label)]
    images = np.bincount(group, units["images"]) * (1 + np.random.default_rng(seed).random(len(names)) / 1000)

    def change(one: int, goal: int) -> list[int]:
        """How many classes more stand in each goal, train first, where a group goes to another."""
        more = [0] * len(goals)
        more[goal] = int((standing[goal, label[there(one, goal)]] == 0).sum())
        more[at[one]] = -int((standing[at[one], label[there(one, at[one])]] == 1).sum())
        return more

    def there(one: int, goal: int) -> np.ndarray:
        return rows_of[one][counts[goal, rows_of[one]]]

    def move(one: int, goal: int) -> None:
        standing[at[one], label[there(one, at[one])]] -= 1
        standing[goal, label[there(one, goal)]] += 1
        at[one] = goal

    for goal in range(len(goals)):
        for lacking in sorted(np.flatnonzero(standing[goal] == 0), key=lambda one: len(groups_of[one])):
            if standing[goal, lacking] > 0:  # by now
                continue
            ways = [(change(one, goal), -images[one], one) for one in groups_of[lacking].tolist() if at[one] != goal]
            best = max(ways, default=([0], 0, 0))
            if best[0] > [0] * len(goals):
                move(best[2], goal)
    for one in np.flatnonzero(at != drawn).tolist():
        if change(one, drawn[one]) >= [0] * len(goals):
            move(one, drawn[one])
    return {names[one]: goals[at[one]] for one in np.flatnonzero(at != drawn).tolist()}


def _positions(codes: np.ndarray) -> list[np.ndarray]:
    """Where each of the codes, which are counted from 0, stands."""
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])


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
