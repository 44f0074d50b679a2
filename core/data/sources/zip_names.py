"""Names in a .zip: UTF-8 where they are valid UTF-8, marked so or not; else cp437 by the format's rule, and doubtful.

Source: PKWARE's APPNOTE.TXT 6.3.10, 4.4.4 (bit 11), 4.6.9 (Info-ZIP Unicode Path, 0x7075) and Appendix D.
"""

from __future__ import annotations

import contextlib
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator

IS_UTF8 = 1 << 11
UNICODE_PATH = 0x7075
ENCODINGS = {  # what makes such archives: its name for people, and a smaller set that common words keep to
    "gbk": ("GBK, Chinese", "gb2312"),
    "cp932": ("Shift-JIS, Japanese", "euc_jp"),
    "cp949": ("EUC-KR, Korean", "euc_kr"),
    "big5": ("Big5, Chinese", "big5"),
    "cp866": ("CP866, Russian", "cp866"),
    "cp1252": ("Windows-1252, Western European", "latin_1"),
}
MOST_SEEN = 200


def name_of(entry: zipfile.ZipInfo, encoding: str = "") -> tuple[str, bool]:
    """The name of an entry with "/" between its parts, and whether its encoding is a guess.

    Args:
        encoding: Of names that are not marked as UTF-8, where a person says it.
    """
    if entry.flag_bits & IS_UTF8:
        return _with_slashes(entry.orig_filename), False
    raw = entry.orig_filename.encode("cp437")  # as zipfile read it
    if name := _unicode_path(entry.extra, raw):
        return _with_slashes(name), False
    for one in filter(None, (encoding, "utf-8")):
        try:
            name = raw.decode(one)
            name.encode()  # some encodings give half letters
            return _with_slashes(name), False
        except UnicodeError:
            continue
    return _with_slashes(entry.orig_filename), True


def might_be(names: Iterable[str]) -> dict[str, str]:
    """{encoding: the first name in it} for encodings that `names`, read as cp437, might be in; the likeliest first.

    Of a path without the file, where that says enough.
    """
    garbled = [name for name in names if not name.isascii()][:MOST_SEEN]
    shares, first = {}, {}
    for encoding, (_, common) in ENCODINGS.items():
        try:
            texts = [name.encode("cp437").decode(encoding) for name in garbled]
        except UnicodeError:
            continue
        letters = [letter for text in texts for letter in text if not letter.isascii()]
        if letters and all(
            unicodedata.category(letter)[0] in "LMN" and not _is_half_width(letter) for letter in letters
        ):
            shares[encoding] = sum(_is_in(letter, common) for letter in letters) / len(letters)
            folders, _, file = texts[0].replace("\\", "/").rpartition("/")
            first[encoding] = file if folders.isascii() else folders
    return {
        encoding: first[encoding] for encoding in sorted(shares, key=lambda one: -shares[one]) if shares[encoding] > 0.5
    }


def _with_slashes(name: str) -> str:
    return name.replace("\\", "/")  # some of Windows' tools write the other one


def _unicode_path(extra: bytes, raw: bytes) -> str:
    for kind, data in _fields(extra):
        if kind == UNICODE_PATH and data[:1] == b"\1" and data[1:5] == struct.pack("<I", zlib.crc32(raw)):
            with contextlib.suppress(UnicodeDecodeError):
                return data[5:].decode("utf-8")
    return ""


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def _is_half_width(letter: str) -> bool:
    return "\uff61" <= letter <= "\uff9f"


def _is_in(letter: str, encoding: str) -> bool:
    try:
        return len(letter.encode(encoding)) <= 2  # EUC-KR writes those that it has not in eight bytes
    except UnicodeEncodeError:
        return False
