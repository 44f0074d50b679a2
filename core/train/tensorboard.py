"""What TensorBoard shows of a run: loss, accuracy and learning rate by epoch, and the settings.

Written under any Keras backend, without TensorFlow's summaries. Each write is on disk when it returns, and an error of
the disk is raised here, not in a thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event

from core.train.comparing import in_words, settings
from core.train.runs import Run

if TYPE_CHECKING:
    from core.train.moments import Moment

FOLDER = "tensorboard"
FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


class EventFile:
    """The event file of one training. A resumed one writes it anew, with the epochs of before.

    Args:
        folder: Where it goes; event files that are there are removed.
        run: Whose settings it tells.
    """

    def __init__(self, folder: Path, run: Run) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._run = run
        self._epochs, self._steps = 0, 0
        self._writer = EventsWriter(str(folder / "events"))
        text = f"    {json.dumps(run.config.to_json(), indent=2)}".replace("\n", "\n    ")  # code in Markdown
        experiment, began, self._ended = summary.hparams(_plain(settings(run)), dict.fromkeys(FIGURES, 0))
        for one in (summary.text("config", text), experiment, began):
            self._write(one, 0)
        self._writer.flush()

    def tell(self, moment: Moment) -> None:
        """Write the epochs that have ended since it was last told."""
        self._steps = moment.steps
        self.write(moment.history)

    def write(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Write those of `history`, dicts of `core.train.moments.Epoch`, that are new: a scalar a figure, by epoch."""
        for epoch in history[self._epochs :]:
            for figure in FIGURES:
                self._write(summary.scalar(figure, epoch[figure]), epoch["epoch"])
            if (rate := self._rate(epoch["epoch"])) is not None:
                self._write(summary.scalar("learning_rate", rate), epoch["epoch"])
        if len(history) > self._epochs:
            self._epochs = len(history)
            self._writer.flush()

    def close(self) -> None:
        """Say that the training ended well, and close the file."""
        self._write(self._ended, self._epochs)
        self._writer.close()

    def _rate(self, epoch: int) -> float | None:
        """The learning rate at the end of that epoch; None where there is none or it cannot be said."""
        config = self._run.config
        if config.trainable == "head" or config.epochs is None or not self._steps:
            return None
        from core.train.schedules import learning_rate  # Keras, which a last layer alone does without

        rate = learning_rate(config.schedule, config.learning_rate, self._steps * config.epochs)
        return rate if isinstance(rate, float) else float(rate(self._steps * epoch))

    def _write(self, what: Any, step: int) -> None:
        self._writer.write_event(Event(wall_time=time.time(), step=step, summary=what))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one if isinstance(one, int | float | str) else in_words(one) for name, one in values.items()}
