"""What the server answers beside the pages: pictures of data sets, uploads that stream to disk, exports that stream from it.

The gate (pages/shared/gate.py) stands before every route. Nothing here holds a whole upload in memory.
"""

from __future__ import annotations

import io
import re
import secrets
import shutil
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core import images
from core.data.dataset import find, picture_file, read_index
from core.errors import DamagedError, FoveaError, ImageError, InputError, NotFoundError
from core.jobs.exporting_data import KIND as EXPORT
from core.jobs.exporting_data import archive_of
from core.workspace import Workspace, queue
from pages.shared import frames
from pages.shared.addresses import at
from pages.shared.streaming import BROKEN, broken_off, not_written, stream_to

HASH = re.compile(r"[0-9a-f]{64}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
UPLOAD_SUFFIXES = (".zip", ".npz")
KEEP_FREE_BYTES = 1 << 30
SHOWN_AT_LEAST = 1024
NOT_ASKED_FOR = "This upload was not asked for. Reload the page."
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}

Endpoint = Callable[[Request], Awaitable[Response]]


def _in_words(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FoveaError as error:
            return PlainTextResponse(str(error), 404)

    return answer


def _row(request: Request) -> int:
    row = request.path_params["row"]
    if not re.fullmatch(r"\d{1,9}", row, re.ASCII):
        raise NotFoundError("There is no such picture.")
    return int(row)


async def _thumbnail(request: Request) -> Response:
    name, sha256 = request.path_params["name"], request.path_params["sha256"]
    if not HASH.fullmatch(sha256):
        return PlainTextResponse("There is no such picture.", 404)
    return _small_version(Workspace.open(), name, sha256)


async def _small(request: Request) -> Response:
    reference, row = request.path_params["reference"], _row(request)
    workspace = Workspace.open()
    dataset = find(workspace, reference)
    hashes = (await run_in_threadpool(read_index, workspace, dataset, ["sha256"]))["sha256"]
    if row >= len(hashes):
        return PlainTextResponse("There is no such picture.", 404)
    return _small_version(workspace, dataset.name, hashes.iloc[row])


def _small_version(workspace: Workspace, name: str, sha256: str) -> Response:
    folder = workspace.dataset(name)
    small = folder / "thumbnails" / sha256[:2] / f"{sha256}.jpg"
    as_it_is = folder / "images" / sha256[:2] / f"{sha256}.png"  # small pictures of arrays need no other
    for path in (small, as_it_is):
        if path.is_file():
            return FileResponse(path, headers=FOREVER)
    return PlainTextResponse("There is no such picture.", 404)


async def _picture(request: Request) -> Response:
    reference, row = request.path_params["reference"], _row(request)
    data, media_type = await run_in_threadpool(render, Workspace.open(), reference, row)
    return Response(data, media_type=media_type, headers=FOREVER if "@" in reference else {})


def render(workspace: Workspace, reference: str, row: int) -> tuple[bytes, str]:
    """A picture as a browser can show it, upright and without metadata: bytes and media type.

    Raises:
        FoveaError: There is no such picture, or it cannot be read any more.
    """
    dataset = find(workspace, reference)
    files = read_index(workspace, dataset, ["file", "path"])
    if not 0 <= row < len(files):
        raise ImageError(f"{reference} has no picture {row}.")
    file, path = files.iloc[row]
    with images.BUDGET.held():
        return encode(images.decode(picture_file(workspace, dataset, file), path, at_least=SHOWN_AT_LEAST))


def encode(image: Image.Image) -> tuple[bytes, str]:
    """PNG of a small picture, JPEG of a large one."""
    out = io.BytesIO()
    if image.width * image.height <= 512 * 512:
        image.save(out, "PNG")
        return out.getvalue(), "image/png"
    image.save(out, "JPEG", quality=92)
    return out.getvalue(), "image/jpeg"


async def _export(request: Request) -> Response:
    path, name = await run_in_threadpool(archive, Workspace.open(), request.path_params["job"])
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type="application/zip", filename=name, headers=headers)


def archive(workspace: Workspace, job_id: str) -> tuple[Path, str]:
    """The archive of an export, and what it is called. Raises NotFoundError where it is gone, DamagedError where it is not whole."""
    job = queue.get(workspace, job_id)
    if job.kind != EXPORT or job.status != queue.DONE or not archive_of(workspace, job).is_file():
        raise NotFoundError("This export is not there any more. Export the data once more.")
    path = archive_of(workspace, job)
    if not zipfile.is_zipfile(path):
        raise DamagedError(f"{path} is damaged. Export the data once more.")
    return path, job.payload["file_name"]


async def _nothing(request: Request) -> Response:
    return PlainTextResponse("There is nothing here.", 404)  # and not Streamlit's page with a 200


async def _upload(request: Request) -> Response:
    """PUT the bytes of one file under a token that a page gave out."""
    token = request.path_params["token"]
    name = request.query_params.get("name", "")
    suffix = next((suffix for suffix in UPLOAD_SUFFIXES if name.lower().endswith(suffix)), None)
    uploads = Workspace.open().uploads
    if not TOKEN.fullmatch(token) or not (uploads / f"{token}.wanted").exists():
        return PlainTextResponse(NOT_ASKED_FOR, 403)
    if suffix is None:
        return PlainTextResponse(f"Only {', '.join(UPLOAD_SUFFIXES)} can be uploaded.", 415)
    claimed = request.headers.get("content-length", "")
    if int(claimed if claimed.isdecimal() else 0) > shutil.disk_usage(uploads).free - KEEP_FREE_BYTES:
        return PlainTextResponse("The disk has no room for it.", 507)
    part = uploads / f"{token}.{secrets.token_hex(4)}.part"  # two may send at once
    try:
        await stream_to(part, request, keep_free_bytes=KEEP_FREE_BYTES)
        (uploads / f"{token}.wanted").unlink()
        part.replace(uploads / f"{token}{suffix}")
    except BROKEN as error:
        return broken_off(error)
    except FileNotFoundError as error:  # another file came first, which somebody looks at by now
        part.unlink(missing_ok=True)
        raise InputError(NOT_ASKED_FOR) from error
    except OSError as error:
        return not_written(error)
    return JSONResponse({"token": token, "name": name})


def routes() -> list[Route]:
    """All routes, under the path that the app is served under."""
    by_frame = [Route(at("/frames/{token}/{frame}"), _in_words(do), methods=[by]) for by, do in frames.METHODS.items()]
    return [
        Route(at("/thumbnails/{name}/{sha256}"), _in_words(_thumbnail)),
        Route(at("/small/{reference}/{row}"), _in_words(_small)),
        Route(at("/pictures/{reference}/{row}"), _in_words(_picture)),
        Route(at("/exports/{job}"), _in_words(_export)),
        Route(at("/uploads/{token}"), _in_words(_upload), methods=["PUT"]),
        *by_frame,
        Route(at("/{rest:path}"), _in_words(_nothing)),
    ]
