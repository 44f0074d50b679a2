"""The pretrained EfficientNet-Lite0 as a .tflite file, made once a machine.

Making it takes TensorFlow, seconds and memory, so a process of its own does it: `python -m core.predict.pretrained`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from filelock import FileLock

from core.errors import FoveaError, Stopped
from core.inference.embedder import FILE_NAME, Embedder, model_file
from core.progress import OnProgress, Progress, ShouldStop, never, no_progress
from core.workspace import Workspace

PROJECT = Path(__file__).parents[2]
LOOK_EVERY_SECONDS = 0.2


def efficientnet_lite0(
    workspace: Workspace, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> Path:
    """The file for `Embedder`, from the cache or made now. Any number of processes may ask at once; one makes it.

    Where the machine's cache cannot be written, the workspace keeps the file.

    Raises:
        Stopped: `should_stop` said so.
        FoveaError: It could not be made.
    """
    path = find(workspace)
    if path.exists():
        return path
    if not _is_writable(path.parent):
        path = workspace.root / "cache" / FILE_NAME
        path.parent.mkdir(exist_ok=True)
    on_progress(Progress("Preparing the network, once on this machine"))
    process = subprocess.Popen(
        [sys.executable, "-m", "core.predict.pretrained", str(path)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            if should_stop():
                raise Stopped("Preparing the network was stopped.")
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise FoveaError(f"The network could not be prepared (code {process.returncode}). The log has the details.")
    return path


def find(workspace: Workspace) -> Path:
    """Where the file is, or where it would be made."""
    kept = workspace.root / "cache" / FILE_NAME
    return kept if kept.exists() else model_file()


def embedder(workspace: Workspace) -> Embedder:
    """What embeds pictures, from the file that is there. Raises NotFoundError where there is none yet."""
    return Embedder(find(workspace))


def make(path: Path) -> None:
    """Write the file for `Embedder` to `path`, unless another process just did. Needs TensorFlow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if path.exists():
            return
        import keras

        from core.predict.export import to_litert
        from models.pretrained import efficientnet_lite0

        model = efficientnet_lite0.imagenet(size=None)  # one file for pictures of any size
        both = [model.get_layer(efficientnet_lite0.EMBEDDING).output, model.output]
        to_litert(keras.Model(model.input, keras.layers.Concatenate()(both)), path)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    make(Path(sys.argv[1]))
