"""What tests put before Fovea: tiny pictures, class folders, archives, runs without a training."""

import contextlib
import fcntl
import io
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

PROJECT = Path(__file__).parents[1]


def fill(folder):
    """Take the last byte of the disk of `folder`."""
    with (folder / "ballast").open("ab", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass
    assert os.statvfs(folder).f_bavail == 0


@contextlib.contextmanager
def memory_rises_by_less_than(most_bytes):
    """Whatever the block does: this process never has so much more in memory than before it. Seen on Linux only."""
    status, began = Path("/proc/self/status"), 0
    if status.exists():
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        began = _peak_bytes(status)
    yield
    if status.exists():
        assert _peak_bytes(status) - began < most_bytes


def _peak_bytes(status):
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def noise(seed, height=12, width=12, channels=3):
    """(height, width[, 3]) uint8 that no other seed gives."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(array, kind="PNG", **options):
    """The bytes of a picture file."""
    out = io.BytesIO()
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(out, kind, **options)
    return out.getvalue()


def png(seed, height=12, width=12, channels=3):
    """The bytes of a small PNG that no other seed gives."""
    return encoded(noise(seed, height, width, channels))


def write_classes(folder, counts, first_seed=0, **size):
    """Class folders of distinct tiny PNGs: `counts` is {class: pictures}. Gives back the folder."""
    seed = first_seed
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            (folder / name / f"{number:03d}.png").write_bytes(png(seed, **size))
            seed += 1
    return folder


def frame(figure, number):
    """The bytes of a frame of a figure: of its tone and contrast, unlike every other in its pixels."""
    own = np.random.default_rng(figure)
    pixels = np.random.default_rng((figure, number)).normal(own.uniform(60, 200), own.uniform(5, 50), (12, 12, 3))
    return encoded(pixels.clip(0, 255).astype(np.uint8))


def write_figures(folder, classes=("elf", "orc"), figures=5, frames=6, sides=("attack",)):
    """Class folders of `elf/elfa-attack-1.png` and so on: figures a class, each of so many frames a side. Gives back the folder."""
    for place, label in enumerate(classes):
        (folder / label).mkdir(parents=True)
        for figure in range(figures):
            for number in range(1, frames * len(sides) + 1):
                file = folder / label / f"{label}{chr(97 + figure)}-{sides[(number - 1) // frames]}-{number}.png"
                file.write_bytes(frame(100 * place + figure, number))
    return folder


def write_zip(path, entries, compression=zipfile.ZIP_DEFLATED):
    """A zip of {name or ZipInfo: bytes}. Gives back its path."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def class_entries(counts, prefix=""):
    """{name in a zip: bytes} of class folders."""
    names = [f"{prefix}{name}/{number}.png" for name, count in counts.items() for number in range(count)]
    return {name: png(seed) for seed, name in enumerate(names)}


def huge_png(width, height):
    """A few bytes that claim to be a grey PNG of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def files_below(folder):
    """{path below `folder`: bytes} of all files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left_behind(workspace):
    """What lies in the workspace's folders, hidden things included."""
    folders = (workspace.datasets, workspace.uploads, workspace.runs, workspace.jobs)
    return [str(entry.relative_to(workspace.root)) for folder in folders for entry in folder.iterdir()]


def python(*arguments, **options):
    """A finished Python process that was started in the project's folder."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=300, **options)


def fovea(workspace, *arguments):
    """What `python -m core ARGUMENTS --json` answers, in a process of its own."""
    done = python("-m", "core", "--workspace", workspace.root, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shared_folder(tmp_path_factory):
    """A folder that all workers of this run of the tests have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(tmp_path_factory, name, make):
    """A folder that `make(folder)` fills for all workers: whoever asks first makes it, others wait. Nobody changes it."""
    shared = shared_folder(tmp_path_factory)
    folder = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = shared / f"{name}.new"
            shutil.rmtree(new, ignore_errors=True)  # of one that failed
            new.mkdir()
            make(new)
            new.rename(folder)
    return folder


def copy(workspace, target):
    """A copy of a workspace that others may be writing to: SQLite's files come and go."""
    shutil.copytree(workspace, target, ignore=shutil.ignore_patterns("catalogue.db*", "*.lock"))
    with (
        contextlib.closing(sqlite3.connect(workspace / "catalogue.db")) as theirs,
        contextlib.closing(sqlite3.connect(target / "catalogue.db")) as ours,
    ):
        theirs.backup(ours)
    return target


def read_json(path):
    """The JSON value in a file, as another program sees it."""
    return json.loads(path.read_text(encoding="utf-8"))
