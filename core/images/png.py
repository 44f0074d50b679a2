"""A PNG's chunks: what decoding needs of them, whole, and samples of 16 bits, of which Pillow keeps the upper half.

PNG (W3C, third edition): 5 (chunks), 8.1 (interlace), 11 (each chunk).
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.images.tones import Samples

MOST_CHUNKS = 200_000  # of 64 million pixels there may be 64,000 with 8 KB each
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
CUT = b"CUT "  # no chunk of PNG's
NEEDED = (b"tRNS", b"acTL", b"fcTL", b"fdAT")
EXIF, PROFILE, TEXTS = b"eXIf", b"iCCP", (b"tEXt", b"zTXt", b"iTXt")
# Chunks of the picture, its frames and how its colours are meant, and how many bytes of each say something.
ALL = 1 << 31
KEPT = {b"IHDR": 13, b"PLTE": 768, b"IDAT": ALL, b"tRNS": 256, b"acTL": 8, b"fcTL": 26, b"fdAT": ALL,
        b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, PROFILE: ALL}  # fmt: skip
LONGEST_TEXT, LONGEST_TEXTS = (
    1 << 20,
    4 << 20,
)  # unpacked bytes of one and of all that are read; nothing larger is unpacked
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # x, y, steps


def readable(data: bytes) -> bytes:
    """The PNG `data` without metadata that would keep Pillow from reading it.

    Texts and colour profiles may be of any length, damaged, or unpack to gigabytes; of a text that is too long its
    keyword stays. Pictures do not depend on any of it.

    Raises:
        ValueError: A chunk that the picture consists of is damaged.
    """
    kept: list[bytes | memoryview] = [SIGNATURE]
    texts = profiles = changed = 0
    for kind, chunk, whole in _chunks(data):
        if not kind[0] & 0x20:  # critical
            if not whole:
                raise ValueError(f"checksum of {kind.decode('latin-1')}")
            kept.append(chunk)
        elif kind in TEXTS:
            body = bytes(chunk[8:-4])
            size = _unpacked_size(kind, body) if texts < LONGEST_TEXTS else LONGEST_TEXT
            texts += min(size, LONGEST_TEXT)
            fits = whole and size < LONGEST_TEXT and texts < LONGEST_TEXTS
            kept.append(chunk if fits else _chunk(b"tEXt", body.split(b"\0")[0][:79] + b"\0"))
            changed += not fits
        elif kind == PROFILE:
            profiles += 1  # the second is none
            if whole and profiles == 1 and _is_usual_profile(chunk):
                kept.append(chunk)
        elif whole and (kind in NEEDED or kind == EXIF):
            kept.append(chunk)
    as_it_is = not changed and sum(map(len, kept)) == len(data)
    return data if as_it_is else b"".join(kept)


def without_metadata(data: bytes, exif: bytes) -> bytes | None:
    """The PNG `data`, its samples untouched, with nothing beside the picture but how its colours are meant and `exif`.

    None where the file ends within pixel data, so that nobody knows what is pixels.
    """
    kept: list[bytes | memoryview] = [SIGNATURE]
    profiles = 0
    for kind, chunk, whole in _chunks(data):
        profiles += kind == PROFILE
        if kind == CUT and chunk[4:8] == b"IDAT":
            return None
        if whole and kind in KEPT and (kind != PROFILE or (profiles == 1 and _is_usual_profile(chunk))):
            usual = len(chunk) - 12 <= KEPT[kind]
            kept.append(chunk if usual else _chunk(kind, bytes(chunk[8 : 8 + KEPT[kind]])))
        if kind == b"IHDR" and exif:
            kept.append(_chunk(EXIF, exif))
    return b"".join([*kept, _chunk(b"IEND", b"")])


def written(samples: Samples, exif: bytes) -> bytes:
    """A PNG of 8 or 16 bits that holds `samples`, whose colours are not multiplied by alpha, and `exif`."""
    values = (
        samples.colour if samples.alpha is None else np.concatenate([samples.colour, samples.alpha[..., None]], axis=2)
    )
    height, width, channels = values.shape
    kind = next(kind for kind, count in CHANNELS.items() if count == channels)
    rows = values.astype(">u2" if samples.white > 255 else np.uint8).reshape(height, -1).view(np.uint8)
    unfiltered = np.pad(rows, ((0, 0), (1, 0)))  # each row begins with its filter: none
    bits = 16 if samples.white > 255 else 8
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)),
            _chunk(EXIF, exif) if exif else b"",
            _chunk(b"IDAT", zlib.compress(unfiltered.tobytes())),
            _chunk(b"IEND", b""),
        ]
    )


def samples_beside_pillow(data: bytes, image: Image.Image) -> Samples | None:
    """The samples of a PNG of 16 bits, of which Pillow gives half; None for any other.

    Args:
        data: What `readable` gave.
        image: Loaded from it. What Pillow does not do for PNGs of fewer bits is done to it.

    Raises:
        ValueError: Rows are missing.
    """
    bits, kind = data[24], data[25]
    blank = image.info.get("interlace") or not np.asarray(image.crop((0, image.height - 1, *image.size))).any()
    if blank and _ends_early(data):
        raise ValueError("rows are missing")
    transparent = image.info.get("transparency")
    if bits < 16:
        if kind == GREY and bits in (2, 4) and transparent is not None:
            image.info["transparency"] = transparent * 255 // ((1 << bits) - 1)  # as Pillow has scaled the tones
        return None
    alpha = None
    if kind == GREY:
        values = np.asarray(image)[..., None]
    elif kind == GREY_ALPHA:  # four bytes a pixel, as RGBA has them
        raw = _load(data, "RGBA").astype(np.uint16)
        values = raw[..., 0::2] << 8 | raw[..., 1::2]
    else:  # read as if the lower byte came first, the lower is the upper
        lower = _load(data, "RGB;16L" if kind == COLOUR else "RGBA;16L")
        values = np.asarray(image).astype(np.uint16) << 8 | lower
    if kind in (GREY_ALPHA, COLOUR_ALPHA):
        values, alpha = values[..., :-1], values[..., -1]
    elif transparent is not None:
        alpha = np.where((values == transparent).all(axis=-1), 0, 65535).astype(np.uint16)
    return Samples(values, alpha, 65535)


def _load(data: bytes, rawmode: str) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.tile = [tile._replace(args=rawmode) for tile in image.tile]  # type: ignore[attr-defined]
        image.load()
        return np.asarray(image)


def _ends_early(data: bytes) -> bool:
    """Whether the pixel data ends before the last row."""
    width, height, bits, kind, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    sizes = [(width, height)]
    if interlace:
        sizes = [(-((x - width) // right), -((y - height) // down)) for x, y, right, down in PASSES]
    missing = sum(
        rows * (1 + (columns * bits * CHANNELS[kind] + 7) // 8) for columns, rows in sizes if columns > 0 < rows
    )
    stream = zlib.decompressobj()
    for chunk_kind, chunk, _ in _chunks(data):
        packed = bytes(chunk[8:-4]) if chunk_kind == b"IDAT" else b""
        while packed and missing > 0:
            missing -= len(stream.decompress(packed, 1 << 20))
            packed = stream.unconsumed_tail
            if stream.eof:  # whatever follows is no pixels, and would be copied with each further chunk
                return missing > 0
    return missing > 0


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Kind, all bytes, and whether the checksum is right; what is left where no chunk fits comes last, as it is.

    Raises:
        ValueError: There are too many.
    """
    view, at, chunks = memoryview(data), len(SIGNATURE), 0
    while at < len(data):
        if (chunks := chunks + 1) > MOST_CHUNKS:
            raise ValueError(f"more than {MOST_CHUNKS:,} chunks")
        length, kind = struct.unpack(">I4s", data[at : at + 8].ljust(8, b"\0"))
        end = at + 12 + length
        if end > len(data):
            yield CUT, view[at:], True
            return
        checksum = zlib.crc32(view[at + 4 : end - 4])
        yield kind, view[at:end], checksum == struct.unpack(">I", view[end - 4 : end])[0]
        at = end
        if kind == b"IEND":
            return


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _unpacked_size(kind: bytes, body: bytes) -> int:
    """How long a text is, `LONGEST_TEXT` where it is longer or its packed bytes are damaged."""
    rest = body.partition(b"\0")[2]
    if kind == b"tEXt" or (kind == b"iTXt" and rest[:1] != b"\1"):
        return len(body)
    packed = rest[1:] if kind == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
    return _inflated_size(packed)


def _is_usual_profile(chunk: memoryview) -> bool:
    rest = bytes(chunk[8:-4]).partition(b"\0")[2]
    stream = zlib.decompressobj()
    with contextlib.suppress(zlib.error):
        return (
            rest[:1] == b"\0"
            and len(stream.decompress(rest[1:], LONGEST_TEXT)) < LONGEST_TEXT
            and stream.eof
            and not stream.unused_data
        )
    return False


def _inflated_size(packed: bytes) -> int:
    try:
        return len(zlib.decompressobj().decompress(packed, LONGEST_TEXT))
    except zlib.error:
        return LONGEST_TEXT
