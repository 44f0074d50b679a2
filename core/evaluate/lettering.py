"""Fonts for pictures that Fovea draws itself: Pillow's own, or one of the machine's where names need other letters."""

from __future__ import annotations

import functools

from PIL import ImageFont

# By the file's name; Pillow looks where the system keeps its fonts.
OTHERS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "FreeSans.ttf",
    "wqy-zenhei.ttc",
    "Arial Unicode.ttf",
    "arial.ttf",
    "msgothic.ttc",
)
NO_LETTER = "\uffff"


@functools.lru_cache(maxsize=64)
def font_for(text: str, size: float) -> ImageFont.FreeTypeFont:
    """The first font that has all letters of `text`, else the one that has most. `size` is in pixels."""
    letters = {letter for letter in text if not letter.isspace()}
    best, fewest = "", len(letters) + 1
    for name in ("", *OTHERS):
        font = _font(name, size)
        if font is None:
            continue
        missing = _missing(font, letters)
        if not missing:
            return font
        if missing < fewest:
            best, fewest = name, missing
    return _font(best, size) or _font("", size)  # type: ignore[return-value]


def shortened(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """`text`, its end cut to an ellipsis where it is wider than `width` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


@functools.lru_cache(maxsize=64)
def _font(name: str, size: float) -> ImageFont.FreeTypeFont | None:
    if not name:
        return ImageFont.load_default(size)  # type: ignore[return-value]
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _missing(font: ImageFont.FreeTypeFont, letters: set[str]) -> int:
    none = bytes(font.getmask(NO_LETTER))
    return sum(bytes(font.getmask(letter)) == none for letter in letters)
