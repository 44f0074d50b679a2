"""A .npz with x_train, y_train and, where there are such splits, x_val, y_val, x_test, y_test, in whatever case.

Splits are told as folders tell them: x_valid and X_validation are x_val. No other array goes unmentioned.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import psutil

from core import file_names
from core.data.dataset import SPLITS, class_name
from core.data.limits import Limits
from core.data.sources.archive import BROKEN
from core.data.sources.listing import Arrays, Listing, split_of, split_said
from core.data.sources.scaling import to_uint8
from core.errors import InputError, SourceError
from core.images import MAX_PIXELS

HALVES = ("x", "y")
KEYS = "x_train, y_train[, x_val, y_val][, x_test, y_test]"
LARGEST_WHOLE = np.float64(2**53)  # beyond it a float64 skips whole numbers


def read_npz(path: Path, called: str = "") -> Listing:
    """Read arrays of pictures and labels.

    Args:
        called: Its name for people, where the file has another.

    Pictures are what `core.data.sources.scaling.to_uint8` takes; all parts share one scale.
    Labels are (N,) or (N, 1), integers or strings.

    Raises:
        SourceError: Arrays are missing, or one may be of a split that nobody reads; shapes or types do not fit; it holds objects.
    """
    title = called or file_names.written(path.name)
    try:
        if not zipfile.is_zipfile(path):
            raise SourceError(_no_archive(path, title))
        _check_heads(path, title)
        _refuse_what_memory_cannot_hold(path, title)
        with np.load(path, allow_pickle=False) as arrays:
            names, left_out = _named(title, arrays.files)
            parts = [part for part in SPLITS if f"x_{part}" in names]
            images = to_uint8({f"x_{part} of {title}": arrays[names[f"x_{part}"]] for part in parts})
            labels = [to_labels(arrays[names[f"y_{part}"]], f"y_{part} of {title}") for part in parts]
    except MemoryError as error:
        raise SourceError(f"{title} holds arrays that are larger than this machine's memory.") from error
    except (TypeError, OSError, *BROKEN) as error:
        raise SourceError(f"{title} is not a whole .npz of plain arrays ({error}).") from error
    return Listing("npz", title, Path(title).stem, arrays=join(parts, images, labels), left_out=left_out)


def _no_archive(path: Path, title: str) -> str:
    with path.open("rb") as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) == np.lib.format.MAGIC_PREFIX:
            return f"{title} is one array under the name of an archive; it takes {KEYS}."
    return f"{title} is not a whole .npz of plain arrays, which is a zip. Write it with np.savez({title!r}, x_train=…, y_train=…)."


def _named(title: str, found: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """{"x_train": what that array is called} of those that are read, and (name, reason) of those that are not.

    Raises:
        SourceError: There are not pictures and labels of each split, one array each, or one that is left may be some.
    """
    names: dict[str, str] = {}
    left_out = []
    for name in found:
        half, _, rest = name.casefold().partition("_")
        key = f"{half}_{split_said(rest)}"
        if half not in HALVES and not split_of(name)[0]:
            left_out.append((name, f"It is an array of another name; those that are read are {KEYS}."))
        elif half not in HALVES or not split_said(rest):
            raise SourceError(
                f"{title} holds {name}, which would not be read; it takes {KEYS}. Call it so, or take it out."
            )
        elif key in names:
            raise SourceError(f"{title} holds {names[key]} and {name}, which are both {key}. Take one of them out.")
        else:
            names[key] = name
    halves = [part for part in SPLITS if (f"x_{part}" in names) != (f"y_{part}" in names)]
    if "x_train" not in names or halves:
        raise SourceError(f"{title} holds {', '.join(sorted(found)) or 'nothing'}; it takes {KEYS}.")
    return names, left_out


def _refuse_what_memory_cannot_hold(path: Path, title: str) -> None:
    """The sizes that the archive names are also where its unpacking ends, so it cannot hold more than it says."""
    with zipfile.ZipFile(path) as archive:
        size_bytes = sum(entry.file_size for entry in archive.infolist())
    most = min(psutil.virtual_memory().available, Limits.from_environment().total_bytes)
    if size_bytes > most:
        raise SourceError(
            f"{title} unpacks to {size_bytes / 1e9:,.1f} GB; the limit is {most / 1e9:,.1f} GB, the memory that is "
            "free or $FOVEA_MAX_UNPACKED_GB. Make it smaller, or save the pictures as files and add their folder."
        )


def _check_heads(path: Path, title: str) -> None:
    """Refuse too many pixels, and objects, by the heads of the arrays: not one picture is read."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if not name.casefold().startswith(("x_", "y_")):
                continue
            with archive.open(entry) as file:
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(file)
            if dtype.hasobject:
                raise SourceError(
                    f"{name} of {title} holds Python objects, which could run code; it takes plain arrays. "
                    f"Save it as numbers or text: np.stack({name}), or {name}.astype(str) for labels."
                )
            height, width = (*shape, 1, 1, 1)[1:3]
            if not all(0 <= side <= sys.maxsize for side in shape):
                raise ValueError(f"the shape of {name} is none that an array can have")
            if name.casefold().startswith("x_") and height * width > MAX_PIXELS:
                raise SourceError(
                    f"{name} of {title} has pictures of {width:,} × {height:,} pixels; "
                    f"the limit is {MAX_PIXELS // 10**6} million. Make them smaller."
                )


def join(parts: list[str], images: list[np.ndarray], labels: list[list[str]]) -> Arrays:
    """Put the parts of a source one behind the other.

    Raises:
        SourceError: The parts' pictures differ in shape, or a part has other counts of pictures and labels.
    """
    for part, x, y in zip(parts, images, labels, strict=True):
        if len(x) != len(y):
            raise SourceError(f"x_{part} has {len(x):,} pictures and y_{part} {len(y):,} labels; they must be as many.")
        if x.shape[1:] != images[0].shape[1:]:
            raise SourceError(f"x_{part} has pictures of {x.shape[1:]}, x_{parts[0]} of {images[0].shape[1:]}.")
    only_train = len(parts) == 1
    return Arrays(
        images=images[0] if only_train else np.concatenate(images),
        paths=[f"{part}/{i:06d}" for part, x in zip(parts, images, strict=True) for i in range(len(x))],
        labels=[label for y in labels for label in y],
        splits=["" if only_train else part for part, x in zip(parts, images, strict=True) for _ in range(len(x))],
    )


def to_labels(array: np.ndarray, what: str) -> list[str]:
    """Labels as strings. Raises SourceError where they are neither integers nor strings, one a picture."""
    if not isinstance(array, np.ndarray):
        raise SourceError(f"{what} is no array; labels are (N,) integers or strings.")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind == "f" and np.array_equal(array, np.round(array)) and (abs(array) <= LARGEST_WHOLE).all():
        array = array.astype(np.int64)
    if array.dtype.kind == "S":
        try:
            array = np.char.decode(array, "utf-8")
        except UnicodeDecodeError as error:
            raise SourceError(f"{what} holds bytes that are no UTF-8; labels are (N,) integers or strings.") from error
    if array.ndim != 1 or array.dtype.kind not in "iubU":
        raise SourceError(
            f"{what} has the shape {array.shape} and type {array.dtype}; labels are (N,) integers or strings."
        )
    distinct, places = np.unique(array, return_inverse=True)
    try:
        names = [class_name(str(label)) for label in distinct.tolist()]
    except InputError as error:
        raise SourceError(f"{what}: {error}") from error
    return [names[place] for place in places.tolist()]
