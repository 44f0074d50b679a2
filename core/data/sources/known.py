"""Data sets that go by a name: bundled with Fovea, with scikit-learn, or fetched by Keras' own loaders."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.sources.listing import Arrays, Listing
from core.data.sources.npz import join, to_labels
from core.errors import SourceError
from core.progress import OnProgress, Progress, no_progress

BUNDLED = Path(__file__).parent / "bundled"
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Known:
    """A data set that goes by a name.

    Args:
        title: Its name for people.
        sentence: What it holds.
        read: Gives its arrays; takes `on_progress`.
        download_mb: What has to be fetched, in MB; 0 if nothing.
    """

    title: str
    sentence: str
    read: Callable[[OnProgress], Arrays]
    download_mb: int = 0


def read_known(name: str, on_progress: OnProgress = no_progress) -> Listing:
    """The data set of that name.

    Raises:
        SourceError: It has to be fetched and cannot be; the message says which files to put where.
    """
    return Listing("known", name, name, arrays=KNOWN[name].read(on_progress))


def _mnist(on_progress: OnProgress) -> Arrays:
    with np.load(BUNDLED / "mnist.npz", allow_pickle=False) as arrays:
        parts = ["train", "test"]
        images = [arrays[f"x_{part}"] for part in parts]
        return join(parts, images, [to_labels(arrays[f"y_{part}"], part) for part in parts])


def _digits(on_progress: OnProgress) -> Arrays:
    from sklearn.datasets import load_digits  # 1 s to import, and only this needs it

    digits = load_digits()
    images = np.round(digits.images * 255 / 16).astype(np.uint8)
    return join(["train"], [images], [to_labels(digits.target, "digits")])


def _keras(name: str, files: tuple[str, ...], download_mb: int) -> Callable[[OnProgress], Arrays]:
    def read(on_progress: OnProgress) -> Arrays:
        import keras  # 8 s to import, and fetches by itself

        folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"
        with _Watch(folder, f"Fetching {name}", download_mb, on_progress):
            try:
                (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
            except Exception as error:
                wanted = ", ".join(str(folder / file) for file in files)
                raise SourceError(
                    f"{name} could not be fetched ({error}). Without internet, put this there yourself: {wanted} "
                    "(a file that ends in _archive is the .tar.gz under that name)."
                ) from error
        names = _class_names(name)
        labels = [[names[int(i)] if names else str(int(i)) for i in y.ravel()] for y in (y_train, y_test)]
        return join(["train", "test"], [x_train, x_test], labels)

    return read


def _class_names(name: str) -> tuple[str, ...]:
    return {"fashion_mnist": FASHION, "cifar10": CIFAR10}.get(name, ())


class _Watch:
    """Tells how much of a download has come, by the growth of the folder that it goes to."""

    def __init__(self, folder: Path, stage: str, total_mb: int, on_progress: OnProgress) -> None:
        self._folder, self._stage, self._total, self._on_progress = folder, stage, total_mb, on_progress
        self._done = threading.Event()

    def __enter__(self) -> None:
        self._before, self._start = self._mb(), time.monotonic()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            done = int(self._mb() - self._before)
            self._on_progress(Progress(self._stage, done, self._total, "MB", time.monotonic() - self._start))

    def _mb(self) -> float:
        sizes = (file.stat().st_size for file in self._folder.rglob("*") if file.is_file())
        return sum(sizes) / 1e6 if self._folder.exists() else 0.0


_FASHION_FILES = tuple(
    f"fashion-mnist/{name}"
    for name in (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
)

KNOWN: dict[str, Known] = {
    "mnist": Known("MNIST", "70,000 handwritten digits, 28 × 28, grey. Bundled.", _mnist),
    "digits": Known("Digits", "1,797 handwritten digits, 8 × 8, grey. Comes with scikit-learn.", _digits),
    "fashion_mnist": Known(
        "Fashion-MNIST",
        "70,000 pieces of clothing, 28 × 28, grey.",
        _keras("fashion_mnist", _FASHION_FILES, 31),
        31,
    ),
    "cifar10": Known(
        "CIFAR-10",
        "60,000 photos of 10 things, 32 × 32, colour.",
        _keras("cifar10", ("cifar-10-batches-py-target_archive",), 170),
        170,
    ),
    "cifar100": Known(
        "CIFAR-100",
        "60,000 photos of 100 things, 32 × 32, colour.",
        _keras("cifar100", ("cifar-100-python-target_archive",), 169),
        169,
    ),
}
