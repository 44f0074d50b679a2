"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import DamagedError, InputError

if TYPE_CHECKING:
    import numpy as np

CURE = "Put it back from a copy, or delete it and make again what it held; the rest works."
NOT_WHOLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    EOFError,
    IsADirectoryError,
    InputError,
    zipfile.BadZipFile,
    zlib.error,
)
T = TypeVar("T")
UMASK = os.umask(0o022)  # which bits new files of this user do not get; there is no other way to ask
os.umask(UMASK)


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file at a temporary name beside `path`, flush it to disk, rename it to `path`.

    The temporary name keeps the suffix, because writers such as Keras choose the format by it. If
    `write` raises, the temporary file is removed and what was at `path` is untouched; an OSError names `path`.

    Raises:
        InputError: There is something else than a file at `path`, or than a folder above it.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a folder or a device, which no file takes the place of. Choose another name.")
    temporary = None
    try:
        _make_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~UMASK)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and _is_temporary(error.filename):
            error.filename = str(path)
        raise


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        there = next(one for one in (*reversed(path.parents), path) if os.path.lexists(one) and not one.is_dir())
        what = "a link to nothing" if there.is_symlink() and not there.exists() else "no folder"
        raise InputError(
            f"{there} is {what}, where a folder belongs. Put the folder back, or take this away."
        ) from error


def _is_temporary(name: object) -> bool:
    """Whether an error named no file, as writers of archives do, or one that is gone by now."""
    return name is None or Path(str(name)).name.startswith(".new-")


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    write_with(path, lambda temporary: temporary.write_bytes(data))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as readable JSON, atomically. NaN and infinity are refused."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode())


def read_json(path: Path, build: Callable[[Any], T], cure: str = CURE) -> T:
    """What `build` makes of the JSON value in `path`.

    Every JSON file of a workspace is read here, so that one of another shape is told of like one that is no JSON.

    Args:
        build: As `core.workspace.shape.an_object`, `flat(Calibration)` or `Evaluation.from_json`.
        cure: What to do where it is damaged.

    Raises:
        DamagedError: It holds no JSON, or a value that `build` does not take.
    """
    return built(path, lambda: json.loads(path.read_text(encoding="utf-8")), build, cure)


def read_if_there(path: Path, build: Callable[[Any], T], cure: str = CURE) -> T | None:
    """As `read_json`; None where there is nothing of that name, not even a link to nothing."""
    return read_json(path, build, cure) if os.path.lexists(path) else None


def built(path: Path, read: Callable[[], Any], build: Callable[[Any], T], cure: str = CURE) -> T:
    """What `build` makes of the JSON value that `read` gives, which stands in `path`. Raises DamagedError as `read_json` does."""
    with whole(path, cure):
        return build(read())


@contextlib.contextmanager
def whole(path: Path, cure: str = CURE, but: tuple[type[Exception], ...] = NOT_WHOLE) -> Iterator[None]:
    """For a block that reads `path`: what a reader raises of content that it does not take becomes a DamagedError.

    Args:
        cure: What to do then.
        but: What readers of that kind of file raise.
    """
    try:
        yield
    except but as error:
        why = " ".join(str(error).split()) or "it ends early"
        raise DamagedError(f"{path} is damaged ({why}). {cure}") from error
    except OSError as error:
        links = {errno.ELOOP: "a link to itself", errno.ENOENT: "a link to nothing"}
        if error.errno not in links or not path.is_symlink():
            raise
        raise DamagedError(f"{path} is damaged ({links[error.errno]}). {cure}") from error


def read_arrays(path: Path, build: Callable[[Mapping[str, np.ndarray]], T], cure: str = CURE) -> T:
    """What `build` makes of the arrays in the .npz `path`, by their names. Raises DamagedError as `read_json` does."""
    import numpy as np  # who reads none need not wait for it

    with whole(path, cure), np.load(path, allow_pickle=False) as arrays:
        return build(arrays)


def mapped(path: Path) -> np.ndarray | None:
    """The array in the .npy `path`, as a memory map; None where it is missing or not whole: whoever wants it makes it again."""
    import numpy as np

    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, *NOT_WHOLE):
        return None


@contextlib.contextmanager
def whole_table(path: Path, cure: str, columns: Iterable[str] = (), rows: int | None = None) -> Iterator[Path]:
    """`path`, a Parquet file that the block reads.

    Args:
        cure: What to do where it is damaged.
        columns, rows: Those that it must have.

    Raises:
        DamagedError: It is missing or damaged, or another table.
    """
    import pyarrow as pa  # who reads no table need not wait for it
    import pyarrow.parquet as pq

    try:
        facts = pq.read_metadata(path)
        if rows not in (None, facts.num_rows):
            raise pa.ArrowInvalid(f"it has {facts.num_rows:,} rows, not {rows:,}")
        if missing := sorted({*columns}.difference(facts.schema.to_arrow_schema().names)):
            raise pa.ArrowInvalid(f"it has no column {missing[0]}")
        yield path
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(f"{path} is missing or damaged ({error}). {cure}") from error


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path` that becomes `path` at the end, or vanishes if the block raises."""
    _make_folder(path.parent)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=".new-"))
    try:
        yield temporary
        os.chmod(temporary, 0o755)
        os.replace(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def remove_folder(path: Path) -> None:
    """Take `path` out of sight in one step, then delete what was in it."""
    try:
        gone = out_of_sight(path)
    except OSError:  # a disk that is full to the last byte may have no room for another name
        shutil.rmtree(path)
        return
    shutil.rmtree(gone, ignore_errors=True)


def out_of_sight(path: Path) -> Path:
    """Give a folder a name beside it by which nobody finds it, and that `core.workspace.sweep` knows; nothing where there is none."""
    gone = path.with_name(f".gone-{secrets.token_hex(8)}")
    if path.exists():
        os.utime(path)  # the sweep takes what is old
        os.replace(path, gone)
    return gone
