"""What can be set of a training, and whether it fits the data. Plain JSON; needs no Keras."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from core.augment.config import AugmentConfig
from core.data.dataset import Dataset
from core.errors import ConfigError
from core.images import FITS
from core.inference.embedder import FEATURES, size_for
from core.settings import brief, number
from models import ARCHITECTURES, Option, options_of

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum", "rmsprop": "RMSprop"}
LOSSES = {"cross_entropy": "Cross-entropy", "mean_squared_error": "Mean squared error"}
SCHEDULES = {
    "constant": "Constant",
    "one_cycle": "One cycle: up, then down to nothing",
    "cosine": "Cosine: a short warm-up, then down to nothing",
    "exponential": "Exponential: down by the same share each step",
    "step": "Steps: a tenth at one half, again at three quarters",
}
CLASS_BALANCES = {
    "none": "As they come",
    "weights": "Weigh more",
    "sampling": "Are drawn more often",
}
PRECISIONS = {"float32": "32 bits", "bfloat16": "16 bits (bfloat16)", "float16": "16 bits (float16)"}
TRAINABLE = {
    "all": "All layers",
    "head": "The last layer, from the embeddings of the images",
    "head_then_all": "The last layer first, then all layers",
}
# Of a last layer alone, the inverse of regularisation: half decades.
HEAD_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)
MAX_SIZE = 512
CHOICES: dict[str, Collection[str]] = {
    "architecture": ARCHITECTURES,
    "trainable": TRAINABLE,
    "fit": FITS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "class_balance": CLASS_BALANCES,
    "precision": PRECISIONS,
}
LIMITS = {
    "head_strength": (1e-6, 1e9),
    "image_size": (4, MAX_SIZE),
    "epochs": (1, 10_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-9, 100),
    "momentum": (0, 0.9999),
    "weight_decay": (0, 10),
    "layer_decay": (0.01, 1),
    "label_smoothing": (0, 0.9),
    "gradient_clip_norm": (1e-9, 1e9),
    "ema_momentum": (0.1, 0.99999),
    "gpus": (1, 64),
    "early_stopping_patience": (1, 10_000),
    "seed": (0, 2**31 - 1),
    "images_per_class": (1, 10**9),
    "train_share": (0.001, 1),
}
ENOUGH_STEPS = 800
MOST_EPOCHS = 60


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a training goes.

    Args:
        preset: The recipe that it began as.
        architecture: A key of `models.ARCHITECTURES`.
        architecture_options: Values of its options; defaults for the rest.
        trainable: "all", or "head": only the last layer of a pretrained network, on embeddings that are kept and used
            again; what `core.train.used` names then means nothing. "head_then_all": that first, then all layers from there (A. Kumar et al., "Fine-Tuning can Distort Pretrained Features and
            Underperform Out-of-Distribution", arXiv:2202.10054).
        head_strength: Of "head": the inverse of regularisation, C; None for the one of `HEAD_STRENGTHS` that has the
            lowest validation loss.
        image_size: Side of the square input in pixels; None for what suits data and network.
        fit: How a picture becomes square: "crop", "pad" or "stretch".
        epochs: Passes over the training images; None for as many as it takes to reach `ENOUGH_STEPS` steps.
        batch_size: Images a step.
        optimizer: "adam", "adamw", "sgd" or "rmsprop".
        learning_rate: The step size; the highest one of a schedule.
        momentum: Of "sgd".
        weight_decay: The share of a weight, times the learning rate, that each step takes away; biases and
            normalisation excepted. None for 0.004 of "adamw" and 0 of the others.
        layer_decay: What a layer's learning rate is, to that of the layer above it; 1 for the same everywhere.
        schedule: "constant", "one_cycle", "cosine", "exponential" or "step".
        loss: "cross_entropy" or "mean_squared_error".
        label_smoothing: So much of each label is spread evenly over all classes.
        class_balance: "none"; "weights": each class weighs alike in the loss; "sampling": each is drawn equally often.
        gradient_clip_norm: All gradients together are scaled down to this norm; None for never.
        ema_momentum: Judge and keep an exponential moving average of the weights with this momentum; None for the
            weights themselves.
        precision: What layers compute in: "float32", "bfloat16" or "float16". Weights and answers are float32.
        xla: Whether TensorFlow compiles the step with XLA; what that gains depends on the device.
        gpus: How many GPUs of this machine share each batch.
        augment: What varies the training images.
        start_from: A run of the same network and classes whose weights it begins with; None for random ones, or
            those that the network learnt elsewhere.
        early_stopping_patience: Stop after so many epochs without a lower validation loss; None for never. Of the schedule
            "constant" only: every other is spread over all epochs, and its low rates towards the end are what it is for.
        seed: Decides weights at the start, order of images, augmentation.
        images_per_class: Take at most so many training images of a class; None for all.
        train_share: Learn from this share of the training images that the settings above leave: of each class alike, no
            group cut, and with the same seed a smaller share is part of a larger one. 1 for all.
        classes: Take only these classes; None for all.
    """

    preset: str = "custom"
    architecture: str = "small_cnn"
    architecture_options: dict[str, Any] = field(default_factory=dict)
    trainable: str = "all"
    head_strength: float | None = None
    image_size: int | None = None
    fit: str = "crop"
    epochs: int | None = 5
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float | None = None
    layer_decay: float = 1.0
    schedule: str = "constant"
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    class_balance: str = "none"
    gradient_clip_norm: float | None = None
    ema_momentum: float | None = None
    precision: str = "float32"
    xla: bool = False
    gpus: int = 1
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    start_from: str | None = None
    early_stopping_patience: int | None = None
    seed: int = 0
    images_per_class: int | None = None
    train_share: float = 1.0
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in takes():
            if getattr(self, name) is not None or type(None) not in takes()[name]:
                object.__setattr__(self, name, _checked(name, getattr(self, name)))
        object.__setattr__(self, "architecture_options", _options(self.architecture, self.architecture_options))

    def to_json(self) -> dict[str, Any]:
        """What config.json holds."""
        value = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        value["augment"] = self.augment.to_json()
        value["classes"] = list(self.classes) if self.classes is not None else None
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TrainConfig:
        """A config from what `to_json` gave, or from part of it. Raises ConfigError on an unknown name or value."""
        if unknown := sorted(set(value) - set(takes())):
            raise ConfigError(f"There is no setting {brief(unknown[0])}. There are: {', '.join(takes())}.")
        return cls(**value)


@functools.cache
def takes() -> dict[str, tuple[Any, ...]]:
    """The types that each setting may have; whole numbers do for a float."""
    return {name: get_args(hint) or (hint,) for name, hint in get_type_hints(TrainConfig).items()}


def _checked(name: str, value: Any) -> Any:
    """`value` as that setting holds it. Raises ConfigError."""
    if name in CHOICES:
        return _choice(name, value, CHOICES[name])
    if name in LIMITS:
        return number(name, value, *LIMITS[name], whole=float not in takes()[name])
    if name == "augment":
        return value if isinstance(value, AugmentConfig) else AugmentConfig.from_json(value)
    if name == "classes":
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ConfigError(f"classes is {brief(value)}; it must be a list of names.")
        return tuple(value)
    kind, words = {"xla": (bool, "true or false"), "architecture_options": (dict, "values by name")}.get(
        name, (str, "text")
    )
    if not isinstance(value, kind):
        raise ConfigError(f"{name} is {brief(value)}; it must be {words}.")
    return value


def resolve(config: TrainConfig, dataset: Dataset) -> TrainConfig:
    """The config with its image size and epochs decided, if it fits `dataset`.

    Raises:
        ConfigError: A setting would not be used, the image size is too small for the network, a class is unknown, fewer than
            two classes are left, or a batch that somebody chose is larger than the training data; one that is its
            recipe's gets smaller. Said before anything starts.
    """
    from core.train.used import check_used, only_used  # which reads the recipes, which are such configs

    if config.trainable != "all":
        _check_embeds(config)
    check_used(config)
    config = only_used(config)
    if config.trainable == "head":
        config = _resolve_head(config, dataset)
    if config.trainable == "head_then_all" and config.image_size is None:
        config = dataclasses.replace(config, image_size=size_for(dataset.size))
    options = options_of(config.architecture, config.architecture_options)
    smallest = ARCHITECTURES[config.architecture].minimum_size(options)
    size = config.image_size or max(dataset.size, smallest)
    if size < smallest:
        raise ConfigError(
            f"image_size is {size}; {ARCHITECTURES[config.architecture].title} with these options needs "
            f"{smallest} pixels or more. Take a larger size or another network."
        )
    unknown = [name for name in config.classes or () if name not in dataset.classes]
    if unknown:
        shown = ", ".join(dataset.classes[:20])
        raise ConfigError(f"{dataset.reference} has no class {unknown[0]!r}. Its classes are {shown}.")
    chosen = config.classes if config.classes is not None else dataset.classes
    if len(set(chosen)) < 2:
        raise ConfigError(f"There is only {len(set(chosen))} class to learn; a classifier needs two or more.")
    empty = [split for split in ("train", "val", "test") if not dataset.per_split.get(split)]
    if empty:
        raise ConfigError(
            f"{dataset.reference} has {dataset.images} images and none in its {empty[0]} split. To be in every "
            "split, each class needs three or more bursts or groups, or images where it has no such; what looks alike counts as one."
        )
    config = with_fitting_batch(config, dataset)
    images = count_training_images(config, dataset)
    if config.batch_size > images:
        raise ConfigError(f"batch_size is {config.batch_size:,}; the training data has {images:,} images. Take less.")
    steps = math.ceil(images / config.batch_size)
    epochs = config.epochs or min(MOST_EPOCHS, math.ceil(ENOUGH_STEPS / steps))
    return dataclasses.replace(config, image_size=size, epochs=epochs)


def with_fitting_batch(config: TrainConfig, dataset: Dataset) -> TrainConfig:
    """The config, with the next smaller power of two where its recipe's batch is larger than the training data."""
    from core.train.presets import PRESETS  # whose recipes are such configs

    images = count_training_images(config, dataset)
    is_chosen = config.preset not in PRESETS or config.batch_size != PRESETS[config.preset].config.batch_size
    if is_chosen or config.batch_size <= images or not images:
        return config
    return dataclasses.replace(config, batch_size=1 << (images.bit_length() - 1))


def _check_embeds(config: TrainConfig) -> None:
    architecture = ARCHITECTURES[config.architecture]
    options = options_of(config.architecture, config.architecture_options)
    if not architecture.is_embedder or options["weights"] != "imagenet":
        able = [one.title for one in ARCHITECTURES.values() if one.is_embedder]
        raise ConfigError(
            f'trainable is "{config.trainable}", and {architecture.title} as it is set has no pretrained layers below '
            f'its last. Take {" or ".join(able)} with the weights "imagenet", or trainable "all".'
        )


def _resolve_head(config: TrainConfig, dataset: Dataset) -> TrainConfig:
    size = FEATURES[features_of(config)].size_for(dataset.size)
    if config.image_size not in (None, size) or config.fit != "crop":
        raise ConfigError(
            f"A last layer is learnt from images of {dataset.reference} cropped to {size} pixels (image_size, fit); "
            "for another size or fit take a recipe that trains more of the network, such as fine_tune."
        )
    tried = 1 if config.head_strength is not None else len(HEAD_STRENGTHS)
    return dataclasses.replace(config, image_size=size, epochs=tried, batch_size=1)


def features_of(config: TrainConfig) -> str:
    """A key of `core.inference.embedder.FEATURES`: what a last layer alone is learnt from."""
    return str(options_of(config.architecture, config.architecture_options)["features"])


def strengths(config: TrainConfig) -> tuple[float, ...]:
    """Those that a last layer alone is learnt with, at most, by a config that `resolve` gave, now or in an earlier version.

    Those of up to five were whole decades.
    """
    if config.head_strength is not None:
        return (config.head_strength,)
    return HEAD_STRENGTHS if config.epochs == len(HEAD_STRENGTHS) else HEAD_STRENGTHS[::2][: config.epochs]


def count_training_images(config: TrainConfig, dataset: Dataset) -> int:
    """How many images a training with this config learns from, at most; with groups and a share of all, about."""
    share = dataset.per_split["train"] / dataset.images
    if config.classes is None and config.images_per_class is None and config.train_share == 1:
        return dataset.per_split["train"]
    counts = [dataset.per_class[name] for name in config.classes or dataset.classes]
    limit = config.images_per_class or max(counts)
    taken = [min(round(count * share), limit) for count in counts]
    return (
        sum(taken)
        if config.train_share == 1
        else sum(max(math.floor(one * config.train_share + 0.5), 1) for one in taken)
    )


def _options(architecture: str, options: Mapping[str, Any]) -> dict[str, Any]:
    table = ARCHITECTURES[architecture].options
    if unknown := [name for name in options if name not in table]:
        there = f"There are: {', '.join(table)}." if table else "It has none."
        raise ConfigError(f"{ARCHITECTURES[architecture].title} has no option {brief(unknown[0])}. {there}")
    return {name: _option(f"architecture_options.{name}", value, table[name]) for name, value in options.items()}


def _option(name: str, value: Any, option: Option) -> Any:
    if isinstance(option.default, bool):
        if not isinstance(value, bool):
            raise ConfigError(f"{name} is {brief(value)}; it must be true or false.")
        return value
    if option.choices:
        return _choice(name, value, option.choices)
    return number(name, value, option.minimum, option.maximum, whole=isinstance(option.default, int))


def _choice(name: str, value: Any, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"{name} is {brief(value)}; it must be one of {', '.join(choices)}.")
    return value
