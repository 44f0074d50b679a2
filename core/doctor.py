"""Whether this machine has what Fovea needs."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import sys
from typing import Any

from core.data.sources.known import BUNDLED
from core.devices import gpus
from core.workspace import Workspace

PACKAGES = ("streamlit", "tensorflow", "keras", "numpy", "pandas", "altair", "PIL", "pyarrow", "sklearn",
            "ai_edge_litert", "filelock", "psutil", "pynvml", "tensorboardX")  # fmt: skip
ENOUGH_FREE_BYTES = 2 << 30


def examine(workspace: Workspace) -> list[dict[str, Any]]:
    """One finding a check: {"check", "ok", "message"}."""
    free = shutil.disk_usage(workspace.root).free
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    version = ".".join(map(str, sys.version_info[:3]))
    found = gpus()
    checks = [
        ("python", (3, 11) <= sys.version_info[:2] <= (3, 13), f"{version}; Fovea runs on 3.11 to 3.13"),
        ("packages", not missing, f"missing: {', '.join(missing)}" if missing else "all there"),
        ("workspace", _is_writable(workspace), str(workspace.root)),
        ("disk", free > ENOUGH_FREE_BYTES, f"{free / 1e9:.1f} GB free"),
        ("sqlite", sqlite3.sqlite_version_info >= (3, 35), sqlite3.sqlite_version),
        ("bundled data", (BUNDLED / "mnist.npz").is_file(), str(BUNDLED / "mnist.npz")),
        ("gpu", True, ", ".join(gpu["name"] for gpu in found) or "none; training runs on the CPU"),
    ]
    return [{"check": name, "ok": bool(ok), "message": message} for name, ok, message in checks]


def _is_writable(workspace: Workspace) -> bool:
    probe = workspace.root / ".probe"
    try:
        probe.write_bytes(bytes(4096))  # an empty one fits on a full disk too
        probe.unlink()
    except OSError:
        return False
    return True
