"""A confusion matrix as a PNG, drawn without a browser."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from core.evaluate.confusion import COUNTS, shares
from core.evaluate.confusion_look import cell_text, strengths
from core.evaluate.lettering import font_for, shortened

MOST_NAMED = 160
SIDE, SMALLEST_CELL, LARGEST_CELL = 2400, 22, 76
LONGEST_NAME = 300
MARGIN, GAP = 64, 14
TITLE, SUBTITLE = 44, 28
ORDINARY = "Named True class 0123456789,"
RULES = {
    COUNTS: "Images",
    "row": "Percent of the true class (by row); the diagonal is recall",
    "column": "Percent of all named so (by column); the diagonal is precision",
}

Face = Callable[[float], ImageFont.FreeTypeFont]  # of a size in pixels


@dataclass(frozen=True)
class Inks:
    """Colours as #rrggbb: of mistakes, words, right answers and quiet words, lines, the ground."""

    accent: str = "#0f6f6a"
    text: str = "#1d1f20"
    muted: str = "#6b7072"
    line: str = "#d9d9d5"
    ground: str = "#ffffff"


def draw(
    matrix: np.ndarray,
    classes: tuple[str, ...],
    rows: np.ndarray,
    columns: np.ndarray,
    by: str,
    title: str,
    subtitle: str,
    inks: Inks | None = None,
) -> bytes:
    """The PNG of the cells in `rows` and `columns`, places of the whole `matrix` from which shares are made.

    Names stand beside up to `MOST_NAMED` rows; beyond, the picture is a map of points whose order the subtitle should tell.
    """
    inks = inks or Inks()
    most = max(len(rows), len(columns))
    values = shares(matrix, by)[np.ix_(rows, columns)]
    right = rows[:, None] == columns[None, :]
    names = [[classes[place] for place in places] for places in (rows, columns)] if most <= MOST_NAMED else [[], []]
    # One face for all words, so that a name in other letters does not stand out.
    face = functools.partial(font_for, "".join([title, subtitle, *names[0], *names[1], ORDINARY]))
    if most > MOST_NAMED:
        return _framed(_points(values, right, inks), None, None, by, title, subtitle, face, inks)
    cell = int(np.clip(SIDE // most, SMALLEST_CELL, LARGEST_CELL))
    font = face(max(min(cell * 0.62, 26), 15))
    beside, above = ([shortened(name, font, LONGEST_NAME) for name in some] for some in names)
    return _framed(
        _cells(values, right, by, cell, face, inks),
        _names(beside, font, cell, inks, False),
        _names(above, font, cell, inks, True),
        by,
        title,
        subtitle,
        face,
        inks,
    )


def _cells(values: np.ndarray, right: np.ndarray, by: str, cell: int, face: Face, inks: Inks) -> Image.Image:
    height, width = values.shape
    picture = Image.new("RGB", (width * cell, height * cell), inks.ground)
    pen = ImageDraw.Draw(picture)
    colours = _mixed(strengths(values, right), right, inks)
    texts = [[cell_text(value, by) for value in line] for line in values]
    font = _fitting(max((text for line in texts for text in line), key=len), cell, face)
    inset = 1 if cell < 40 else 2
    for row in range(height):
        for column in range(width):
            box = (column * cell + inset, row * cell + inset, (column + 1) * cell - inset, (row + 1) * cell - inset)
            pen.rounded_rectangle(box, cell // 10, tuple(colours[row, column].tolist()))
            if text := texts[row][column]:
                pen.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), text, inks.text, font, anchor="mm")
    return picture


def _fitting(longest: str, cell: int, face: Face) -> ImageFont.FreeTypeFont:
    """A font in which the longest number fits its cell."""
    size = cell * 0.44
    return face(size * min(1.0, (cell - 8) / max(face(size).getlength(longest), 1)))


def _points(values: np.ndarray, right: np.ndarray, inks: Inks) -> Image.Image:
    # A single mistake among a million points must still be seen.
    strength = np.where((values > 0) & ~right, np.maximum(strengths(values, right, 1.0), 0.45), 0)
    strength = np.where(right & (values > 0), 0.35, strength)
    point = max(SIDE // max(values.shape), 1)
    colours = _mixed(strength, right, inks)
    return Image.fromarray(colours.repeat(point, 0).repeat(point, 1))


def _mixed(strength: np.ndarray, right: np.ndarray, inks: Inks) -> np.ndarray:
    """(rows, columns, 3) uint8: the colour of each cell on the ground."""
    ground, muted, accent = (np.array(ImageColor.getrgb(ink)) for ink in (inks.ground, inks.muted, inks.accent))
    colour = np.where(right[..., None], muted, accent)
    return (ground + strength[..., None] * (colour - ground)).round().astype(np.uint8)


def _names(names: list[str], font: ImageFont.FreeTypeFont, cell: int, inks: Inks, above: bool) -> Image.Image:
    """Names at the right edge of a column, a cell's height each; for the upper side turned to stand on their columns."""
    lengths = [font.getlength(name) for name in names]
    if above and max(lengths) <= cell - 6:
        picture = Image.new("RGB", (cell * len(names), cell), inks.ground)
        pen = ImageDraw.Draw(picture)
        for place, name in enumerate(names):
            pen.text(((place + 0.5) * cell, cell * 0.75), name, inks.text, font, anchor="mm")
        return picture
    picture = Image.new("RGB", (int(max(lengths)) + 4, cell * len(names)), inks.ground)
    pen = ImageDraw.Draw(picture)
    for place, name in enumerate(names):
        x, anchor = (2, "lm") if above else (picture.width - 2, "rm")
        pen.text((x, (place + 0.5) * cell), name, inks.text, font, anchor=anchor)
    # Turned by a quarter the last line would come first.
    return _upright(picture, cell) if above else picture


def _upright(picture: Image.Image, cell: int) -> Image.Image:
    lines = [picture.crop((0, top, picture.width, top + cell)) for top in range(0, picture.height, cell)]
    turned = Image.new("RGB", (picture.height, picture.width))
    for place, line in enumerate(lines):
        turned.paste(line.transpose(Image.Transpose.ROTATE_90), (place * cell, 0))
    return turned


def _framed(
    grid: Image.Image,
    beside: Image.Image | None,
    above: Image.Image | None,
    by: str,
    title: str,
    subtitle: str,
    face: Face,
    inks: Inks,
) -> bytes:
    """Everything around the grid: title, subtitle, names, what the axes and colours mean."""
    small = face(SUBTITLE - 4)
    axis = SUBTITLE + GAP
    left = MARGIN + axis + (beside.width + GAP if beside else 0)
    top = MARGIN + TITLE + GAP + SUBTITLE + 2 * GAP + axis + (above.height + GAP if above else 0)
    title_font, subtitle_font = face(TITLE), face(SUBTITLE)
    needed = max(small.getlength(RULES[by]) + small.getlength("right mistake, stronger for more") + 160, 900)
    width = int(max(left + grid.width, MARGIN + needed) + MARGIN)
    height = top + grid.height + 3 * GAP + SUBTITLE + MARGIN
    picture = Image.new("RGB", (width, height), inks.ground)
    pen = ImageDraw.Draw(picture)
    room = width - 2 * MARGIN
    pen.text((MARGIN, MARGIN), shortened(title, title_font, room), inks.text, title_font, anchor="la")
    below = MARGIN + TITLE + GAP
    pen.text((MARGIN, below), shortened(subtitle, subtitle_font, room), inks.muted, subtitle_font, anchor="la")
    pen.text((left, below + SUBTITLE + 2 * GAP), "Named", inks.muted, small, anchor="la")
    _sideways(picture, "True class", (MARGIN, top), small, inks)
    picture.paste(grid, (left, top))
    if beside and above:
        picture.paste(beside, (left - GAP - beside.width, top))
        picture.paste(above, (left, top - GAP - above.height))
    else:
        pen.rectangle((left - 1, top - 1, left + grid.width, top + grid.height), outline=inks.line)
    _legend(pen, (MARGIN, top + grid.height + 3 * GAP), by, small, inks)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _sideways(
    picture: Image.Image, text: str, corner: tuple[int, int], font: ImageFont.FreeTypeFont, inks: Inks
) -> None:
    line = Image.new("RGB", (int(font.getlength(text)) + 4, SUBTITLE + 4), inks.ground)
    ImageDraw.Draw(line).text((2, 2), text, inks.muted, font, anchor="la")
    picture.paste(line.transpose(Image.Transpose.ROTATE_90), corner)


def _legend(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], by: str, font: ImageFont.FreeTypeFont, inks: Inks
) -> None:
    x, y = corner
    flags = np.array([[True, False]])
    colours = _mixed(np.array([[0.24, 0.5]]), flags, inks)[0]
    for colour, word in zip(colours, ("right", "mistake, stronger for more"), strict=True):
        pen.rounded_rectangle((x, y, x + SUBTITLE, y + SUBTITLE), 4, tuple(colour.tolist()))
        pen.text((x + SUBTITLE + 10, y + SUBTITLE / 2), word, inks.muted, font, anchor="lm")
        x += SUBTITLE + 10 + int(font.getlength(word)) + 36
    pen.text((x, y + SUBTITLE / 2), RULES[by], inks.muted, font, anchor="lm")
