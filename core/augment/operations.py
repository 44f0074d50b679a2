"""The table of augmentations. To add one: a line in `OPERATIONS`.

The layers are made only when a pipeline is built, because the web server reads the table too.
Values are float32 in 0..255. Sources: Keras 3, `keras.layers`, image preprocessing; core/augment/pictures.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

GROUPS = ("Geometry", "Light and colour", "Texture and erasing", "Mixing", "Automatic")
GEOMETRY, COLOUR, TEXTURE, MIXING, AUTOMATIC = GROUPS


@dataclass(frozen=True)
class Operation:
    """One way to vary a picture.

    Args:
        title: Its name for people.
        group: One of `GROUPS`.
        sentence: What it does.
        harms: When it destroys what is to be learnt.
        maximum: The largest strength; strengths go from 0 (off) to this. Equal to `default` where there is
            no weak or strong.
        default: The strength when it is switched on.
        layer: Gives the Keras layer for (strength, seed); it does its work to every picture.
        probability: The share of pictures that it is done to if nobody says otherwise.
        step: The smallest change of strength.
        needs_colour: Whether it does nothing to grey pictures.
        mixes_labels: Whether it mixes pictures, so that it takes and gives {"images", "labels"}.
    """

    title: str
    group: str
    sentence: str
    harms: str
    maximum: float
    default: float
    layer: Callable[[float, int], keras.Layer]
    probability: float = 1.0
    step: float = 0.01
    needs_colour: bool = False
    mixes_labels: bool = False

    @property
    def has_strength(self) -> bool:
        """Whether it can be weak or strong: a flip cannot."""
        return self.default < self.maximum


def _keras_layer(name: str, **fixed: Any) -> Callable[..., keras.Layer]:
    def make(seed: int, *args: Any, **chosen: Any) -> keras.Layer:
        from keras import layers  # 5 s to import, and only a pipeline needs it

        return getattr(layers, name)(*args, seed=seed, **fixed, **chosen)

    return make


def _own(name: str, draws: int = 1) -> Callable[[float, int], keras.Layer]:
    def make(strength: float, seed: int) -> keras.Layer:
        from core.augment import pictures
        from core.augment.layers import Vary

        return Vary(getattr(pictures, name), strength, seed, draws)

    return make


def _automatic(name: str) -> Callable[[float, int], keras.Layer]:
    def make(strength: float, seed: int) -> keras.Layer:
        from core.augment import automatic

        return getattr(automatic, name)(strength, seed)

    return make


def _auto_contrast(strength: float, seed: int) -> keras.Layer:
    from keras import layers

    return layers.AutoContrast(value_range=(0, 255))


_rotation = _keras_layer("RandomRotation", fill_mode="nearest")
_translation = _keras_layer("RandomTranslation", fill_mode="nearest")
_zoom = _keras_layer("RandomZoom", fill_mode="nearest")
_shear = _keras_layer("RandomShear", fill_mode="nearest")
_brightness = _keras_layer("RandomBrightness", value_range=(0, 255))
_contrast = _keras_layer("RandomContrast", value_range=(0, 255))
# The layer cuts the saturation, which is in 0..1, by this range; with 0..255 colours leave 0..255.
_saturation = _keras_layer("RandomSaturation", value_range=(0, 1))
_hue = _keras_layer("RandomHue", value_range=(0, 255))
_grey = _keras_layer("RandomGrayscale", factor=1.0)
_invert = _keras_layer("RandomInvert", factor=(1.0, 1.0), value_range=(0, 255))
_posterize = _keras_layer("RandomPosterization", value_range=(0, 255))
_erasing = _keras_layer("RandomErasing", factor=(1.0, 1.0), value_range=(0, 255))
_cutmix = _keras_layer("CutMix")
_mixup = _keras_layer("MixUp")

OPERATIONS: dict[str, Operation] = {
    "flip_horizontal": Operation(
        "Flip left to right",
        GEOMETRY,
        "Mirrors pictures.",
        "Wrong where left and right mean something: digits, letters, road signs.",
        1.0,
        1.0,
        _own("flip_left_right"),
        probability=0.5,
    ),
    "flip_vertical": Operation(
        "Flip top to bottom",
        GEOMETRY,
        "Turns pictures upside down.",
        "Wrong where there is an up: 6 becomes 9, people stand on their heads.",
        1.0,
        1.0,
        _own("flip_top_bottom"),
        probability=0.5,
    ),
    "rotation": Operation(
        "Rotate",
        GEOMETRY,
        "Turns each picture by up to this part of a full circle, either way (0.1 is 36°).",
        "Beyond 0.1, digits and signs begin to mean something else.",
        0.5,
        0.05,
        lambda strength, seed: _rotation(seed, strength),
    ),
    "translation": Operation(
        "Shift",
        GEOMETRY,
        "Moves each picture by up to this part of its side.",
        "Shifts what matters out of the frame where things fill it.",
        0.5,
        0.1,
        lambda strength, seed: _translation(seed, strength, strength),
    ),
    "zoom": Operation(
        "Zoom",
        GEOMETRY,
        "Enlarges or shrinks each picture by up to this part.",
        "Wrong where size is what tells the classes apart.",
        0.5,
        0.1,
        lambda strength, seed: _zoom(seed, strength),
    ),
    "crop": Operation(
        "Crop",
        GEOMETRY,
        "Takes a window that is up to this part smaller, anywhere in the picture, and enlarges it.",
        "Cuts off what matters where it lies at the edge.",
        0.8,
        0.3,
        _own("crop", 3),
    ),
    "shear": Operation(
        "Shear",
        GEOMETRY,
        "Slants each picture by up to this part.",
        "Strong slants make a 1 of a 7.",
        0.5,
        0.1,
        lambda strength, seed: _shear(seed, strength, strength),
    ),
    "perspective": Operation(
        "Perspective",
        GEOMETRY,
        "Tilts each picture away by up to this part, as if seen from the side.",
        "Wrong where proportions tell the classes apart.",
        0.5,
        0.2,
        _own("perspective", 2),
    ),
    "elastic": Operation(
        "Elastic",
        GEOMETRY,
        "Bends each picture like rubber, by up to this part of its side. Made for handwriting.",
        "Wrong where shapes are rigid: buildings, machines, faces.",
        0.1,
        0.03,
        _own("elastic", 50),
    ),
    "brightness": Operation(
        "Brightness",
        COLOUR,
        "Makes each picture lighter or darker by up to this part of the range.",
        "Wrong where lightness is what tells the classes apart.",
        0.8,
        0.2,
        lambda strength, seed: _brightness(seed, strength),
    ),
    "contrast": Operation(
        "Contrast",
        COLOUR,
        "Pulls tones apart or together by up to this part.",
        "Strong values lose faint strokes.",
        0.9,
        0.2,
        lambda strength, seed: _contrast(seed, strength),
    ),
    "auto_contrast": Operation(
        "Full contrast",
        COLOUR,
        "Stretches each channel to the whole range.",
        "Wrong where overall lightness or tint matters; it amplifies noise.",
        1.0,
        1.0,
        _auto_contrast,
        probability=0.5,
    ),
    "equalize": Operation(
        "Equalize",
        COLOUR,
        "Spreads each channel's tones evenly.",
        "Wrong where faint and strong differ in meaning; flat grounds turn noisy.",
        1.0,
        1.0,
        _own("equalize"),
        probability=0.5,
    ),
    "saturation": Operation(
        "Saturation",
        COLOUR,
        "Makes colours stronger or paler by up to this part.",
        "Wrong where colour strength tells the classes apart: ripe and unripe.",
        0.9,
        0.3,
        lambda strength, seed: _saturation(seed, (0.5 - strength / 2, 0.5 + strength / 2)),
        needs_colour=True,
    ),
    "hue": Operation(
        "Hue",
        COLOUR,
        "Turns colours around the wheel by up to this part.",
        "Wrong where colour names the class: traffic lights, fruit.",
        0.5,
        0.05,
        lambda strength, seed: _hue(seed, 2 * strength),  # the layer halves it
        needs_colour=True,
    ),
    "colour_jitter": Operation(
        "Colour jitter",
        COLOUR,
        "Brightness, contrast and saturation by up to this part, and a sixth as much hue.",
        "Wrong where light or colour tells the classes apart.",
        0.8,
        0.2,
        _automatic("colour_jitter"),
        needs_colour=True,
    ),
    "greyscale": Operation(
        "Greyscale",
        COLOUR,
        "Takes the colour away.",
        "Wrong where colour names the class.",
        1.0,
        1.0,
        lambda strength, seed: _grey(seed),
        probability=0.2,
        needs_colour=True,
    ),
    "invert": Operation(
        "Invert",
        COLOUR,
        "Makes a negative.",
        "Wrong where light and dark mean something; right for ink on paper and chalk on a board.",
        1.0,
        1.0,
        lambda strength, seed: _invert(seed),
        probability=0.2,
    ),
    "posterize": Operation(
        "Posterize",
        COLOUR,
        "Leaves fewer tones: takes away up to this many of the 8 bits.",
        "From 5 on, faint things vanish.",
        7.0,
        4.0,
        lambda strength, seed: _posterize(seed, (8 - round(strength), 9)),
        step=1.0,
    ),
    "solarize": Operation(
        "Solarize",
        COLOUR,
        "Inverts the lightest tones, up to this part of the range.",
        "Wrong where light and dark mean something.",
        1.0,
        0.3,
        _own("solarize"),
        probability=0.5,
    ),
    "blur": Operation(
        "Blur",
        TEXTURE,
        "Softens pictures, by up to this many pixels.",
        "Hides fine texture where that is the difference.",
        3.0,
        1.0,
        _own("blur"),
        probability=0.5,
        step=0.1,
    ),
    "sharpness": Operation(
        "Sharpness",
        TEXTURE,
        "Makes edges crisper or softer by up to this part.",
        "Strong values amplify noise and the traces of JPEG.",
        1.0,
        0.5,
        _own("sharpness"),
    ),
    "erasing": Operation(
        "Erase",
        TEXTURE,
        "Covers a rectangle with noise, up to this part of the picture.",
        "Covers what matters where it is small.",
        0.5,
        0.1,
        lambda strength, seed: _erasing(seed, scale=(0.02, max(strength, 0.02))),
        probability=0.5,
    ),
    "cutmix": Operation(
        "CutMix",
        MIXING,
        "Pastes a rectangle of another picture, and shares the label by area.",
        "Wrong where what matters is small, or where a picture may show two things anyway. Training gets slower to fit.",
        1.0,
        1.0,
        lambda strength, seed: _cutmix(seed, (strength, strength)),
        probability=0.5,
        mixes_labels=True,
    ),
    "mixup": Operation(
        "MixUp",
        MIXING,
        "Lays another picture over each, and shares the label by weight. Weak: hardly visible.",
        "Wrong for fine detail and for small models, which then fit neither picture.",
        1.0,
        0.2,
        lambda strength, seed: _mixup(seed, strength),
        step=0.05,
        mixes_labels=True,
    ),
    "randaugment": Operation(
        "RandAugment",
        AUTOMATIC,
        "Two operations for each picture, drawn from eleven, all of this strength.",
        "Knows nothing of your classes: it turns, inverts and cuts tones. No flips.",
        1.0,
        0.3,
        _automatic("rand_augment"),
    ),
    "augmix": Operation(
        "AugMix",
        AUTOMATIC,
        "Blends three chains of drawn operations with the picture itself: natural, but varied.",
        "Costs several times as much as one operation; strong values look like double exposure.",
        1.0,
        0.3,
        _automatic("aug_mix"),
    ),
}
