"""Images of an evaluation that the run had before it: the very ones that it learnt from, or near copies of them.

What it is right about there tells nothing about new images. What counts as a copy is what a split keeps together and what
leaks are found by (`core.data.splits.copies`): near copies of one label, unless a person said that they are different things.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.data import different, near, splits
from core.data.dataset import Dataset, read_index
from core.errors import NotFoundError
from core.evaluate.shares import of_share
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.train.moments import chosen_by_validation
from core.train.runs import Run, learnt_from
from core.workspace import Workspace

SAME, NEAR, NEW = "same", "near", ""
COLUMNS = ["sha256", "phash", "width", "height", "file", "split", "label"]
DELETED = "The data that the run learnt from was deleted, so nobody can tell whether these images were among it."


def overlap(
    workspace: Workspace,
    run: Run,
    dataset: Dataset,
    known: pd.DataFrame,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> np.ndarray | None:
    """(N,) str: "same" for a file that is among the run's training and validation images, "near" for a near copy of one,
    "" for a new image. None where the data that it learnt from was deleted.

    Args:
        dataset: What is evaluated on.
        known: (N,) rows of its index with the columns `COLUMNS` and, where it has it, `near`; `label` as the run calls it.

    Raises:
        Stopped: `should_stop` said so.
    """
    try:
        own = learnt_from(workspace, run)
    except NotFoundError:
        return None
    had = read_index(workspace, own, COLUMNS)
    had = had[had["split"] != "test"]
    same = _among(known["sha256"], had["sha256"])
    fresh = known[~same]
    if not len(fresh):
        return np.where(same, SAME, NEW)
    together = pd.concat([had[COLUMNS], fresh[COLUMNS]], ignore_index=True)
    if own.name == dataset.name:
        asked = read_index(workspace, dataset)
        named = asked[asked["near"] != ""] if "near" in asked else asked[:0]
        if named.empty:  # at once, however many
            return np.where(same, SAME, NEW)
        names = together["sha256"].map(dict(zip(named["sha256"], named["near"], strict=True))).fillna("")
    else:
        folders = [workspace.dataset(one.name) for one in (own, dataset)]
        small = near.Small(near.tones_in(folders, together), near.colours_in(folders, together))
        names = near.names_of(together, small, on_progress=on_progress, should_stop=should_stop)
    together["near"] = names.astype(str)
    said = [group for name in {own.name, dataset.name} for group in different.read(workspace, name)]
    all_of_them = dataset.near_different or (own.name != dataset.name and own.near_different)
    copies = splits.copies(different.apart(together, said, all_of_them))
    alike = np.zeros(len(known), bool)
    alike[~same] = _among(copies.iloc[len(had) :], copies.iloc[: len(had)])
    return np.select([same, alike], [SAME, NEAR], NEW)


def _among(names: pd.Series, others: pd.Series) -> np.ndarray:
    """(N,) bool, which of `names` are among `others`: by a set of Python's, since Arrow's `isin` takes ten times as long."""
    there = set(others.tolist())
    return np.fromiter((name in there for name in names.tolist()), bool, len(names))


def told(found: np.ndarray | None, correct: np.ndarray, groups: np.ndarray | None = None) -> dict[str, Any]:
    """What metrics.json holds of it: how many are the same and near, and how good the run is on the new ones alone.

    Args:
        found: What `overlap` gave.
        correct: (N,) bool.
        groups: (N,) int, equal for images that belong together; None where each stands for itself.
    """
    if found is None:
        return {"same": None, "near": None, "without": None, "reason": DELETED}
    is_new = found == NEW
    new = correct[is_new]
    without: dict[str, Any] = {"n": len(new), "accuracy": None, "accuracy_ci95": None}
    if len(new):
        interval = of_share(new, None if groups is None else groups[is_new]) or (0.0, 1.0)
        without |= {"accuracy": float(new.mean()), "accuracy_ci95": list(interval)}
    same, alike = int((found == SAME).sum()), int((found == NEAR).sum())
    reason = None if len(new) else "All of these images, or near copies of them, are among those that it learnt from."
    return {"same": same, "near": alike, "without": without, "reason": reason}


def share_words(overlap_: dict[str, Any] | None, n: int) -> str:
    """How many of `n` images the run had before, in words; "" where it had none, or nobody knows."""
    same, alike = (overlap_ or {}).get("same") or 0, (overlap_ or {}).get("near") or 0
    if not same + alike:
        return ""
    kinds = (
        f" ({same:,} the same file, {alike:,} a near copy)" if same and alike else ", as near copies" if alike else ""
    )
    who = ("All " if n > 1 else "The ") if same + alike == n else f"{same + alike:,} of the "
    return f"{who}{f'{n:,} images are' if n > 1 else 'image is'} among those that the run learnt from or was validated on{kinds}"


def of_own_split(run: Run, dataset: str, split: str) -> str | None:
    """What a person must know beside the figure of the very split that the run learnt from or was validated on, "" where that
    is nothing; None of any other images, of which `warning` tells.

    Args:
        dataset: The data's name and version.
    """
    if dataset != run.dataset or split not in ("train", "val"):
        return None
    if split == "train":
        return "The run learnt from these very images, so this says little about new ones."
    chosen = chosen_by_validation(run.config)
    return f"These images chose the best {chosen}, so the figure flatters a little." if chosen else ""


def warning(overlap_: dict[str, Any] | None, n: int, accuracy: float) -> str:
    """What a person must know beside the figure, and the figure without those images; "" where there is nothing to say.

    Args:
        n, accuracy: Of all images of the evaluation.
    """
    words = share_words(overlap_, n)
    if not overlap_ or not words:
        return ""
    new = overlap_["without"]
    if new["accuracy"] is None:
        return f"{words}: the figure says nothing about new ones."
    low, high = (f"{end * 100:.1f}" for end in new["accuracy_ci95"])
    images = f"{new['n']:,} images" if new["n"] > 1 else "1 image"
    flatters = (
        ", which as a rule flatters" if new["accuracy"] < accuracy else f". With them it is {accuracy * 100:.1f} %"
    )
    return f"{words}{flatters}. Without them it is {new['accuracy'] * 100:.1f} % ({low} to {high}) of {images}."
