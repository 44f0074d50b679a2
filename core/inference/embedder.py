"""What a network that learnt ImageNet's 1,000 classes sees in a picture: EfficientNet-Lite0 by LiteRT.

`core.predict.pretrained` makes the file, once a machine; whoever only asks needs no TensorFlow.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import NotFoundError
from core.inference.pool import InterpreterPool

SIZE, SMALL_SIZE, LARGE_SIZE = 224, 112, 300
SMALL_IMAGES = 48
LENGTH = 1280
NAME = "efficientnet_lite0"
FILE_NAME = f"{NAME}-1.tflite"  # the number rises when the file's content does
AT_ONCE = 4  # more is slower, because it leaves the processor's cache, and takes more memory


@dataclass(frozen=True)
class Features:
    """What the network sees in an image, of which a vector is kept.

    Args:
        name: Of the folder in which the vectors are kept, before the size.
        length: Of a vector.
        sizes: The sides in pixels at which small and other images are embedded.
    """

    name: str
    length: int
    sizes: tuple[int, int]

    def size_for(self, image_size: int) -> int:
        """The side in pixels at which images of about `image_size` are embedded.

        Small ones hold nothing that more pixels would show, and a quarter of them takes a quarter of the time.
        """
        return self.sizes[image_size > SMALL_IMAGES]


LAST = Features(NAME, LENGTH, (SMALL_SIZE, SIZE))
BLOCKS = Features(f"{NAME}-blocks", 112 + 192 + 320 + LENGTH, (SMALL_SIZE, LARGE_SIZE))
FEATURES = {"last": LAST, "blocks": BLOCKS}  # by the option `features` of the network


def cache_folder() -> Path:
    """Where this machine keeps what all workspaces share: `$FOVEA_CACHE`, else `~/.cache/fovea`."""
    if chosen := os.environ.get("FOVEA_CACHE"):
        return Path(chosen).expanduser().resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fovea"


def model_file() -> Path:
    """Where the converted network is, whether it was made already or not."""
    return cache_folder() / FILE_NAME


def size_for(image_size: int) -> int:
    """`LAST.size_for`, that of the map and of what is alike."""
    return LAST.size_for(image_size)


class Embedder:
    """Embeds pictures and names ImageNet's classes in them. Thread-safe.

    Args:
        model: The file that `core.predict.pretrained` made: (N, H, W, 3) float32 in 0..255 to (N, 2280), the
            embedding and then the 1,000 probabilities.
        interpreters: How many calls can be in work at once.
        threads: Threads of each interpreter; as many as there are cores by default.

    Raises:
        NotFoundError: There is no such file yet.
        DamagedError: It is damaged.
    """

    def __init__(self, model: Path, interpreters: int = 1, threads: int | None = None) -> None:
        if not model.exists():
            raise NotFoundError(f"{model} was not made yet. Embed a data set first.")
        self._pool = InterpreterPool(model, interpreters, threads, "Delete it: it is made again.")

    def embed(self, images: np.ndarray) -> np.ndarray:
        """The last feature map's mean over the picture, scaled to length 1.

        Args:
            images: (N, S, S, 3) uint8, RGB, as `core.images.load` gives them, S being `size_for` them.

        Returns:
            (N, 1280) float32; the dot product of two rows is their cosine similarity.
        """
        means = self._pool.predict(images, AT_ONCE)[:, :LENGTH]
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def imagenet(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of ImageNet's classes, (N, 1000) float32, in the order of the ILSVRC 2012 synsets.

        Args:
            images: (N, 224, 224, 3) uint8, RGB.
        """
        return self._pool.predict(images, AT_ONCE)[:, LENGTH:]


class BlocksEmbedder:
    """Embeds pictures as `BLOCKS`. Thread-safe.

    Args:
        model: A .tflite of probabilities and of what its last layer sees, as `core.predict.last_layer.with_embedding` gives.
    """

    def __init__(self, model: bytes) -> None:
        self._pool = InterpreterPool(model, 1)

    def embed(self, images: np.ndarray) -> np.ndarray:
        """(N, 1904) float32 unit vectors of (N, S, S, 3) uint8, RGB; where the model takes grey, they are grey."""
        return self._pool.predict(images[..., : self._pool.input_shape[2]], AT_ONCE)[:, -BLOCKS.length :]
