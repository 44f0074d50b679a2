"""The warm helper: one process with TensorFlow in it, for work of a few seconds that pages ask for.

The server's side is `Helper`: it starts the process, asks one thing at a time, waits at most the time
that the asker gives, and starts another process if this one dies or is too slow. The process ends by
itself when the server's end of the pipe closes.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import FoveaError, HelperError, InputError

STARTUP_SECONDS = 60.0
READY = ("ready", None)  # the process's first word, when its imports are done
DRAWS_TO_CHOOSE_FROM = 6
MIXED_DRAWS = 24  # most are hardly mixed, or with a picture like it
MIXED_SHARE = 0.6


class Helper:
    """The server's end. Thread-safe; one for all users.

    Args:
        log: Where the process's own words go; the server's output by default.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._is_ready = False

    def start(self) -> None:
        """Start the process, so that it is warm when it is asked. Returns at once."""
        with self._lock:
            self._ensure()

    def ask(self, task: str, timeout_seconds: float = 20.0, **arguments: Any) -> Any:
        """What `TASKS[task](**arguments)` gives back in the helper process.

        Raises:
            InputError: The arguments are at fault.
            HelperError: No answer came in time, others' work did not end in that time, or the process died twice.
        """
        if not self._lock.acquire(timeout=timeout_seconds + (0 if self._is_ready else STARTUP_SECONDS)):
            raise HelperError(f"Others' work took longer than {timeout_seconds:g} s. Try again.")
        try:
            for attempt in (1, 2):
                try:
                    pipe = self._ready()
                    pipe.send((task, arguments))
                    if not pipe.poll(timeout_seconds):
                        self._end()
                        raise HelperError(f"This took longer than {timeout_seconds:g} s and was given up. Try again.")
                    kind, answer = pipe.recv()
                except (EOFError, OSError) as error:
                    self._end()
                    if attempt == 2:
                        raise HelperError("The helper process ended in the middle of this. Try again.") from error
                    continue
                if kind == "ok":
                    return answer
                raise InputError(answer) if kind == "input" else HelperError(answer)
        finally:
            self._lock.release()
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The process's id, if one was started."""
        return self._process.pid if self._process else None

    def _ready(self) -> Connection:
        """The pipe to a process whose imports are done, which have a limit of their own."""
        pipe = self._ensure()
        if not self._is_ready:
            if not pipe.poll(STARTUP_SECONDS):
                self._end()
                raise HelperError(f"The helper process was not ready after {STARTUP_SECONDS:g} s. Try again.")
            pipe.recv()
            self._is_ready = True
        return pipe

    def _ensure(self) -> Connection:
        if self._process and self._process.poll() is None and self._pipe:
            return self._pipe
        self._end()
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as stack:
            log = stack.enter_context(self._log.open("ab")) if self._log else None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.compute", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[1],
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
            )
        self._pipe = Connection(ours.detach())
        return self._pipe

    def _end(self) -> None:
        self._is_ready = False
        if self._pipe:
            self._pipe.close()
            self._pipe = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


def preview_augmentation(
    operations: dict[str, Any], images: np.ndarray, draws: int, seed: int, labels: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of augmented pictures by the very layers that training uses.

    Args:
        operations: What `AugmentConfig.to_json` gives.
        images: (N, size, size, channels) uint8.
        draws: How many of each picture: what the first steps of so many epochs would show.
        seed: The training's.
        labels: (N, classes) float32, a 1 in each row; one class for all by default.

    Returns:
        (draws, N, size, size, channels) uint8, and (draws, N, classes) float32, whose rows sum to 1.
    """
    from core.augment.config import AugmentConfig
    from core.augment.pipeline import draw

    config = AugmentConfig.from_json(operations)
    drawn = [draw(config, images, seed, epoch, labels) for epoch in range(1, draws + 1)]
    return np.stack([one for one, _ in drawn]), np.stack([mixed for _, mixed in drawn])


def preview_operations(operations: dict[str, Any], images: np.ndarray) -> dict[str, np.ndarray]:
    """Each operation alone on the first picture, for a small before and after.

    Of several draws it is the one that differs most from the picture, or nothing might be seen of it; where
    pictures are mixed, one in which both are seen.

    Args:
        operations: What `AugmentConfig.to_json` gives; done to every picture, whatever the probability.
        images: (N, size, size, channels) uint8; the others are there to be mixed with.

    Returns:
        {operation: (size, size, channels) uint8}.
    """
    from core.augment.config import AugmentConfig, alone
    from core.augment.operations import OPERATIONS
    from core.augment.pipeline import draw

    copies = np.repeat(images[:1], DRAWS_TO_CHOOSE_FROM, 0)
    others = images[1:] if len(images) > 1 else images
    pairs = np.concatenate([np.repeat(images[:1], MIXED_DRAWS, 0), others[np.arange(MIXED_DRAWS) % len(others)]])
    labels = np.eye(2, dtype=np.float32)[np.arange(len(pairs)) // MIXED_DRAWS]
    found = {}
    for step in AugmentConfig.from_json(operations).operations:
        if OPERATIONS[step.name].mixes_labels:
            varied, mixed = draw(alone(step), pairs, 0, labels=labels)
            liking = -np.abs(mixed[:MIXED_DRAWS, 0] - MIXED_SHARE)
        else:
            varied, _ = draw(alone(step), copies, 0)
            liking = np.abs(varied.astype(np.int16) - copies).mean((1, 2, 3))
        found[step.name] = varied[liking.argmax()]
    return found


def measure_speed(operations: dict[str, Any], size: int, channels: int) -> float:
    """Images a second that the augmentation alone can make on this machine."""
    from core.augment.config import AugmentConfig
    from core.augment.speed import images_per_second

    return images_per_second(AugmentConfig.from_json(operations), size, channels)


def measure_survival(workspace: str, run: str, dataset: str, operations: dict[str, Any]) -> dict[str, Any]:
    """How often the answers of a run survive each operation; what `Survival.to_json` gives.

    Args:
        workspace: Its folder.
        run: The run's id.
        dataset: `name@version`.
        operations: What `AugmentConfig.to_json` gives, in the order in which they are measured.
    """
    from core.augment.config import AugmentConfig
    from core.data.dataset import find
    from core.evaluate.survival import measure
    from core.train.runs import find_run
    from core.workspace import Workspace

    place = Workspace.open(workspace)
    config = AugmentConfig.from_json(operations)
    return measure(place, find_run(place, run), find(place, dataset), config).to_json()


def describe_network(
    architecture: str, options: dict[str, Any], input_shape: tuple[int, int, int], num_classes: int
) -> list[dict[str, Any]]:
    """The layers of a network from input to output; what `core.train.network.describe` gives."""
    from core.train.network import describe

    return describe(architecture, options, input_shape, num_classes)


def warm_up() -> bool:
    """Import what the other tasks need."""
    import core.augment.pipeline  # noqa: F401

    return True


TASKS: dict[str, Callable[..., Any]] = {
    "preview_augmentation": preview_augmentation,
    "preview_operations": preview_operations,
    "measure_speed": measure_speed,
    "measure_survival": measure_survival,
    "describe_network": describe_network,
    "warm_up": warm_up,
}


def main() -> None:
    """Answer until the other end closes. The helper's process runs this."""
    pipe = Connection(int(sys.argv[1]))
    warm_up()
    with contextlib.suppress(EOFError, OSError):
        pipe.send(READY)
        while True:
            task, arguments = pipe.recv()
            pipe.send(_answer(task, arguments))


def _answer(task: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "ok", TASKS[task](**arguments)
    except InputError as error:
        return "input", str(error)
    except FoveaError as error:
        return "fault", str(error)
    except Exception as error:  # noqa: BLE001  one picture is lost, not the helper
        return "fault", f"This could not be computed ({type(error).__name__}: {error})."


if __name__ == "__main__":
    main()
