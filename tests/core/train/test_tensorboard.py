import dataclasses

import pytest
import tensorflow as tf

from core.train.config import TrainConfig
from core.train.loop import Moment, train
from core.train.runs import Run
from core.train.tensorboard import FIGURES, EventFile

CONFIG = TrainConfig(
    architecture="fast_cnn",
    image_size=8,
    architecture_options={"filters": 4},
    epochs=4,
    batch_size=32,
    learning_rate=0.02,
)


def read(folder):
    """[(step, tag, value)] of all event files in `folder`, by TensorFlow's own reader."""
    found = []
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for one in event.summary.value:
                is_scalar = one.WhichOneof("value") == "simple_value" or one.tensor.dtype == tf.float32.as_datatype_enum
                found.append((event.step, one.tag, scalar(one) if is_scalar else one.tensor.string_val))
    return found


def scalar(value):
    return value.simple_value if value.WhichOneof("value") == "simple_value" else float(tf.make_ndarray(value.tensor))


def figures(folder, tag):
    return {step: value for step, name, value in read(folder) if name == tag}


def run_of(config=CONFIG):
    return Run("a-run", "digits@1", config)


def test_tensorflow_reads_each_figure_of_each_epoch_of_a_real_training(tmp_path, small_data):
    board = EventFile(tmp_path, run_of())

    done = train(CONFIG, small_data, board.tell)
    board.write(done.history)
    board.close()

    for figure in FIGURES:
        expected = {epoch["epoch"]: pytest.approx(epoch[figure], rel=1e-6) for epoch in done.history}
        assert figures(tmp_path, figure) == expected
    assert figures(tmp_path, "learning_rate") == dict.fromkeys(range(1, 5), pytest.approx(0.02))


def epochs(count):
    return [
        {"epoch": n, "loss": 1 / n, "accuracy": 0.1 * n, "val_loss": 2 / n, "val_accuracy": 0.1}
        for n in range(1, count + 1)
    ]


def moment(history):
    return Moment(len(history) + 1, 4, 0, 5, 0.0, None, None, None, tuple(history))


def test_what_is_told_is_on_disk_at_once_and_told_again_is_not_written_again(tmp_path):
    board = EventFile(tmp_path, run_of())

    for count in (0, 1, 1, 3):
        board.tell(moment(epochs(count)))
        assert figures(tmp_path, "loss") == {n: pytest.approx(1 / n) for n in range(1, count + 1)}

    assert len([tag for _, tag, _ in read(tmp_path) if tag == "loss"]) == 3


def test_a_resumed_training_has_one_file_with_the_epochs_of_before(tmp_path):
    EventFile(tmp_path, run_of()).tell(moment(epochs(2)))  # killed

    board = EventFile(tmp_path, run_of())
    board.tell(moment(epochs(2)))
    board.write(epochs(3))
    board.close()

    assert len(list(tmp_path.iterdir())) == 1
    assert [step for step, tag, _ in read(tmp_path) if tag == "val_loss"] == [1, 2, 3]


def test_a_cycle_of_the_learning_rate_is_told_as_it_was_at_the_end_of_each_epoch(tmp_path):
    board = EventFile(tmp_path, run_of(dataclasses.replace(CONFIG, schedule="one_cycle")))

    board.tell(moment(epochs(4)))

    falling = [0.02 * (1 - share) / 0.75 for share in (0.25, 0.5, 0.75)]  # a quarter up, the rest down
    assert list(figures(tmp_path, "learning_rate").values()) == pytest.approx([*falling, 0.02 * 0.001])


def test_the_settings_are_there_as_text_and_as_hyperparameters(tmp_path):
    EventFile(tmp_path, run_of()).close()

    found = {tag: value for _, tag, value in read(tmp_path)}
    text = next(value[0].decode() for tag, value in found.items() if tag.startswith("config"))
    assert '"learning_rate": 0.02' in text
    assert {tag for tag in found if tag.startswith("_hparams_")} == {
        "_hparams_/experiment",
        "_hparams_/session_start_info",
        "_hparams_/session_end_info",
    }


def test_a_last_layer_alone_has_no_learning_rate(tmp_path):
    config = TrainConfig(architecture="efficientnet_lite0", trainable="head", epochs=4)

    EventFile(tmp_path, run_of(config)).tell(moment(epochs(2)))

    assert figures(tmp_path, "learning_rate") == {}
    assert set(figures(tmp_path, "val_loss")) == {1, 2}


def test_a_run_of_the_queue_leaves_an_event_file_with_every_epoch_also_the_last(trained):
    folder = trained.run.folder(trained.workspace) / "tensorboard"

    history = trained.run.figures["history"]
    assert len(history) == 3
    assert figures(folder, "val_accuracy") == {one["epoch"]: pytest.approx(one["val_accuracy"]) for one in history}
    assert figures(folder, "learning_rate")[3] == pytest.approx(1e-2 * 0.001)
