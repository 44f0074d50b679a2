"""The arrays that training reads: train and val. The test split is not among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.dataset import Dataset, read_index
from core.data.packed import Packed, PackRecipe, pack
from core.errors import ConfigError
from core.progress import OnProgress, ShouldStop, never, no_progress
from core.train import shares
from core.train.config import TrainConfig
from core.workspace import Workspace


@dataclass(frozen=True)
class TrainingData:
    """What `train` learns from and selects by.

    Args:
        packed: The pictures, read by index row.
        train_rows, val_rows: (N,) int64 index rows.
        train_labels, val_labels: (N,) int32 places in `classes`.
        classes: Class names in the order of the model's outputs.
    """

    packed: Packed
    train_rows: np.ndarray
    train_labels: np.ndarray
    val_rows: np.ndarray
    val_labels: np.ndarray
    classes: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of one picture."""
        height, width, channels = self.packed.images.shape[1:]
        return height, width, channels


def gather(
    workspace: Workspace,
    dataset: Dataset,
    config: TrainConfig,
    on_progress: OnProgress = no_progress,
    should_stop: ShouldStop = never,
) -> TrainingData:
    """Pack the pictures, or take them from the cache, and choose those of `config`.

    Args:
        config: One that `core.train.config.resolve` gave.

    Raises:
        ConfigError: No training or no validation image is left.
    """
    assert config.image_size is not None
    recipe = PackRecipe(config.image_size, dataset.channels, config.fit)  # type: ignore[arg-type]
    packed = pack(workspace, dataset, recipe, on_progress, should_stop)
    index = read_index(workspace, dataset, ["label", "split", "group"])
    classes = tuple(name for name in dataset.classes if config.classes is None or name in config.classes)
    codes = pd.Series(pd.Categorical(index["label"], categories=list(classes)).codes, dtype="int32")
    train = codes[(index["split"] == "train") & (codes >= 0)]
    val = codes[(index["split"] == "val") & (codes >= 0)]
    if config.images_per_class is not None:
        shuffled = train.sample(frac=1, random_state=config.seed)
        train = train[shuffled.groupby(shuffled).head(config.images_per_class).index.sort_values()]
    if config.train_share < 1:
        named = index.loc[train.index, "group"].astype(str)
        groups = pd.factorize(named.where(named != "", "\t" + named.index.astype(str)))[0]
        train = train[shares.part(train.to_numpy(), groups, config.train_share, config.seed)]
    for part, name in ((train, "training"), (val, "validation")):
        if not len(part):
            raise ConfigError(f"No {name} image of {dataset.reference} is in the chosen classes. Add images.")
    return TrainingData(
        packed,
        train.index.to_numpy(),
        train.to_numpy(),
        val.index.to_numpy(),
        val.to_numpy(),
        classes,
    )
