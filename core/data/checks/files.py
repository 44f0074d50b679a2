"""What the files themselves say: unreadable ones, pictures stored lying, private metadata."""

from __future__ import annotations

from core import metadata
from core.data.checks.issue import Issue, Subject
from core.data.dataset import LEFT_OUT_BY_HAND

WORDS = {
    metadata.PLACE: "where they were taken (GPS)",
    metadata.CAMERA: "the camera",
    metadata.TIME: "the time",
    metadata.OWNER: "an owner or a serial number",
    metadata.NOTES: "notes (XMP or IPTC)",
}


def unreadable(subject: Subject) -> list[Issue]:
    """Files that were left out."""
    left_out = subject.left_out[subject.left_out["reason"] != LEFT_OUT_BY_HAND]
    if left_out.empty:
        return []
    few = "1 file was" if len(left_out) == 1 else f"{len(left_out):,} files were"
    message = f"{few} left out. Each has its reason; mend or remove them."
    return [Issue("unreadable", "warning", tuple(left_out["path"]), message)]


def orientation(subject: Subject) -> list[Issue]:
    """Pictures that are stored lying or mirrored, with a mark that says so."""
    if not subject.has("metadata"):
        return []
    paths = subject.paths(subject.index["metadata"].str.contains(metadata.ORIENTATION, regex=False))
    if not paths:
        return []
    message = (
        f"{len(paths):,} files have an EXIF orientation other than 1. Fovea turns them upright; a program that does "
        "not know the mark sees them lying or mirrored."
    )
    return [Issue("orientation", "note", paths, message)]


def private_metadata(subject: Subject) -> list[Issue]:
    """Files of the source that tell more than the picture."""
    if not subject.has("metadata"):
        return []
    told = subject.index["metadata"]
    counts = {kind: int(told.str.contains(kind, regex=False).sum()) for kind in metadata.PRIVATE}
    if not any(counts.values()):
        return []
    paths = subject.paths(told.str.contains("|".join(metadata.PRIVATE)))
    what = ", ".join(f"{WORDS[kind]} in {images:,}" for kind, images in counts.items() if images)
    message = (
        f"Files of the source tell {what}. Nothing that Fovea writes holds it; strip the source before you share it."
    )
    return [Issue("private_metadata", "warning" if counts[metadata.PLACE] else "note", paths, message)]
