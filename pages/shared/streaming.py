"""The body of a request, written to disk as it comes."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.workspace.atomic import is_disk_full


class TooLarge(Exception):
    """More came than may come."""


async def stream_to(path: Path, request: Request, most_bytes: int) -> int:
    """Write the body to `path`, and remove it again where that breaks off; gives back its size in bytes.

    Raises:
        TooLarge: More than `most_bytes` came, whatever the request claimed.
        OSError: The disk is full, or the file cannot be written.
    """
    written = 0
    try:
        with path.open("wb") as file:
            async for block in request.stream():
                written += len(block)
                if written > most_bytes:
                    raise TooLarge
                await run_in_threadpool(file.write, block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return written


def not_written(error: OSError) -> Response:
    """What is answered where a body could not be written: 507 where the disk is full, else 500 with the reason."""
    if is_disk_full(error):
        return PlainTextResponse("The disk has no room for it.", 507)
    return PlainTextResponse(f"It could not be written ({error.strerror or error}).", 500)
