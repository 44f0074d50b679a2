"""The body of a request, written to disk as it comes."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from pathlib import Path
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from core.workspace.room import is_disk_full

SILENT_SECONDS = 60.0  # after which nobody is thought to send any more
SLOWEST_BYTES_A_SECOND = 1000
BROKEN = (ClientDisconnect, TimeoutError)  # what `stream_to` raises where no more comes


class TooLarge(Exception):
    """More came than may come."""


async def stream_to(path: Path, request: Request, most_bytes: int | None = None, keep_free_bytes: int = 0) -> int:
    """Write the body to `path`, and remove it again where that breaks off; gives back its size in bytes.

    Raises:
        TooLarge: More than `most_bytes` came, whatever the request claimed.
        OSError: The file cannot be written, or the disk would have less than `keep_free_bytes` left, also by what comes beside it.
        ClientDisconnect, TimeoutError: No more comes, or hardly any.
    """
    written = 0
    now = asyncio.get_running_loop().time
    began = now()
    try:
        with path.open("wb") as file:
            async with asyncio.timeout(SILENT_SECONDS) as limit:
                async for block in request.stream():
                    written += len(block)
                    if most_bytes is not None and written > most_bytes:
                        raise TooLarge
                    await run_in_threadpool(_write, file, block, keep_free_bytes)
                    slowest = began + SILENT_SECONDS + written / SLOWEST_BYTES_A_SECOND
                    limit.reschedule(min(now() + SILENT_SECONDS, slowest))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


def _write(file: IO[bytes], block: bytes, keep_free_bytes: int) -> None:
    if shutil.disk_usage(file.name).free < keep_free_bytes + len(block):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    file.write(block)


def broken_off(error: BaseException) -> Response:
    """What is answered to a body of which no more comes."""
    if isinstance(error, TimeoutError):
        return PlainTextResponse("Too little came for too long.", 408)
    return PlainTextResponse("The connection broke.", 400)


def not_written(error: OSError) -> Response:
    """What is answered where a body could not be written: 507 where the disk is full, else 500 with the reason."""
    if is_disk_full(error):
        return PlainTextResponse("The disk has no room for it.", 507)
    return PlainTextResponse(f"It could not be written ({error.strerror or error}).", 500)
