import numpy as np
import pytest

from core.data.sources import scaling
from core.data.sources.npz import read_npz
from core.data.sources.scaling import to_uint8
from core.errors import SourceError


def tones(*parts):
    return [
        made.ravel().tolist() for made in to_uint8({f"x_{i}": part.reshape(1, 1, -1) for i, part in enumerate(parts)})
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([0, 0.5, 1.0], np.float32), [0, 128, 255]),
        (np.array([0, 0.25, 1.0], np.float16), [0, 64, 255]),
        (np.array([0.0, 17.4, 255.0]), [0, 17, 255]),
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255]),
        (np.array([128, 129, 32896], np.uint16), [0, 1, 128]),  # 0.498, 0.502 and 128 times 257
        (np.array([False, True, True]), [0, 255, 255]),
        (np.array([0, 7, 255], np.int64), [0, 7, 255]),
        (np.array([3, 7, 255], np.uint8), [3, 7, 255]),
        (np.array([1, 1, 1], np.uint8), [1, 1, 1]),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_array_values_of_any_usual_range_and_byte_order_become_0_to_255(given, expected, order):
    assert tones(given.astype(given.dtype.newbyteorder(order))) == [expected]


@pytest.mark.parametrize("largest", [1.0000001, 1.004, 1.2])
@pytest.mark.parametrize("order", ["<f4", ">f4", "<f8", ">f8"])
def test_floats_that_a_resize_took_beyond_0_and_1_are_clipped(largest, order):
    assert tones(np.array([-0.1, 0.2, largest], order)) == [[0, 51, 255]]


def test_floats_that_a_resize_took_beyond_0_and_255_are_clipped():
    assert tones(np.array([-12.5, 51.2, 270.0])) == [[0, 51, 255]]


def test_train_and_test_share_one_scale():
    """A dark test split is dark, not brightened, and a bright one is not blackened."""
    assert tones(np.array([0.0, 204.0, 255.0]), np.array([0.0, 0.9, 1.004])) == [[0, 204, 255], [0, 1, 1]]
    assert tones(np.array([0.0, 0.8, 1.0]), np.array([0.0, 0.4, 1.004])) == [[0, 204, 255], [0, 102, 255]]
    assert tones(np.array([0, 51400], np.uint16), np.array([0, 255], ">u2")) == [[0, 200], [0, 1]]
    assert tones(np.array([0, 204], np.uint8), np.array([0, 0.8], np.float32)) == [[0, 204], [0, 204]]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.array([-1.0, 0.5, 1.0]), "holds values from -1 to 1; pictures are 0 to 255"),
        (np.array([0, 255, 300]), "holds values from 0 to 300"),
        (np.array([-5, 255, 9]), "holds values from -5 to 255"),
        (np.array([0, 800.0, 1]), "holds values from 0 to 800"),
        (
            np.array([0, 255, 7], ">u2"),
            r"\(uint16\) holds values from 0 to 255. White is 65535.*as x.astype\('uint8'\)",
        ),
        (np.array([0, 4095, 7], np.uint16), r"0 to 4095. White is 65535.*tones of 12 bits, save them as x << 4;"),
        (np.array([0, 1, 1]), "holds values from 0 to 1. Taken as 0 to 255 all pictures would be all but black"),
        (np.array([0, 9.0, 16.0]), "holds values from 0 to 16. Taken as 0 to 255"),
    ],
)
def test_what_cannot_be_told_or_is_out_of_range_is_refused_with_what_to_do(bad, said):
    with pytest.raises(SourceError, match=f"x_0 .*{said}"):
        tones(bad)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_refused_with_its_place(monkeypatch, value):
    monkeypatch.setattr(scaling, "BLOCK_BYTES", 5 * 2 * 3 * 3 * 8)  # five pictures at a time
    pictures = np.zeros((8, 2, 3, 3), ">f4")
    pictures[6, 1, 2, 0] = value

    with pytest.raises(SourceError, match=f"x_train holds {value} in picture 6, row 1, column 2"):
        to_uint8({"x_train": pictures})


def test_a_file_of_either_byte_order_gives_the_same_pictures(tmp_path):
    values = np.random.default_rng(0).integers(0, 65536, (4, 5, 6), dtype=np.uint16)
    for order in "<>":
        np.savez(tmp_path / "x.npz", x_train=values.astype(f"{order}u2"), y_train=np.arange(4).astype(f"{order}i4"))
        arrays = read_npz(tmp_path / "x.npz").arrays
        np.testing.assert_array_equal(arrays.images, np.round(values / 257))
        assert arrays.labels == ["0", "1", "2", "3"]
