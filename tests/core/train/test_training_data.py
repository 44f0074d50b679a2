import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from core.data.dataset import read_index
from core.data.packed import Packed
from core.train.config import TrainConfig, resolve
from core.train.loop import train
from core.train.training_data import gather

FAST = TrainConfig(architecture="fast_cnn", architecture_options={"filters": 4}, epochs=1, batch_size=32)


@pytest.fixture
def index(digits):
    return read_index(digits.workspace, digits.dataset)


def of(digits, **settings):
    config = resolve(TrainConfig.from_json({**FAST.to_json(), **settings}), digits.dataset)
    return config, gather(digits.workspace, digits.dataset, config)


def test_rows_are_those_of_the_index_and_none_is_of_the_test_split(digits, index):
    _, data = of(digits)

    assert (index.loc[data.train_rows, "split"] == "train").all()
    assert (index.loc[data.val_rows, "split"] == "val").all()
    assert len(data.train_rows) == digits.dataset.per_split["train"]
    assert len(data.val_rows) == digits.dataset.per_split["val"]
    assert not set(index.index[index["split"] == "test"]) & {*data.train_rows, *data.val_rows}


def test_each_picture_has_its_own_label(digits):
    """Against scikit-learn's own arrays."""
    _, data = of(digits)
    original = load_digits()

    rows = np.concatenate([data.train_rows, data.val_rows])
    labels = np.concatenate([data.train_labels, data.val_labels])

    assert [data.classes[label] for label in labels] == [str(label) for label in original.target[rows]]
    pixels = data.packed.take(rows)[..., 0] / 255 * 16
    np.testing.assert_allclose(pixels, original.images[rows], atol=0.04)


def test_no_test_picture_is_read_during_gather_and_train(digits, index, monkeypatch):
    read, take = set(), Packed.take
    monkeypatch.setattr(Packed, "take", lambda packed, rows: read.update(rows.tolist()) or take(packed, rows))

    config, data = of(digits)
    train(config, data, lambda moment: None)

    assert read == set(index.index[index["split"] != "test"])


def test_chosen_classes_keep_their_order_and_places(digits, index):
    _, data = of(digits, classes=["7", "1"])

    assert data.classes == ("1", "7")
    names = pd.Series(data.classes).iloc[data.train_labels].to_numpy()
    assert (index.loc[data.train_rows, "label"].to_numpy() == names).all()
    assert set(names) == {"1", "7"}


def test_images_per_class_takes_so_many_of_each_and_all_of_val(digits):
    _, data = of(digits, images_per_class=9)
    _, again = of(digits, images_per_class=9)
    _, other = of(digits, images_per_class=9, seed=1)

    assert np.bincount(data.train_labels).tolist() == [9] * 10
    assert len(data.val_rows) == digits.dataset.per_split["val"]
    np.testing.assert_array_equal(data.train_rows, again.train_rows)
    assert set(data.train_rows) != set(other.train_rows)


def test_a_share_of_the_training_images_leaves_the_others_alone(digits):
    _, whole = of(digits)
    _, half = of(digits, train_share=0.5)
    _, tenth = of(digits, train_share=0.1)

    assert set(tenth.train_rows) < set(half.train_rows) < set(whole.train_rows)
    np.testing.assert_array_equal(half.val_rows, whole.val_rows)
    for data, share in ((half, 0.5), (tenth, 0.1)):
        expected = np.floor(np.bincount(whole.train_labels) * share + 0.5)
        np.testing.assert_array_equal(np.bincount(data.train_labels), expected)
    assert half.classes == whole.classes


def test_a_share_of_so_many_images_per_class(digits):
    _, data = of(digits, images_per_class=20, train_share=0.5)

    assert np.bincount(data.train_labels).tolist() == [10] * 10


def test_the_input_shape_is_what_the_network_gets(digits):
    _, data = of(digits, image_size=16)

    assert data.input_shape == (16, 16, 1)
    assert data.packed.take(data.val_rows[:3]).shape == (3, 16, 16, 1)


def test_a_batch_larger_than_what_is_left_is_one_batch(digits):
    config = resolve(FAST, digits.dataset)
    few = TrainConfig.from_json({**config.to_json(), "images_per_class": 2})

    assert len(gather(digits.workspace, digits.dataset, few).train_rows) == 20 < few.batch_size
