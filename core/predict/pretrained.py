"""The pretrained EfficientNet-Lite0 as a .tflite file, made once a machine: `python -m core.predict.pretrained PATH`."""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock

from core.inference.embedder import FILE_NAME, Embedder
from core.predict import once
from core.progress import OnProgress, Progress, ShouldStop, never, no_progress
from core.workspace import Workspace

PREPARING = Progress("Preparing the network, once on this machine")


def efficientnet_lite0(
    workspace: Workspace, on_progress: OnProgress = no_progress, should_stop: ShouldStop = never
) -> Path:
    """The file for `Embedder`, from the cache or made now. Any number of processes may ask at once; one makes it.

    Where the machine's cache cannot be written, the workspace keeps the file.

    Raises:
        Stopped: `should_stop` said so.
        FoveaError: It could not be made.
    """
    with once.making(workspace, FILE_NAME, "core.predict.pretrained") as file:
        if not file.is_done:
            on_progress(PREPARING)
        return file.wait(should_stop)


def find(workspace: Workspace) -> Path:
    """Where the file is, or where it would be made."""
    return once.find(workspace, FILE_NAME)


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


if __name__ == "__main__":
    make(Path(sys.argv[1]))
