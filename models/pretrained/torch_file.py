"""The tensors of a PyTorch .pth file, read without PyTorch and without running anything in it.

A .pth is a pickle, and a pickle may call any function of Python. The unpickler here knows three things: an
ordered dict, a storage and `_rebuild_tensor_v2`, which makes a tensor of a storage. Everything else is refused.

Source: `torch/serialization.py` and `torch/_utils.py` of PyTorch, for the zip format (since 1.6) and the older one.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import InputError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "<?",
}
BROKEN = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(struct.error, zipfile.BadZipFile, MemoryError, OverflowError, RecursionError, UnicodeDecodeError),
)


@dataclass(frozen=True)
class _StorageType:
    dtype: np.dtype


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype
    length: int


@dataclass(frozen=True)
class _Tensor:
    """A window on a storage: where it begins, and for each axis how long it is and how far one step goes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a .pth that holds a dict of names and tensors, and nothing else.

    Returns:
        {name: array}, in the file's order; each array has memory of its own.

    Raises:
        InputError: The file is damaged, or holds or calls anything but tensors.
    """
    try:
        with path.open("rb") as file:
            found, storages = _read_zip(file) if zipfile.is_zipfile(file) else _read_legacy(file)
        return {name: _array(tensor, storages) for name, tensor in found.items()}
    except InputError as error:
        raise InputError(f"{path.name} is not read: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    except BROKEN as error:
        raise InputError(f"{path.name} is damaged, or no .pth file ({type(error).__name__}: {error}).") from error


class _TensorsOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in DTYPES:
            return _StorageType(np.dtype(DTYPES[name]))
        raise InputError(f"it calls {module}.{name}, and only tensors are let in. Take a file that holds nothing else.")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_type, key, _, length = pid[:5]
        whole = len(pid) == 5 or pid[5] is None  # the older format has views of storages; nobody writes them
        known = isinstance(storage_type, _StorageType) and isinstance(key, str) and isinstance(length, int)
        if kind != "storage" or not known or not whole or length < 0:
            raise InputError("one of its storages is of a kind that is not known.")
        return _Storage(key, storage_type.dtype, length)


def _rebuild(storage: _Storage, offset: int, shape: tuple, strides: tuple, *_: object) -> _Tensor:
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise InputError("one of its tensors has no storage, or a shape that is no shape.")
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    size = math.prod(shape)
    if size > storage.length or (size and last >= storage.length):
        raise InputError("one of its tensors is larger than its storage.")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _tensors(found: object) -> dict[str, _Tensor]:
    if not isinstance(found, dict):
        raise InputError(f"it holds a {type(found).__name__}; a dict of names and tensors is read.")
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, _Tensor):
            raise InputError(f"{name!r} is no tensor but {type(value).__name__}, and only tensors are let in.")
    return found


def _read_zip(file: BinaryIO) -> tuple[dict[str, _Tensor], dict[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise InputError("it is a zip archive without one data.pkl.")
        folder = names[0].removesuffix("data.pkl")
        if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") != b"little":
            raise InputError("it is big-endian; save it on another machine.")
        found = _tensors(_TensorsOnly(io.BytesIO(archive.read(names[0]))).load())
        keys = {tensor.storage.key for tensor in found.values()}
        return found, {key: archive.read(f"{folder}data/{key}") for key in keys}


def _read_legacy(file: BinaryIO) -> tuple[dict[str, _Tensor], dict[str, bytes]]:
    file.seek(0)
    magic, protocol, system = (_TensorsOnly(file).load() for _ in range(3))
    if (magic, protocol) != (MAGIC, PROTOCOL) or not system["little_endian"]:
        raise InputError("it does not begin as a .pth file does.")
    found = _tensors(_TensorsOnly(file).load())
    sizes = {tensor.storage.key: tensor.storage.dtype.itemsize for tensor in found.values()}
    storages = {}
    for key in _TensorsOnly(file).load():
        (length,) = struct.unpack("<q", file.read(8))
        if length < 0:
            raise InputError("one of its storages has a negative length.")
        storages[key] = file.read(length * sizes[key])
    return found, storages


def _array(tensor: _Tensor, storages: dict[str, bytes]) -> np.ndarray:
    storage = tensor.storage
    data = np.frombuffer(storages[storage.key], storage.dtype)
    if len(data) < storage.length:
        raise InputError("it is cut off.")
    steps = tuple(stride * storage.dtype.itemsize for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(data[tensor.offset :], tensor.shape, steps, writeable=False).copy()
