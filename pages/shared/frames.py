"""The routes of pictures that come one by one, under a token that a page gave out. See core/data/collect.py."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core import images
from core.data import collect
from core.data.collect_log import FRAME
from core.data.dataset import class_name
from core.errors import InputError, NotFoundError
from core.workspace import Workspace
from pages.shared.addresses import base
from pages.shared.streaming import BROKEN, TooLarge, broken_off, not_written, stream_to

NAME_LETTERS = 255
COOKIE = "fovea_recording"  # by which the same browser finds what it recorded, also after it was closed
COOKIE_SECONDS = 30 * 24 * 3600
HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


async def put(request: Request) -> Response:
    """PUT the bytes of one picture; `?label=` is its class, `?name=` what its file was called.

    One that comes after its collection was saved or thrown away gets 410.
    """
    frame_id = _frame_asked(request)
    label, name = request.query_params.get("label", ""), request.query_params.get("name", "")[:NAME_LETTERS]
    try:
        folder = _folder_asked(request)
        part = folder / f"{frame_id}.{secrets.token_hex(4)}.part"
        frame = collect.Frame(frame_id, class_name(label) if label else "", name)
        claimed = request.headers.get("content-length", "")
        await run_in_threadpool(collect.check_room, folder, int(claimed) if claimed.isdecimal() else 0)
        await stream_to(part, request, collect.LIMITS.frame_bytes)
        part.replace(folder / frame_id)
        collect.note(folder, frame)
    except NotFoundError as gone:
        return _over(gone, name)
    except InputError as error:
        return PlainTextResponse(str(error), 413)
    except TooLarge:
        return PlainTextResponse(f"It is larger than {collect.LIMITS.frame_bytes >> 20} MB.", 413)
    except BROKEN as error:
        return broken_off(error)
    except OSError as error:
        return _not_kept(error, request, name)
    answer = PlainTextResponse("")
    if not name:  # of a webcam
        token = request.path_params["token"]
        answer.set_cookie(COOKIE, token, COOKIE_SECONDS, path=base() or "/", httponly=True, samesite="strict")
    return answer


def _not_kept(error: OSError, request: Request, name: str) -> Response:
    try:
        _folder_asked(request)
    except NotFoundError as gone:
        return _over(gone, name)
    return not_written(error)


def _over(gone: NotFoundError, name: str) -> Response:
    return PlainTextResponse(str(gone) if name else "This recording is over.", 410)


async def drop(request: Request) -> Response:
    """POST with `?dropped=true` sorts a picture out, with `false` takes it back in."""
    folder, frame_id = _asked(request)
    if not (folder / frame_id).is_file():
        raise NotFoundError("There is no such picture.")
    try:
        collect.drop(folder, frame_id, request.query_params.get("dropped") == "true")
    except OSError as error:
        return not_written(error)
    return PlainTextResponse("")


async def small(request: Request) -> Response:
    """GET a small version of a picture, made anew so that no byte of a stranger's goes out as it came."""
    folder, frame_id = _asked(request)
    data = await run_in_threadpool(_thumbnail, folder / frame_id)
    return Response(data, media_type="image/jpeg", headers=HEADERS)


def _thumbnail(path: Path) -> bytes:
    out = io.BytesIO()
    with images.BUDGET.held():
        images.thumbnail(images.decode(path)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _asked(request: Request) -> tuple[Path, str]:
    return _folder_asked(request), _frame_asked(request)


def _folder_asked(request: Request) -> Path:
    return collect.folder_of(Workspace.open(), request.path_params["token"])


def _frame_asked(request: Request) -> str:
    frame_id = request.path_params["frame"]
    if not FRAME.fullmatch(frame_id):
        raise NotFoundError("There is no such picture.")
    return frame_id


METHODS = {"PUT": put, "POST": drop, "GET": small}
