"""Images of an evaluation that the run had before it: the very ones that it learnt from, or near copies of them.

What it is right about there tells nothing about new images. What counts as a near copy is what an import and its findings
count as one (`core.data.near`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.data import near
from core.data.dataset import Dataset, read_index
from core.errors import NotFoundError
from core.evaluate.shares import of_share
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.train.moments import chosen_by_validation
from core.train.runs import Run, learnt_from
from core.workspace import Workspace

SAME, NEAR, NEW = "same", "near", ""
COLUMNS = ["sha256", "phash", "width", "height", "file", "split"]
DELETED = "The data that the run learnt from was deleted, so nobody can tell whether these images were among it."


def overlap(
    workspace: Workspace,
    run: Run,
    dataset: Dataset,
    rows: np.ndarray,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> np.ndarray | None:
    """(N,) str: "same" for a file that is among the run's training and validation images, "near" for a near copy of one,
    "" for a new image. None where the data that it learnt from was deleted.

    Args:
        dataset: What is evaluated on.
        rows: (N,) places in its index.

    Raises:
        Stopped: `should_stop` said so.
    """
    try:
        own = learnt_from(workspace, run)
    except NotFoundError:
        return None
    had = read_index(workspace, own, COLUMNS)
    had = had[had["split"] != "test"]
    asked = read_index(workspace, dataset)
    known = set(had["sha256"].tolist())
    is_known = np.fromiter((sha256 in known for sha256 in asked["sha256"].tolist()), bool, len(asked))
    same = is_known[rows]
    if own.name == dataset.name:
        names = asked["near"].to_numpy(object) if "near" in asked else np.full(len(asked), "", object)
        both = set(names[is_known & (names != "")].tolist())
        alike = np.fromiter((name in both for name in names[rows]), bool, len(rows))
    else:
        fresh = asked[COLUMNS].iloc[rows[~same]]
        alike = np.zeros(len(rows), bool)
        if len(fresh):
            alike[~same] = _near(workspace, (own, had), (dataset, fresh), on_progress, should_stop)
    return np.select([same, alike], [SAME, NEAR], NEW)


def _near(
    workspace: Workspace,
    had: tuple[Dataset, pd.DataFrame],
    fresh: tuple[Dataset, pd.DataFrame],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> np.ndarray:
    """(M,) bool: which of the fresh images have a near copy among those that were had."""
    together = pd.concat([had[1], fresh[1]], ignore_index=True)
    folders = [workspace.dataset(one.name) for one, _ in (had, fresh)]
    small = near.Small(near.tones_in(folders, together), near.colours_in(folders, together))
    names = near.names_of(together, small, on_progress=on_progress, should_stop=should_stop)
    count = len(had[1])
    return names.iloc[count:].isin(set(names.iloc[:count]) - {""}).to_numpy()


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


def warning(overlap_: dict[str, Any] | None, n: int) -> str:
    """What a person must know beside the figure, and the figure without those images; "" where there is nothing to say."""
    words = share_words(overlap_, n)
    if not overlap_ or not words:
        return ""
    new = overlap_["without"]
    if new["accuracy"] is None:
        return f"{words}: the figure says nothing about new ones."
    low, high = (f"{end * 100:.1f}" for end in new["accuracy_ci95"])
    images = f"{new['n']:,} images" if new["n"] > 1 else "1 image"
    return f"{words}, which as a rule flatters. Without them it is {new['accuracy'] * 100:.1f} % ({low} to {high}) of {images}."
