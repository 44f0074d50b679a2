"""Which of several runs is better on the same images, how sure that is, and on which images they part.

One rule decides: McNemar's exact test at 5 %, over groups where images belong together; several runs against one
reference, and several classes, are corrected by Holm. Intervals are drawn at the level at which each was judged, so that
one leaves out 0 only where the verdict says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.evaluate import mcnemar
from core.evaluate.answers import unit_codes
from core.evaluate.evaluation import Evaluation, read_predictions, whole_predictions
from core.evaluate.mcnemar import ALPHA
from core.evaluate.paired_interval import bootstrap_interval, design_effect, score_interval
from core.train.runs import Run
from core.workspace import Workspace

BETTER, NO_EVIDENCE, WORSE = "better", "no evidence", "worse"
BOTH_RIGHT, ONLY_REFERENCE, ONLY_RUN, BOTH_WRONG = "both_right", "only_reference", "only_run", "both_wrong"
FEWEST_DRAWN, FEWEST_UNLIKE = 20, 5  # units: percentiles of a bootstrap of 8 groups covered 86 %
COLUMNS = ["row", "label", "predicted", "probability", "group", "unit"]


@dataclass(frozen=True)
class Paired:
    """What R runs said of the same N images.

    Args:
        classes: Names of the classes that the images are of.
        rows: (N,) int64, places in the data set's index.
        labels: (N,) int64, true places in `classes`.
        correct: (R, N) bool.
        sureness: (R, N) float64, the probability of what each run named.
        groups: (N,) int64, equal for images that belong together; None where each stands for itself.
        left_out: Images of the split that some run does not know the class of.
    """

    classes: tuple[str, ...]
    rows: np.ndarray
    labels: np.ndarray
    correct: np.ndarray
    sureness: np.ndarray
    groups: np.ndarray | None
    left_out: int


@dataclass(frozen=True)
class Difference:
    """How a run did beside the reference on some images.

    Args:
        images: How many.
        both_right, only_reference, only_run, both_wrong: How many of them who names right.
        difference: The run's accuracy less the reference's.
        interval: Of it, at `level`.
        level: 0.95, or higher where several are judged.
        p_value: Of the test alone.
        p_adjusted: After Holm's correction for all that are judged together.
        verdict: "better", "no evidence" or "worse".
        groups: How many groups the images are of; None where each stands for itself.
    """

    images: int
    both_right: int
    only_reference: int
    only_run: int
    both_wrong: int
    difference: float
    interval: tuple[float, float]
    level: float
    p_value: float
    p_adjusted: float
    verdict: str
    groups: int | None

    @property
    def is_close(self) -> bool:
        """Whether little was missing for another verdict."""
        return ALPHA / 5 < self.p_adjusted < ALPHA * 2

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "interval": list(self.interval)}


def had_before(workspace: Workspace, run: Run, evaluation: Evaluation, rows: np.ndarray) -> int | None:
    """How many of the images are, or are near copies of, those that the run learnt from or was chosen by.

    None where nobody can tell: its data was deleted when it was evaluated, or an earlier Fovea did that.

    Args:
        rows: (N,) places in the data set's index, all of which the run answered.
    """
    if (evaluation.figures.get("overlap") or {}).get("same") is None:
        return None
    table = read_predictions(workspace, run, evaluation, ["row", "overlap"])
    return int((table.loc[table["row"].isin(rows), "overlap"] != "").sum())


def read_table(workspace: Workspace, run: Run, evaluation: Evaluation) -> pd.DataFrame:
    """What `join` needs of a kept evaluation, without all its probabilities. Older ones have no groups."""
    import pyarrow.parquet

    with whole_predictions(workspace, run, evaluation) as path:
        there = pyarrow.parquet.read_schema(path).names
        return pd.read_parquet(path, columns=[name for name in COLUMNS if name in there])


def join(tables: Sequence[pd.DataFrame], classes: Sequence[str], images: int) -> Paired:
    """The images that all runs know the class of, in the order of the index, with the first run's names of their classes.

    Each run is right or wrong by its own names, which may differ between them where a class was renamed.

    Args:
        tables: For each run what `read_table` gives, of the same split of the same version.
        classes: The first run's, in the order that is wanted.
        images: How many the split has.
    """
    rows = tables[0]["row"].to_numpy()
    for table in tables[1:]:
        rows = np.intersect1d(rows, table["row"].to_numpy())
    rows = np.sort(rows)
    aligned = [table.set_index("row").loc[rows] for table in tables]
    labels = aligned[0]["label"].astype(str)
    present = set(labels.unique())
    named = tuple(name for name in classes if name in present)
    groups = unit_codes(aligned[0])
    return Paired(
        named,
        rows.astype(np.int64),
        pd.Categorical(labels, categories=list(named)).codes.astype(np.int64),
        np.stack([(one["label"].astype(str) == one["predicted"].astype(str)).to_numpy() for one in aligned]),
        np.stack([one["probability"].to_numpy(np.float64) for one in aligned]),
        groups,
        images - len(rows),
    )


def names_for(first: Evaluation, other: Evaluation) -> dict[str, str]:
    """{a class of the other run: the first run's name of it} where they differ: what each is called in the data says which."""
    of_first = {first.renamed.get(name, name): name for name in first.classes}
    in_data = ((name, other.renamed.get(name, name)) for name in other.classes)
    return {name: of_first[there] for name, there in in_data if of_first.get(there, name) != name}


def compare(paired: Paired, reference: int = 0) -> list[Difference]:
    """Each run but the reference beside it, in their order; judged together."""
    everything = np.arange(len(paired.rows))
    others = [place for place in range(len(paired.correct)) if place != reference]
    return _judge([_Units.of(paired, place, reference, everything) for place in others])


def compare_classes(paired: Paired, run: int, reference: int = 0) -> list[Difference]:
    """One run beside the reference on the images of each of `paired.classes`; judged together."""
    order = np.argsort(paired.labels, kind="stable")
    ends = np.searchsorted(paired.labels[order], np.arange(len(paired.classes) + 1))
    parts = [order[start:end] for start, end in pairwise(ends)]
    return _judge([_Units.of(paired, run, reference, part) for part in parts])


def bootstrapped(paired: Paired, run: int, reference: int = 0) -> tuple[float, float] | None:
    """The 95 % interval of the difference by drawing images, or groups, anew; the seed is fixed.

    None of fewer than `FEWEST_DRAWN`, or where fewer than `FEWEST_UNLIKE` of them tell the runs apart: percentiles of so few
    are too narrow.
    """
    units = _Units.of(paired, run, reference, np.arange(len(paired.rows)))
    if len(units.sums) < FEWEST_DRAWN or np.count_nonzero(units.sums) < FEWEST_UNLIKE:
        return None
    return bootstrap_interval(units.sums, units.sizes)


def images_needed(paired: Paired, run: int, reference: int = 0) -> int | None:
    """How many images like these show a difference like this one in four of five tries; None where there is none.

    Groups that hang together take more, as many as they enlarge the variance here.
    """
    units = _Units.of(paired, run, reference, np.arange(len(paired.rows)))
    images = len(paired.rows)
    needed = mcnemar.images_needed((units.fewer + units.more) / images, (units.more - units.fewer) / images)
    return None if needed is None else round(needed * units.effect)


def places_of(paired: Paired, who: str, run: int, reference: int = 0) -> np.ndarray:
    """Places of the images that both, only one or neither names right: where one is wrong, its surest mistakes first.

    Args:
        who: "both_right", "only_reference", "only_run" or "both_wrong".
    """
    ours, theirs = paired.correct[reference], paired.correct[run]
    found, sure = {
        BOTH_RIGHT: (ours & theirs, -np.minimum(paired.sureness[reference], paired.sureness[run])),
        ONLY_REFERENCE: (ours & ~theirs, paired.sureness[run]),
        ONLY_RUN: (~ours & theirs, paired.sureness[reference]),
        BOTH_WRONG: (~ours & ~theirs, np.minimum(paired.sureness[reference], paired.sureness[run])),
    }[who]
    places = np.flatnonzero(found)
    return places[np.argsort(-sure[places], kind="stable")]


@dataclass(frozen=True)
class _Units:
    """What is counted and tested: images, or groups of them."""

    counts: tuple[int, int, int, int]  # both right, only the reference, only the run, both wrong
    sums: np.ndarray  # (G,) how many more the run names right
    sizes: np.ndarray  # (G,)
    is_grouped: bool

    @classmethod
    def of(cls, paired: Paired, run: int, reference: int, part: np.ndarray) -> _Units:
        ours, theirs = paired.correct[reference, part], paired.correct[run, part]
        counts = [(ours & theirs).sum(), (ours & ~theirs).sum(), (~ours & theirs).sum(), (~ours & ~theirs).sum()]
        lean = theirs.astype(np.int64) - ours
        both, fewer, more, none = (int(one) for one in counts)
        if paired.groups is None:
            return cls((both, fewer, more, none), lean, np.ones_like(lean), False)
        _, codes = np.unique(paired.groups[part], return_inverse=True)
        sums = np.bincount(codes, weights=lean).astype(np.int64)
        return cls((both, fewer, more, none), sums, np.bincount(codes), len(sums) < len(part))

    @property
    def fewer(self) -> int:
        return self.counts[1]

    @property
    def more(self) -> int:
        return self.counts[2]

    @property
    def effect(self) -> float:
        if not self.is_grouped or len(self.sums) < 2:
            return 1.0
        return design_effect(self.sums, self.sizes, self.fewer + self.more)

    @property
    def p_value(self) -> float:
        if self.is_grouped:
            return mcnemar.sign_flip_p(self.sums)
        return float(mcnemar.exact_p(np.array(self.fewer), np.array(self.more)))


def _judge(every: list[_Units]) -> list[Difference]:
    """The verdicts on all of them together, and intervals that agree with these."""
    from scipy.stats import norm, t

    if not every:
        return []
    p_values = np.array([units.p_value for units in every])
    rejected, adjusted = _corrected(p_values)
    alphas = holm_levels(p_values, int(rejected.sum()))
    effects = np.array([units.effect for units in every])
    critical = np.array(
        [
            t.isf(alpha / 2, max(len(units.sums) - 1, 1)) if units.is_grouped else norm.isf(alpha / 2)
            for units, alpha in zip(every, alphas, strict=True)
        ]
    )
    fewer, more = (np.array([getattr(units, name) for units in every]) for name in ("fewer", "more"))
    images = np.array([sum(units.counts) for units in every])
    low, high = score_interval(fewer / effects, more / effects, images / effects, critical)
    found = []
    for place, units in enumerate(every):
        verdict = NO_EVIDENCE if not rejected[place] else BETTER if more[place] > fewer[place] else WORSE
        found.append(
            Difference(
                int(images[place]),
                *units.counts,
                float((more[place] - fewer[place]) / images[place]),
                _agreeing(verdict, float(low[place]), float(high[place]), len(units.sums) < 2 and units.is_grouped),
                float(1 - alphas[place]),
                float(p_values[place]),
                float(adjusted[place]),
                verdict,
                len(units.sums) if units.is_grouped else None,
            )
        )
    return found


def _corrected(p_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which are rejected, and the p-values after Holm's correction."""
    if len(p_values) == 1:
        return p_values <= ALPHA, p_values
    from statsmodels.stats.multitest import multipletests  # takes seconds to import

    rejected, adjusted, *_ = multipletests(p_values, ALPHA, method="holm")
    return rejected, adjusted


def holm_levels(p_values: np.ndarray, rejections: int, alpha: float = ALPHA) -> np.ndarray:
    """(K,) the share of false alarms at which Holm's procedure judged each: the first that is not rejected ends it.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979).
    """
    rank = np.empty(len(p_values), np.int64)
    rank[np.argsort(p_values, kind="stable")] = np.arange(len(p_values))
    return alpha / (len(p_values) - np.minimum(rank, min(rejections, len(p_values) - 1)))


def _agreeing(verdict: str, low: float, high: float, is_one_group: bool) -> tuple[float, float]:
    """The interval with the end that is nearer to 0 moved to it where it would say other than the exact test."""
    if is_one_group:
        return -1.0, 1.0
    if verdict == NO_EVIDENCE:
        return min(low, 0.0), max(high, 0.0)
    return (max(low, 0.0), high) if verdict == BETTER else (low, min(high, 0.0))
