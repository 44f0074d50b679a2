"""What a source would become, told before it is read: classes, splits, how many images; no picture is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.data.dataset import SPLITS, class_order
from core.data.sources import archive, folder, zip_names
from core.data.sources.listing import Reading
from core.data.sources.manifest import read_manifest
from core.data.sources.opened import source_at
from core.errors import SourceError

SHOWN = 3


@dataclass(frozen=True)
class Outline:
    """What a source holds by the names of its files.

    Args:
        per_class: Images a class, in the order of models.
        per_split: Images a split as the source names it; "" where it names none.
        left_out: (path, reason) of what is left out already.
        ignored: How many hidden and system files.
        nested: Whether several folders name a class, so that there is a choice.
        might_be: {encoding: a name in it} where names in a .zip are in an encoding that nobody says.
        others: How many files in class folders do not look like pictures; they are tried, and left out with the reason.
    """

    per_class: dict[str, int]
    per_split: dict[str, int]
    left_out: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0
    nested: bool = False
    might_be: dict[str, str] | None = None
    others: int = 0

    @property
    def images(self) -> int:
        """How many images."""
        return sum(self.per_class.values())

    def what_follows(self) -> str:
        """What Fovea does about splits that the source does not name."""
        if not self.per_split.get("val") and not self.per_split.get("test"):
            return "Fovea splits them 80 / 10 / 10."
        if not self.per_split.get("val"):
            return "A tenth of train becomes validation."
        return "The splits stay as they are."

    def sentence(self) -> str:
        """ "2 classes, train 40 / test 8" """
        return f"{counted(len(self.per_class), 'class', 'classes')}, {splits_in_words(self.per_split)}"


def outline(
    source: str, called: str = "", reading: Reading | None = None, below: Sequence[str] | None = None
) -> Outline | None:
    """What the folder, .zip or manifest `source` holds; None for sources whose files have no folders.

    Args:
        below: The folders that it must lie in, as of `open_source`.

    Raises:
        SourceError: It is none of these, or holds no pictures, or lies elsewhere.
    """
    path = source_at(source, below, called)
    suffix = path.suffix.lower()
    if path.is_dir():
        walked, arranged, _ = folder.look_into(path.resolve(), reading)
        left_out, ignored, guessed = walked.left_out + arranged.left_out, walked.ignored, None
    elif suffix == ".zip":
        entries, arranged = archive.look_into(path, called, reading)
        left_out, ignored = entries.left_out + arranged.left_out, entries.ignored
        guessed = zip_names.might_be(entries.guessed.values()) if entries.guessed else None
    elif suffix in (".csv", ".tsv"):
        listing = read_manifest(path.resolve(), below)
        pairs = Counter((picture.label, picture.split) for picture in listing.pictures)
        return _outline(pairs, listing.left_out)
    else:
        return None
    if not arranged.likely:
        raise SourceError(f"{called or path.name} holds no pictures in class folders. {_first(left_out)}".strip())
    others = len(arranged.pictures) - sum(arranged.likely.values())
    return _outline(arranged.likely, left_out, ignored, arranged.nested, guessed, others)


def splits_in_words(per_split: Mapping[str, int]) -> str:
    """ "train 40 / test 8", or "48 images" where there are no splits."""
    named = [f"{split} {per_split[split]:,}" for split in SPLITS if per_split.get(split)]
    nowhere = per_split.get("", 0)
    return (
        " / ".join([*named, *([f"{nowhere:,} in no split"] if nowhere else [])])
        if named
        else counted(nowhere, "image", "images")
    )


def counted(number: int, one: str, several: str) -> str:
    """ "1 class", "1,200 classes" """
    return f"{number:,} {one if number == 1 else several}"


def _outline(
    pairs: Mapping[tuple[str, str], int],
    left_out: list[tuple[str, str]],
    ignored: int = 0,
    nested: bool = False,
    might_be: dict[str, str] | None = None,
    others: int = 0,
) -> Outline:
    per_class: Counter[str] = Counter()
    per_split: Counter[str] = Counter()
    for (label, split), images in pairs.items():
        per_class[label] += images
        per_split[split] += images
    ordered = {label: per_class[label] for label in class_order(set(per_class))}
    return Outline(ordered, dict(per_split), left_out, ignored, nested, might_be, others)


def _first(left_out: list[tuple[str, str]]) -> str:
    return f"The first: {left_out[0][0]}: {left_out[0][1]}" if left_out else ""
