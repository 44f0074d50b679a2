"""`python -m tests.faults.nursery FOLDER SEED`: a training that is killed twenty times, beside one that is not.

TensorFlow is imported once and each life is a fork, made before it computes anything. Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

from core.augment.config import AugmentConfig
from core.data.packed import Packed
from core.train import checkpoint, loop
from core.train.config import TrainConfig
from core.train.environment import make_deterministic
from core.train.training_data import TrainingData

CONFIG = TrainConfig(
    architecture="small_cnn",
    architecture_options={"blocks": 2, "filters": 16, "dense_units": 16, "dropout": 0.3},
    image_size=8,
    epochs=16,  # so many that no machine is through before the last kill
    batch_size=8,
    schedule="one_cycle",
    augment=AugmentConfig((("rotation", 0.05),)),
)
KILLS = ["in an epoch"] * 12 + ["while a checkpoint is written"] * 4 + ["between epochs"] * 4
LONGEST_LIFE_SECONDS = 1.0


def digits() -> TrainingData:
    found = load_digits()
    pixels = np.round(found.images[:1400] * 255 / 16).astype(np.uint8)[..., None]
    rows, labels = np.arange(1400), found.target.astype(np.int32)
    return TrainingData(
        Packed(pixels, rows), rows[:1200], labels[:1200], rows[1200:], labels[1200:1400], tuple("0123456789")
    )


def live(folder: Path, kill: str | None, moment: float) -> None:
    """Train from the checkpoint on, and leave the weights; or die as `kill` says, `moment` in 0..1 deciding when."""
    steps = 0

    def on_progress(said: loop.Moment) -> None:
        if said.step:
            (folder / "alive").touch()

    def should_stop() -> bool:
        nonlocal steps
        steps += 1
        return False

    def die(*ignored: object, **also: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if kill == "while a checkpoint is written":
        write, written = np.savez, 0

        def half(path: Path, **arrays: np.ndarray) -> None:
            nonlocal written
            written += 1
            write(path, **arrays)
            if written > 1 + moment * 2:
                os.truncate(path, int(path.stat().st_size * moment))
                die()

        checkpoint.np.savez = half
    if kill == "between epochs":
        loop.predict = die
    checkpoint.REST = 5
    make_deterministic()
    trained = loop.train(CONFIG, digits(), on_progress, should_stop, folder, checkpoint_seconds=0.05)
    np.savez(folder / "weights.npz", *trained.model.get_weights())


def fork(folder: Path, kill: str | None, moment: float) -> int:
    """One life. Gives back the signal that ended it, 0 for none."""
    alive = folder / "alive"
    alive.unlink(missing_ok=True)
    pid = os.fork()
    if not pid:
        code = 1
        try:
            live(folder, kill, moment)
            code = 0
        finally:
            os._exit(code)
    if kill == "in an epoch":
        while not alive.exists() and os.waitpid(pid, os.WNOHANG) == (0, 0):
            time.sleep(0.01)
        time.sleep(moment * LONGEST_LIFE_SECONDS)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"a life that {kill or 'nobody ended'} failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def weights(folder: Path) -> list[np.ndarray]:
    with np.load(folder / "weights.npz") as arrays:
        return [arrays[name] for name in arrays]


def position(folder: Path) -> tuple[int, int]:
    found = checkpoint.load(folder)
    return (len(found.history) + 1, found.position.step) if found else (1, 0)


def main() -> None:
    folder, draw = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    killed, calm = folder / "killed", folder / "calm"
    killed.mkdir()
    calm.mkdir()
    kills = draw.sample(KILLS, len(KILLS))
    lives = []
    for kill in kills:
        ended_by = fork(killed, kill, draw.random())
        lives.append({"kill": kill, "signal": ended_by, "checkpoint": position(killed)})
        if not ended_by:
            break
    fork(killed, None, 0)
    fork(calm, None, 0)
    same = all(np.array_equal(one, other) for one, other in zip(weights(killed), weights(calm), strict=True))
    print(json.dumps({"same_weights": same, "lives": lives, "keras": keras.__version__}))


if __name__ == "__main__":
    main()
