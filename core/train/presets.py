"""Ready-made configs. To add one: a line in `PRESETS`."""

from __future__ import annotations

from dataclasses import dataclass

from core.augment.config import PRESETS as AUGMENT_PRESETS
from core.augment.config import AugmentConfig
from core.errors import ConfigError
from core.train.config import TrainConfig


@dataclass(frozen=True)
class Preset:
    """A recipe.

    Args:
        title: Its name for people.
        sentence: What it does.
        cost: What it takes.
        expect: What comes of it.
        config: Its settings.
    """

    title: str
    sentence: str
    cost: str
    expect: str
    config: TrainConfig


PRESETS: dict[str, Preset] = {
    "fast": Preset(
        title="Fast",
        sentence="A narrow network and one quick cycle of the learning rate: the shortest way to a good answer.",
        cost="About a sixth of the textbook's time.",
        expect="99 % on MNIST's test split in under half a minute on two CPU cores.",
        config=TrainConfig(
            preset="fast",
            architecture="fast_cnn",
            epochs=None,
            batch_size=64,
            learning_rate=1e-2,
            schedule="one_cycle",
            label_smoothing=0.05,
        ),
    ),
    "textbook": Preset(
        title="Textbook",
        sentence="The network and the settings of every introduction: Adam, cross-entropy, 5 epochs of batch 32.",
        cost="One to three minutes for MNIST on two CPU cores.",
        expect="About 99 % on MNIST's test split.",
        config=TrainConfig(preset="textbook", architecture="textbook_cnn", epochs=5, batch_size=32),
    ),
    "quick": Preset(
        title="Quick",
        sentence="A network that learnt a million photos looks at yours; only its last layer is learnt anew.",
        cost="About 10 ms an image the first time, next to nothing after that.",
        expect="The best answer for photos, from twenty of a class on, and for most drawings; little for digits.",
        config=TrainConfig(preset="quick", architecture="efficientnet_lite0", trainable="head", epochs=None),
    ),
    "quick_plus": Preset(
        title="Quick plus",
        sentence="As Quick, on larger images and on what several layers of the network saw; rare classes count as much as others.",
        cost="About 15 ms an image the first time, little after that.",
        expect="More than Quick where classes differ in small things or some are rare: about ten points of balanced accuracy.",
        config=TrainConfig(
            preset="quick_plus",
            architecture="efficientnet_lite0",
            architecture_options={"features": "blocks"},
            trainable="head",
            epochs=None,
            class_balance="weights",
        ),
    ),
    "small": Preset(
        title="Small",
        sentence="Three blocks with batch norm and mild augmentation: for small colour images of your own.",
        cost="Several times the textbook's time an image.",
        expect="A fair first model on a few thousand images: 98 to 99 % from 1,400 digits.",
        config=TrainConfig(
            preset="small",
            architecture="small_cnn",
            epochs=20,
            batch_size=32,
            learning_rate=3e-3,
            schedule="one_cycle",
            augment=AugmentConfig((("rotation", 0.03), ("translation", 0.08), ("zoom", 0.1))),
        ),
    ),
    "resnet": Preset(
        title="ResNet",
        sentence="A residual network with flips, crops and weight decay: for colour pictures of 32 to 96 pixels.",
        cost="Two to five minutes for 600 pictures of 96 pixels on two CPU cores.",
        expect="97 % from 50 digits a class in a minute; 62 % on 570 drawings of 8 kinds, where Quick has 90 %.",
        config=TrainConfig(
            preset="resnet",
            architecture="resnet",
            epochs=30,
            batch_size=64,
            optimizer="adamw",
            learning_rate=4e-3,
            weight_decay=0.05,
            schedule="one_cycle",
            augment=AugmentConfig((("flip_horizontal", 1.0), ("crop", 0.3))),
        ),
    ),
    "fine_tune": Preset(
        title="Fine-tune",
        sentence="What Quick learns, and then every layer a little: those near the picture less, with augmentation.",
        cost="Three minutes for 500 small images on two CPU cores, ten for 500 large ones; much less on a GPU.",
        expect="More than Quick where images are unlike photos: 96 % against 92 % on 50 digits a class. On drawings, as much.",
        config=TrainConfig(
            preset="fine_tune",
            architecture="efficientnet_lite0",
            architecture_options={"freeze_batch_norm": True},
            trainable="head_then_all",
            epochs=5,
            batch_size=32,
            optimizer="adamw",
            learning_rate=3e-4,
            weight_decay=0.01,
            layer_decay=0.95,
            schedule="cosine",
            augment=AUGMENT_PRESETS["photos"],
        ),
    ),
    "applications": Preset(
        title="Applications",
        sentence="A network of Keras Applications with ImageNet's weights, fetched once: MobileNetV3, to begin with.",
        cost="A download of 4 MB, 112 MB for the largest; then minutes on a CPU, much less on a GPU.",
        expect="Good on photos. Without internet it says where to put the weights; Quick needs none.",
        config=TrainConfig(
            preset="applications",
            architecture="applications",
            architecture_options={"variant": "mobilenet_v3_small", "weights": "imagenet"},
            epochs=15,
            batch_size=32,
            optimizer="adamw",
            learning_rate=1e-3,
            weight_decay=0.05,
            schedule="cosine",
            augment=AUGMENT_PRESETS["photos"],
        ),
    ),
    "custom": Preset(
        title="Custom",
        sentence="A kit: choose blocks, filters, pooling and all the rest, and see the layers as you do.",
        cost="What you choose; the parameters are counted as you go.",
        expect="An understanding of what each part does.",
        config=TrainConfig(preset="custom", architecture="small_cnn", epochs=10, batch_size=64, schedule="one_cycle"),
    ),
}


def preset(name: str) -> Preset:
    """The recipe of that name. Raises ConfigError, listing what there is."""
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}. There are: {', '.join(PRESETS)}.")
    return PRESETS[name]
