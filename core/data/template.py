"""What most pictures of a class, or of a whole set, share: a form, a screen, a bench on which parts were photographed.

It does not make two of them alike, so near copies are told by what is left when it is taken away (`alikeness.beyond`).
A template is the median of many pictures that look alike on the whole, where that explains most of each: what a mark here
and a mark there change is not in it, nor is what a few copies of one picture have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data import alikeness

LEAST = 24  # different pictures of a class, or of a set, among which a template is looked for
SHARE = 2  # one in so many of them, the most alike on the whole, are asked: so a fourth of them at least shares it
SAMPLE = 32
ANCHORS = 4  # from where the most alike are looked for
EXPLAINED = 0.5  # of the edges of a typical picture
SAME = 0.8  # of the edges of a template: it is another's
BLOCK = 1024
LEFT = 3.0  # tones of a block; less is left by saving a picture anew
RIM, BLOCKS = 2, 7  # of 32 pixels
Pictures = Callable[[np.ndarray], np.ndarray]  # positions -> pictures


@dataclass(frozen=True)
class Templates:
    """The templates that some pictures have.

    Args:
        samples: For each template the positions of pictures that share it: it is their median.
        tones: (T, 32, 32) uint8.
        of: (N, 2) which template a picture has by its class and by the whole set; -1 for none.
    """

    samples: tuple[np.ndarray, ...]
    tones: np.ndarray
    of: np.ndarray

    def of_pairs(self, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(L,), (L,): which of `pairs` (P, 2) a template says something about, and which template; each once."""
        either = self.of[pairs].reshape(len(pairs), 4)
        keys = np.arange(len(pairs))[:, None] * max(len(self.samples), 1) + either
        return np.divmod(np.unique(keys[either >= 0]), max(len(self.samples), 1))


def find(labels: np.ndarray | None, coarse: np.ndarray, tones: Pictures) -> Templates:
    """The templates of each class and of the whole set.

    Args:
        labels: (N,) class names; None where nothing is known of them.
        coarse: (N, D) float32 of length 1: how pictures look on the whole.
        tones: Gives (n, 32, 32) uint8 grey pictures.
    """
    of, samples, medians = np.full((len(coarse), 2), -1), list[np.ndarray](), list[np.ndarray]()
    for column, rows in _populations(labels, len(coarse)):
        chance, begin = np.random.default_rng(0), len(samples)
        anchors = _far_from_each_other(coarse[rows], int(chance.integers(len(rows))))
        numbers = np.full(len(anchors), -1)
        likeness = coarse[rows] @ coarse[rows[anchors]].T  # (n, A)
        for place in range(len(anchors)):
            most = max(len(rows) // SHARE, min(LEAST * 2 // 3, len(rows)))
            fellows = rows[np.argpartition(-likeness[:, place], most - 1)[:most]]
            sample = np.sort(chance.permutation(fellows)[:SAMPLE])
            seen = tones(sample)
            median = np.median(seen, axis=0).astype(np.uint8)
            if np.median(_explained(seen, median)) < EXPLAINED:
                continue
            same = [
                number for number in range(begin, len(samples)) if _explained(medians[number][None], median) >= SAME
            ]
            if not same:
                samples.append(sample)
                medians.append(median)
            numbers[place] = same[0] if same else len(samples) - 1
        of[rows, column] = numbers[likeness.argmax(1)]
    return Templates(tuple(samples), np.array(medians or np.empty((0, 32, 32)), np.uint8), of)


def coarse_beyond(templates: Templates, number: np.ndarray, tones: Pictures) -> np.ndarray:
    """(n, 64) float32 of length 1, or 0 where hardly anything is left: 7 × 7 coarse tones of what is left of pictures without their templates, then zeros.

    The rim, which a cropped copy has not, is not in them.

    Args:
        number: (n,) which template each has.
        tones: Gives (m, 32, 32) uint8 of positions among these.
    """
    found = np.zeros((len(number), 64), np.float32)
    for start in range(0, len(number), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(number)))
        template = templates.tones[number[rows]][:, None].astype(np.float32)
        pictures = alikeness.laid_on(template, tones(rows)[:, None].astype(np.float32))
        left = alikeness.beyond(pictures, template)[:, 0, RIM:-RIM, RIM:-RIM]
        side = left.shape[1] // BLOCKS
        blocks = left.reshape(len(rows), BLOCKS, side, BLOCKS, side).mean((2, 4)).reshape(len(rows), -1)
        found[rows, : BLOCKS**2] = blocks - np.median(blocks, axis=1, keepdims=True)
    found[np.abs(found).max(1) < LEFT] = 0
    return _of_length_1(found)


def coarse_of(tones: np.ndarray) -> np.ndarray:
    """(N, 64) float32 of length 1: the 8 × 8 coarse tones of (N, 32, 32) pictures, less their mean."""
    blocks = tones.reshape(len(tones), 8, 4, 8, 4).mean((2, 4), dtype=np.float32).reshape(len(tones), 64)
    blocks -= blocks.mean(1, keepdims=True)
    return _of_length_1(blocks)


def _of_length_1(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def _populations(labels: np.ndarray | None, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """Of each class, and of the whole set, the column of `Templates.of` and the positions, where they are enough."""
    if labels is not None:
        for rows in pd.Series(np.arange(count)).groupby(labels).indices.values():
            if len(rows) >= LEAST:
                yield 0, np.asarray(rows)
    if count >= LEAST:
        yield 1, np.arange(count)


def _far_from_each_other(coarse: np.ndarray, first: int) -> list[int]:
    """Positions, each as unlike those before it as can be."""
    chosen, nearest = [first], coarse @ coarse[first]
    while len(chosen) < ANCHORS:
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, coarse @ coarse[chosen[-1]])
    return chosen


def _explained(pictures: np.ndarray, template: np.ndarray) -> np.ndarray:
    """(N,): the share of the edges of (N, H, W) pictures that a template (H, W) explains as it lies."""
    return alikeness.edges_alike(pictures, np.broadcast_to(template, pictures.shape)).clip(0) ** 2
