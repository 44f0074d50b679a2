"""The routes of pictures that come one by one, under a token that a page gave out. See core/data/collect.py."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from core import images
from core.data import collect
from core.errors import InputError, NotFoundError
from core.workspace import Workspace
from pages.shared.streaming import TooLarge, stream_to

PATH = "/fovea/frames"
NAME_LETTERS = 255
HEADERS = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


def url(token: str) -> str:
    """Address under which a browser puts the pictures of a collection, base path included."""
    return f"{st.get_option('server.baseUrlPath').rstrip('/')}{PATH}/{token}"


async def put(request: Request) -> Response:
    """PUT the bytes of one picture; `?label=` is its class, `?name=` what its file was called."""
    folder, frame_id = _asked(request)
    label, name = request.query_params.get("label", ""), request.query_params.get("name", "")[:NAME_LETTERS]
    part = folder / f"{frame_id}.{secrets.token_hex(4)}.part"
    try:
        frame = collect.Frame(frame_id, collect.check_label(label) if label else "", name)
        claimed = request.headers.get("content-length", "")
        await run_in_threadpool(collect.check_room, folder, int(claimed) if claimed.isdecimal() else 0)
        await stream_to(part, request, collect.LIMITS.frame_bytes)
        part.replace(folder / frame_id)
        collect.note(folder, frame)
    except InputError as error:
        return PlainTextResponse(str(error), 413)
    except TooLarge:
        return PlainTextResponse(f"It is larger than {collect.LIMITS.frame_bytes >> 20} MB.", 413)
    except ClientDisconnect:
        return PlainTextResponse("The connection broke.", 400)
    except OSError as error:
        return PlainTextResponse(error.strerror or "It could not be written.", 507)
    return PlainTextResponse("")


async def drop(request: Request) -> Response:
    """POST with `?dropped=true` sorts a picture out, with `false` takes it back in."""
    folder, frame_id = _asked(request)
    if not (folder / frame_id).is_file():
        raise NotFoundError("There is no such picture.")
    collect.drop(folder, frame_id, request.query_params.get("dropped") == "true")
    return PlainTextResponse("")


async def small(request: Request) -> Response:
    """GET a small version of a picture, made anew so that no byte of a stranger's goes out as it came."""
    folder, frame_id = _asked(request)
    data = await run_in_threadpool(_thumbnail, folder / frame_id)
    return Response(data, media_type="image/jpeg", headers=HEADERS)


def _thumbnail(path: Path) -> bytes:
    out = io.BytesIO()
    images.thumbnail(images.decode(path)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _asked(request: Request) -> tuple[Path, str]:
    folder = collect.folder_of(Workspace.open(), request.path_params["token"])
    frame_id = request.path_params["frame"]
    if not collect.FRAME.fullmatch(frame_id):
        raise NotFoundError("There is no such picture.")
    return folder, frame_id


METHODS = {"PUT": put, "POST": drop, "GET": small}
