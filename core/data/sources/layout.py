"""Which of the folders above a picture name its split and its class: one rule for folders and for archives.

Folders that hold no pictures do not count, nor does one that wraps all others. Then the folders of the topmost level
are splits if each says one (`listing.split_of`), or if two of them do while others lie beside, which are left out:
both with class folders below, or one where no other folder has any (Train/0, Test, Meta). Else splits are those of a
deeper level, below the classes, if each picture lies in one. Of what is left a folder that every class holds its
pictures in does not count if it only says that there are pictures in it ("images").
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core import images
from core.data.dataset import class_name
from core.data.sources.listing import PICTURE_SUFFIXES, Picture, split_of, split_said
from core.errors import InputError

LOOKED_INTO = 20  # files of a folder without a picture's name that are opened, to see whether it holds pictures
NO_CLASS = "It is in no class folder."


@dataclass(slots=True)
class _File:
    path: str  # as the source has it
    file: Path
    folders: list[str]  # NFC; what is left of them names the class
    split: str = ""
    is_picture: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Arranged:
    """Files with the class and split that their folders name.

    Args:
        pictures: Sorted by path; also files below class folders that turn out to be none.
        left_out: (path, reason) of the files that lie in no class folder.
        likely: How many of each (class, split) are pictures by their names or first bytes.
        nested: Whether some class is named by several folders.
    """

    pictures: list[Picture]
    left_out: list[tuple[str, str]]
    likely: dict[tuple[str, str], int]
    nested: bool


def arrange(
    files: Iterable[tuple[str, Path]],
    class_from: str = "path",
    begins: Callable[[Path], bytes] | None = None,
    said: Mapping[str, tuple[str, str]] = {},
) -> Arranged:
    """Give each (path in the source, file) the class and split that its folders name.

    Args:
        class_from: Of several folders that could name the class: "first", "last", or all, the "path".
        begins: Gives the first bytes of a file; it is read by default.
        said: {path in the source: (class, split)} of files of which these are known, whatever their folders say.
    """
    found = [_File(path, file, unicodedata.normalize("NFC", path).split("/")[:-1]) for path, file in files]
    found.sort(key=lambda one: (unicodedata.normalize("NFC", one.path), one.path))
    _mark_pictures(found, begins or images.first_bytes)
    shown = [one for one in found if one.is_picture]
    wrapper = _strip_wrappers(found, shown)
    splits = _name_splits(found, shown)
    if splits and not any(one.folders for one in shown if one.split) and wrapper:
        for one in found:  # one class with splits below it: its folder looked like a wrapper
            one.folders = [wrapper] if one.split else []
    if class_from == "path":
        _strip_below_classes(found, shown)
    taken: list[Picture] = []
    left_out: list[tuple[str, str]] = []
    likely: Counter[tuple[str, str]] = Counter()
    nested = False
    for one in found:
        nested = nested or (one.is_picture and not one.beside and len(one.folders) > 1)
        if known := said.get(one.path):
            taken.append(Picture(one.path, known[0], one.file, known[1]))
            likely[known] += one.is_picture
        elif one.beside:
            left_out.append((one.path, f"It lies beside the split folders {_listed(splits)}, in none of them."))
        elif not one.folders:
            left_out.append((one.path, NO_CLASS))
        else:
            try:
                label = unicodedata.normalize("NFC", _label(one.folders, class_from))
                class_name(label)  # spaces around it stay: a finding tells of two that differ in nothing else
            except InputError as error:
                left_out.append((one.path, str(error)))
                continue
            taken.append(Picture(one.path, label, one.file, one.split))
            likely[label, one.split] += one.is_picture
    return Arranged(taken, left_out, {key: number for key, number in likely.items() if number}, nested)


def _label(folders: list[str], class_from: str) -> str:
    return {"first": folders[0], "last": folders[-1]}.get(class_from) or "/".join(folders)


def _mark_pictures(found: list[_File], begins: Callable[[Path], bytes]) -> None:
    """By the name; where nothing in a folder is called like a picture, by how some of its files begin."""
    by_folder: dict[str, list[_File]] = defaultdict(list)
    for one in found:
        one.is_picture = one.path.lower().endswith(PICTURE_SUFFIXES)
        by_folder[one.path.rpartition("/")[0]].append(one)
    for members in by_folder.values():
        if not any(one.is_picture for one in members):
            some = members[:LOOKED_INTO]
            like = [images.is_beginning(begins(one.file)) for one in some]
            for one, is_picture in zip(members, like + [any(like)] * (len(members) - len(some)), strict=True):
                one.is_picture = is_picture


def _strip_wrappers(found: list[_File], shown: list[_File]) -> str:
    """Take off folders that hold all others. Gives the name of the last."""
    last = ""
    while True:
        inside = [one.folders for one in shown if one.folders]
        tops = {folders[0] for folders in inside}
        splits_below = _splits_among({folders[1] for folders in inside if len(folders) > 1})
        of_its_own = any(len(folders) == 1 for folders in inside)
        if len(tops) != 1 or ((of_its_own or split_said(inside[0][0])) and not splits_below):
            return last
        (last,) = tops
        for one in found:
            one.folders = one.folders[1:] if one.folders[:1] == [last] else []


def _splits_among(names: Iterable[str]) -> dict[str, str]:
    """{folder: split} of the folders that say different splits and otherwise the same; {} if there are not two."""
    said: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for name in names:
        split, others = split_of(name)
        if split:
            said[others][name] = split
    several = [folders for folders in said.values() if len(set(folders.values())) > 1]
    return max(several, key=len, default={})


def _name_splits(found: list[_File], shown: list[_File]) -> dict[str, str]:
    """Take the folders off that name splits, and note them. Gives {folder: split}."""
    tops = {one.folders[0] for one in shown if one.folders}
    only_splits = bool(tops) and all(map(split_said, tops))
    splits = {top: split_said(top) for top in tops} if only_splits else _splits_among(tops)
    with_classes = {one.folders[0] for one in shown if len(one.folders) > 1}
    in_splits = {splits[top] for top in with_classes if top in splits}
    if not only_splits and len(in_splits) < 2 and not (in_splits and with_classes <= splits.keys()):
        return _name_splits_below(found, shown)
    for one in found:
        top = one.folders[0] if one.folders else ""
        one.split, one.beside = splits.get(top, ""), bool(top) and top not in splits
        one.folders = one.folders[1:] if one.split else []
    for split in set(splits.values()):
        _strip_in([one for one in found if one.split == split], split)
    _strip_wrappers([one for one in found if one.split], [one for one in shown if one.split])
    return splits


def _strip_in(found: list[_File], split: str) -> None:
    """Take off a folder that says the split once more: seg_train/seg_train/cat."""
    while True:
        tops = {one.folders[0] for one in found if one.is_picture and one.folders}
        if len(tops) != 1 or split_of(*tops)[0] != split:
            return
        for one in found:
            one.folders = one.folders[1:] if one.folders[:1] == list(tops) else []


def _name_splits_below(found: list[_File], shown: list[_File]) -> dict[str, str]:
    """The same for splits below the classes: cat/train/1.jpg."""
    inside = [one.folders for one in shown if one.folders]
    for depth in range(1, min(map(len, inside), default=0)):
        names = {folders[depth] for folders in inside}
        splits = _splits_among(names)
        if splits.keys() == names:
            for one in found:
                one.split = splits.get("".join(one.folders[depth : depth + 1]), "")
                one.folders = one.folders[:depth] + one.folders[depth + 1 :]
            return splits
    return {}


def _strip_below_classes(found: list[_File], shown: list[_File]) -> None:
    """Take off a folder that every class holds its pictures in, and that says no more than so: n01443537/images/1.jpg.

    Pictures that lie in such a folder without a class above it, as those of a test split whose labels nobody gave, are in
    no class folder.
    """
    last = {one.folders[-1] for one in shown if len(one.folders) > 1}
    alone = {one.folders[0] for one in shown if len(one.folders) == 1}
    if len(last) != 1 or not alone <= last or split_of(*last) != ("", ()):
        return
    for one in found:
        one.folders = one.folders[:-1] if one.folders[-1:] == list(last) else one.folders


def _listed(splits: dict[str, str]) -> str:
    return ", ".join(sorted(splits, key=lambda name: ("train", "val", "test").index(splits[name])))
