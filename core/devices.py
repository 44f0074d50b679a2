"""The machine's processors, memory and GPUs, and how busy they are. Needs no TensorFlow."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

import psutil
import pynvml


def gpus() -> list[dict[str, Any]]:
    """NVIDIA GPUs: index, name, memory_mb, memory_used_mb, load_percent. Empty where there is none, or no driver.

    What a GPU does not tell is None (the load of one that is shared out by MIG), its memory 0 (where it has none apart
    from the machine's). One that fell off the bus is left out.
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        found = [_describe(index) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()
    return [gpu for gpu in found if gpu]


def describe() -> dict[str, Any]:
    """Processors and GPUs with their memory and load, as `python -m core devices` prints them."""
    memory = psutil.virtual_memory()
    return {
        "cpu": {
            "cores": os.cpu_count(),
            "load_percent": psutil.cpu_percent(interval=0.1),
            "memory_mb": memory.total >> 20,
            "memory_used_mb": (memory.total - memory.available) >> 20,
        },
        "gpus": gpus(),
    }


def _describe(index: int) -> dict[str, Any] | None:
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        name = pynvml.nvmlDeviceGetName(handle)
    except pynvml.NVMLError:
        return None
    memory = _told(pynvml.nvmlDeviceGetMemoryInfo, handle)
    rates = _told(pynvml.nvmlDeviceGetUtilizationRates, handle)
    return {
        "index": index,
        "name": name,
        "memory_mb": memory.total >> 20 if memory else 0,
        "memory_used_mb": memory.used >> 20 if memory else 0,
        "load_percent": rates.gpu if rates else None,
    }


def _told(ask: Callable[[Any], Any], handle: Any) -> Any:
    """What the GPU answers; None where it does not support the question."""
    try:
        return ask(handle)
    except pynvml.NVMLError:
        return None
