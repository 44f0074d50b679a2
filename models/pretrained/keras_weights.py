"""The ImageNet weights of `keras.applications`, fetched once and kept where Keras itself keeps them.

Keras' own download waits without end for a server that does not answer, and says "URL fetch failure" where there is no
internet. This one gives up after `QUIET_SECONDS` in which nothing came, and says which file to put where.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError, InputError
from core.workspace.atomic import write_with

SOURCE = "https://storage.googleapis.com/tensorflow/keras-applications"
QUIET_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.1
BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class Weights:
    """A file of weights.

    Args:
        title: Of the network, for people.
        folder: Below `SOURCE`.
        name: Of the file, there and here.
        digest: MD5 or SHA-256 in hexadecimal, as Keras has it.
    """

    title: str
    folder: str
    name: str
    digest: str


WEIGHTS: dict[str, Weights] = {
    "mobilenet_v3_small": Weights(
        "MobileNetV3 small",
        "mobilenet_v3",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "mobilenet_v3_large": Weights(
        "MobileNetV3 large",
        "mobilenet_v3",
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        "07fb09a5933dd0c8eaafa16978110389",
    ),
    **{
        f"efficientnet_v2_{size}": Weights(
            f"EfficientNetV2 {size.upper()}", "efficientnet_v2", f"efficientnetv2-{size}_notop.h5", digest
        )
        for size, digest in (
            ("b0", "893217f2bb855e2983157299931e43ff"),
            ("b1", "0e80663031ca32d657f9caa404b6ec37"),
            ("b2", "1dfe2e7a5d45b6632553a8961ea609eb"),
            ("b3", "f6abf7b5849ac99a89b50dd3fd532856"),
        )
    },
    "convnext_tiny": Weights(
        "ConvNeXt tiny",
        "convnext",
        "convnext_tiny_notop.h5",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
}


def file_of(variant: str) -> Path:
    """The file of weights of a key of `WEIGHTS`, fetched now if it is not there or damaged.

    Raises:
        ConfigError: It is not there and cannot be fetched; the message says what to do.
    """
    weights = WEIGHTS[variant]
    path = folder() / weights.name
    if path.exists() and _digest(path, weights.digest) == weights.digest:
        return path
    source = f"{SOURCE}/{weights.folder}/{weights.name}"
    try:
        write_with(path, lambda new: _fetch(source, new, weights.digest))
    except (OSError, InputError, http.client.HTTPException) as error:
        raise ConfigError(
            f"The weights of {weights.title} are not on this machine and could not be fetched "
            f"({getattr(error, 'reason', error)}). Put {source} "
            f'at {path} yourself, take the weights "random", or take EfficientNet-Lite0, whose weights are here.'
        ) from error
    return path


def folder() -> Path:
    """Keras' cache of weights: `models` in `$KERAS_HOME`, else in `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _fetch(source: str, path: Path, digest: str) -> None:
    """In a thread, because looking up a name and connecting to each of its addresses have no time limit together."""
    failed: list[Exception] = []

    def download() -> None:
        try:
            with urllib.request.urlopen(source, timeout=QUIET_SECONDS) as answer, path.open("wb") as file:
                shutil.copyfileobj(answer, file, BLOCK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            failed.append(error)

    thread = threading.Thread(target=download, daemon=True)
    thread.start()
    size_bytes, grown_at = 0, time.monotonic()
    while thread.is_alive():
        thread.join(LOOK_EVERY_SECONDS)
        if path.stat().st_size > size_bytes:
            size_bytes, grown_at = path.stat().st_size, time.monotonic()
        if thread.is_alive() and time.monotonic() - grown_at > QUIET_SECONDS:
            raise TimeoutError(f"nothing came for {QUIET_SECONDS:g} s")
    if failed:
        raise failed[0]
    if _digest(path, digest) != digest:
        raise OSError("what came is not the file that was asked for")


def _digest(path: Path, like: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256" if len(like) == 64 else "md5").hexdigest()
