"""How alike two pictures are once one is laid over the other: the second look at pairs that a hash calls alike.

One picture is moved and scaled onto the other by Gauss-Newton steps (B. Lucas, T. Kanade, "An Iterative Image
Registration Technique", IJCAI 1981), for all pairs at once. Scaling and moving along rows and columns are products with
small matrices. What is compared then are the edges, in colour: two pictures of different things never share those,
two copies of one picture do, whether resized, cropped a little or saved anew.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 64  # pixels of the pictures that are compared, whatever their shape was
COARSE_STEPS, FINE_STEPS = 5, 1
MOST_MOVED, MOST_SCALED = 0.07, 0.13  # of the picture's side
DAMPING = 1e-3  # of all directions' certainty: what one straight edge leaves open is not moved along
LEAST_GAIN, MOST_GAIN = 0.5, 2.0
COLOURS = 0.95
SURE = 0.9
BORDER = 5  # pixels of `SIDE` that the other picture may not have
BEYOND_AT_ONCE = 32
HARDLY_SEEN = 30.0  # tones; less is what saving a picture anew leaves, which differs by 10 at most
TWICE = np.array([2, 1, 2, 1], np.float32)  # a place in pictures of half the side, in those of the whole
TINY = 1e-6
HARDLY_COLOURED = 2  # tones between the channels of a grey picture
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # as Pillow makes grey of colours (ITU-R BT.601)


def colours_of(thumbnail: Image.Image) -> np.ndarray:
    """(64, 64, 3) uint8: all of a picture that is looked at."""
    small = thumbnail.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(small if small.mode == "RGB" else small.convert("RGB"))


def alikeness(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(P,) float32, 1 for equal pictures, about 0 for different ones; the rest of the scale is rarely met.

    It is the correlation of their edges at 32 pixels, or where that leaves doubt, the mean of it and of that at 64
    pixels; 0 where their colours do not fit. Where one alone is grey, the other is taken as grey too.
    Brightness and contrast may differ by a factor of two.

    Args:
        first, second: (P, 64, 64, 3) uint8.
    """
    one, other = (np.ascontiguousarray(side.transpose(0, 3, 1, 2), np.float32) for side in (first, second))
    for pair in np.flatnonzero(_is_grey(first) ^ _is_grey(second)):  # one may be a grey copy of the other
        for side in (one, other):
            side[pair] = np.tensordot(LUMA, side[pair], 1)
    one_half, other_half = _halved(one), _halved(other)
    place = np.tile(np.array([0, 1, 0, 1], np.float32), (len(one), 1))
    place = _fitted(_grey(one_half), _grey(other_half), place, COARSE_STEPS)
    moved = _moved(other_half, place)
    coarse = _best_edges_alike(one_half, moved, other_half)
    colours = _colours_alike(_halved(one_half), _halved(moved))
    unsure = np.flatnonzero((colours >= COLOURS) & (coarse < SURE))
    if len(unsure):
        coarse[unsure] = (coarse[unsure] + _fine(one[unsure], other[unsure], place[unsure])) / 2
    return np.where(colours >= COLOURS, coarse, 0)


def _is_grey(pictures: np.ndarray) -> np.ndarray:
    """(P,) bool, of (P, 64, 64, 3) uint8."""
    red, green, blue = (pictures[..., channel].astype(np.int16) for channel in range(3))
    return np.maximum(np.abs(red - green), np.abs(blue - green)).max(axis=(1, 2)) <= HARDLY_COLOURED


def alike_beyond(first: np.ndarray, second: np.ndarray, template: np.ndarray) -> np.ndarray:
    """(P,) float32: how alike two pictures are in what a third does not explain of either: 1 for equal ones.

    It is 1 less the largest difference between what is left of the two, as a share of the largest tone left of either,
    or of `HARDLY_SEEN`: of a scene with two marks it is about 0 where the template is the scene, and of the scene with a mark and a copy of it above
    0.65. A correlation would count the noise of the whole picture, and take two marks that overlap for one.

    Args:
        first, second, template: (P, 64, 64, 3) uint8.
    """
    found = np.empty(len(first), np.float32)
    for start in range(0, len(first), BEYOND_AT_ONCE):
        block = slice(start, start + BEYOND_AT_ONCE)
        one, other, shared = (
            np.ascontiguousarray(side[block].transpose(0, 3, 1, 2), np.float32) for side in (first, second, template)
        )
        shared = laid_on(one, shared)
        found[block] = _peaks_alike(beyond(one, shared), beyond(laid_on(one, other), shared))
    return found


def tones_alike_beyond(first: np.ndarray, second: np.ndarray, template: np.ndarray) -> np.ndarray:
    """(P,) float32, likewise of grey (P, H, W) pictures as they lie."""
    one, other, shared = (side[:, None].astype(np.float32) for side in (first, second, template))
    return _peaks_alike(beyond(one, shared), beyond(other, shared))


def _peaks_alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    one, other = (_inner(_blurred(side)) for side in (one, other))
    one, other = (side - np.median(side, axis=(2, 3), keepdims=True) for side in (one, other))
    apart, most, most_of_other = (np.abs(side).max((1, 2, 3)) for side in (one - other, one, other))
    return (1 - apart / np.maximum(np.maximum(most, most_of_other), HARDLY_SEEN)).clip(0)


def beyond(pictures: np.ndarray, template: np.ndarray) -> np.ndarray:
    """(P, C, S, S) float32: what is left of pictures when their templates are taken away, as well as that goes.

    Least squares on edges find how light, sharp, moved and scaled each template must be: moved and scaled a little, a
    picture is itself plus its slopes.

    Args:
        pictures, template: (P, C, S, S) float32, the template laid on its picture.
    """
    axis = np.linspace(-1, 1, pictures.shape[-1], dtype=np.float32)
    down, across = ((np.roll(template, -1, at) - np.roll(template, 1, at)) / 2 for at in (2, 3))
    ways = [template, _blurred(template), down, across, down * axis[:, None], across * axis]
    wanted = _flat_edges(pictures)
    edges = np.stack([_flat_edges(way) for way in ways], 1)  # (P, 6, D)
    normal = edges @ edges.transpose(0, 2, 1)
    damping = 1e-4 * np.trace(normal, axis1=1, axis2=2) / len(ways) + TINY
    normal += damping[:, None, None] * np.eye(len(ways), dtype=np.float32)
    amounts = np.linalg.solve(normal, edges @ wanted[:, :, None])[:, :, 0]
    return pictures - np.einsum("pw,wpchv->pchv", amounts, np.stack(ways))


def laid_on(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`other` (P, C, S, S), S 32 or 64, moved and scaled so that it lies on `one`; as it is where that fits no better."""
    place = np.tile(np.array([0, 1, 0, 1], np.float32), (len(one), 1))
    if one.shape[-1] < SIDE:
        place = _fitted(one.mean(1), other.mean(1), place, COARSE_STEPS)
    else:
        place = _fitted(_halved(one).mean(1), _halved(other).mean(1), place, COARSE_STEPS)
        place = _fitted(one.mean(1), other.mean(1), place * TWICE, FINE_STEPS)
    moved = _moved(other, place)
    fit, usual = (_correlation(_edges(_inner(one)), _edges(_inner(side))) for side in (moved, other))
    return np.where((fit > usual)[:, None, None, None], moved, other)


def _inner(pictures: np.ndarray) -> np.ndarray:
    border = _border(pictures.shape[2]) - 1
    return pictures[:, :, border:-border, border:-border]


def _flat_edges(pictures: np.ndarray) -> np.ndarray:
    return np.concatenate(_edges(_inner(pictures)), axis=1)


def _blurred(pictures: np.ndarray) -> np.ndarray:
    for at in (2, 3):
        pictures = (np.roll(pictures, 1, at) + 2 * pictures + np.roll(pictures, -1, at)) / 4
    return pictures


def _fine(one: np.ndarray, other: np.ndarray, place_in_half: np.ndarray) -> np.ndarray:
    place = _fitted(_grey(one), _grey(other), place_in_half * TWICE, FINE_STEPS)
    return _best_edges_alike(one, _moved(other, place), other)


def edges_alike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(P,) float32: the correlation of the edges of grey (P, H, W) pictures as they lie."""
    one, other = (_edges(side[:, None].astype(np.float32)) for side in (first, second))
    return _correlation(one, other)


def _halved(pictures: np.ndarray) -> np.ndarray:
    rows = pictures[:, :, ::2] + pictures[:, :, 1::2]  # four times as fast as a mean over two axes
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def _grey(pictures: np.ndarray) -> np.ndarray:
    return (pictures[:, 0] + pictures[:, 1] + pictures[:, 2]) / 3


def _fitted(one: np.ndarray, other: np.ndarray, place: np.ndarray, steps: int) -> np.ndarray:
    """`place` (P, 4: down, its scale, right, its scale) improved so that `other` (P, S, S) lies on `one`."""
    side = one.shape[1]
    inner = slice(_border(side), -_border(side))
    axis = (np.arange(side, dtype=np.float32) - (side - 1) / 2)[inner]
    wanted = _standard(one[:, inner, inner])
    for _ in range(steps):
        moved = _moved(other[:, None], place)[:, 0]
        spread = moved[:, inner, inner].std((1, 2), keepdims=True) + TINY
        slopes = [(np.roll(moved, -1, at) - np.roll(moved, 1, at))[:, inner, inner] / 2 / spread for at in (1, 2)]
        ways = np.stack([slopes[0], slopes[0] * axis[:, None], slopes[1], slopes[1] * axis], 1)
        ways = ways.reshape(len(one), 4, -1)
        ways -= ways.mean(2, keepdims=True)
        missing = (wanted - _standard(moved[:, inner, inner])).reshape(len(one), -1, 1)
        normal = ways @ ways.transpose(0, 2, 1)
        damping = DAMPING * np.trace(normal, axis1=1, axis2=2) + TINY
        normal += damping[:, None, None] * np.eye(4, dtype=np.float32)
        step = np.linalg.solve(normal, ways @ missing)[:, :, 0]
        place = place + step.clip([-side / 16, -0.04] * 2, [side / 16, 0.04] * 2)
        far, scaled = MOST_MOVED * side, MOST_SCALED
        place = place.clip([-far, 1 - scaled] * 2, [far, 1 + scaled] * 2).astype(np.float32)
    return place


def _border(side: int) -> int:
    return BORDER * side // SIDE + 1


def _standard(pictures: np.ndarray) -> np.ndarray:
    centred = pictures - pictures.mean((1, 2), keepdims=True)
    return centred / (centred.std((1, 2), keepdims=True) + TINY)


def _moved(pictures: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(P, C, S, S) pictures, moved and scaled about their centre, with linear interpolation."""
    side = pictures.shape[2]
    rows = _interpolation(place[:, 0], place[:, 1], side)[:, None]
    columns = _interpolation(place[:, 2], place[:, 3], side)[:, None]
    return rows @ pictures @ columns.transpose(0, 1, 3, 2)


def _interpolation(move: np.ndarray, scale: np.ndarray, side: int) -> np.ndarray:
    """(P, S, S) float32: each row takes from the other picture the pixel that comes to lie there."""
    middle = (side - 1) / 2
    pixels = np.arange(side)
    wanted = (middle + move[:, None] + scale[:, None] * (pixels - middle)).clip(0, side - 1)
    return np.maximum(0, 1 - np.abs(wanted[:, :, None] - pixels)).astype(np.float32)


def _best_edges_alike(one: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """(P,): the highest of the correlations of the edges of `one`, away from the border, with those of `others`."""
    edges = _edges(_inner(one))
    return np.max([_correlation(edges, _edges(_inner(other))) for other in others], axis=0)


def _edges(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P, D), (P, D): differences between neighbours of (P, C, H, W), down and across."""
    down, across = pictures[:, :, 1:] - pictures[:, :, :-1], pictures[..., 1:] - pictures[..., :-1]
    return down.reshape(len(down), -1), across.reshape(len(across), -1)


def _correlation(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    energy = _product(one, one) * _product(other, other)
    return _product(one, other) / np.sqrt(energy + TINY)


def _product(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return sum(np.einsum("pd,pd->p", *both) for both in zip(one, other, strict=True))


def _colours_alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(P,): how much of the one's colours (P, 3, S, S) the other's explain, when made lighter or darker as a whole."""
    one, other = (side[:, :, 1:-1, 1:-1].reshape(len(one), -1) for side in (one, other))
    one = one - one.mean(1, keepdims=True)
    other = other - other.mean(1, keepdims=True)
    energy = np.einsum("pd,pd->p", one, one) + TINY
    gain = np.einsum("pd,pd->p", one, other) / (np.einsum("pd,pd->p", other, other) + TINY)
    left = one - gain.clip(LEAST_GAIN, MOST_GAIN)[:, None] * other
    return np.sqrt((1 - np.einsum("pd,pd->p", left, left) / energy).clip(0))
