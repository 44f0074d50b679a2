"""Series of numbered names: files of one class and one folder whose names are the same but for a trailing number.

They may be photos of one burst, or frames of one film or one figure. Names alone do not tell: breeds of a class are numbered
in the same way. So it counts whether pictures of one series look more alike than others of their class.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

from core.data.sources.listing import split_of

GROUP, FIRST_PART = "series ", "first part "  # how the group begins that is made of such names, or of their first parts
FEWEST_SERIES = 3  # a class's own names: one or two prefixes are a camera's, or the class's
LARGEST_SHARE = 0.5  # of a class, in one series
LEAST_SHARE = 0.2  # of a class, in its series
LEAST_ALIKE = 0.4
FEWEST_IMAGES = 20  # with fewer, likeness is chance
MANY_SERIES = 10  # from here on a hint, where likeness is no proof
LEAST_SURELY, SURE = 0.1, 0.99  # what that likeness is at least, and with what confidence
TONES = ("brightness", "contrast")


def named(index: pd.DataFrame, first_part: bool = False) -> pd.Series:
    """(N,) the series of each image by its name, "" for none: only of classes of which a good part is in several small series.

    Args:
        index: With path, label and group; what has a group of another kind is in no series.
        first_part: Whether names count up to their first "-" or "_" only, so that several series may be one.
    """
    names, numbered = _names(index, first_part)
    free = ((index["group"] == "") | (index["group"] == names)).to_numpy(bool)
    if first_part:  # which has series in it
        free = free | (index["group"] == _names(index)[0]).to_numpy(bool)
    table = pd.DataFrame({"label": index["label"].astype(str).to_numpy(), "name": names, "numbered": numbered})
    found = (
        table[free]
        .groupby("name", sort=False)
        .agg(label=("label", "first"), images=("label", "size"), numbered=("numbered", "any"))
    )
    found = found[(found["images"] > 1) & found["numbered"]]
    of_class = found.groupby("label")["images"].agg(["size", "max", "sum"])
    whole = table["label"].value_counts().reindex(of_class.index)
    fits = of_class["size"].ge(FEWEST_SERIES) & of_class["max"].le(LARGEST_SHARE * whole)
    fits &= of_class["sum"].ge(LEAST_SHARE * whole)
    chosen = set(found.index[found["label"].isin(of_class.index[fits])])
    return pd.Series([name if name in chosen else "" for name in names], index.index).where(free, "")


def joined(index: pd.DataFrame, old: pd.DataFrame) -> pd.Series:
    """(N,) the group of each image of `index`; where it has none, the one of `old` whose series it goes on."""
    ours = ["", *_names(index)[0]]
    for first_part, kind in ((False, GROUP), (True, FIRST_PART)):
        names, _ = _names(index, first_part)
        own = old[old["group"].str.match(f"{kind}.*: ")]
        sizes = own.groupby(["group", "label"], observed=True).size().sort_values()
        classes = {group: str(label) for group, label in sizes.index}  # of most of it; it may have been renamed
        known = {_name(label, group.partition(": ")[2], kind): group for group, label in classes.items()}
        # before one of a class that was merged into its own
        known |= {group: group for group in classes if group in known}
        going_on = pd.Series([known.get(name, "") for name in names], index.index, dtype=object)
        index = index.assign(group=index["group"].where((going_on == "") | ~index["group"].isin(ours), going_on))
    return index["group"]


def first_parts(index: pd.DataFrame) -> int:
    """How many first parts of names there are that each may be one thing, seen from several sides, say; 0 where they are
    as many as the series, or look no more alike than others of their class.
    """
    parts = named(index, first_part=True)
    there = parts[parts != ""].nunique()
    return there if there < named(index).loc[parts != ""].nunique() and are_alike(index, parts) else 0


def are_alike(index: pd.DataFrame, names: pd.Series) -> bool:
    """Whether images of one series look clearly more alike than others of their class: `_likeness` is `LEAST_ALIKE` or more
    in the mean. It is 0.6 to 0.9 for frames, and about 0 for names that say nothing of the picture.

    Args:
        index: With label, brightness and contrast.
        names: (N,) as `named` gives them.
    """
    return bool(_likeness(index, names)[0].mean() >= LEAST_ALIKE)


def may_be_alike(index: pd.DataFrame, names: pd.Series) -> bool:
    """Whether there are many series, of which images look surely more alike than others of their class, but no more than a
    little may be: pieces of one painting are, and so are animals of one breed. Only a person can say which.
    """
    many = names[names != ""].nunique() >= MANY_SERIES
    return bool(many and _likeness(index, names)[1].min() >= LEAST_SURELY)


def _likeness(index: pd.DataFrame, names: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The intraclass correlation of the ranks of brightness and of contrast within a class, (2,), and what each is at least,
    with the confidence `SURE`; -inf where there are too few images to tell.

    Source: P. E. Shrout, J. L. Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological
    Bulletin 86, 1979, ICC(1, 1); for series of unlike size as in a one-way analysis of variance.
    """
    from scipy.special import fdtri  # an import does without

    inside = (names != "").to_numpy()
    series, _ = pd.factorize(names[inside])
    label, _ = pd.factorize(index["label"][inside].astype(str))
    images, groups, classes = len(series), series.max(initial=-1) + 1, label.max(initial=-1) + 1
    if images < FEWEST_IMAGES or groups <= classes or groups == images:
        return np.full(2, -np.inf), np.full(2, -np.inf)
    sizes = np.bincount(series)
    usual = (images - (sizes**2).sum() / images) / (groups - 1)
    tones = pd.DataFrame(index[list(TONES)][inside].to_numpy(float)).groupby(label).rank(pct=True)
    means, of_class = (tones.groupby(by).transform("mean") for by in (series, label))
    within = ((tones - means) ** 2).sum() / (images - groups)
    between = ((means - of_class) ** 2).sum() / (groups - classes)
    free = fdtri(groups - classes, images - groups, SURE)
    return _correlation(between, within, usual), _correlation(between, within * free, usual)


def _correlation(between: pd.Series, within: pd.Series, usual: float) -> np.ndarray:
    """Of the mean squares between and within series of `usual` images each."""
    spread = between + (usual - 1) * within
    return ((between - within) / spread.where(spread > 0, 1)).to_numpy()


def _names(index: pd.DataFrame, first_part: bool = False) -> tuple[list[str], np.ndarray]:
    """(N,) what would be the name of each image's series, and whether its own name has a number."""
    place = cache(_place)
    split = [_split(path) for path in index["path"].tolist()]
    kind, cut = (FIRST_PART, _first_part) if first_part else (GROUP, str)
    names = [
        _name(label, f"{place(folder, label)}{cut(prefix)}", kind)
        for (folder, prefix, _), label in zip(split, index["label"].astype(str).tolist(), strict=True)
    ]
    return names, np.array([numbered for *_, numbered in split], bool)


def _first_part(name: str) -> str:
    return re.split("[-_]", name.lstrip("-_"), maxsplit=1)[0]


def _name(label: str, rest: str, kind: str) -> str:
    return f"{kind}{label.replace(': ', ':_')}: {rest}"  # the first ": " ends the label


def _split(path: str) -> tuple[str, str, bool]:
    """Folder, name without ending and trailing number, and whether it had one."""
    folder, _, file = path.rpartition("/")
    stem, _, ending = file.rpartition(".")
    if not stem or ending.isdecimal():
        stem = file
    bare = stem.removesuffix(")")
    prefix = bare.rstrip("0123456789")
    return (folder, prefix.rstrip(" ._-("), True) if prefix != bare else (folder, stem, False)


def _place(folder: str, label: str) -> str:
    """The folder without what says a split or the class: the same for `train/cat` and `test/cat`."""
    parts = [part for part in folder.split("/") if part and not split_of(part)[0]]
    before, _, after = f"/{'/'.join(parts)}/".partition(f"/{label}/")
    left = "/".join(filter(None, (before.strip("/"), after.strip("/"))))
    return f"{left}/" if left else ""
