"""How many pixels all threads of this process may have decoded at once, so that many giant pictures do not fill the memory."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator

import psutil

from core.errors import ImageError

MAX_PIXELS = 64_000_000
BYTES_A_PIXEL = 12  # at the worst moment: its samples, on white, and one more copy
SHARE_OF_MEMORY = 1 / 8
GIANT_PIXELS = 16_000_000  # after which it is worth a millisecond to give the memory back


class Budget:
    """Pixels that can be taken and are given back at the end of a block.

    Args:
        pixels: How many all threads together may hold. One that holds none waits until there is room; one that holds
            some goes on, so that two never wait for each other.
    """

    def __init__(self, pixels: int) -> None:
        self._free = self._all = pixels
        self._changed = threading.Condition()
        self._own = threading.local()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Whatever this thread takes within, also in blocks inside, it gives back at the end of the outermost one."""
        if getattr(self._own, "inside", False):
            yield
            return
        self._own.inside, self._own.taken = True, 0
        try:
            yield
        finally:
            if self._own.taken >= GIANT_PIXELS:
                _give_back()
            with self._changed:
                self._free += self._own.taken
                self._changed.notify_all()
            self._own.inside = False

    def take(self, pixels: int) -> None:
        """Wait until so many pixels are free, and take them; within `held`. One picture always finds room when no other is held."""
        pixels = min(pixels, self._all)
        with self._changed:
            if not self._own.taken:
                self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
            self._own.taken += pixels


def check_pixels(label: str, width: int, height: int) -> None:
    """Raise ImageError where a picture of that size is not read."""
    if not width or not height:
        raise ImageError(f"{label} is {width:,} × {height:,} pixels; it holds no picture.")
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{label} is {width:,} × {height:,} pixels; the limit is {MAX_PIXELS // 10**6} million. Make it smaller."
        )


def _give_back() -> None:
    """Let the system have what was freed: glibc keeps it for each thread by itself, which made four giant pictures cost 2 GB."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


BUDGET = Budget(max(MAX_PIXELS, int(psutil.virtual_memory().total * SHARE_OF_MEMORY / BYTES_A_PIXEL)))
