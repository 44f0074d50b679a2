"""Pictures that come one by one, before they are a data set: a webcam's frames, a visitor's files.

    uploads/<token>/<burst>-<number>    the bytes as they came
    uploads/<token>/events.jsonl        of each its class and name, and what was done to it (core/data/collect_log.py)

Who knows the token may add to it and see it; nobody else. The server's process writes, a job reads. What
nobody touches for a day is removed (core/workspace/sweep.py).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from core.data import collect_log
from core.data.collect_log import Frame
from core.data.dataset import Dataset, class_name
from core.data.sources import Picture
from core.data.sources.listing import free_paths
from core.errors import InputError, NotFoundError
from core.workspace import Workspace, events
from core.workspace.sweep import sweep_collections

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
KEEP_FREE_BYTES = 1 << 30
FEW_FRAMES = 3  # a burst of fewer is a slip of the hand
JOINTS = "\ufe0f\u200d"  # within an emoji
NAMED = 5  # classes of a data set
SMALL = 64  # pixels: a photo of less shows little
BURST = "webcam-"  # how the group of a burst's frames begins


@dataclass(frozen=True)
class Limits:
    """What one collection may hold.

    Args:
        frames: How many pictures.
        frame_bytes: Bytes of one picture.
        total_bytes: Bytes of all.
    """

    frames: int = 3_000
    frame_bytes: int = 64 << 20
    total_bytes: int = 4 << 30


LIMITS = Limits()


def begin(workspace: Workspace) -> str:
    """A new, empty collection; gives back its token. Abandoned ones are removed on this occasion."""
    sweep_collections(workspace)
    token = secrets.token_urlsafe(24)
    (workspace.uploads / token).mkdir()
    return token


def folder_of(workspace: Workspace, token: str) -> Path:
    """Where the collection of `token` is.

    Raises:
        NotFoundError: There is none: it was saved, thrown away, or never begun.
    """
    folder = workspace.uploads / token
    if not TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotFoundError("These pictures are not here any more: they were saved or thrown away. Begin anew.")
    return folder


def public_name(token: str) -> str:
    """A name for the collection that gives its token away to nobody."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def class_of(label: str, known: Sequence[str]) -> str:
    """`label` as a class name; of `known` the one that is meant, where it is written in another case or with a sign.

    Raises:
        InputError: As `core.data.dataset.class_name`.
    """
    name = class_name(label)
    if name in known:
        return name
    same = [one for one in known if _folded(one) == _folded(name)]
    with_sign = [one for one in known if _folded(one, signs=False) == _folded(name)]
    return same[0] if same else with_sign[0] if len(with_sign) == 1 else name


def _folded(name: str, signs: bool = True) -> str:
    kept = name if signs else "".join(one for one in name if unicodedata.category(one) != "So" and one not in JOINTS)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", kept).casefold()).strip()


def misfits(dataset: Dataset, labels: Sequence[str]) -> list[str]:
    """What speaks against adding a webcam's frames of the classes `labels` to the data set, in sentences."""
    said = []
    if dataset.channels == 1:
        said.append(f"{dataset.name} is grey, and the frames are in colour: all of it would become colour.")
    if dataset.size < SMALL:
        said.append(f"Its images are used at {dataset.size} × {dataset.size} pixels, at which a photo shows little.")
    if not {class_of(label, dataset.classes) for label in labels} & set(dataset.classes):
        more = f" and {len(dataset.classes) - NAMED} more" if len(dataset.classes) > NAMED else ""
        has = f"{', '.join(dataset.classes[:NAMED])}{more}"
        said.append(f"New in this data set: {', '.join(labels)}. Its classes are {has}.")
    return said


def bursts_of(found: Sequence[Frame]) -> dict[str, list[int]]:
    """How many frames were recorded in each burst of each class that has one left, in the order in which they came."""
    recorded = Counter(frame.burst for frame in found)
    left = dict.fromkeys((frame.label, frame.burst) for frame in found if not frame.dropped)
    return {label: [recorded[burst] for of, burst in left if of == label] for label, _ in left}


def check_room(folder: Path, size_bytes: int) -> None:
    """Raise InputError where one more picture of `size_bytes` is too large, one too many, or finds no disk.

    Where there is no room, what was thrown away goes for good first.
    """
    if size_bytes > LIMITS.frame_bytes:
        raise InputError(f"It is larger than {LIMITS.frame_bytes >> 20} MB, the limit for one picture.")
    if _why_full(folder, size_bytes):
        _remove_thrown(folder)
        if why := _why_full(folder, size_bytes):
            raise InputError(why)


def _why_full(folder: Path, size_bytes: int) -> str:
    sizes = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # one that came beside this one has its name by now
                sizes.append(entry.stat().st_size)
    if len(sizes) > LIMITS.frames:
        return f"There are {LIMITS.frames:,} pictures already, the limit. Save them, then go on."
    if sum(sizes) + size_bytes > LIMITS.total_bytes:
        return f"There are {LIMITS.total_bytes >> 30} GB of pictures already, the limit. Save them first."
    if shutil.disk_usage(folder).free < size_bytes + KEEP_FREE_BYTES:
        return "The disk has no room for more pictures."
    return ""


def _remove_thrown(folder: Path) -> None:
    log = collect_log.read(folder)
    kept = {frame.id for frame in log.frames}
    for frame in log.came:
        if frame.id not in kept:
            (folder / frame.id).unlink(missing_ok=True)


def note(folder: Path, frame: Frame) -> None:
    """Say what a picture is, once its file is whole."""
    events.append(folder, "frame", id=frame.id, label=frame.label, name=frame.name)


def drop(folder: Path, frame_id: str, dropped: bool = True) -> None:
    """Sort a picture out, or take it back in. Its file stays until all of the collection goes."""
    if any(frame.id == frame_id and frame.dropped != dropped for frame in frames(folder)):
        events.append(folder, "drop", id=frame_id, dropped=dropped)


def relabel_burst(folder: Path, burst: str, label: str) -> None:
    """Give all frames of a burst another class, those too that are still on their way.

    Raises:
        InputError: `label` is no class name.
    """
    events.append(folder, "burst", id=burst, label=class_name(label))


def throw_burst_away(folder: Path, burst: str) -> None:
    """Let one burst go, with what still comes of it. Its files stay as long as there is room, so that it can be undone."""
    events.append(folder, "throw", id=burst)


def frames(folder: Path) -> list[Frame]:
    """The pictures that have come, the dropped ones too: the bursts as they came, each from its first to its last."""
    return collect_log.read(folder).frames


def pictures(folder: Path, label: str = "", known: Sequence[str] = ()) -> list[Picture]:
    """The pictures that were not dropped, to be read. A burst's frames are one group; files stand alone.

    Args:
        label: The class of those that came without one.
        known: The classes of the data set that they are added to.
    """
    kept = [frame for frame in frames(folder) if not frame.dropped]
    classes = [class_of(frame.label or label, known) for frame in kept]
    names = [PurePath(frame.name.replace("\\", "/")).name or f"webcam-{frame.id}.jpg" for frame in kept]
    paths = free_paths(f"{of_class}/{name}" for of_class, name in zip(classes, names, strict=True))
    source = public_name(folder.name)
    groups = ["" if frame.name else f"{BURST}{source}-{frame.burst}" for frame in kept]
    return [
        Picture(path, of_class, folder / frame.id, group=group)
        for path, of_class, frame, group in zip(paths, classes, kept, groups, strict=True)
    ]


def throw_away(folder: Path) -> None:
    """Remove a collection with all its pictures."""
    shutil.rmtree(folder, ignore_errors=True)
