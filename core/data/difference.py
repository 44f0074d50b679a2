"""What differs between two versions of a data set, in words."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from core.data.dataset import SPLIT_WORDS

MOST = 5
KEYS = ["sha256", "path", "nth"]
NOTHING = pd.DataFrame(columns=["sha256", "path"])


def difference(
    before: pd.DataFrame,
    after: pd.DataFrame,
    aside_before: pd.DataFrame = NOTHING,
    aside_after: pd.DataFrame = NOTHING,
) -> list[str]:
    """A line for each thing that differs: classes, labels, splits, groups, images that went and came. Empty if nothing does.

    Args:
        before, after: Indexes with sha256, path, label, split and group.
        aside_before, aside_after: The images that were left out by hand, with sha256 and path.
    """
    both = numbered(before).merge(numbered(after), on=KEYS, how="outer", suffixes=("_old", "_new"), indicator=True)
    stayed = both[both["_merge"] == "both"]
    went, came = both[both["_merge"] == "left_only"], both[both["_merge"] == "right_only"]
    return [
        *_labels(stayed, set(before["label"]), set(after["label"])),
        *_splits(stayed),
        *_groups(stayed),
        *_gone(went, aside_after),
        *_come(came, aside_before),
    ]


def numbered(index: pd.DataFrame) -> pd.DataFrame:
    """What of an index can differ, with `nth`, so that `KEYS` name an image in every version."""
    few = index[["sha256", "path", "label", "split", "group"]]
    return few.assign(
        nth=few.groupby(["sha256", "path"], sort=False).cumcount() if few["path"].duplicated().any() else 0
    )


def _labels(stayed: pd.DataFrame, old_classes: set[str], new_classes: set[str]) -> list[str]:
    changed = stayed[stayed["label_old"] != stayed["label_new"]]
    sizes = changed.groupby(["label_old", "label_new"], sort=False).size().sort_values(ascending=False, kind="stable")
    pairs = _pairs(sizes)
    targets = defaultdict(list)
    for old, new in pairs:
        targets[old].append(new)
    whole = {old: new for old, (new, *more) in targets.items() if not more and old not in new_classes}
    sources = defaultdict(list)
    for old, new in whole.items():
        sources[new].append(old)
    lines = []
    for new, olds in sources.items():
        images = _images(sum(pairs[old, new] for old in olds))
        if len(olds) == 1 and new not in old_classes:
            lines.append(f"class {olds[0]} renamed {new} ({images})")
        else:
            lines.append(f"{'class' if len(olds) == 1 else 'classes'} {', '.join(olds)} merged into {new} ({images})")
    single = [(old, new, images) for (old, new), images in pairs.items() if old not in whole]
    lines += [f"{_images(images)} relabelled from {old} to {new}" for old, new, images in single[:MOST]]
    if rest := sum(images for *_, images in single[MOST:]):
        lines.append(f"{_images(rest)} relabelled otherwise")
    return lines


def _splits(stayed: pd.DataFrame) -> list[str]:
    moved = stayed[stayed["split_old"] != stayed["split_new"]]
    pairs = _pairs(moved.groupby(["split_old", "split_new"], sort=True).size())
    return [
        f"{_images(images)} moved from {SPLIT_WORDS[old]} to {SPLIT_WORDS[new]}" for (old, new), images in pairs.items()
    ]


def _groups(stayed: pd.DataFrame) -> list[str]:
    changed = stayed["group_new"][stayed["group_old"] != stayed["group_new"]]
    named = changed[changed != ""]
    lines = (
        [f"{_images(len(named))} put into {named.nunique():,} group{'' if named.nunique() == 1 else 's'}"]
        if len(named)
        else []
    )
    return lines + ([f"{_images(len(changed) - len(named))} in no group any more"] if len(changed) > len(named) else [])


def _pairs(sizes: pd.Series) -> dict[tuple[str, str], int]:
    return {(old, new): int(images) for (old, new), images in zip(sizes.index.to_list(), sizes, strict=True)}


def _gone(went: pd.DataFrame, aside: pd.DataFrame) -> list[str]:
    by_hand = _among(went, aside)
    lines = [f"{_images(by_hand)} left out"] if by_hand else []
    return lines + ([f"{_images(len(went) - by_hand)} gone"] if len(went) > by_hand else [])


def _come(came: pd.DataFrame, aside: pd.DataFrame) -> list[str]:
    back = _is_among(came, aside)
    lines = [f"{_images(int(back.sum()))} put back"] if back.any() else []
    added = came.loc[~back, "label_new"].value_counts()
    lines += [f"{_images(int(images))} added to {label}" for label, images in added.head(MOST).items()]
    rest = int(added.iloc[MOST:].sum())
    return lines + ([f"{_images(rest)} added to other classes"] if rest else [])


def _among(rows: pd.DataFrame, aside: pd.DataFrame) -> int:
    return int(_is_among(rows, aside).sum())


def _is_among(rows: pd.DataFrame, aside: pd.DataFrame) -> pd.Series:
    names = set(zip(aside["sha256"], aside["path"], strict=True))
    found = [name in names for name in zip(rows["sha256"], rows["path"], strict=True)]
    return pd.Series(found, rows.index, dtype=bool)


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
