"""What this visitor recorded with the webcam and has not saved.

The visit knows its token; so does the address of a page that leads back to it, so that a refresh does too.
"""

from __future__ import annotations

from core.data import collect
from core.errors import NotFoundError
from core.workspace import queue
from pages.shared import state
from pages.shared.cached import workspace

TOKEN = "collect_token"
PARAMETER = "recorded"


def unsaved() -> tuple[str, int]:
    """Its token, "" where there is none, and how many images wait to be saved."""
    token = state.get(TOKEN, None) or state.here(PARAMETER) or ""
    if not is_there(token) or is_being_saved(token):
        state.set_here(PARAMETER, None)
        return "", 0
    images = sum(not frame.dropped for frame in collect.frames(collect.folder_of(workspace(), token)))
    state.put(TOKEN, token)
    state.set_here(PARAMETER, token if images else None)
    return token, images


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
