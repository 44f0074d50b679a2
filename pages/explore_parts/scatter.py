"""Points on a canvas that are panned, zoomed, hovered and drawn around. scatter.js is its side in the browser.

Altair draws some thousand points well; this draws a hundred thousand, sent as numbers of two bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pages.shared.component import Component

PASSED_OVER, ABSENT = 254, 255
HEIGHT = 520

CSS = """
.map { font-family: var(--st-font); color: var(--st-text-color); font-size: 13px; }
.bar { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 8px; }
button { font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer; min-height: 30px;
  border: 1px solid var(--st-border-color); border-radius: 6px; padding: 3px 10px; }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible, canvas:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button[aria-pressed="true"] { border-color: var(--st-primary-color); box-shadow: inset 0 0 0 1px var(--st-primary-color); }
button:disabled { opacity: .45; cursor: default; border-color: var(--st-border-color); }
.stage { position: relative; border: 1px solid var(--st-border-color); border-radius: 8px; overflow: hidden; }
canvas { width: 100%; height: 100%; display: block; touch-action: none; border-radius: 8px; }
canvas.lasso { cursor: crosshair; }
canvas.move { cursor: grab; }
.tip { position: absolute; width: 124px; padding: 5px; pointer-events: none; border-radius: 6px; font-size: 12px;
  background: var(--st-background-color); border: 1px solid var(--st-border-color); box-shadow: 0 2px 10px rgba(0,0,0,.18);
  overflow-wrap: anywhere; }
.tip[hidden] { display: none; }
.tip img { width: 100%; height: 112px; object-fit: contain; display: block; margin-bottom: 3px; }
.tip img.pixels { image-rendering: pixelated; }
.legend { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 8px; }
.legend button { display: inline-flex; align-items: center; gap: 6px; border-color: transparent; padding: 2px 7px;
  max-width: 100%; }
.legend button[aria-pressed="true"] { border-color: var(--st-primary-color); }
.swatch { width: 10px; height: 10px; border-radius: 50%; flex: none; }
.what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 180px; }
.number { opacity: .75; font-variant-numeric: tabular-nums; }
"""

_component = Component("scatter", css=CSS, js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Group:
    """Points of one colour.

    Args:
        name: What they have in common.
        count: How many of them are shown.
        colour: "#rrggbb".
        at: Where on the map its name is written, (x, y); None where it is not.
    """

    name: str
    count: int
    colour: str
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Points:
    """What is drawn, point by point.

    Args:
        places: (N, 2) float32 in 0..1; NaN for what is nowhere.
        codes: (N,) uint8 places in `groups`; `PASSED_OVER` for points that stay faint and cannot be hovered.
        groups: At most 200.
        coloured: What the groups are of; another word lets go of the group that is looked at alone.
        kinds: (N,) uint16, three times the place in `classes` plus the place in `splits`, for the text on hover.
        classes, splits: The words of it; three splits.
        pictures: The address of a point's picture is this and its number.
    """

    places: np.ndarray
    codes: np.ndarray
    groups: list[Group]
    coloured: str
    kinds: np.ndarray
    classes: list[str]
    splits: list[str]
    pictures: str


def scatter(
    points: Points, key: str, lasso: list | None, on_lasso: Callable[[], None], alt: str, height: int = HEIGHT
) -> int | None:
    """Draw `points`. Gives back the number of the point just clicked, or None.

    Args:
        lasso: The polygon that is chosen, [[x, y], …] in the unit square; None for none.
        on_lasso: Called when another was drawn; `component.told(key)["lasso"]["polygon"]` has it then.
    """
    nowhere = np.isnan(points.places).any(axis=1)
    data = {
        "points": _text(np.round(np.nan_to_num(points.places) * 65535).astype("<u2")),
        "codes": _text(np.where(nowhere, ABSENT, points.codes).astype(np.uint8)),
        "kinds": _text(points.kinds.astype("<u2")),
        "groups": [asdict(group) for group in points.groups],
        "coloured": points.coloured,
        "classes": points.classes,
        "splits": points.splits,
        "pictures": points.pictures,
        "lasso": lasso,
        "alt": alt,
        "height": height,
    }
    clicked = _component.draw(key, data, on_lasso_change=on_lasso, on_clicked_change=lambda: None).clicked
    return None if clicked is None else int(clicked)


def _text(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()
