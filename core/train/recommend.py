"""Which recipe suits a data set, told from its images. Needs no Keras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import images
from core.augment.advice import looks_like_characters
from core.data.checks.classes import part_of
from core.data.dataset import Dataset, picture_file, read_index
from core.errors import ImageError
from core.workspace import Workspace

LOOKED_AT = 24  # images, to tell photos from drawings
LOOK_SIZE = 64
ONE_TONE = 2  # tones apart at most, to count as one
PHOTO_AT_MOST = 0.35  # of a photo's pixels are of its commonest tone; of a drawing's, the ground alone is more
SMALL_PIXELS = 40
FEW_A_CLASS, MANY_A_CLASS = 20, 400
MANY = 5_000  # images, with which Quick plus takes a minute
IMAGE = "image"


@dataclass(frozen=True)
class Recommendation:
    """A recipe for a data set.

    Args:
        preset: Its key in `core.train.presets.PRESETS`.
        reason: Why, in one sentence: what of the data says so, and what to expect.
    """

    preset: str
    reason: str


def recommend(workspace: Workspace, dataset: Dataset) -> Recommendation:
    """The recipe to begin with on `dataset`."""
    index = read_index(workspace, dataset, ["width", "height", "label", "split", "group", "sha256"])
    size = told_size(index["width"], index["height"]) + " pixels"
    part, learnt = part_of(index, dataset.classes), index[index["split"] == "train"]
    own = learnt["group"].where(learnt["group"] != "", learnt["sha256"]).nunique() if part != IMAGE else None
    return choose(dataset, is_photo_like(workspace, dataset), size, part, own)


def told_size(widths: pd.Series, heights: pd.Series) -> str:
    """How large the images are, as files and not as a model sees them, in words."""
    about = "" if widths.nunique() == 1 and heights.nunique() == 1 else "about "
    return f"{about}{widths.median():,.0f} × {heights.median():,.0f}"


def choose(dataset: Dataset, is_photo: bool, size: str, part: str = IMAGE, parts: int | None = None) -> Recommendation:
    """The recipe for data of this size (`dataset.size`), with so many images a class, of photos or not.

    Small images hold too little for a network that learnt photos; large ones are few for one that begins anew.

    Args:
        size: What is said of it, as `told_size` does, in pixels.
        part: What its images come in (`part_of`): "burst" of a webcam, "group" of the source, else "image".
        parts: How many of those there are to learn from; None where each image is one.
    """
    classes = max(len(dataset.classes), 1)
    a_class = round(dataset.per_split.get("train", 0) / classes)
    seen = a_class if parts is None else round(parts / classes)
    of = "" if parts is None else f" of {seen:,} {part}{'' if seen == 1 else 's'}"
    each = f"{a_class:,} training {'image' if a_class == 1 else 'images'}{of} a class on average"
    if dataset.size <= SMALL_PIXELS and (dataset.channels == 1 or looks_like_characters(dataset.classes)):
        return Recommendation(
            "fast", f"Small images of {size}: little to learn, so a small network gets far from nothing."
        )
    if dataset.size <= SMALL_PIXELS and a_class >= MANY_A_CLASS and not is_photo:
        return Recommendation(
            "small", f"Small drawings of {size}, {each}: enough for a network that begins from nothing."
        )
    kind = "Photos" if is_photo else "Figures on a plain ground"
    more = f" More {part}s a class would help most." if seen < FEW_A_CLASS else ""
    if dataset.images <= MANY:
        return Recommendation("quick_plus", f"{kind}, {size}, {each}: this brings the most, in little time.{more}")
    return Recommendation("quick", f"{kind}, {size}, {each}: this brings the most in the least time.{more}")


def is_photo_like(workspace: Workspace, dataset: Dataset) -> bool:
    """Whether most images have no single tone that fills much of them, as the ground of drawings and digits does."""
    files = read_index(workspace, dataset, ["file"])["file"]
    places = np.unique(np.linspace(0, len(files) - 1, LOOKED_AT).astype(int))
    shares = []
    for place in places:
        try:
            pixels = images.load(picture_file(workspace, dataset, files.iloc[place]), LOOK_SIZE, 1)
        except (ImageError, OSError):  # it went meanwhile; a finding says so
            continue
        shares.append(flat_share(pixels))
    return bool(shares) and float(np.median(shares)) <= PHOTO_AT_MOST


def flat_share(pixels: np.ndarray) -> float:
    """The share of (H, W[, 1]) uint8 pixels that are of the commonest tone, `ONE_TONE` about."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    return float(np.convolve(counts, np.ones(2 * ONE_TONE + 1), "same").max() / pixels.size)
