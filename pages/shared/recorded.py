"""What this visitor recorded with the webcam and has not saved.

The visit knows its token; so does the address of a page that leads back to it, so that a refresh does too; and the browser
that recorded last, in a cookie (`frames.COOKIE`), so that it finds it after it was closed.
"""

from __future__ import annotations

import streamlit as st

from core.data import collect
from core.errors import NotFoundError
from core.workspace import queue
from pages.shared import frames, links, state
from pages.shared.cached import workspace
from pages.shared.messages import count

TOKEN = "collect_token"
PARAMETER = "recorded"


def unsaved() -> tuple[str, int]:
    """Its token, "" where there is none, and how many images wait to be saved."""
    token = state.get(TOKEN, None) or state.here(PARAMETER) or of_browser()
    if not is_there(token) or is_being_saved(token):
        state.set_here(PARAMETER, None)
        return "", 0
    images = sum(not frame.dropped for frame in collect.frames(collect.folder_of(workspace(), token)))
    state.put(TOKEN, token)
    state.set_here(PARAMETER, token if images else None)
    return token, images


def of_browser() -> str:
    """The token of what this browser recorded last, in whichever visit; "" where it recorded nothing."""
    token = st.context.cookies.get(frames.COOKIE, "")
    return token if isinstance(token, str) else ""  # without a browser, as the benchmarks draw pages, it is no text


def told(images: int) -> str:
    """That so many images wait to be saved."""
    return f"{count(images, 'images', 'image')} from the webcam {'are' if images > 1 else 'is'} not saved yet."


def tell() -> None:
    """Say in a line that images wait to be saved, with the way to them; nothing where none do."""
    token, waiting = unsaved()
    if not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="unsaved_recording"):
        st.markdown(f":material/photo_camera: {told(waiting)}", width="content")
        st.page_link(links.page("explore"), label="Go on with them", query_params={"collect": token}, width="content")


def no_data(why: str) -> None:
    """Say that there is no data set yet, with the way to one; to what this visitor recorded, where that waits.

    Args:
        why: What it would be for, in a sentence.
    """
    token, waiting = unsaved()
    said = f"{told(waiting)} Save them as a data set." if waiting else f"There is no data set yet. {why}"
    st.info(said, icon=":material/info:")
    label, query = ("Go on with them", {"collect": token}) if waiting else ("Add a data set", {})
    st.page_link(links.page("explore"), label=label, icon=":material/add_photo_alternate:", query_params=query)


def is_there(token: str) -> bool:
    """Whether the collection is kept: it was neither saved nor thrown away."""
    try:
        collect.folder_of(workspace(), token)
    except NotFoundError:
        return False
    return True


def is_being_saved(token: str) -> bool:
    """Whether the job that saves the collection waits or runs."""
    try:
        return not queue.get(workspace(), job_of(token)).ended
    except NotFoundError:
        return False


def job_of(token: str) -> str:
    """The id of the job that saves a collection: two clicks, or two tabs, are one job."""
    return f"collect-{collect.public_name(token)}"
