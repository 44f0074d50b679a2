"""Slices of an evaluation that do worse than chance would explain: how much, of which classes, and kept on disk.

A slice was picked for its mistakes, so that it looks worse than it is. Its intervals allow for that: beside the ordinary end, the
one on the side of a smaller gap is missed by any of all slices that were looked at in 5 % of 5 % of searches at most. As a search
finds something in 5 % of them where nothing differs, and more often elsewhere, 95 % of finds and more are not missed there.

Sources: Bonferroni's simultaneous intervals; the difference of two shares by its ends: G. Y. Zou, A. Donner, "Construction of
confidence limits about effect measures: a general approach", Statistics in Medicine 27 (2008).
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluate.disparity import newcombe
from core.evaluate.evaluation import Evaluation, evaluation_folder
from core.evaluate.intervals import LEVEL, Interval, whole_images
from core.evaluate.shares import ENOUGH, Shares, shares_of
from core.evaluate.slice_columns import CLASS, Column, Part, Sliceable, in_words, read_sliceable
from core.evaluate.slice_search import FAMILY_WISE, PERMUTATIONS, SEED, SMALLEST, search, smallest_gap
from core.train.runs import Run
from core.workspace import Workspace
from core.workspace.alive import working_in
from core.workspace.atomic import read_json, write_json
from core.workspace.shape import an_object, fields_of

FORMAT = 5
MOST_CLASSES = 3
TYPICAL = 20  # the size of a slice that is asked about where none was found: one image of so many
TOO_FEW = 2 * SMALLEST


@dataclass(frozen=True)
class Found:
    """A slice that does worse than chance would explain.

    Args:
        key: Names its images, as `Part.key`.
        column: The column's key.
        where: It in words.
        n: How many images.
        accuracy, accuracy_ci95: Theirs, with an interval that allows for the choice: up to its upper end, by which it is better.
        rest_accuracy: Of all other images.
        difference, difference_ci95: rest_accuracy - accuracy, with an interval that allows for it likewise.
        p: Adjusted for all slices that were looked at.
        classes: [class, share of the slice, share of all images] of those that it is most made of.
        within_difference: How far it is under images of the same classes elsewhere; None for a class itself, or where no
            class is on both sides.
        within_p: The chance of as much where within each class nothing differs, by Bonferroni over all slices that were looked at.
    """

    key: str
    column: str
    where: str
    n: int
    accuracy: float
    accuracy_ci95: tuple[float, float]
    rest_accuracy: float
    difference: float
    difference_ci95: tuple[float, float]
    p: float
    classes: tuple[tuple[str, float, float], ...]
    within_difference: float | None
    within_p: float | None

    @property
    def holds_within_classes(self) -> bool | None:
        """Whether it is worse than its classes explain; None where that cannot be asked."""
        return None if self.within_p is None else self.within_p <= FAMILY_WISE


@dataclass(frozen=True)
class Slices:
    """What a search through all slices found.

    Args:
        n: Images.
        accuracy: Of all.
        columns: Names of the columns that were looked at.
        looked_at: How many slices.
        found: Worse ones, the clearest first.
        typical_n: A size of slice.
        typical_gap: What gap one of that size must have to be found four times of five; None where none would be.
        by_group: Whether images of one group counted as one piece of evidence.
        independent: As how many independent images they count then; `n` where each stands for itself.
    """

    n: int
    accuracy: float
    columns: tuple[str, ...]
    looked_at: int
    found: tuple[Found, ...]
    typical_n: int
    typical_gap: float | None
    by_group: bool
    independent: int

    @property
    def too_few(self) -> bool:
        """Whether there are too few images to search through."""
        return self.n < TOO_FEW

    @property
    def too_few_groups(self) -> bool:
        """Whether there are enough images, but too many of them hang together."""
        return not self.too_few and self.by_group and self.independent < ENOUGH

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        found = [{**asdict(one), "holds_within_classes": one.holds_within_classes} for one in self.found]
        return {**asdict(self), "found": found}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Slices:
        """What `to_json` gave."""
        found = tuple(
            Found(
                **{
                    **{name: item for name, item in fields_of(Found, one).items() if name != "holds_within_classes"},
                    "accuracy_ci95": tuple(one["accuracy_ci95"]),
                    "difference_ci95": tuple(one["difference_ci95"]),
                    "classes": tuple(tuple(named) for named in one["classes"]),
                }
            )
            for one in fields_of(cls, value)["found"]
        )
        return cls(**{**value, "columns": tuple(value["columns"]), "found": found})


def find_slices(images: Sliceable, permutations: int = PERMUTATIONS, seed: int = SEED) -> Slices:
    """Search all slices of answered images for those that do worse than chance would explain."""
    correct, mistakes = images.correct, int((~images.correct).sum())
    independent = whole_images(shares_of(correct, groups=images.groups).independent[0])
    enough = len(correct) >= TOO_FEW and independent >= ENOUGH
    searched = search(correct, images.columns if enough else (), images.groups, permutations, seed)
    typical = max(len(correct) // TYPICAL, SMALLEST)
    gap = None
    if 0 < mistakes < len(correct):
        gap = smallest_gap(
            min(typical, len(correct)), len(correct), mistakes, searched.critical, alike=len(correct) / independent
        )
    found = [_found(images, images.columns[hit.place], hit.part, hit.p, searched.looked_at) for hit in searched.hits]
    return Slices(
        n=len(correct),
        accuracy=float(correct.mean()),
        columns=tuple(column.name for column in images.columns),
        looked_at=searched.looked_at,
        found=tuple(found),
        typical_n=typical,
        typical_gap=gap,
        by_group=images.groups is not None,
        independent=independent,
    )


def slices_of(workspace: Workspace, run: Run, evaluation: Evaluation, images: Sliceable | None = None) -> Slices:
    """What is kept of an evaluation's slices, else what a search finds, which is kept then as slices.json beside it.

    Args:
        images: What `read_sliceable` gives, where it was read already.
    """
    with working_in(run.folder(workspace)):
        folder = evaluation_folder(workspace, run, evaluation.dataset, evaluation.split)
        path, of = folder / "slices.json", _fingerprint(folder)
        if path.exists() and (kept := read_json(path, lambda value: _kept(value, of))):
            return kept
        found = find_slices(images or read_sliceable(workspace, run, evaluation))
        write_json(path, {"of": of, "slices": found.to_json()})
        return found


def _kept(value: Any, of: str) -> Slices | None:
    return Slices.from_json(value["slices"]) if an_object(value).get("of") == of else None


def within_classes(
    inside: np.ndarray, correct: np.ndarray, labels: np.ndarray, groups: np.ndarray | None = None
) -> tuple[float, float] | None:
    """How far a slice is under images of the same classes elsewhere, and the chance of so many mistakes or more.

    The chance is exact: given each class's images in the slice and its mistakes, those in the slice are hypergeometric,
    and their sum is asked about. Where images belong to groups it is that of a normal score whose variance counts each
    group as one draw.

    Args:
        inside: (N,) bool, the slice.
        labels: (N,) int, true classes.

    Returns:
        (difference of accuracies, p), None where no class has images on both sides.
    """
    count = int(labels.max()) + 1
    all_n, all_wrong = np.bincount(labels, minlength=count), np.bincount(labels[~correct], minlength=count)
    n, wrong = np.bincount(labels[inside], minlength=count), np.bincount(labels[inside & ~correct], minlength=count)
    both = (n > 0) & (n < all_n)
    if not both.any():
        return None
    elsewhere = (all_wrong - wrong)[both] / (all_n - n)[both]
    difference = float((wrong[both] - n[both] * elsewhere).sum() / n[both].sum())
    if groups is not None:
        return difference, _score_by_group(inside, correct, labels, groups, n / np.maximum(all_n, 1), all_wrong, all_n)
    from scipy.stats import hypergeom

    chance = np.ones(1)
    for place in np.flatnonzero(both & (all_wrong > 0)):
        counts = np.arange(min(n[place], all_wrong[place]) + 1)
        chance = np.convolve(chance, hypergeom.pmf(counts, all_n[place], all_wrong[place], n[place]))
    return difference, float(min(chance[int(wrong[both].sum()) :].sum(), 1.0))


def _score_by_group(
    inside: np.ndarray,
    correct: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    share: np.ndarray,
    all_wrong: np.ndarray,
    all_n: np.ndarray,
) -> float:
    from scipy.stats import norm

    expected = all_wrong / np.maximum(all_n, 1)
    off = (inside - share[labels]) * (~correct - expected[labels])
    _, of_group = np.unique(groups, return_inverse=True)
    by_group = np.bincount(of_group, weights=off)
    spread = np.sqrt((by_group**2).sum())
    return float(norm.sf(by_group.sum() / spread)) if spread > 0 else 1.0


def allowance(looked_at: int) -> str:
    """How the figures of a found slice are made."""
    return (
        f"Each is measured on the images that it was picked by, out of {looked_at:,} slices, so it looks worse than it is. The intervals "
        "allow for that: they reach further to the side of a smaller gap, and hold the true one in 19 of 20 finds or more."
    )


def intervals_of_chosen(shares: Shares, looked_at: int) -> tuple[Interval, Interval]:
    """Intervals of a slice's accuracy, and of how far it is under the rest, that hold in 95 % of slices that a search found.

    Args:
        shares: Of the slice and of all other images.
        looked_at: Among how many slices it was found.
    """
    (low, high), (here, rest) = shares.interval()[0], shares.share
    least, most = newcombe(shares.of(0), shares.of(1))
    (_, far), (near, _) = shares.exact_ends(FAMILY_WISE * (1 - LEVEL) / looked_at)
    least = min(least, rest - here - np.hypot(far - here, rest - near))
    return (float(low), float(max(high, far))), (float(least), float(most))


def _found(images: Sliceable, column: Column, part: Part, p: float, looked_at: int) -> Found:
    inside, correct = part.of(column), images.correct
    shares = shares_of(correct, np.where(inside, 0, 1), 2, images.groups)
    of_accuracy, of_difference = intervals_of_chosen(shares, looked_at)
    here, rest = map(float, shares.share)
    within = None if column.key == CLASS else within_classes(inside, correct, images.labels, images.groups)
    return Found(
        key=part.key,
        column=column.key,
        where=in_words(part, column),
        n=int(shares.images[0]),
        accuracy=here,
        accuracy_ci95=of_accuracy,
        rest_accuracy=rest,
        difference=rest - here,
        difference_ci95=of_difference,
        p=p,
        classes=_classes(images, inside),
        within_difference=within[0] if within else None,
        within_p=min(within[1] * looked_at, 1.0) if within else None,
    )


def _classes(images: Sliceable, inside: np.ndarray) -> tuple[tuple[str, float, float], ...]:
    count = len(images.classes)
    here = np.bincount(images.labels[inside], minlength=count) / inside.sum()
    everywhere = np.bincount(images.labels, minlength=count) / len(images.labels)
    order = np.argsort(-here, kind="stable")[:MOST_CLASSES]
    return tuple(
        (images.classes[place], float(here[place]), float(everywhere[place])) for place in order if here[place]
    )


def _fingerprint(folder: Path) -> str:
    """Of what the search is made of: another evaluation, or another way to search, has another."""
    return f"{FORMAT}-{hashlib.sha256((folder / 'metrics.json').read_bytes()).hexdigest()}"
