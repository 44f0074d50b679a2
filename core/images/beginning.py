"""What a file is by its first bytes, and its bytes where it can be a picture: a film of 6 GB is never read."""

from __future__ import annotations

import stat
from pathlib import Path

from core.errors import ImageError

MOST_BYTES = 640 << 20  # more than 64 million pixels of four samples of 16 bits take
READ_ANYWAY_BYTES = 8 << 20  # what is no larger is read whole, and the decoders say what is wrong with it
HEAD_BYTES = 64
READABLE = "JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF"
BEGINNINGS = (
    b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"II\0*", b"MM\0*", b"MM*\0", b"II+\0", b"MM\0+",
)  # fmt: skip

# What people rename to .png or .jpg, told by its first bytes.
FOREIGN = (
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "EPS"),
    (b"%PDF", "a PDF"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML or SVG file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"8BPS", "a Photoshop file"),
    (b"\x1aE\xdf\xa3", "a WebM or Matroska film"),
)
AVIF_BRANDS = (b"avif", b"avis")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")  # ISO 23008-12


def is_beginning(head: bytes) -> bool:
    """Whether a file that begins so may be a picture: of a kind that is read, or HEIC."""
    is_of_avifs_family = head[4:8] == b"ftyp" and any(brand in head for brand in AVIF_BRANDS + HEIC_BRANDS)
    return head.startswith(BEGINNINGS) or head[8:12] == b"WEBP" or is_of_avifs_family


def first_bytes(file: Path) -> bytes:
    """The first bytes of a file; none of one that cannot be read, or is no regular file and could wait for ever."""
    try:
        if not file.is_file():
            return b""
        with file.open("rb") as opened:
            return opened.read(HEAD_BYTES)
    except OSError:
        return b""


def read_file(file: Path, name: str = "") -> bytes:
    """All bytes of a picture file.

    Args:
        name: What to call it in messages; the file's name otherwise.

    Raises:
        ImageError: It cannot be read, is larger than any picture that is read, or large and no picture by its beginning.
    """
    label = name or file.name
    try:
        facts = file.stat()
        size_bytes = facts.st_size
        if not stat.S_ISREG(facts.st_mode):
            raise ImageError(f"{label} is no regular file but a pipe, a socket or a device.")
        if size_bytes > READ_ANYWAY_BYTES and not is_beginning(head := first_bytes(file)):
            raise ImageError(what_it_is(label, head))
        if size_bytes > MOST_BYTES:
            raise ImageError(
                f"{label} has {size_bytes >> 20:,} MB; a picture has {MOST_BYTES >> 20} at most. Make it smaller."
            )
        if size_bytes == 0:  # what the system only shows as a file may be without an end, or wait for ever
            return b""
        with file.open("rb") as opened:
            return opened.read(size_bytes)
    except OSError as error:
        raise ImageError(f"{label} cannot be read ({error.strerror}).") from error


def what_it_is(label: str, data: bytes) -> str:
    """What to say of a file that no decoder takes."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return f"{label} is HEIC, which Fovea does not read. Save it as JPEG; it reads {READABLE}."
    if data[4:8] == b"ftyp" or (data[:4] == b"RIFF" and data[8:12] == b"AVI "):
        return f"{label} is a film, not a picture that Fovea reads ({READABLE})."
    head = data[:HEAD_BYTES].lstrip().lstrip(b"\xef\xbb\xbf")
    for start, what in FOREIGN:
        if head.startswith(start):
            return f"{label} is {what}, not a picture that Fovea reads ({READABLE})."
    return f"{label} is not a picture, or not one that Fovea reads ({READABLE})."
