"""The machine's processors, memory and GPUs, and how busy they are. Needs no TensorFlow."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

import psutil

QUERY = "index,name,memory.total,memory.used,utilization.gpu"


def gpus() -> list[dict[str, Any]]:
    """NVIDIA GPUs: index, name, memory_mb, memory_used_mb, load_percent. Empty where there is none."""
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return []
    found = []
    for line in lines:
        index, name, total, used, load = (part.strip() for part in line.split(","))
        found.append(
            {
                "index": int(index),
                "name": name,
                "memory_mb": int(total),
                "memory_used_mb": int(used),
                "load_percent": int(load) if load.isdigit() else None,
            }
        )
    return found


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
