"""How often a model's answer survives an augmentation: a measure of whether it destroys labels."""

from __future__ import annotations

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.augment.config import AugmentConfig, alone
from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset, picture_file, read_index
from core.errors import InputError
from core.images import load
from core.inference import InterpreterPool
from core.train.runs import Run
from core.workspace import Workspace

IMAGES = 200
FEWEST_IMAGES = 50
SECONDS = 10.0
BLOCK_PIXELS = 1 << 21


@dataclass(frozen=True)
class Survival:
    """What came of it.

    Args:
        images: How many validation images were answered with and without each operation.
        shares: {operation: share of the answers that stayed the same}, in 0..1, in the order of the config.
        strengths: {operation: the strength at which it was measured}.
    """

    images: int
    shares: dict[str, float]
    strengths: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return asdict(self)


def measure(
    workspace: Workspace,
    run: Run,
    dataset: Dataset,
    config: AugmentConfig,
    images: int = IMAGES,
    seconds: float = SECONDS,
) -> Survival:
    """Answer validation images as they are, and each operation of `config` alone done to all of them.

    What mixes labels is left out: there the answer should change. So is what needs colour where the model sees grey.

    Args:
        images: Take at most so many, drawn from the validation split, the same ones each time; fewer where the
            model is slow.
        seconds: Operations that have not begun after this time are left out.

    Raises:
        InputError: The run has no model, or the data set no validation image.
    """
    path = run.folder(workspace) / "model.tflite"
    if not path.exists():
        raise InputError(f"{run.title} has no model yet. Wait until its training has ended, or take another run.")
    pool = InterpreterPool(path, interpreters=1)
    pictures = _pictures(workspace, run, dataset, pool.input_shape, images)
    useless = config.without_effect(pool.input_shape[2])
    steps = [step for step in config.operations if step.name not in useless and not OPERATIONS[step.name].mixes_labels]
    start = time.monotonic()
    before = pool.predict(pictures).argmax(1)
    # Answering them varied takes about twice as long; fewer pictures where all operations would not fit.
    affordable = len(pictures) * seconds / max(2 * (time.monotonic() - start) * len(steps), 1e-9)
    pictures = pictures[: max(FEWEST_IMAGES, int(affordable))]
    before = before[: len(pictures)]
    shares: dict[str, float] = {}
    for step in steps:
        if time.monotonic() - start < seconds:
            shares[step.name] = float((_answers(pool, alone(step), pictures) == before).mean())
    strengths = {step.name: step.strength for step in steps if step.name in shares}
    return Survival(len(pictures), shares, strengths)


def _answers(pool: InterpreterPool, config: AugmentConfig, pictures: np.ndarray) -> np.ndarray:
    """(N,) int64 classes of the varied pictures, a block at a time to bound the memory."""
    from core.augment.pipeline import draw  # Keras: only where augmented pictures are made

    size = max(BLOCK_PIXELS // math.prod(pictures.shape[1:3]), 1)
    blocks = (pictures[start : start + size] for start in range(0, len(pictures), size))
    return np.concatenate([pool.predict(draw(config, block, place)[0]).argmax(1) for place, block in enumerate(blocks)])


def _pictures(workspace: Workspace, run: Run, dataset: Dataset, shape: tuple[int, int, int], images: int) -> np.ndarray:
    """(N, H, W, C) uint8 validation images as the model sees them."""
    index = read_index(workspace, dataset, ["split", "file"])
    files = index.loc[index["split"] == "val", "file"].to_numpy()
    if not len(files):
        raise InputError(f"{dataset.reference} has no validation images. Add images, or take another data set.")
    chosen = np.random.default_rng(0).permutation(files)[:images]
    size, _, channels = shape

    def one(file: str) -> np.ndarray:
        return load(picture_file(workspace, dataset, file), size, channels, run.config.fit)  # type: ignore[arg-type]

    with ThreadPoolExecutor(os.cpu_count()) as readers:
        return np.stack(list(readers.map(one, chosen)))
