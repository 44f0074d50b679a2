"""What a training ran on, and making it repeatable there."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from core.devices import gpus

DEFAULT_BACKEND = "tensorflow"
PACKAGES = ("tensorflow", "jax", "keras", "numpy", "pandas", "pillow", "ai-edge-litert")


def make_deterministic() -> bool:
    """Make training repeatable bit for bit, where that is known to work: on a CPU.

    Returns:
        Whether it is. On a GPU some operations add up in an order that changes.
    """
    if gpus() and os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1"):
        return False
    if configured_backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    return True


def describe(deterministic: bool, data_fingerprint: str) -> dict[str, Any]:
    """What environment.json holds: versions, device, commit, fingerprint of the data, determinism."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "gpus": [gpu["name"] for gpu in gpus()],
        "backend": configured_backend(),
        "packages": {name: _version(name) for name in PACKAGES},
        "commit": _commit(),
        "data_fingerprint": data_fingerprint,
        "deterministic": deterministic,
    }


def configured_backend() -> str:
    """What Keras computes by, or would, as Keras' own rule has it: $KERAS_BACKEND, else keras.json, else TensorFlow."""
    if chosen := os.environ.get("KERAS_BACKEND"):
        return chosen
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return json.loads((folder / "keras.json").read_text(encoding="utf-8")).get("backend", DEFAULT_BACKEND)
    except (OSError, ValueError):
        return DEFAULT_BACKEND


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
