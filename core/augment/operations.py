"""The table of augmentations. To add one: a line in `OPERATIONS`.

The layers are made only when a pipeline is built, because the web server reads the table too.
Values are float32 in 0..255. Source of each: Keras 3, `keras.layers`, image preprocessing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Operation:
    """One way to vary a picture.

    Args:
        title: Its name for people.
        sentence: What it does.
        harms: When it destroys what is to be learnt.
        maximum: The largest strength; strengths go from 0 (off) to this.
        default: The strength when it is switched on.
        layer: Gives the Keras layer for (strength, seed).
        needs_colour: Whether it does nothing to grey pictures.
    """

    title: str
    sentence: str
    harms: str
    maximum: float
    default: float
    layer: Callable[[float, int], keras.Layer]
    needs_colour: bool = False


def _keras_layer(name: str, **fixed: Any) -> Callable[..., keras.Layer]:
    def make(seed: int, *args: Any, **chosen: Any) -> keras.Layer:
        from keras import layers  # 5 s to import, and only a pipeline needs it

        return getattr(layers, name)(*args, seed=seed, **fixed, **chosen)

    return make


_flip = _keras_layer("RandomFlip")
_rotation = _keras_layer("RandomRotation", fill_mode="nearest")
_translation = _keras_layer("RandomTranslation", fill_mode="nearest")
_zoom = _keras_layer("RandomZoom", fill_mode="nearest")
_shear = _keras_layer("RandomShear", fill_mode="nearest")
_brightness = _keras_layer("RandomBrightness", value_range=(0, 255))
_contrast = _keras_layer("RandomContrast", value_range=(0, 255))
_saturation = _keras_layer("RandomSaturation", value_range=(0, 255))
_hue = _keras_layer("RandomHue", value_range=(0, 255))
_blur = _keras_layer("RandomGaussianBlur", value_range=(0, 255))
_erasing = _keras_layer("RandomErasing", value_range=(0, 255))

OPERATIONS: dict[str, Operation] = {
    "flip_horizontal": Operation(
        "Flip left to right",
        "Mirrors half of the pictures.",
        "Wrong where left and right mean something: digits, letters, road signs.",
        1.0,
        1.0,
        lambda strength, seed: _flip(seed, "horizontal"),
    ),
    "flip_vertical": Operation(
        "Flip top to bottom",
        "Turns half of the pictures upside down.",
        "Wrong where there is an up: 6 becomes 9, people stand on their heads.",
        1.0,
        1.0,
        lambda strength, seed: _flip(seed, "vertical"),
    ),
    "rotation": Operation(
        "Rotate",
        "Turns each picture by up to this part of a full circle, either way (0.1 is 36°).",
        "Beyond 0.1, digits and signs begin to mean something else.",
        0.5,
        0.05,
        lambda strength, seed: _rotation(seed, strength),
    ),
    "translation": Operation(
        "Shift",
        "Moves each picture by up to this part of its side.",
        "Shifts what matters out of the frame where things fill it.",
        0.5,
        0.1,
        lambda strength, seed: _translation(seed, strength, strength),
    ),
    "zoom": Operation(
        "Zoom",
        "Enlarges or shrinks each picture by up to this part.",
        "Wrong where size is what tells the classes apart.",
        0.5,
        0.1,
        lambda strength, seed: _zoom(seed, strength),
    ),
    "shear": Operation(
        "Shear",
        "Slants each picture by up to this part.",
        "Strong slants make a 1 of a 7.",
        0.5,
        0.1,
        lambda strength, seed: _shear(seed, strength, strength),
    ),
    "brightness": Operation(
        "Brightness",
        "Makes each picture lighter or darker by up to this part of the range.",
        "Wrong where lightness is what tells the classes apart.",
        0.8,
        0.2,
        lambda strength, seed: _brightness(seed, strength),
    ),
    "contrast": Operation(
        "Contrast",
        "Pulls tones apart or together by up to this part.",
        "Strong values lose faint strokes.",
        0.9,
        0.2,
        lambda strength, seed: _contrast(seed, strength),
    ),
    "saturation": Operation(
        "Saturation",
        "Makes colours stronger or paler by up to this part.",
        "Wrong where colour strength tells the classes apart: ripe and unripe.",
        0.9,
        0.3,
        lambda strength, seed: _saturation(seed, (0.5 - strength / 2, 0.5 + strength / 2)),
        needs_colour=True,
    ),
    "hue": Operation(
        "Hue",
        "Turns colours around the wheel by up to this part.",
        "Wrong where colour names the class: traffic lights, fruit.",
        0.5,
        0.05,
        lambda strength, seed: _hue(seed, strength),
        needs_colour=True,
    ),
    "blur": Operation(
        "Blur",
        "Softens some pictures, by up to this many pixels.",
        "Hides fine texture where that is the difference.",
        3.0,
        1.0,
        lambda strength, seed: _blur(seed, 0.5, kernel_size=7, sigma=(0.01, strength)),
    ),
    "erasing": Operation(
        "Erase",
        "Covers a random rectangle of half of the pictures, up to this part of their area.",
        "Covers what matters where it is small.",
        0.5,
        0.1,
        lambda strength, seed: _erasing(seed, 0.5, scale=(0.02, max(strength, 0.02))),
    ),
}
