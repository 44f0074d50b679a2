"""What a class may be called is one rule, whichever way its name comes in."""

import numpy as np
import pytest

from core.data import collect
from core.data.edits import MergeClasses, Relabel, RenameClass
from core.data.sources import open_source
from core.errors import InputError
from tests.making import noise, png, write_classes, write_zip


def of_source(path, uploads):
    """The classes of a source; where its pictures were left out, the reasons are raised as one that refuses does."""
    with open_source(str(path), uploads) as listing:
        labels = listing.arrays.labels if listing.arrays else [picture.label for picture in listing.pictures]
        reasons = [reason for _, reason in listing.left_out]
    if reasons:
        raise InputError(reasons[0])
    return set(labels) - {"dog"}


def by_npz(name, folder):
    images = np.stack([noise(seed) for seed in range(4)])
    np.savez(folder / "pets.npz", x_train=images, y_train=np.array([name, name, "dog", "dog"]))
    return of_source(folder / "pets.npz", folder)


def by_manifest(name, folder):
    (folder / "a.png").write_bytes(png(0))
    (folder / "pets.csv").write_text(f'path,label\na.png,"{name}"\na.png,dog\n', newline="")
    return of_source(folder / "pets.csv", folder)


def by_folder(name, folder):
    """Spaces around the name of a folder stay."""
    return {one.strip() for one in of_source(write_classes(folder / "pets", {name: 1, "dog": 1}), folder)}


def by_zip(name, folder):
    entries = {f"{name}/1.png": png(0), "dog/1.png": png(1)}
    return {one.strip() for one in of_source(write_zip(folder / "pets.zip", entries), folder)}


WAYS = {
    "recorder": lambda name, _: {collect.class_of(name, ())},
    "relabel": lambda name, _: {Relabel((), name).label},
    "rename": lambda name, _: {RenameClass("cat", name).new},
    "merge": lambda name, _: {MergeClasses(("cat",), name).into},
    "npz": by_npz,
    "manifest": by_manifest,
    "folder": by_folder,
    "zip": by_zip,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" cafe\u0301 ", "caf\u00e9"),
        ("birds/owl", "birds/owl"),
        ("<img src=x>", "<img src=x>"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("p_cat", "p_cat"),
        ("a" * 120 + "/" + "b" * 134, "a" * 120 + "/" + "b" * 134),
    ],
    ids=("a space and another form", "nested", "markup", "Persian", "a column's name", "255 letters"),
)
def test_a_name_is_taken_alike(tmp_path, way, given, kept):
    assert WAYS[way](given, tmp_path) == {kept}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given", ["cat\x1b[31m", "a\u2028b", "a" * 120 + "/" + "b" * 135, "  "])
def test_a_name_is_refused_alike_and_named(tmp_path, way, given):
    if not given.strip() and way == "manifest":
        pytest.skip("a picture without a label is told of so")
    with pytest.raises(InputError) as told:
        WAYS[way](given, tmp_path)
    assert ("needs a name" if not given.strip() else repr(given)[:6]) in str(told.value)
